"""What the tagger learns from, and how its confidence is fitted; training itself needs libraries that tests do without."""

import random
from typing import Any

import pytest

from api.extraction.tagging import WINDOW, believed, log_odds
from api.extraction.training.calibrate import fit, table
from api.extraction.training.data import ENTITY_LABELS, LABELS, UNKNOWN, batches, split, windows

TEXT = "“The pier is shut,” Ida Maro said.\n\nHer café café stays open."


def spans(*words: str) -> list[list[int]]:
    return [[TEXT.index(each), TEXT.index(each) + len(each)] for each in words]


def article(**more: Any) -> dict[str, Any]:
    quote = {"content": spans("“The pier is shut,”"), "source": spans("Ida Maro"), "cue": spans("said")}
    return {"id": "pier", "text": TEXT, "attributions": [quote], **more}


def test_each_piece_gets_the_label_of_the_span_it_stands_in() -> None:
    (window,) = windows([article(entities=[[*spans("Ida Maro")[0], "PERSON"]])])
    tagged = [LABELS[label] for label in window.labels]
    assert tagged[:8] == ["B-content", *["I-content"] * 6, "B-source"]
    assert [label for label in tagged if label != "O"].count("B-cue") == 1
    named = [ENTITY_LABELS[label] for label in window.entities]
    assert next(label for label in named if label != "O") == "B-PERSON"
    assert [i for i, label in enumerate(named) if label != "O"] == [
        i for i, label in enumerate(tagged) if label.endswith("source")
    ]


def test_an_article_whose_names_nobody_labelled_teaches_none() -> None:
    (window,) = windows([article()])
    assert set(window.entities) == {UNKNOWN}


def test_shapes_tell_capitals_marks_and_where_paragraphs_begin() -> None:
    (window,) = windows([article()])
    # “ The pier is shut , ” Ida
    assert window.shapes[:8] == [9, 4, 3, 3, 3, 3, 3, 1]
    assert sum(shape >= 6 for shape in window.shapes) == 2


def test_batches_hold_every_window_once_and_are_no_larger_than_asked() -> None:
    found = windows([article(text=TEXT * n, attributions=[]) for n in range(1, 40)])
    for chance in (None, random.Random(3)):
        made = batches(found, 2 * WINDOW, chance)
        assert sorted(map(id, (window for batch in made for window in batch))) == sorted(map(id, found))
        for batch in made:
            assert len(batch) * max(len(window.ids) + 2 for window in batch) <= 2 * WINDOW


def test_all_annotations_of_an_article_are_held_out_or_none() -> None:
    articles = [{"id": str(n // 2)} for n in range(400)]
    learn, held_out = split(articles)
    assert not {each["id"] for each in learn} & {each["id"] for each in held_out}
    assert 4 <= len(held_out) <= 60


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.5, -0.3), (1.4, 0.6)])
def test_fitted_confidence_is_the_share_that_is_right(slope: float, shift: float) -> None:
    chance = random.Random(7)
    scores = [chance.uniform(0.02, 0.98) for _ in range(20_000)]
    right = [chance.random() < believed(score, slope, shift) for score in scores]
    assert fit(scores, right) == pytest.approx((slope, shift), abs=0.06)


def test_log_odds_are_bounded() -> None:
    assert log_odds(0.5) == 0
    assert log_odds(0.0) == log_odds(0.001) == pytest.approx(-log_odds(1.0))


def test_the_table_counts_by_tenths() -> None:
    assert table([0.05, 0.91, 0.99, 1.0], [False, True, True, False]).splitlines() == [
        "0.0 to 0.1:     1 quotes, mean 0.05, right 0.00",
        "0.9 to 1.0:     3 quotes, mean 0.97, right 0.67",
    ]
