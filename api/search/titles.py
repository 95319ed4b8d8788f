"""Match the title of a role by words as people type them: in any order, singular or plural, abbreviated or not."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, false, literal, or_

from api.folding import fold
from api.search.found import Column

EXACTLY = "="  # in front of a title: no other words may stand in it
MAX_TITLE_WORDS = 12  # of a title asked for; further ones are ignored
# Abbreviations in titles of news, as they are folded, and the words that they stand for. Each finds the other.
ABBREVIATIONS = {
    "ag": "attorney general",
    "amb": "ambassador",
    "capt": "captain",
    "ceo": "chief executive",
    "cfo": "chief financial",
    "cllr": "councillor",
    "col": "colonel",
    "coo": "chief operating",
    "cto": "chief technology",
    "dep": "deputy",
    "dg": "director general",
    "fm": "foreign minister",
    "gen": "general",
    "gov": "governor",
    "lt": "lieutenant",
    "md": "managing director",
    "mep": "member european parliament",
    "min": "minister",
    "mp": "member parliament",
    "pm": "prime minister",
    "pres": "president",
    "prof": "professor",
    "rep": "representative",
    "sec": "secretary",
    "sen": "senator",
    "sgt": "sergeant",
    "supt": "superintendent",
    "vp": "vice president",
}
_CHIEFS = frozenset({"executive", "financial", "operating", "technology"})
_LITTLE = frozenset({"of", "the", "for", "and", "a", "an"})  # "minister of transport" is "transport minister"


def has_title(folded: Column, title: str) -> ColumnElement[bool]:
    """Match a folded title that has every word of `title`, whole, in any order; words such as "of" do not count.

    With EXACTLY in front it is the whole title. Nothing matches if `title` has no words.
    """
    words = fold(title)
    if not words:
        return false()
    if title.lstrip().startswith(EXACTLY):
        return folded == words[:1000]
    asked = list(dict.fromkeys(word for word in words.split() if word not in _LITTLE))[:MAX_TITLE_WORDS]
    if "chief" in asked and not _CHIEFS.isdisjoint(asked):  # "chief executive officer" is "chief executive"
        asked = [word for word in asked if word not in ("officer", "officers")]
    if not asked:
        return folded == words[:1000]
    padded = literal(" ").concat(folded).concat(" ")
    ways = [and_(*(_has_word(padded, word) for word in asked))]
    for short, long in ABBREVIATIONS.items():
        if set(long.split()) <= set(asked):
            others = [word for word in asked if word not in long.split()]
            ways.append(and_(*(_has_word(padded, word) for word in (short, *others))))
    return or_(*ways)


def _has_word(padded: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Match a folded title, with a space at each end, that has a word in singular or plural, or what it abbreviates."""
    ways = [padded.contains(f" {form} ", autoescape=True) for form in dict.fromkeys(_forms(word))]
    if long := ABBREVIATIONS.get(word):
        ways.append(and_(*(padded.contains(f" {each} ", autoescape=True) for each in long.split())))
    return or_(*ways)


def _forms(word: str) -> Iterator[str]:
    """Yield a folded word, and its plural or singular where it is one."""
    yield word
    if word.endswith("men"):
        yield f"{word[:-3]}man"
    elif word.endswith("man"):
        yield f"{word[:-3]}men"
    elif word.endswith("ies"):
        yield f"{word[:-3]}y"
    elif word.endswith("s"):
        yield word[:-1]
    elif word.endswith("y"):
        yield f"{word[:-1]}ies"
    if not word.endswith("s"):
        yield f"{word}s"
