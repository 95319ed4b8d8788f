"""Parse the language of `q` into a tree. Any text can be parsed: nothing is an error.

    sanctions "cost of living" ministr*      all of these: words in any form, phrases, prefixes
    bridge OR border                         one of these; OR (in capitals) joins its two neighbours
    bridge AND border, bridge and border     both: AND, and "and" between two others, ask nothing
    -toll -"road toll"                       none of these; NOT (in capitals) is the same
    re-open  reopen  bridge(s)               with or without the hyphen or brackets; the parts stand together
    speaker:Tamberg  country:Estonia         fields with a value or a "quoted value"; - and OR work with them too
    said:2022-03..2022-06                    a day, month or year, or a range of which either end may be left out

All kinds of quotation marks are alike, and brackets around words count as white space. Malformed input degrades gracefully:

- A quotation mark that is never closed reaches to the end.
- An OR without a neighbour, a lone - and a lone * are dropped.
- An unknown field, and a field with an impossible value (said:soon), are words.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import pycountry

from api.enums import FIELDS, KINDS, MEDIA, POLARITIES
from api.folding import Word, fold, fold_words, stem

# What is beyond is ignored, and counted. A query of 1,000 code points rarely has as much. SQLite refuses expressions that
# are 256 deep, and each field costs a look-up.
MAX_QUERY_WORDS = 100
MAX_QUERY_FIELDS = 20

_MARKS = '"“”„‟«»‹›＂〝〞〟「」『』'
# Single marks may be apostrophes: a quoted passage begins at one before a word and ends at one after a word.
_SINGLE = r"(?<!\w)['‘‚](?=\w)(?:[^'’‘‚]|(?<=\w)['’](?=\w))+['’](?!\w)"
_PIECE = re.compile(
    rf"""(?P<without>(?<!\S)[-‐‑−－](?![-‐‑−－\s]))?
    (?:(?P<field>{"|".join(FIELDS)}):(?=\S))?
    (?:[{_MARKS}]+(?P<marked>[^{_MARKS}]*)(?:[{_MARKS}]+|$)|(?P<single>{_SINGLE})|(?P<plain>(?:(?!{_SINGLE})[^\s{_MARKS}])+))""",
    re.VERBOSE | re.IGNORECASE,
)
# Common names of countries that ISO 3166 does not list.
_COMMON_NAMES = {
    "Britain": "GB", "Great Britain": "GB", "UK": "GB", "America": "US", "UAE": "AE", "Bosnia": "BA", "Brunei": "BN",
    "Burma": "MM", "Cape Verde": "CV", "Democratic Republic of the Congo": "CD", "DR Congo": "CD", "East Timor": "TL",
    "Holland": "NL", "Ivory Coast": "CI", "Macau": "MO", "Macedonia": "MK", "Micronesia": "FM", "Palestine": "PS",
    "Republic of Ireland": "IE", "Republic of Korea": "KR", "Russia": "RU", "Swaziland": "SZ", "Turkey": "TR",
    "Vatican": "VA", "Vatican City": "VA",
}  # fmt: skip
_BRACKETS = str.maketrans("()[]{}", "      ")
_BRACKETS_IN_WORD = re.compile(r"(?P<before>\w*)[(\[{](?P<within>\w+)[)\]}](?P<after>\w*)")
_HYPHENS = ("-", "‐", "‑")
# What is written with a hyphen or without: re-elect, co-operate, non-profit. Before other letters "re" seldom is a prefix.
_PREFIXED = re.compile(r"(?<![a-z])((?:re|co|pre)(?=[aeiou])|(?:anti|non|semi|multi))([a-z]{4,})(?![a-z])")
_CHOICES = {"kind": KINDS, "medium": MEDIA, "polarity": POLARITIES}
_DAYS = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_ID = re.compile(r"[1-9][0-9]{0,18}")
_MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Words:
    """A phrase of one or more folded words.

    With `prefix` the last word is only the beginning of one. `written` is the phrase as the user wrote it. `spellings` are
    other ways to write it: reopen and re-open. `is_hyphenated` tells a word with hyphens from a phrase in quotation marks.
    """

    folded: tuple[str, ...]
    prefix: bool = False
    written: str = field(default="", compare=False)
    spellings: tuple[tuple[str, ...], ...] = field(default=(), compare=False)
    is_hyphenated: bool = field(default=False, compare=False)

    @property
    def stems(self) -> tuple[str, ...]:
        """Return the words as the index has them. A prefix is stemmed as if it were a whole word."""
        return tuple(map(stem, self.folded))

    @property
    def variants(self) -> list[tuple[tuple[str, ...], bool]]:
        """Return the sequences of terms that the phrase matches, each with whether its last term is a prefix.

        The index has stems, and some are shorter than a prefix asked for. politic* must find "politics", which is indexed
        as "polit": so the stem of "politic" is a variant too.
        """
        ways = (self.folded, *self.spellings)
        return list(dict.fromkeys(variant for way in ways for variant in _variants(way, prefix=self.prefix)))


def _variants(folded: tuple[str, ...], *, prefix: bool) -> list[tuple[tuple[str, ...], bool]]:
    """Return the variants of one spelling; see Words.variants."""
    stems = tuple(map(stem, folded))
    if not prefix:
        return [(sequence, False) for sequence in dict.fromkeys((stems, folded))]
    *before, last = folded
    starts = [((*sequence, last), True) for sequence in dict.fromkeys((stems[:-1], tuple(before)))]
    return starts if stems[-1].startswith(last) else [*starts, (stems, False)]


@dataclass(frozen=True, slots=True)
class Field:
    """A field and its value as written. Of `said`, `since` is the first day and `before` the day after the last."""

    name: str
    value: str
    since: dt.date | None = None
    before: dt.date | None = None

    @property
    def row(self) -> int | str:
        """Return the value as the id of a row if it is one, else as the words that name the row."""
        return int(self.value) if _ID.fullmatch(self.value) and int(self.value) <= _MAX_ID else self.value


Part = Words | Field
Group = tuple[Part, ...]  # alternatives


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: one alternative of each group in `wanted`, and none of `without`.

    `ignored` counts the words and fields beyond MAX_QUERY_WORDS and MAX_QUERY_FIELDS. A query is false if it asks nothing.
    """

    wanted: tuple[Group, ...] = ()
    without: tuple[Part, ...] = ()
    ignored: int = 0

    def __bool__(self) -> bool:
        return bool(self.wanted or self.without)

    @property
    def words(self) -> list[Words]:
        """Return the words wanted, in order and without repetition."""
        return list(dict.fromkeys(part for group in self.wanted for part in group if isinstance(part, Words)))


class _Piece(NamedTuple):
    """A piece of a query: an OR (`joins`), or parts that are wanted or excluded.

    With `links` it is the word "and", which asks nothing between two others.
    """

    parts: list[Part]
    without: bool = False
    joins: bool = False
    links: bool = False

    @property
    def as_part(self) -> Part:
        """Return the piece as one part. An alternative or exclusion such as well-known is a phrase."""
        if len(self.parts) == 1 or not all(isinstance(part, Words) for part in self.parts):
            return self.parts[0]
        found = [part for part in self.parts if isinstance(part, Words)]
        return Words(
            tuple(word for part in found for word in part.folded),
            found[-1].prefix,
            " ".join(part.written for part in found),
        )


def parse(q: str) -> Query:
    """Return the query that `q` means.

    >>> parse('“cost of living” OR bridge -toll').without
    (Words(folded=('toll',), prefix=False, written='toll'),)
    """
    wanted: list[list[Part]] = []
    without: list[Part] = []
    pieces, ignored = _bounded(_without_links(list(_pieces(_BRACKETS_IN_WORD.sub(_unbracket, q).translate(_BRACKETS)))))
    for index, piece in enumerate(pieces):
        joined = index > 0 and pieces[index - 1].joins
        if piece.joins:
            continue
        if piece.without:
            without.append(piece.as_part)
        elif joined and _joinable(pieces, index - 2):
            wanted[-1].append(piece.as_part)
        elif _joinable(pieces, index) and index + 1 < len(pieces) and pieces[index + 1].joins:
            wanted.append([piece.as_part])
        else:
            wanted += [[part] for part in piece.parts]
    groups = tuple(dict.fromkeys(tuple(dict.fromkeys(group)) for group in wanted))
    return Query(groups, tuple(dict.fromkeys(without)), ignored)


def _without_links(pieces: list[_Piece]) -> list[_Piece]:
    """Return the pieces without each "and" that stands between two others that ask for something."""
    last = len(pieces) - 1
    return [
        piece
        for index, piece in enumerate(pieces)
        if not (piece.links and 0 < index < last and not pieces[index - 1].joins and not pieces[index + 1].joins)
    ]


def _unbracket(match: re.Match[str]) -> str:
    """Return a word without the brackets in it: bridge(s) as bridges, since it is one word, and re(open)ed as re-open-ed."""
    if not match["before"] and not match["after"]:
        return match[0]
    is_one_word = len(fold_words(match[0])) == 1
    return ("" if is_one_word else "-").join(filter(None, (match["before"], match["within"], match["after"])))


def _joinable(pieces: list[_Piece], index: int) -> bool:
    """Return whether there is a piece at this index that an OR can join."""
    return index >= 0 and not pieces[index].without and not pieces[index].joins


def _pieces(q: str) -> Iterator[_Piece]:
    """Yield the pieces of a query that have words, and its ORs, of which no two are neighbours."""
    joins = excludes = False
    for match in _PIECE.finditer(q):
        plain, name = match["plain"], (match["field"] or "").lower()
        operator = plain if not name and not match["without"] else None
        if operator in ("OR", "AND", "NOT"):
            joins, excludes = joins or operator == "OR", excludes or operator == "NOT"
            continue
        text = match["marked"] or match["single"] or plain or ""
        parts = _field(name, text) if name else []
        if not parts:
            if name:  # an impossible value: the field is words like any others
                text, plain = f"{name} {text}", f"{name} {text}"
            parts = _separate_words(text) if plain is not None else _phrase(text)
        if parts:
            if joins:
                yield _Piece([], joins=True)
            links = operator is not None and operator.lower() == "and"
            yield _Piece(parts, without=excludes or bool(match["without"]), links=links and not excludes)
            joins = excludes = False
    if joins:
        yield _Piece([], joins=True)


def _separate_words(text: str) -> list[Part]:
    """Return each word of `text` as a part of its own, with its hyphens. A word before an asterisk is a prefix."""
    found = fold_words(text)
    last = {word.end: word for word in found}  # a sign can be several words, of which only the last can be a prefix
    runs: list[list[Word]] = []
    for word in found:
        if runs and text[runs[-1][-1].end : word.start] in _HYPHENS:
            runs[-1].append(word)
        else:
            runs.append([word])
    return [
        Words(
            tuple(word.folded for word in run),
            last[run[-1].end] is run[-1] and text.startswith("*", run[-1].end),
            text[run[0].start : run[-1].end],
            _spellings(text, run),
            len(run) > 1,
        )
        for run in runs
    ]


def _phrase(text: str) -> list[Part]:
    """Return the words of `text` as one phrase, or nothing if it has no words."""
    found = fold_words(text)
    if not found:
        return []
    prefix = text.startswith("*", found[-1].end)
    written = text[found[0].start : found[-1].end]
    return [Words(tuple(word.folded for word in found), prefix, written, _spellings(text, found))]


def _spellings(text: str, found: Sequence[Word]) -> tuple[tuple[str, ...], ...]:
    """Return the other ways to write these words of `text`: all hyphens left out, and one after each prefix that takes one."""
    joined: list[str] = []
    for index, word in enumerate(found):
        hyphenated = index and text[found[index - 1].end : word.start] in _HYPHENS
        if hyphenated and word.folded.isalpha() and joined[-1].isalpha():
            joined[-1] += word.folded
        else:
            joined.append(word.folded)
    apart = [piece for word in found for piece in _PREFIXED.sub(r"\1 \2", word.folded).split()]
    folded = tuple(word.folded for word in found)
    return tuple(way for way in dict.fromkeys((tuple(joined), tuple(apart))) if way != folded)


def _field(name: str, text: str) -> list[Part]:
    """Return the field of that name with `text` as its value, or nothing if the value is impossible."""
    value = " ".join(text.split()).strip(",;!?'‘’‚" if name == "said" else ".,;:!?'‘’‚")
    match name:
        case "said":
            return _said(value)
        case "kind" | "medium" | "polarity":
            value = value.lower()
            return [Field(name, value)] if value in _CHOICES[name] else []
        case "country":
            code = _countries().get(fold(value).removeprefix("the "))
            code = code or (value.upper() if re.fullmatch("[A-Za-z]{2}", value) else None)
            return [Field(name, code)] if code else []
    return [Field(name, value)] if fold_words(value) else []


@cache
def _countries() -> dict[str, str]:
    """Return ISO 3166-1 alpha-2 codes by the folded names and codes of countries."""
    codes = {fold(name): code for name, code in _COMMON_NAMES.items()}
    for country in pycountry.countries:
        for name in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            if hasattr(country, name):
                codes.setdefault(fold(getattr(country, name)), country.alpha_2)
    return codes


def _said(value: str) -> list[Part]:
    """Return the field of a date or range: 2022, 2022-03, 2022-03-24, 2022-03.., ..2022 or 2022-03..2022-06."""
    first, dots, last = value.partition("..")
    try:
        since = _begins(first) if first else None
        before = _ends(last or ("" if dots else first))
    except ValueError:
        return []
    return [Field("said", value, since, before)] if first or last else []


def _begins(value: str) -> dt.date:
    """Return the first day of a day, month or year. Raise ValueError for anything else."""
    match = _DAYS.fullmatch(value)
    if not match:
        raise ValueError(value)
    return dt.date(*(int(part or 1) for part in match.groups()))


def _ends(value: str) -> dt.date | None:
    """Return the day after a day, month or year. None if `value` is empty or the last date there is.

    Raise ValueError if it is no day, month or year.
    """
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
    """Return the pieces up to MAX_QUERY_WORDS and MAX_QUERY_FIELDS, and how many words and fields were beyond."""
    kept: list[_Piece] = []
    words_left, fields_left, ignored = MAX_QUERY_WORDS, MAX_QUERY_FIELDS, 0
    for piece in pieces:
        parts: list[Part] = []
        for part in piece.parts:
            if isinstance(part, Field):
                parts += [part] if fields_left else []
                fields_left, ignored = max(fields_left - 1, 0), ignored + (not fields_left)
            elif len(part.folded) <= words_left:
                parts.append(part)
                words_left -= len(part.folded)
            else:  # keep the beginning of a long phrase: it still finds the quote that somebody pasted
                parts += [Words(part.folded[:words_left], False, part.written)] if words_left else []
                words_left, ignored = 0, ignored + len(part.folded) - words_left
        if parts or piece.joins:
            kept.append(piece._replace(parts=parts))
    return kept, ignored
