"""handlers.core.mails.letter: each text in each language, plain and as HTML."""

import ast
import re
from string import Formatter

import pytest

from contract import factors as kinds
from handlers.core.accounts import mailed_codes
from handlers.core.mails import letter
from handlers.core.mails.letter import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    Letterhead,
    Mail,
    language_for,
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
    sent = render(Mail("new_place", "en", {**VALUES, **PLACE}), SITE)

    assert "Device: <Firefox> {0} $x" in sent.text
    assert "Device: &lt;Firefox&gt; {0} $x<br>" in sent.html


def test_a_link_is_alone_in_its_line_and_a_button() -> None:
    sent = render(Mail("address_left", "en", VALUES), Letterhead("Sallyport"))

    assert "\nTake it back:\nhttps://sign-in.example.com/undo#a&b\n" in sent.text
    assert '<a class="action" href="https://sign-in.example.com/undo#a&amp;b">Take it back</a>' in sent.html
    assert "<footer>Sallyport</footer>" in sent.html


def test_the_html_part_loads_nothing() -> None:
    sent = render(Mail("sign_up_code", "en", VALUES), SITE)

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
        ("fr, de;q=0.1, en;q=0.9", "en"),
        ("de;q=0, en;q=0.5", "en"),
        ("de;q=0", None),
        ("DE ; q=0.7", "de"),
    ],
)
def test_the_first_language_with_texts_counts(wanted: str | None, language: str | None) -> None:
    assert preferred_language(wanted) == language


@pytest.mark.parametrize(
    ("wanted", "language"), [(("de", "en"), "de"), ((None, "de"), "de"), (("fr", "de"), "de"), (("fr", None), "en")]
)
def test_the_profile_comes_before_the_browser(wanted: tuple[str | None, ...], language: str) -> None:
    assert language_for(*wanted) == language


def test_a_language_of_a_region_is_found_by_its_whole_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LANGUAGES, "pt-br", "pt-BR")

    assert preferred_language("pt-BR") == preferred_language("fr,PT-br;q=0.5") == "pt-BR"
    assert preferred_language("pt-PT") is None


def test_what_a_language_lacks_is_in_english_and_no_mail_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    known = texts("de")
    monkeypatch.setattr(letter, "texts", lambda language: {} if language == "de" else texts(language))

    sent = render(Mail("factor_added", "de", {"factor": "abacus"}), SITE)

    assert known
    assert sent.text.startswith("abacus was added to your account")


def test_a_value_that_is_misspelt_is_seen_and_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letter, "texts", lambda _: {"sign_up_code": "Your code\n\nIt is {cod}, not {code}."})

    sent = render(Mail("sign_up_code", "en", VALUES), SITE)

    assert "It is {cod}, not 123456." in sent.text
    assert "It is {cod}, not <strong" in sent.html


def test_every_text_is_sent_by_some_rule_and_every_mail_has_a_text() -> None:
    sent = set()
    for path in (ROOT / "handlers" / "core").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in ("Mail", "code_mail", "mailing.tell"):
                sent |= {one.value for one in call.args if isinstance(one, ast.Constant)}
    chosen = {"deletion", "deletion_until_sign_in", *mailed_codes.CODE_MAILS.values()}

    assert sent | chosen == set(mails())
    assert {f"factor {kind}" for kind in kinds.ENROLLED} == set(texts("en")) - set(mails())
