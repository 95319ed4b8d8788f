"""When two texts are copies of each other."""

from __future__ import annotations

import pytest

from api.folding import terms
from api.ingestion import duplicates
from tests import GOLD, SEEDS
from tests.ingestion.duplicates import OTHER, OWN, REPORT, WEATHER

PARAGRAPHS = REPORT.split("\n\n")


FORM = (  # few figures, and many words around them
    "The river authority of the Merrow publishes each Monday how much water there is in the four reservoirs of the "
    "county, on which the towns and the farms along the lower river depend in the dry months from June to September. "
    "In the week to Sunday the northern one held {} million cubic metres, the authority said, and the two smaller "
    "ones in the hills together {} million. The one at Calder, from which the city of Harnby takes its drinking "
    "water, was filled to {} metres below its edge. The water that may be taken for fields stands at {} per cent of "
    "what was allowed in the year before, and went {} since last week. The authority decides about it at the end of "
    "each month, after it has heard the towns, the farmers and the anglers. Those who take more than they may pay for "
    "it by a rule that the county made after the long drought."
)


def weather(*values: object) -> str:
    return WEATHER.format(*values)


def cut(share: float) -> str:
    """Return the report without its end."""
    return "\n\n".join(PARAGRAPHS[: max(1, round(share * len(PARAGRAPHS)))])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (REPORT, REPORT, True),
        (REPORT, REPORT.upper().replace("“", '"').replace("”", '"'), True),
        (REPORT, cut(0.7), True),
        (REPORT, cut(0.4), True),
        (REPORT, f"{OWN}\n\n{REPORT}", True),
        (REPORT, f"{PARAGRAPHS[0]}\n\n{OWN}\n\n{cut(0.7).partition(PARAGRAPHS[0])[2]}", True),
        (cut(0.6), f"{OWN}\n\n{cut(0.9)}\n\n{OWN}", True),
        (REPORT, "\n\n".join([*PARAGRAPHS[:2], "In other news:", *OTHER.split("\n\n")]), False),  # one thing among many
        (REPORT, OTHER, False),
        (cut(0.5), f"{cut(0.1)} {OTHER}", False),
        (weather("Monday", 12, 4, "north", 30, 60, 40), weather("Monday", 12, 4, "north", 30, 60, 40), True),
        (weather("Monday", 12, 4, "north", 30, 60, 40), weather("Tuesday", 9, 1, "west", 55, 20, 10), False),
        (FORM.format(12, 4, 7, 31, "up"), FORM.format(15, 6, 9, 28, "down"), False),
        (FORM.format(12, 4, 7, 31, "up"), FORM.format(12, 4, 7, 31, "down"), True),
        (f"{REPORT} Edition 1", f"{REPORT} Edition 2", True),
        ("The bridge opens.", "The bridge opens!", True),
        ("The council said that the bridge would open.", "The council said that the bridge would close.", False),
        ("The bridge opens.", "The bridge opens. Ferries go on until May, the council said.", False),
        ("!", "!", False),
    ],
)  # fmt: skip
def test_what_a_copy_is(one: str, other: str, same: bool) -> None:
    texts = (
        duplicates.Fingerprint(None, terms(one)),
        duplicates.Fingerprint("Another headline", terms("Another headline", other)),
    )
    assert texts[0].is_copy_of(texts[1]) is texts[1].is_copy_of(texts[0]) is same
    if same:
        assert set(texts[0].bands) & set(texts[1].bands)


def test_three_outlets_on_one_event_are_no_copies() -> None:
    narva = [duplicates.Fingerprint(None, terms(file.read_text())) for file in sorted(SEEDS.glob("*narva-bridge*"))]
    assert [one.is_copy_of(other) for one in narva for other in narva if one is not other] == [False] * 6


def test_no_articles_of_the_gold_are_copies() -> None:
    texts = [duplicates.Fingerprint(None, terms(file.read_text())) for file in sorted(GOLD.glob("*.txt"))]
    assert len(texts) >= 40
    assert not any(one.is_copy_of(other) for number, one in enumerate(texts) for other in texts[:number])
