"""Compare the spellings of names: surnames, first names and initials."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from api.extraction.lexicon import word_list
from api.extraction.words import GIVEN_NAMES, NAME_SUFFIXES, PARTICLES, fold

_FEMININE = re.compile(r"(?:ov|ev|sk|ck|[^aeiouyáéíóúý][nlrt])á$|(?:ov|ev|[wnń]sk)a$|skaya$|skaia$|tskaya$")
_FEMININE_LOOKING = word_list("feminine_looking_surnames")
_FAMILY_NAMES_FIRST = word_list("family_names_first")
_ARTICLE_PREFIXES = frozenset({"al", "el", "ul", "as", "ash", "an"})  # of surnames, which may lack them
_JOINING_PARTICLES = frozenset({"y", "i", "e"})  # between the surnames of father and mother
_TRANSLITERATIONS = (
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"kh"), "h"),
    (re.compile(r"[yj]"), "i"),
    (re.compile(r"w"), "v"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"ck"), "k"),
    (re.compile(r"ts|tz|cz"), "c"),
    (re.compile(r"i[ie]?(?=i|$)"), "i"),
    (re.compile(r"ov$|of$|ev$"), "ov"),
    (re.compile(r"(?<=.)i+"), "i"),
)


@lru_cache(maxsize=20_000)
def sound_key(word: str) -> str:
    """Return a key that the usual transliterations of a name share.

    Zelenski, Zelensky and Zelenskyy share it. Johnson and Johnston do not.
    """
    key = fold(word)
    for pattern, plain in _TRANSLITERATIONS:
        key = pattern.sub(plain, key)
    return key


def without_suffix(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a name without "Jr." and the like."""
    while len(words) > 1 and fold(words[-1]) in NAME_SUFFIXES:
        words = words[:-1]
    return words


def surnames(words: tuple[str, ...]) -> list[str]:
    """Return what a person may be called by.

    That is the last word, the last word with the particles before it, and of three words the last two. Of "José Roe y Poe"
    it is Roe too, of "Tarek al-Roe" also Roe, and of "Kim Min-jae" Kim.
    """
    words = without_suffix(words)
    if len(words) < 2:
        return list(words)
    found = [words[-1]]
    prefix, _, rest = words[-1].partition("-")
    if rest and fold(prefix) in _ARTICLE_PREFIXES:
        found.append(rest)
    if _has_family_name_first(words):
        found.append(words[0])
    first = len(words) - 1
    while first > 1 and fold(words[first - 1]) in PARTICLES:
        first -= 1
    if first < len(words) - 1:
        found.append(" ".join(words[first:]))
        if fold(words[first]) in _JOINING_PARTICLES and first > 1:
            found += [words[first - 1], " ".join(words[first - 1 :])]
    elif len(words) > 2 and fold(words[-2]) not in GIVEN_NAMES and len(words[-2]) > 1:
        found += [" ".join(words[-2:]), words[-2]]
    return found


def _has_family_name_first(words: tuple[str, ...]) -> bool:
    """Return whether a name is in the Chinese, Korean or Vietnamese order: "Kim Min-jae", "Lim Wei Keong"."""
    if fold(words[0]) not in _FAMILY_NAMES_FIRST:
        return False
    first = fold(words[0]) in GIVEN_NAMES and any(GIVEN_NAMES.get(fold(word)) for word in words[1:])  # "Kim Ann Roe"
    return "-" in words[1] or (len(words) == 3 and not first)


def gender_of(surname: str) -> str:
    """Return "f" if a surname has the ending of Slavic women's names (Novotná, Ivanova, Petrovskaya), else ""."""
    low = unicodedata.normalize("NFC", surname.casefold())
    return "f" if len(low) > 4 and _FEMININE.search(low) and low not in _FEMININE_LOOKING else ""


def can_be_same_person(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether two full names can belong to one person.

    They need a common surname, and first names that are equal, initials or short forms.
    """
    a, b = [fold(w).strip(".") for w in without_suffix(one)], [fold(w).strip(".") for w in without_suffix(other)]
    if len(a) < len(one) and len(b) < len(other) and fold(one[-1]) != fold(other[-1]):
        return False  # father and son
    if sorted(a) == sorted(b):
        return True
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if short == long[: len(short)] and (short[0] in GIVEN_NAMES or len(short[0]) == 1):
        return True
    if sound_key(short[-1]) != sound_key(long[-1]):
        return False
    at = 0
    for word in short[:-1]:
        while at < len(long) - 1 and not _can_be_same_first_name(word, long[at]):
            at += 1
        if at == len(long) - 1:
            return False
        at += 1
    return True


def _can_be_same_first_name(one: str, other: str) -> bool:
    """Return whether two folded first names are equal, sound alike, or one is the initial or short form of the other."""
    if one == other or sound_key(one) == sound_key(other):
        return True
    short, long = sorted((one, other), key=len)
    if len(short) == 1 or (len(short) <= 4 and short.replace(".", "") == long[: len(short)] and len(short) >= 3):
        return long.startswith(short[0]) and (len(short) == 1 or GIVEN_NAMES.get(short) == GIVEN_NAMES.get(long))
    return False


def has_epithet(words: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Return whether `words` are `name` with a word before it that is no name: "Crooked" before a first name."""
    return (
        len(name) > 1
        and words[1:] == name
        and fold(name[0]) in GIVEN_NAMES
        and fold(words[0]) not in GIVEN_NAMES
        and len(words[0]) > 2
    )


def fullness(words: tuple[str, ...]) -> int:
    """Return how full a name is: two for each word, one for an initial."""
    return sum(2 if len(word.strip(".")) > 1 else 1 for word in words)


def initials(name: str) -> str:
    """Return the folded initials of the capitalised words of a name."""
    return "".join(word[0] for word in name.split() if word[0].isupper()).casefold()
