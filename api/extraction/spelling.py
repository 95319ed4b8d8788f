"""How names are spelt: surnames, first names and initials, and when two spellings can be one person's."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from api.extraction.lexicon import word_list
from api.extraction.words import GIVEN_NAMES, NAME_SUFFIXES, PARTICLES, fold

_FEMININE = re.compile(r"(?:ov|ev|sk|ck|[^aeiouyáéíóúý][nlrt])á$|(?:ov|ev|[wnń]sk)a$|skaya$|skaia$|tskaya$")
_FEMININE_LOOKING = word_list("feminine_looking_surnames")
_SAME_SOUND = (
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
def sound(word: str) -> str:
    """A key that usual transliterations of one name share: Zelenski, Zelensky and Zelenskyy; not Johnson and Johnston."""
    key = fold(word)
    for pattern, plain in _SAME_SOUND:
        key = pattern.sub(plain, key)
    return key


def core(words: tuple[str, ...]) -> tuple[str, ...]:
    """A name's words without Jr. and the like."""
    while len(words) > 1 and fold(words[-1]) in NAME_SUFFIXES:
        words = words[:-1]
    return words


def surnames(words: tuple[str, ...]) -> list[str]:
    """What a person may be called by: the last word, that with the particles before it, and of three words the last two."""
    words = core(words)
    if len(words) < 2:
        return list(words)
    found = [words[-1]]
    first = len(words) - 1
    while first > 1 and fold(words[first - 1]) in PARTICLES:
        first -= 1
    if first < len(words) - 1:
        found.append(" ".join(words[first:]))
    elif len(words) > 2 and fold(words[-2]) not in GIVEN_NAMES and len(words[-2]) > 1:
        found += [" ".join(words[-2:]), words[-2]]
    return found


def gender_of(surname: str) -> str:
    """The gender that a Slavic surname's ending tells: "f" for Novotná, Ivanova and Petrovskaya; else ""."""
    low = unicodedata.normalize("NFC", surname.casefold())
    return "f" if len(low) > 4 and _FEMININE.search(low) and low not in _FEMININE_LOOKING else ""


def agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two full names can be one person's: a common surname, and first names equal, initials or short forms."""
    a, b = [fold(w).strip(".") for w in core(one)], [fold(w).strip(".") for w in core(other)]
    if len(a) < len(one) and len(b) < len(other) and fold(one[-1]) != fold(other[-1]):
        return False  # father and son
    if sorted(a) == sorted(b):
        return True
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if short == long[: len(short)] and (short[0] in GIVEN_NAMES or len(short[0]) == 1):
        return True
    if sound(short[-1]) != sound(long[-1]):
        return False
    at = 0
    for word in short[:-1]:
        while at < len(long) - 1 and not _first_agrees(word, long[at]):
            at += 1
        if at == len(long) - 1:
            return False
        at += 1
    return True


def _first_agrees(one: str, other: str) -> bool:
    if one == other or sound(one) == sound(other):
        return True
    short, long = sorted((one, other), key=len)
    if len(short) == 1 or (len(short) <= 4 and short.replace(".", "") == long[: len(short)] and len(short) >= 3):
        return long.startswith(short[0]) and (len(short) == 1 or GIVEN_NAMES.get(short) == GIVEN_NAMES.get(long))
    return False


def adorned(words: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Whether `words` are a name with something before it that is no name: "Crooked" before a first name."""
    return (
        len(name) > 1
        and words[1:] == name
        and fold(name[0]) in GIVEN_NAMES
        and fold(words[0]) not in GIVEN_NAMES
        and len(words[0]) > 2
    )


def fullness(words: tuple[str, ...]) -> int:
    """How full a name is: its words, an initial counting less than a word."""
    return sum(2 if len(word.strip(".")) > 1 else 1 for word in words)


def initials(name: str) -> str:
    """The folded initials of a name's capitalised words."""
    return "".join(word[0] for word in name.split() if word[0].isupper()).casefold()
