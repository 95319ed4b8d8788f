"""What a search asks for: the language of `q`, read into a tree. Any text can be read, and nothing of it is an error.

    sanctions "cost of living" ministr*      all of these: words in any form, words that stand together, beginnings
    bridge OR border                         one of these; OR (in capitals) joins what stands beside it
    -toll -"road toll"                       without these
    speaker:Tamberg  country:Estonia         fields, with a value or a "value in marks"; - and OR go with them too
    said:2022-03..2022-06                    a day, month or year, or from one to another, either of them left out

Quotation marks of any kind are marks, and brackets are white space. What cannot be meant is read as well as it can be:
a mark that nothing closes reaches to the end; an OR with nothing beside it, a lone - and a lone * are nothing; an unknown
field, and one whose value it cannot have (said:soon), are words.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

import pycountry

from api.folding import fold, stem, words

FIELDS = ("speaker", "role", "country", "publisher", "kind", "cue", "said")
KINDS = ("direct", "mixed", "indirect")

# A query of 1,000 code points rarely has so many; SQLite takes no expression 256 deep, and each field is a look-up.
MOST_WORDS = 100
MOST_FIELDS = 20

_MARKS = '"“”„‟«»‹›＂〝〞〟「」『』'
# In single marks, which may be apostrophes: from one that begins a word to one that ends one.
_SINGLE = r"(?<!\w)['‘‚](?=\w)(?:[^'’‘‚]|(?<=\w)['’](?=\w))+['’](?!\w)"
_PIECE = re.compile(
    rf"""(?P<without>(?<!\S)[-‐‑−－](?![-‐‑−－\s]))?
    (?:(?P<field>{"|".join(FIELDS)}):(?=\S))?
    (?:[{_MARKS}]+(?P<marked>[^{_MARKS}]*)(?:[{_MARKS}]+|$)|(?P<single>{_SINGLE})|(?P<plain>(?:(?!{_SINGLE})[^\s{_MARKS}])+))""",
    re.VERBOSE | re.IGNORECASE,
)
# What people call countries, and ISO 3166 does not.
_COMMONLY = {
    "Britain": "GB", "Great Britain": "GB", "UK": "GB", "America": "US", "UAE": "AE", "Bosnia": "BA", "Brunei": "BN",
    "Burma": "MM", "Cape Verde": "CV", "Democratic Republic of the Congo": "CD", "DR Congo": "CD", "East Timor": "TL",
    "Holland": "NL", "Ivory Coast": "CI", "Macau": "MO", "Macedonia": "MK", "Micronesia": "FM", "Palestine": "PS",
    "Republic of Ireland": "IE", "Republic of Korea": "KR", "Russia": "RU", "Swaziland": "SZ", "Turkey": "TR",
    "Vatican": "VA", "Vatican City": "VA",
}  # fmt: skip
_BRACKETS = str.maketrans("()[]{}", "      ")
_DAYS = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_ID = re.compile(r"[1-9][0-9]{0,18}")
_MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Words:
    """Words that must stand together, folded; a single one is the shortest such phrase.

    With `prefix` the last of them is only the beginning of a word. `written` is how they were asked for.
    """

    folded: tuple[str, ...]
    prefix: bool = False
    written: str = field(default="", compare=False)

    @property
    def stems(self) -> tuple[str, ...]:
        """The words as they are indexed; a beginning as the stem that it would be if it were whole."""
        return tuple(map(stem, self.folded))

    @property
    def readings(self) -> list[tuple[tuple[str, ...], bool]]:
        """The different sequences that they match, and of each whether its last word is only a beginning.

        What is indexed are stems, some shorter than a beginning that is asked for: politic* finds "politics", of which
        "polit" is stored, by the stem of politic.
        """
        if not self.prefix:
            return [(sequence, False) for sequence in dict.fromkeys((self.stems, self.folded))]
        *before, last = self.folded
        starts = [((*sequence, last), True) for sequence in dict.fromkeys((self.stems[:-1], tuple(before)))]
        return starts if self.stems[-1].startswith(last) else [*starts, (self.stems, False)]


@dataclass(frozen=True, slots=True)
class Field:
    """A field and its value as written; for `said` the first day that is in and the first after it that is out."""

    name: str
    value: str
    since: dt.date | None = None
    before: dt.date | None = None

    @property
    def row(self) -> int | str:
        """The id of a row that the value is, or the words that name it."""
        return int(self.value) if _ID.fullmatch(self.value) and int(self.value) <= _MAX_ID else self.value


Part = Words | Field


@dataclass(frozen=True, slots=True)
class Query:
    """All of `wanted`, of each one alternative, and none of `without`; `ignored` counts what was more than is read."""

    wanted: tuple[tuple[Part, ...], ...] = ()
    without: tuple[Part, ...] = ()
    ignored: int = 0

    def __bool__(self) -> bool:
        return bool(self.wanted or self.without)

    @property
    def words(self) -> list[Words]:
        """The words that are wanted, in order, each once."""
        return list(dict.fromkeys(part for group in self.wanted for part in group if isinstance(part, Words)))


class _Piece(NamedTuple):
    """A piece of a query: OR, or parts that are asked for, or not to be there."""

    parts: list[Part]
    without: bool = False
    joins: bool = False

    @property
    def together(self) -> Part:
        """The piece as one part: where it is an alternative or left out, well-known is a phrase."""
        if len(self.parts) == 1 or not all(isinstance(part, Words) for part in self.parts):
            return self.parts[0]
        found = [part for part in self.parts if isinstance(part, Words)]
        return Words(
            tuple(word for part in found for word in part.folded),
            found[-1].prefix,
            " ".join(part.written for part in found),
        )


@lru_cache(maxsize=256)
def read(q: str) -> Query:
    """What `q` asks for.

    >>> read('“cost of living” OR bridge -toll').without
    (Words(folded=('toll',), prefix=False, written='toll'),)
    """
    wanted: list[list[Part]] = []
    without: list[Part] = []
    pieces, ignored = _bounded(list(_pieces(q.translate(_BRACKETS))))
    for index, piece in enumerate(pieces):
        joined = index > 0 and pieces[index - 1].joins
        if piece.joins:
            continue
        if piece.without:
            without.append(piece.together)
        elif joined and _joinable(pieces, index - 2):
            wanted[-1].append(piece.together)
        elif _joinable(pieces, index) and index + 1 < len(pieces) and pieces[index + 1].joins:
            wanted.append([piece.together])
        else:
            wanted += [[part] for part in piece.parts]
    groups = tuple(dict.fromkeys(tuple(dict.fromkeys(group)) for group in wanted))
    return Query(groups, tuple(dict.fromkeys(without)), ignored)


def _joinable(pieces: list[_Piece], index: int) -> bool:
    """Whether there is a piece that an OR can join to another."""
    return index >= 0 and not pieces[index].without and not pieces[index].joins


def _pieces(q: str) -> Iterator[_Piece]:
    """The pieces of a query that have any words, in order, and its ORs, never two side by side."""
    joins = False
    for match in _PIECE.finditer(q):
        plain, name = match["plain"], (match["field"] or "").lower()
        if plain == "OR" and not name and not match["without"]:
            joins = True
            continue
        text = match["marked"] or match["single"] or plain or ""
        parts = _field(name, text) if name else []
        if not parts:
            if name:  # with a value that it cannot have: words like any others
                text, plain = f"{name} {text}", f"{name} {text}"
            parts = _each(text) if plain is not None else _together(text)
        if parts:
            if joins:
                yield _Piece([], joins=True)
            yield _Piece(parts, without=bool(match["without"]))
            joins = False
    if joins:
        yield _Piece([], joins=True)


def _each(text: str) -> list[Part]:
    """The words of `text`, each by itself; one that an asterisk follows is a beginning."""
    found = words(text)
    last = {word.end: word for word in found}  # of a sign that stands for several words only the last can begin others
    return [
        Words((word.folded,), last[word.end] is word and text.startswith("*", word.end), text[word.start : word.end])
        for word in found
    ]


def _together(text: str) -> list[Part]:
    """The words of `text` as one phrase, if it has any."""
    found = words(text)
    if not found:
        return []
    prefix = text.startswith("*", found[-1].end)
    return [Words(tuple(word.folded for word in found), prefix, text[found[0].start : found[-1].end])]


def _field(name: str, text: str) -> list[Part]:
    """The field of that name with the value that the text is, if it can have it."""
    value = " ".join(text.split()).strip(",;!?'‘’‚" if name == "said" else ".,;:!?'‘’‚")
    match name:
        case "said":
            return _said(value)
        case "kind":
            value = value.lower()
            return [Field(name, value)] if value in KINDS else []
        case "country":
            code = _countries().get(fold(value).removeprefix("the "))
            code = code or (value.upper() if re.fullmatch("[A-Za-z]{2}", value) else None)
            return [Field(name, code)] if code else []
    return [Field(name, value)] if words(value) else []


@cache
def _countries() -> dict[str, str]:
    """The codes of ISO 3166-1 alpha-2 by the names and codes of countries, folded."""
    codes = {fold(name): code for name, code in _COMMONLY.items()}
    for country in pycountry.countries:
        for name in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            if hasattr(country, name):
                codes.setdefault(fold(getattr(country, name)), country.alpha_2)
    return codes


def _said(value: str) -> list[Part]:
    """The days of a value such as 2022, 2022-03, 2022-03-24, 2022-03.., ..2022 or 2022-03..2022-06."""
    first, dots, last = value.partition("..")
    try:
        since = _begins(first) if first else None
        before = _ends(last or ("" if dots else first))
    except ValueError:
        return []
    return [Field("said", value, since, before)] if first or last else []


def _begins(value: str) -> dt.date:
    """The first day of a day, month or year. Raises ValueError for what is none."""
    match = _DAYS.fullmatch(value)
    if not match:
        raise ValueError(value)
    return dt.date(*(int(part or 1) for part in match.groups()))


def _ends(value: str) -> dt.date | None:
    """The first day after a day, month or year; None after the last there is, and for nothing. Raises ValueError."""
    if not value:
        return None
    begins = _begins(value)
    try:
        if len(value) == len("2022"):
            return begins.replace(year=begins.year + 1)
        if len(value) == len("2022-03"):
            return (begins + dt.timedelta(days=31)).replace(day=1)
        return begins + dt.timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _bounded(pieces: list[_Piece]) -> tuple[list[_Piece], int]:
    """The pieces up to MOST_WORDS and MOST_FIELDS, and how many words and fields there were beyond."""
    kept: list[_Piece] = []
    words_left, fields_left, ignored = MOST_WORDS, MOST_FIELDS, 0
    for piece in pieces:
        parts: list[Part] = []
        for part in piece.parts:
            if isinstance(part, Field):
                parts += [part] if fields_left else []
                fields_left, ignored = max(fields_left - 1, 0), ignored + (not fields_left)
            elif len(part.folded) <= words_left:
                parts.append(part)
                words_left -= len(part.folded)
            else:  # of a long phrase its beginning: it still finds the quote that somebody pasted
                parts += [Words(part.folded[:words_left], False, part.written)] if words_left else []
                words_left, ignored = 0, ignored + len(part.folded) - words_left
        if parts or piece.joins:
            kept.append(piece._replace(parts=parts))
    return kept, ignored
