"""The words that a speaker uses more than others do."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.folding import stem_words
from api.models import Quote

READ = 200  # newest quotes of the speaker
COMPARED = 400  # quotes of others, spread over all that are stored
SHOWN = 12  # words
LEAST = 3  # quotes with a word, since one or two may be chance
LETTERS = 4  # shorter words are seldom subjects, "cod" and "tax" apart
TIMES = 2.0  # how much more frequent than among others a word is
SURE = 6.63  # of the log-likelihood ratio (Dunning 1993): chance makes one word in a hundred reach it


def favourites(session: Session, speaker_id: int) -> list[str]:
    """Return the words that a speaker uses more than others do, the most telling first; none of few quotes."""
    theirs = select(Quote.terms, Quote.text).where(Quote.speaker_id == speaker_id, *Quote.is_spoken())
    read = session.execute(theirs.order_by(Quote.at.desc(), Quote.id.desc()).limit(READ)).all()
    if len(read) < LEAST:
        return []
    most = session.scalar(select(func.max(Quote.id))) or 0
    spread = [most - number * max(1, most // COMPARED) for number in range(min(most, COMPARED))]
    others = select(Quote.terms).where(Quote.id.in_(spread), Quote.speaker_id != speaker_id, *Quote.is_spoken())
    compared = session.scalars(others).all()
    stems = telling([terms for terms, _ in read], compared)
    wanted = set(stems)
    written = _written([text for terms, text in read if not wanted.isdisjoint(terms.split())], wanted)
    return [written[stem] for stem in stems if stem in written]


def telling(theirs: Sequence[str], others: Sequence[str]) -> list[str]:
    """Return the stems that more of these quotes have than of the others, the most telling first.

    >>> telling(["the cod was fish", "the cod", "cod", "rain"] * 2, ["the rain fell"] * 20)
    []
    >>> telling(["the quota was cut", "a quota", "quota", "rain"] * 2, ["the rain fell"] * 20)
    ['quota']
    """
    have, of_others = _counted(theirs), _counted(others)
    found = []
    for stem, count in have.items():
        score = _score(count, len(theirs), of_others[stem], len(others))
        if count >= LEAST and len(stem) >= LETTERS and stem.isalpha() and stem.isascii() and score >= SURE:
            found.append((-score, stem))
    return [stem for _, stem in sorted(found)[:SHOWN]]


def _counted(lines: Sequence[str]) -> Counter[str]:
    return Counter(stem for line in lines for stem in set(line.split()))


def _score(here: int, of_here: int, there: int, of_there: int) -> float:
    """Return the log-likelihood ratio of a word in so many of some texts, and of others; 0 where it is not telling."""
    if here * (of_there + 1) < TIMES * of_here * (there + 0.5):
        return 0.0
    share = (here + there) / (of_here + of_there)
    score = here * math.log(here / (of_here * share))
    return 2 * (score + (there * math.log(there / (of_there * share)) if there else 0.0))


def _written(texts: Sequence[str], wanted: set[str]) -> dict[str, str]:
    """Return how each of these stems is written most in the texts, in lower case unless always with a capital."""
    forms: dict[str, Counter[str]] = {stem: Counter() for stem in wanted}
    for text in texts:
        stems, places = stem_words(text, len(text))
        for stem, place in zip(stems, places, strict=True):
            if stem in forms:
                forms[stem][place.group()] += 1
    return {stem: _form(counts) for stem, counts in forms.items() if counts}


def _form(counts: Counter[str]) -> str:
    [(written, _)] = counts.most_common(1)
    return written.lower() if written.lower() in counts else written
