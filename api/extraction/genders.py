"""The gender of people whose names and titles tell none, from the pronouns of paragraphs that name no one else.

"Xan Roe opened the pier. She had built it." tells that Xan Roe is a woman. Paragraphs that speak of others too, named or not,
or of kin, tell nothing; where two paragraphs tell different things, neither does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from api.extraction.coreference import UNNAMED, Focuses
from api.extraction.mentions import Reading
from api.extraction.names import Names
from api.extraction.spans import Span
from api.extraction.words import KINSHIP, PRONOUNS

# "Him" is left out: an object is mostly someone else than the one whom the paragraph names.
TELLING = {pronoun: gender for pronoun, gender in PRONOUNS.items() if gender in ("m", "f") and pronoun != "him"}


def tell(reading: Reading, names: Names, focuses: Focuses, contents: Sequence[Span]) -> None:
    """Set the gender of each person of `names` whose gender is unknown and whom pronouns tell it of.

    `contents` are the words said, in text order: who is meant by "he" inside them is another question. Takes time linear in the
    text.
    """
    alone: dict[int, int] = {}  # paragraph: the one person in it, UNNAMED where there are others
    first: dict[int, int] = {}  # paragraph: code point where that person is first named
    for focus in focuses.mentions:
        if focus.entity != UNNAMED and names.entities[focus.entity].organisation:
            continue
        paragraph = reading.paragraph(focus.span.start)
        if alone.setdefault(paragraph, focus.entity) != focus.entity:
            alone[paragraph] = UNNAMED
        first.setdefault(paragraph, focus.span.start)
    starts = [span.start for span in contents]
    told: dict[int, set[str]] = {}
    found: dict[int, set[str]] = {}  # paragraph: genders of its pronouns
    for word in reading.words:
        if word.low not in TELLING and word.low not in KINSHIP:
            continue
        paragraph = reading.paragraph(word.start)
        if alone.get(paragraph, UNNAMED) == UNNAMED or word.start < first[paragraph]:
            continue
        said = bisect_right(starts, word.start) - 1
        if said < 0 or contents[said].end <= word.start:
            found.setdefault(paragraph, set()).add(TELLING.get(word.low, "kin"))
    for paragraph, genders in found.items():
        if len(genders) == 1 and "kin" not in genders:
            told.setdefault(alone[paragraph], set()).update(genders)
    for index, genders in told.items():
        if len(genders) == 1 and not names.entities[index].gender:
            names.entities[index].gender = next(iter(genders))
