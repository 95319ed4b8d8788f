import itertools
import math

import numpy as np
import onnx
import onnx.numpy_helper
import pytest

from api.extraction.spans import Span
from api.extraction.tagging import WINDOW, Chain, Tag, _to_word_ends, pieces, ranges, tag, windows
from tests import ROOT

MODEL = ROOT / "api" / "extraction" / "model"
SENTENCE = "“The pier is shut,” Ida Maro said on Tuesday. "


def tags(text: str) -> list[Tag]:
    return tag(text).tags


def parts(text: str) -> list[tuple[str, str]]:
    return [(tag.part, tag.span.of(text)) for tag in tags(text)]


def test_tags_are_spans_with_probabilities() -> None:
    found = tags(SENTENCE)
    assert [(tag.part, tag.span.of(SENTENCE)) for tag in found] == [
        ("content", "“The pier is shut,”"),
        ("source", "Ida Maro"),
        ("cue", "said"),
    ]
    assert all(0.5 < tag.score <= 1 for tag in found)


def test_no_tags_without_words() -> None:
    assert tags("") == tags(" \n\t ") == tags("\u200b\u0301\0") == []


@pytest.mark.parametrize(
    "other", ["Rain is likely, and forty stalls stood at the market.", "PHOTO: A PIER", "“No,” she said.", SENTENCE * 9]
)
def test_other_paragraphs_do_not_change_scores(other: str) -> None:
    alone = scored(SENTENCE, 0)
    for text in (f"{other}\n\n{SENTENCE}", f"{SENTENCE}\n\n{other}", f"{other}\n\n{SENTENCE}\n\n{other}"):
        start = 0 if text.startswith(SENTENCE + "\n\n") else len(other) + 2
        assert [each for each in scored(text, start) if 0 <= each[1] < len(SENTENCE)] == alone


def scored(text: str, start: int) -> list[tuple[str, int, int, float]]:
    """Return part, span from code point `start`, and score. Sums over a batch of windows differ in their last digits."""
    return [(part, span.start - start, span.end - start, round(score, 9)) for part, span, score in tag(text).tags]


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [  # pieces of each paragraph, and of each window, with short = 3 and size = 6
        ([4, 5], [4, 5]),
        ([1, 1, 4], [2, 4]),
        ([4, 1, 1, 1, 1, 4], [4, 3, 1, 4]),
        ([2, 2, 2], [4, 2]),
        ([1], [1]),
        ([1, 6, 1], [1, 6, 1]),
        ([14], [6, 6, 2]),
        ([1, 8, 2], [1, 6, 4]),
        ([], []),
    ],
)
def test_windows_are_paragraphs(paragraphs: list[int], expected: list[int]) -> None:
    text = "\n\n".join(" ".join(["pier"] * count) for count in paragraphs)
    found = windows(text, pieces(text).starts, 3, 6)
    assert [b - a for a, b in found] == expected
    assert [i for a, b in found for i in range(a, b)] == list(range(sum(paragraphs)))


def test_splits_a_long_paragraph_between_sentences() -> None:
    text = SENTENCE * WINDOW
    spans = [tag.span for tag in tags(text)]
    assert spans == sorted(spans)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    assert {span.of(text) for span in spans} >= {"“The pier is shut,”", "Ida Maro", "said"}


def test_splits_a_long_sentence() -> None:
    for long in ("pier " * 3 * WINDOW, "x" * 10_000):
        assert parts(f"{long}\n\n{SENTENCE}")[-3:] == parts(SENTENCE)


def test_names_are_spans_with_their_kinds() -> None:
    text = "Ida Maro said in Lisbon that the pier was shut."
    found = [(entity.kind, entity.span.of(text)) for entity in tag(text).entities]
    assert found == [("person", "Ida Maro"), ("location", "Lisbon")]


LABELS = ["O", "B-source", "I-source", "B-cue", "I-cue"]
NEVER = -1e4


def chance_chain(chance: np.random.Generator) -> Chain:
    """Return a chain of LABELS with random scores. I-x follows only B-x and I-x."""
    between, first = chance.normal(size=(5, 5)), chance.normal(size=5)
    for i, label in enumerate(LABELS):
        if label.startswith("I-"):
            first[i] = NEVER
            between[[j for j, other in enumerate(LABELS) if other[2:] != label[2:]], i] = NEVER
    return Chain(between, first)


def best_and_shares(
    window: np.ndarray, chain: Chain
) -> tuple[set[tuple[int, int, int]], dict[tuple[int, int, int], float]]:
    """Return the ranges of the best path, and the probability of each range, from all paths one by one."""
    paths: dict[tuple[int, ...], float] = {}
    shares: dict[tuple[int, int, int], float] = {}
    for path in itertools.product(range(len(LABELS)), repeat=len(window)):
        score = chain.first[path[0]] + sum(chain.between[a, b] for a, b in itertools.pairwise(path))
        paths[path] = math.exp(score + sum(window[i, label] for i, label in enumerate(path)))
        for each in named(path):
            shares[each] = shares.get(each, 0.0) + paths[path]
    total = sum(paths.values())
    return named(max(paths, key=lambda path: paths[path])), {each: share / total for each, share in shares.items()}


def named(path: tuple[int, ...]) -> set[tuple[int, int, int]]:
    found = set()
    for i, label in enumerate(path):
        if LABELS[label].startswith("B-"):
            j = i + 1
            while j < len(path) and path[j] == label + 1:
                j += 1
            found.add((label // 2, i, j))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_ranges_equal_an_exhaustive_search(seed: int) -> None:
    chance = np.random.default_rng(seed)
    chain, windows = chance_chain(chance), [2 * chance.normal(size=(n, 5)) for n in (1, 4, 6)]
    for window, found in zip(windows, ranges(windows, chain), strict=True):
        best, shares = best_and_shares(window, chain)
        assert {each[:3] for each in found} == best
        assert {each[:3]: each[3] for each in found} == pytest.approx({each: shares[each] for each in best})


@pytest.mark.parametrize(
    ("text", "start", "end", "whole"),
    [
        ("Ms. Fenn-Harrow said", 9, 15, "Fenn-Harrow"),
        ("Ms. Fenn-Harrow said", 4, 8, "Fenn-Harrow"),
        ("the harbour - shut", 14, 18, "shut"),
        ("shut -it- again", 6, 8, "it"),
        ("the harbours", 4, 9, "harbours"),
    ],
)
def test_spans_are_widened_to_whole_words(text: str, start: int, end: int, whole: str) -> None:
    assert _to_word_ends(text, start, end, 0).of(text) == whole


def test_widening_stops_at_the_previous_span() -> None:
    assert _to_word_ends("Fenn-Harrow", 5, 11, 5) == Span(5, 11)


def test_no_product_of_the_tagger_saturates_on_avx2() -> None:
    """Bound weights that are added together to 128: AVX2 adds two products of 8-bit numbers in 16 bits."""
    model = onnx.load(MODEL / "tagger.onnx")
    matrices = [
        onnx.numpy_helper.to_array(tensor).astype(int)
        for tensor in model.graph.initializer
        if tensor.name.endswith("_quantized") and tensor.data_type == onnx.TensorProto.INT8
    ]
    assert len(matrices) == 36
    assert max(abs(weights[0::2] + weights[1::2]).max() for weights in matrices) <= 128
