"""The words of a text, and what the lexicon knows of them.

A word keeps its apostrophes, hyphens and combining marks. A possessive "'s" is a word of its own, and so is every other mark.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii

from api.extraction.lexicon import alternatives, grouped, lines, table, word_list

_COMBINING = (  # combining marks of the scripts that news names are written in
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0900-\u0903\u093a-\u094f"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
)
_LETTERS = rf"[^\W_][\w{_COMBINING}]*"
_WORD = re.compile(
    r"@[A-Za-z0-9_]+(?:[.@-][A-Za-z0-9_]+)*"  # a handle
    r"|['’](?:[sS]|ll|LL|re|ve|d|m)\b"
    r"|(?:[^\W\d_]\.){2,}"  # dotted initials: "U.S.", "J.K."
    rf"|{_LETTERS}(?:(?:['’](?!(?:[sS]|ll|LL|re|ve|d|m)\b)|[-‐‑]|–(?=[A-Z])){_LETTERS})*"
    r"|[^\w\s]|_"
)


class Word(NamedTuple):
    """A word or mark: its place [start, end) in the text in code points, as it stands, and as the lexicon spells it."""

    start: int
    end: int
    text: str
    low: str


_HYPHENS = str.maketrans("‐‑–", "---")


@lru_cache(maxsize=20_000)
def low(word: str) -> str:
    """Return `word` as the lexicon spells it: in lower case, with straight apostrophes and hyphens."""
    return unicodedata.normalize("NFC", word).casefold().replace("’", "'").translate(_HYPHENS)


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """Return `word` in lower-case ASCII: Sánchez and Sanchez are one name."""
    return anyascii(word).casefold()


_STATES = {row[0]: row[1] for row in table("state_abbreviations")}


def same_body(one: str, other: str) -> bool:
    """Return whether two names of bodies or places are equal or one is the end of the other: "Senate", "US Senate".

    "Vt." is Vermont.
    """
    a, b = _spelt_out(one), _spelt_out(other)
    return a == b or a.endswith(" " + b) or b.endswith(" " + a)


def _spelt_out(name: str) -> str:
    folded = fold(name)
    return _STATES.get(folded.removesuffix("."), folded)


def words_of(text: str) -> list[Word]:
    """Return the words and marks of `text`, in order. Takes time linear in its length."""
    return [Word(*m.span(), word := m[0], low(word)) for m in _WORD.finditer(text)]


class Entry(NamedTuple):
    """What the lexicon says of a phrase: its words, its class, and a gender or country code ("" without one)."""

    words: tuple[str, ...]
    group: str
    value: str
    capitals_only: bool  # "US", not "us"


Phrases = dict[str, list[Entry]]
"""Phrases by their first word, the longest first."""


def _phrases(rows: list[tuple[str, str, str]]) -> Phrases:
    """Index phrases, each given with its class and its gender or country code."""
    found: Phrases = {}
    for phrase, group, value in rows:
        parts = tuple(word.low for word in words_of(phrase))
        entry = Entry(parts, group, value, phrase.isupper() and len(phrase) < 5)
        found.setdefault(parts[0], []).append(entry)
    for entries in found.values():
        entries.sort(key=lambda entry: -len(entry.words))
    return found


def _by_gender(name: str) -> dict[str, str]:
    """Return the words of a table of genders: "m", "f", or "" where the table has neither."""
    return {low(word): gender if gender in ("m", "f") else "" for word, gender in table(name)}


# A country's name comes before an adjective, and that before a noun for its people, where they are spelt alike.
_COUNTRY_CLASSES = ("name", "adjective", "people")

COUNTRIES = _phrases(
    [(phrase, group, code) for each in _COUNTRY_CLASSES for code, group, phrase in table("countries") if group == each]
)
TITLES = _phrases([(title, group, gender.strip("-")) for title, group, gender in table("titles")])
KNOWN_ORGANISATIONS = _phrases([(name, "known", "") for name in lines("known_organisations.txt")])
PLACES = _phrases([(name, "place", "") for name in lines("places.txt")])

HONORIFICS = _by_gender("honorifics")
KINSHIP = _by_gender("kinship")
GIVEN_NAMES = _by_gender("given_names")
FIRST_NAMES = _by_gender("first_names")
NAME_WORDS = FIRST_NAMES.keys() | GIVEN_NAMES.keys() | word_list("word_names")  # what may be a first name
PARTICLES = word_list("particles")
NAME_SUFFIXES = word_list("name_suffixes")
HONOURS = word_list("honours")
_NAME_PREFIXES = word_list("name_prefixes")

GROUPS = word_list("groups")
FUNCTION_WORDS = word_list("function_words")
CALENDAR = word_list("calendar")
ADJECTIVES = word_list("adjectives")
ARTICLES = word_list("articles")
DETERMINERS = word_list("determiners")
PREPOSITIONS = word_list("prepositions")
PHRASE_STOPS = word_list("phrase_stops")
RELATIVE_PRONOUNS = word_list("relative_pronouns")
COPULAS = word_list("copulas")
SERVING_VERBS = word_list("serving_verbs")
# Pronouns to the gender that they tell: "m", "f", "it", or "" for "they".
PRONOUNS = {pronoun: gender.strip("-") for pronoun, gender in table("pronouns")}
POSSESSIVE_PRONOUNS = word_list("possessive_pronouns")
POSSESSIVES = frozenset(["'s", "’s", "'"])

# Words that head or end an organisation's name, to their class: "state", "body" or "suffix".
ORGANISATION_HEADS = {head: group for head, group, _, _ in table("organisation_heads") if group != "-"}
ORGANISATION_NOUNS = word_list("organisation_nouns")
# Words of titles, to their class: "status", "rank", "field" or "party".
TITLE_WORDS = dict(table("title_words"))
PRAISE = word_list("praise")
NARROWING_WORDS = word_list("narrowing_words")
# Nouns to the narrower titles that they may stand for: "lawmaker" for a senator.
NARROWER_TITLES = grouped("narrower_titles", by=0)
OFFICE_VERBS = dict(table("office_verbs"))
_TITLE_FORMS = dict(table("title_forms"))
# Forms of several words are looked for in the whole title: "the group chief executive officer".
_LONG_FORMS = re.compile(rf"\b(?:{alternatives(frozenset(form for form in _TITLE_FORMS if ' ' in form))})\b")


def match(phrases: Phrases, text: list[Word], at: int) -> Entry | None:
    """Return the longest of `phrases` that stands at word `at` of `text`, or None."""
    for entry in phrases.get(text[at].low, ()):
        size = len(entry.words)
        if entry.capitals_only and not text[at].text.isupper():
            continue
        if size == 1 or tuple(word.low for word in text[at : at + size]) == entry.words:
            return entry
    return None


def is_head(word: str) -> bool:
    """Return whether `word`, as the lexicon spells it, is a title by itself: "minister", not "prime"."""
    return any(entry.words == (word,) for entry in TITLES.get(word, ()))


def is_capital(word: str) -> bool:
    """Return whether `word` is capitalised as a name is: "Roe", "al-Masri", "D'Arcy"; not "London-based"."""
    first, _, rest = word.partition("-")
    if not first[:1].isupper():
        return (first.casefold() in _NAME_PREFIXES and rest[:1].isupper()) or (
            word[:2] in ("d'", "d’") and word[2:3].isupper()
        )
    return not (rest[:1].islower() and len(rest) > 2 and first.casefold() not in _NAME_PREFIXES)


def title_key(title: str) -> str:
    """Return a key that a title shares with its abbreviations and other forms: "Sen." and "senator"."""
    plain = title.lower().replace("-", " ").replace(".", " ")
    key = " ".join(_TITLE_FORMS.get(word, word) for word in plain.split())
    return _LONG_FORMS.sub(lambda match: _TITLE_FORMS[match.group()], key)


def same_title(one: str, other: str) -> bool:
    """Return whether two titles are the same but for case, hyphens and usual abbreviations."""
    return title_key(one) == title_key(other)
