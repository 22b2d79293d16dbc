"""A mail as data, and as it is sent: a subject, a plain part, and an HTML part of the same text.

Each language is one file beside this, named by its tag. A line `== name` begins a text: its subject, and paragraphs.
`{name}` stands for a value, and a paragraph `[label]({url})` for a link.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent
LANGUAGES = {path.stem.lower(): path.stem for path in FOLDER.glob("*.txt")}
"""Language tag in small letters → name of its file."""
WEIGHT = re.compile(r"q=([01](?:\.\d{0,3})?)")
DEFAULT_LANGUAGE = "en"
HEADING = re.compile("^== (.+)$", re.MULTILINE)
VALUE = re.compile(r"\{(\w+)\}")
LINK = re.compile(r"\[(.+)\]\((.+)\)")


@dataclass(frozen=True)
class Mail:
    """A mail by the name of its text, with the values that stand in it, in the language of a file beside this."""

    name: str
    language: str = DEFAULT_LANGUAGE
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Letterhead:
    """What every mail of a stack carries: the service's name and the origin of its site, empty if it is not known."""

    name: str
    site_url: str = ""


@dataclass(frozen=True)
class Rendered:
    """A mail as it is sent."""

    subject: str
    text: str
    html: str


def preferred_language(wanted: str | None) -> str | None:
    """Return the language of a tag, or the best one of an `Accept-Language` header, that there are texts in.

    Source: RFC 9110 §12.5.4, RFC 4647 §3.4 (lookup: `pt-BR`, then `pt`).
    """
    for tag in sorted(_ranges(wanted or ""), key=lambda one: -one[1]):
        for candidate in (tag[0], tag[0].partition("-")[0]):
            if candidate in LANGUAGES:
                return LANGUAGES[candidate]
    return None


def language_for(*wanted: str | None) -> str:
    """Return the preferred language of the first tag or header that has one; English if none has."""
    found = (preferred_language(one) for one in wanted)
    return next((one for one in found if one), DEFAULT_LANGUAGE)


def _ranges(header: str) -> list[tuple[str, float]]:
    """Return the language ranges in small letters, each with its weight, without those that are not acceptable."""
    ranges = []
    for one in header.lower().replace(" ", "").split(","):
        tag, _, rest = one.partition(";")
        weight = WEIGHT.fullmatch(rest)
        ranges.append((tag, float(weight[1]) if weight else 1.0))
    return [(tag, weight) for tag, weight in ranges if weight > 0]


def render(mail: Mail, letterhead: Letterhead) -> Rendered:
    """Return the mail in its language."""
    language, values = mail.language, dict(mail.values)
    known = {**texts(DEFAULT_LANGUAGE), **texts(language)}  # a language may lack a text
    if "factor" in values:
        values["factor"] = known.get(f"factor {values['factor']}", values["factor"])
    subject, *paragraphs = known[mail.name].split("\n\n")
    signature = "\n".join(filter(None, (letterhead.name, letterhead.site_url)))
    text = "\n\n".join([*(_plain(one, values) for one in paragraphs), signature])
    body = "\n".join(_html(one, values) for one in paragraphs)
    return Rendered(subject, f"{text}\n", _page(language, subject, body, letterhead))


@cache
def texts(language: str) -> Mapping[str, str]:
    """Return name → text of a language."""
    _, *parts = HEADING.split((FOLDER / f"{language}.txt").read_text(encoding="utf-8"))
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}


def _plain(paragraph: str, values: Mapping[str, str]) -> str:
    link = LINK.fullmatch(paragraph)
    return f"{link[1]}:\n{_filled(link[2], values)}" if link else _filled(paragraph, values)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its values; a name that is none of them stays as it is."""
    return VALUE.sub(lambda found: values.get(found[1], found[0]), text)


def _html(paragraph: str, values: Mapping[str, str]) -> str:
    escaped = {name: html.escape(value) for name, value in values.items()}
    if link := LINK.fullmatch(paragraph):
        return f'<p><a class="action" href="{_filled(link[2], escaped)}">{html.escape(link[1])}</a></p>'
    if "code" in escaped:
        escaped["code"] = f'<strong class="code">{escaped["code"]}</strong>'
    return f"<p>{_filled(html.escape(paragraph), escaped)}</p>".replace("\n", "<br>\n")


def _page(language: str, subject: str, body: str, letterhead: Letterhead) -> str:
    name, url = html.escape(letterhead.name), html.escape(letterhead.site_url)
    brand = f'<a href="{url}">{name}</a>' if url else name
    return _layout().safe_substitute(language=language, subject=html.escape(subject), body=body, brand=brand)


@cache
def _layout() -> Template:
    return Template((FOLDER / "layout.html").read_text(encoding="utf-8"))
