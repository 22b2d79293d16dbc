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
LANGUAGES = frozenset(path.stem for path in FOLDER.glob("*.txt"))
DEFAULT_LANGUAGE = "en"
HEADING = re.compile("^== (.+)$", re.MULTILINE)
LINK = re.compile(r"\[(.+)\]\((.+)\)")


@dataclass(frozen=True)
class Mail:
    """A mail by the name of its text, with the values that stand in it.

    `language` is a language tag (BCP 47), or the `Accept-Language` header of who asked for the mail.
    """

    name: str
    language: str | None = None
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
    """Return the first language of a tag or an `Accept-Language` header that there are texts in (RFC 4647 §3.4)."""
    for one in (wanted or "").split(","):
        language = one.partition(";")[0].strip().lower().partition("-")[0]
        if language in LANGUAGES:
            return language
    return None


def render(mail: Mail, letterhead: Letterhead) -> Rendered:
    """Return the mail in its language."""
    language = preferred_language(mail.language) or DEFAULT_LANGUAGE
    known = texts(language)
    values = dict(mail.values)
    if "factor" in values:
        values["factor"] = known[f"factor {values['factor']}"]
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
    return f"{link[1]}:\n{link[2].format(**values)}" if link else paragraph.format(**values)


def _html(paragraph: str, values: Mapping[str, str]) -> str:
    escaped = {name: html.escape(value) for name, value in values.items()}
    if link := LINK.fullmatch(paragraph):
        return f'<p><a class="action" href="{link[2].format(**escaped)}">{html.escape(link[1])}</a></p>'
    if "code" in escaped:
        escaped["code"] = f'<strong class="code">{escaped["code"]}</strong>'
    return f"<p>{html.escape(paragraph).format(**escaped)}</p>".replace("\n", "<br>\n")


def _page(language: str, subject: str, body: str, letterhead: Letterhead) -> str:
    name, url = html.escape(letterhead.name), html.escape(letterhead.site_url)
    brand = f'<a href="{url}">{name}</a>' if url else name
    return _layout().substitute(language=language, subject=html.escape(subject), body=body, brand=brand)


@cache
def _layout() -> Template:
    return Template((FOLDER / "layout.html").read_text(encoding="utf-8"))
