"""Read the gold articles: news articles of our own with their quotes annotated. README.md has the format."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import pycountry

from api.extraction import Act, Kind, Medium, Span

FOLDER = Path(__file__).parent
How = Literal["full", "partial", "pronoun", "description", "none", "unnamed"]
Part = Literal["content", "cue", "source"]
MARKS: dict[str, tuple[Part, str]] = {"[": ("content", "]"), "<": ("cue", ">"), "{": ("source", "}")}
COUNTRIES = frozenset(country.alpha_2 for country in pycountry.countries)
HOWS: dict[str, How] = {word: word for word in get_args(How)}
KINDS: dict[str, Kind] = {word: word for word in get_args(Kind)}
ACTS: dict[str, Act] = {word: word for word in get_args(Act)}
MEDIA: dict[str, Medium] = {word: word for word in get_args(Medium)}

_SIGN = re.compile(r"([\[<{](?:[\d,]+:)?|[\]>}])")
_HEAD = re.compile(r"published: (\S+)\ntitle: (.+)\n*")


class Role(NamedTuple):
    """The office that a speaker holds in a quote; `country` is an ISO 3166-1 alpha-2 code."""

    title: str
    organisation: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote as a careful reader annotated it.

    `how` is how its source words name the speaker; `speaker` is None where the text names nobody.
    """

    content: tuple[Span, ...]
    cue: tuple[Span, ...]
    source: tuple[Span, ...]
    speaker: str | None
    how: How
    kind: Kind
    act: Act
    medium: Medium
    role: Role | None
    said: dt.date | None


@dataclass(frozen=True, slots=True)
class Article:
    """An article without its marks; quote number n is `quotes[n - 1]`."""

    name: str
    published: dt.date
    title: str
    text: str
    quotes: tuple[Quote, ...]


def articles(names: str, folder: Path = FOLDER) -> Iterator[Article]:
    """Yield the articles whose file names begin with `names` ("a", "b", or "" for all), in order. Raise as `read` does."""
    for path in sorted(folder.glob(f"{names}*.txt")):
        yield read(path)


def read(path: Path) -> Article:
    """Read one article. Raise ValueError with the file and the reason if it breaks the format."""
    try:
        return parse(path.stem, path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def parse(name: str, written: str) -> Article:
    """Parse the text of a file into its article. Raise ValueError with the reason if it breaks the format."""
    parts = re.split(r"^=== (text|quotes)\n", written, flags=re.MULTILINE)
    if parts[1::2] != ["text", "quotes"]:
        raise ValueError('needs the lines "=== text" and "=== quotes", once each, in this order')
    head, marked, table = parts[::2]
    facts = _HEAD.fullmatch(head)
    if not facts:
        raise ValueError('needs "published: DATE" and "title: TITLE" first')
    published = dt.date.fromisoformat(facts[1])
    text, marks = unmarked(marked.strip("\n"))
    rows = [line for line in table.splitlines() if line.strip()]
    if without := marks.keys() - range(1, len(rows) + 1):
        raise ValueError(f"marks without a row: {sorted(without)}")
    quotes = tuple(quote(number, row, marks, text, published) for number, row in enumerate(rows, start=1))
    return Article(name, published, facts[2], text, quotes)


def unmarked(marked: str) -> tuple[str, dict[int, dict[Part, tuple[Span, ...]]]]:
    """Return the text without marks, and the spans of each quote by number and part.

    Raise ValueError for marks that are nested, not balanced or without a number. Raise it too for a span that is empty, has
    white space at an end or goes over a paragraph's end.
    """
    text = ""
    spans: dict[int, dict[Part, tuple[Span, ...]]] = {}
    opened: tuple[str, int] | None = None
    for piece in _SIGN.split(marked):
        place = f"at {text[-30:] + piece!r}"
        if piece[:1] in MARKS and piece:
            if opened:
                raise ValueError(f"a mark inside a mark {place}")
            if not piece.endswith(":"):
                raise ValueError(f"a mark without a number {place}")
            opened = piece, len(text)
        elif piece in ("]", ">", "}"):
            if not opened or MARKS[opened[0][0]][1] != piece:
                raise ValueError(f"a mark closed that is not open {place}")
            sign, span = opened[0], Span(opened[1], len(text))
            words = span.of(text)
            if not words or words != words.strip():
                raise ValueError(f"white space at an end of the span, or nothing in it {place}")
            if "\n" in words:
                raise ValueError(f"a span over the end of a line {place}")
            part = MARKS[sign[0]][0]
            for number in sign[1:-1].split(","):
                parts = spans.setdefault(int(number), {"content": (), "cue": (), "source": ()})
                parts[part] += (span,)
            opened = None
        else:
            text += piece
    if opened:
        raise ValueError(f"a mark never closed: {text[opened[1] :][:30]!r}")
    return text, spans


def quote(
    number: int, row: str, marks: dict[int, dict[Part, tuple[Span, ...]]], text: str, published: dt.date
) -> Quote:
    """Return the quote of a row and its marks. Raise ValueError if they do not fit each other, the text or the format."""
    fields = [field.strip() for field in row.split("|")]
    if len(fields) != 6:
        raise ValueError(f"a row of {len(fields)} fields instead of 6: {row!r}")
    if fields[0] != str(number):
        raise ValueError(f"row {number} has the number {fields[0]}")
    if number not in marks:
        raise ValueError(f"quote {number} has a row and no marks")
    parts = marks[number]
    if not parts["content"]:
        raise ValueError(f"quote {number} has no content")
    speaker = given(fields[1])
    if speaker and speaker not in text:
        raise ValueError(f"quote {number}: the name {speaker!r} does not stand in the text")
    how, what = fields[2], fields[3]
    kind, _, more = what.partition(" ")
    act, _, rest = more.partition(" ")
    medium = rest or "speech"
    if how not in HOWS or kind not in KINDS or act not in ACTS or medium not in MEDIA or rest == "speech":
        raise ValueError(f"quote {number}: unknown words in {how!r} or {what!r}")
    if (how == "none") == bool(parts["source"]):
        raise ValueError(f"quote {number}: how is {how}, and it has {len(parts['source'])} sources")
    if (how == "unnamed" and speaker) or (how not in ("unnamed", "none") and not speaker):
        raise ValueError(f"quote {number}: how is {how}, and the speaker {fields[1]}")
    said = dt.date.fromisoformat(fields[5]) if fields[5] != "-" else None
    if said and said > published:
        raise ValueError(f"quote {number}: said after the article was published")
    return Quote(
        **parts,
        speaker=speaker,
        how=HOWS[how],
        kind=KINDS[kind],
        act=ACTS[act],
        medium=MEDIA[medium],
        role=role(fields[4], number),
        said=said,
    )


def role(field: str, number: int) -> Role | None:
    """Return the role of "title; organisation; country", None for "-". Raise ValueError for an unknown country."""
    if field == "-":
        return None
    parts = [part.strip() for part in field.split(";")]
    if len(parts) != 3 or parts[0] == "-":
        raise ValueError(f"quote {number}: a role is title; organisation; country, not {field!r}")
    title, organisation, country = parts
    if country != "-" and country not in COUNTRIES:
        raise ValueError(f"quote {number}: no country {country!r}")
    return Role(title, given(organisation), given(country))


def given(field: str) -> str | None:
    """Return what a field holds, None for "-"."""
    return None if field == "-" else field
