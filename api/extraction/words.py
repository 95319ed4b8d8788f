"""The words of a text and what the lexicon knows of them.

A word keeps its apostrophes, hyphens and combining marks; a possessive "'s" is a word of its own, and so is each other mark.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from api.extraction.lexicon import table, words

GRAMMAR = {row[0]: frozenset(word.replace("_", " ") for word in row[1].split()) for row in table("grammar.tsv")}

_MARKS = (  # combining marks of the scripts that news names are written in
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0900-\u0903\u093a-\u094f"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
)
_LETTER = rf"[^\W_][\w{_MARKS}]*"
_WORD = re.compile(
    r"@[A-Za-z0-9_]+(?:[.@-][A-Za-z0-9_]+)*"  # a handle
    r"|['’](?:[sS]|ll|LL|re|ve|d|m)\b"
    r"|(?:[^\W\d_]\.){2,}"  # dotted initials: "U.S.", "J.K."
    rf"|{_LETTER}(?:(?:['’](?!(?:[sS]|ll|LL|re|ve|d|m)\b)|[-‐‑]){_LETTER})*"
    r"|[^\w\s]|_"
)
_SPECIAL = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "’": "'", "‐": "-", "‑": "-"}
)


class Word(NamedTuple):
    """A word or mark: its place [start, end) in the text in code points, as it stands, and folded for looking up."""

    start: int
    end: int
    text: str
    low: str


@lru_cache(maxsize=20_000)
def low(word: str) -> str:
    """`word` in lower case with straight apostrophes and hyphens: how the lexicon spells."""
    return unicodedata.normalize("NFC", word).casefold().replace("’", "'").replace("‐", "-").replace("‑", "-")


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """`word` in lower case without diacritics: Sánchez and Sanchez are one name."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c)).translate(_SPECIAL)


def words_of(text: str) -> list[Word]:
    """The words and marks of `text`, in order; takes time linear in its length."""
    return [Word(*m.span(), word := m[0], low(word)) for m in _WORD.finditer(text)]


class Entry(NamedTuple):
    """What the lexicon says of a phrase: its words, their class, and a gender, country code or "" with it."""

    words: tuple[str, ...]
    group: str
    value: str
    upper: bool  # only in capitals: "US", not "us"


Lexicon = dict[str, list[Entry]]


def _add(lexicon: Lexicon, phrase: str, group: str, value: str) -> None:
    parts = tuple(word.low for word in words_of(phrase))
    entry = Entry(parts, group, value, phrase.isupper() and len(phrase) < 5)
    lexicon.setdefault(parts[0], []).append(entry)


def _longest_first(lexicon: Lexicon) -> Lexicon:
    for entries in lexicon.values():
        entries.sort(key=lambda entry: -len(entry.words))
    return lexicon


def _countries() -> Lexicon:
    lexicon: Lexicon = {}
    for row in table("countries.tsv"):
        code, names, adjectives, nouns = [*row, "", "", ""][:4]
        for group, column in (("name", names), ("adjective", adjectives), ("people", nouns)):
            for phrase in filter(None, column.split(";")):
                _add(lexicon, phrase, group, code)
    return _longest_first(lexicon)


def _titles() -> Lexicon:
    lexicon: Lexicon = {}
    for group, gender, column in table("titles.tsv"):
        for phrase in column.split(";"):
            if not any(entry.words == tuple(phrase.split()) for entry in lexicon.get(phrase.split()[0], ())):
                _add(lexicon, phrase, group, gender.strip("-"))
    return _longest_first(lexicon)


def _names(kind: str, rows: list[str]) -> Lexicon:
    lexicon: Lexicon = {}
    for row in rows:
        for phrase in row.split(";"):
            _add(lexicon, phrase, kind, "")
    return _longest_first(lexicon)


def _by_gender(name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for gender, column in table(name):
        for word in column.split():
            found[low(word)] = "" if gender in "-u" or found.get(low(word), gender) != gender else gender
    return found


_organisations = {row[0]: row[1] for row in table("organisations.tsv")}
_title_words = {row[0]: row[1].split(";") for row in table("title_words.tsv")}

COUNTRIES = _countries()
TITLES = _titles()
KNOWN = _names("known", [_organisations["known"]])
PLACES = _names("place", [row[0] for row in table("places.txt")])
HONORIFICS = _by_gender("honorifics.tsv")
KINSHIP = _by_gender("kinship.tsv")
GIVEN_NAMES = _by_gender("given_names.tsv")
FIRST_NAMES = _by_gender("first_names.tsv")
PARTICLES = words("particles.txt")
GROUPS = words("groups.txt")
FUNCTION_WORDS = words("function_words.txt")
CALENDAR = words("calendar.txt")
ADJECTIVES = words("adjectives.txt")
ORGANISATION_HEADS = {
    head.split()[-1]: group for group in ("suffix", "body", "state") for head in _organisations[group].split(";")
}
UNITS = frozenset(_organisations["unit"].split(";"))
TITLE_WORDS = {word: group for group in ("party", "field", "rank", "status") for word in _title_words[group]}
TITLE_FORMS = {form: title for title, forms, _ in table("title_forms.tsv") for form in forms.split(";")}
# Forms of several words are looked for in the whole title: "the group chief executive officer".
_LONG_FORMS = re.compile(rf"\b(?:{'|'.join(form for form in TITLE_FORMS if ' ' in form)})\b")
OFFICE_VERBS = {verb: title for title, _, verbs in table("title_forms.tsv") for verb in verbs.split(";")}
BROADER = {noun: frozenset(heads.split(";")) for noun, heads in table("broader.tsv")}
PRAISE = frozenset(_title_words["praise"])


def match(lexicon: Lexicon, text: list[Word], at: int) -> Entry | None:
    """The longest phrase of `lexicon` that stands at word `at` of `text`, or None."""
    for entry in lexicon.get(text[at].low, ()):
        size = len(entry.words)
        if entry.upper and not text[at].text.isupper():
            continue
        if size == 1 or tuple(word.low for word in text[at : at + size]) == entry.words:
            return entry
    return None


def is_head(word: str) -> bool:
    """Whether the folded `word` alone is a title: "minister", not "prime"."""
    return any(entry.words == (word,) for entry in TITLES.get(word, ()))


def is_capital(word: str) -> bool:
    """Whether `word` is capitalised as a name is: "Roe", "al-Masri", "D'Arcy"; not "London-based"."""
    first, _, rest = word.partition("-")
    if not first[:1].isupper():
        return (first.casefold() in GRAMMAR["prefixes"] and rest[:1].isupper()) or (
            word[:2] in ("d'", "d’") and word[2:3].isupper()
        )
    return not (rest[:1].islower() and len(rest) > 2 and first.casefold() not in GRAMMAR["prefixes"])


def short(title: str) -> str:
    """A key that a title shares with its abbreviations and other forms: "Sen." and "senator"."""
    plain = title.lower().replace("-", " ").replace(".", " ")
    key = " ".join(TITLE_FORMS.get(word, word) for word in plain.split())
    return _LONG_FORMS.sub(lambda match: TITLE_FORMS[match.group()], key)


def same_title(one: str, other: str) -> bool:
    """Whether two titles are the same but for case, hyphens and usual abbreviations."""
    return short(one) == short(other)
