"""handlers.core.mails.letter: each text in each language, plain and as HTML."""

import ast
import re
from string import Formatter

import pytest

from handlers.core.mails.letter import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    Letterhead,
    Mail,
    preferred_language,
    render,
    texts,
)
from sallyport.local.tools import ROOT

SITE = Letterhead("Ada & Co", "https://sign-in.example.com")
VALUES = {"code": "123456", "minutes": "10", "url": "https://sign-in.example.com/undo#a&b", "at": "noon"}
PLACE = {"device": "<Firefox> {0} $x", "network": "192.0.2.0/24"}


def values_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def mails() -> list[str]:
    return [name for name in texts(DEFAULT_LANGUAGE) if not name.startswith("factor ")]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_every_text_with_the_same_values(language: str) -> None:
    other, english = texts(language), texts(DEFAULT_LANGUAGE)

    assert set(other) == set(english)
    assert {name: values_of(text) for name, text in other.items()} == {n: values_of(t) for n, t in english.items()}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("name", mails())
def test_both_parts_say_the_same(language: str, name: str) -> None:
    sent = render(Mail(name, language, {**VALUES, **PLACE, "factor": "totp"}), SITE)

    assert f'<html lang="{language}">' in sent.html
    assert sent.text.endswith("\n\nAda & Co\nhttps://sign-in.example.com\n")
    assert '<footer><a href="https://sign-in.example.com">Ada &amp; Co</a></footer>' in sent.html
    assert "{" not in sent.text.replace("{0}", "")
    for value in values_of(texts(language)[name]) & set(VALUES):
        assert VALUES[value] in sent.text
        assert VALUES[value].replace("&", "&amp;") in sent.html


def test_what_others_have_written_is_no_markup() -> None:
    sent = render(Mail("new_place", None, {**VALUES, **PLACE}), SITE)

    assert "Device: <Firefox> {0} $x" in sent.text
    assert "Device: &lt;Firefox&gt; {0} $x<br>" in sent.html


def test_a_link_is_alone_in_its_line_and_a_button() -> None:
    sent = render(Mail("address_left", None, VALUES), Letterhead("Sallyport"))

    assert "\nTake it back:\nhttps://sign-in.example.com/undo#a&b\n" in sent.text
    assert '<a class="action" href="https://sign-in.example.com/undo#a&amp;b">Take it back</a>' in sent.html
    assert "<footer>Sallyport</footer>" in sent.html


def test_the_html_part_loads_nothing() -> None:
    sent = render(Mail("sign_up_code", None, VALUES), SITE)

    assert not re.search(r"<(img|script|link|iframe)|url\(|src=", sent.html)


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fr-FR, DE;q=0.8", "de"),
        ("en-GB,de", "en"),
        ("fr", None),
        ("*", None),
        ("", None),
        (None, None),
        (",;=,-", None),
    ],
)
def test_the_first_language_with_texts_counts(wanted: str | None, language: str | None) -> None:
    assert preferred_language(wanted) == language


def test_every_text_is_sent_by_some_rule_and_every_mail_has_a_text() -> None:
    named = set()
    for path in (ROOT / "handlers" / "core").rglob("*.py"):
        found = ast.walk(ast.parse(path.read_text()))
        named |= {one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)}

    assert set(mails()) <= named
