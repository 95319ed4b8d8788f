"""Infer the gender of people whose names and titles do not tell it.

The evidence is pronouns in paragraphs that name no one else: "Xan Roe opened the pier. She had built it." Paragraphs that
speak of others too, named or not, or of kin, do not count. Where two paragraphs disagree, neither counts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from api.extraction.coreference import UNNAMED, Focuses
from api.extraction.mentions import Reading
from api.extraction.names import Names
from api.extraction.spans import Span
from api.extraction.words import KINSHIP, PRONOUNS

# "him" is left out: an object is mostly someone else than the one whom the paragraph names.
_GENDER_OF_PRONOUN = {
    pronoun: gender for pronoun, gender in PRONOUNS.items() if gender in ("m", "f") and pronoun != "him"
}


def infer(reading: Reading, names: Names, focuses: Focuses, contents: Sequence[Span]) -> None:
    """Set the gender of each person of `names` whose gender is unknown and follows from pronouns.

    `contents` are the quoted spans in text order. Whom "he" means inside them is another question, so they do not count.
    Takes time linear in the text.
    """
    only_person: dict[int, int] = {}  # paragraph: the only person in it, UNNAMED if there are others
    first_named: dict[int, int] = {}  # paragraph: code point where that person is first named
    for focus in focuses.mentions:
        if focus.entity != UNNAMED and names.entities[focus.entity].organisation:
            continue
        paragraph = reading.paragraph(focus.span.start)
        if only_person.setdefault(paragraph, focus.entity) != focus.entity:
            only_person[paragraph] = UNNAMED
        first_named.setdefault(paragraph, focus.span.start)
    starts = [span.start for span in contents]
    inferred: dict[int, set[str]] = {}
    found: dict[int, set[str]] = {}  # paragraph: genders of its pronouns
    for word in reading.words:
        if word.low not in _GENDER_OF_PRONOUN and word.low not in KINSHIP:
            continue
        paragraph = reading.paragraph(word.start)
        if only_person.get(paragraph, UNNAMED) == UNNAMED or word.start < first_named[paragraph]:
            continue
        said = bisect_right(starts, word.start) - 1
        if said < 0 or contents[said].end <= word.start:
            found.setdefault(paragraph, set()).add(_GENDER_OF_PRONOUN.get(word.low, "kin"))
    for paragraph, genders in found.items():
        if len(genders) == 1 and "kin" not in genders:
            inferred.setdefault(only_person[paragraph], set()).update(genders)
    for index, genders in inferred.items():
        if len(genders) == 1 and not names.entities[index].gender:
            names.entities[index].gender = next(iter(genders))
