"""Label source, cue and content spans with the trained tagger: tokens, windows, scores, the best path of labels.

model/README.md describes the model. It is loaded once, at the first text. Each window is a run of its own on one thread.
In a batch, dynamic quantisation would make its scores depend on the other windows.
"""

from __future__ import annotations

import functools
import json
import math
import multiprocessing
import operator
import os
import threading
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from api.extraction import marks
from api.extraction.sentences import paragraphs, sentences
from api.extraction.spans import Scores, Span

Part = Literal["source", "cue", "content"]
EntityKind = Literal["person", "organization", "location", "misc"]
PARTS: tuple[Part, ...] = ("source", "cue", "content")  # in the order of the chain's labels
Floats = npt.NDArray[np.float64]

WINDOW = 320  # pieces in a window, with [CLS] and [SEP]: what the tagger was trained with
# Paragraphs of fewer pieces share a window with their neighbours, or a text of one-word lines would take five times as long.
SHORT = 12
SHAPES = 12  # how many shapes a piece can have
_DECODE_BATCH = 64  # windows decoded at a time: enough to hide Python's cost of a step, and little memory


class Tag(NamedTuple):
    """A span that the tagger labelled, and the posterior probability of exactly that span under its label."""

    part: Part
    span: Span
    score: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text in the tagger's pieces: their vocabulary ids, shapes, starts and ends; and windows as ranges of pieces.

    A shape is 0, 1 or 2 for small letters, a capital, or capitals only. Quotation marks around it add 3, and the start of a
    paragraph adds 6. The vocabulary is uncased and has no line breaks, so the shape keeps what it loses.
    """

    ids: list[int]
    shapes: list[int]
    starts: list[int]
    ends: list[int]
    windows: list[tuple[int, int]]


class Entity(NamedTuple):
    """A name that the tagger labelled: its kind, span, and the mean probability of that kind over its pieces."""

    kind: EntityKind
    span: Span
    score: float


class Vectors:
    """What the tagger makes of each piece of a text: numbers from which the choice of speakers is learnt (choice.py)."""

    def __init__(self, starts: list[int], width: int) -> None:
        """Make room for the vectors of pieces that start at `starts` (code points). Half precision keeps memory small."""
        self._starts = starts
        self.pieces = np.zeros((len(starts), width), dtype=np.float16)

    def range_of(self, span: Span) -> tuple[int, int]:
        """Return the first piece that `span` touches, and the one after its last."""
        first = max(0, bisect_right(self._starts, span.start) - 1)
        return first, max(first + 1, bisect_left(self._starts, span.end))

    def mean(self, first: int, last: int) -> npt.NDArray[np.float32]:
        """Return the mean vector of pieces `first` to `last` (exclusive)."""
        mean: npt.NDArray[np.float32] = self.pieces[first:last].mean(0, dtype=np.float32)
        return mean


@dataclass(frozen=True, slots=True)
class Tagged:
    """The tagger's `tags` and `entities` in a text, each in text order and without overlaps, and its pieces' vectors."""

    tags: list[Tag]
    entities: list[Entity]
    vectors: Vectors


class _Model:
    """The tagger as it is on disk."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            str(folder / "tagger.onnx"), options, providers=["CPUExecutionProvider"]
        )
        chain = json.loads((folder / "chain.json").read_text(encoding="utf-8"))
        self.entities: list[str] = chain["entities"]
        self.chain = Chain(np.array(chain["between"]), np.array(chain["first"]))
        self.belief: list[float] = chain["belief"]
        opening, closing = (self.tokenizer.token_to_id(piece) for piece in ("[CLS]", "[SEP]"))
        if opening is None or closing is None:
            raise ValueError("tokenizer.json lacks [CLS] or [SEP]")
        self.opening, self.closing = opening, closing
        self.width: int = self.session.get_outputs()[1].shape[-1]  # of a piece's vector
        self.pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="tagger")
        # Worker processes extract side by side: threads would only get into each other's way.
        self.map = self.pool.map if multiprocessing.parent_process() is None else map

    def scores(self, window: tuple[list[int], list[int]]) -> tuple[Floats, npt.NDArray[np.float32]]:
        """Return the scores of one window's pieces, labels then entities, and their vectors.

        A window is the vocabulary ids and the shapes of its pieces.
        """
        ids, shapes = window
        inputs = {
            "ids": np.array([[self.opening, *ids, self.closing]], dtype=np.int64),
            "shapes": np.array([[0, *shapes, 0]], dtype=np.int64),
        }
        scores, vectors = self.session.run(["scores", "vectors"], inputs)
        return scores[0, 1:-1].astype(np.float64), vectors[0, 1:-1]


_loading = threading.Lock()


@functools.cache
def _load() -> _Model:
    return _Model(Path(__file__).parent / "model")


def _model() -> _Model:
    with _loading:  # functools.cache alone may load twice if two threads call first
        return _load()


def tag(text: str) -> Tagged:
    """Return the source, cue and content spans of `text`, and the names in it.

    `text` must hold no lone surrogate. Takes time linear in its length: about 75 ms of one core for 257 pieces, with AVX2.
    """
    model = _model()
    split = pieces(text)
    found = Tagged([], [], Vectors(split.starts, model.width))
    size = len(model.chain.first)
    end = 0
    for some in _batched(split.windows, _DECODE_BATCH):
        scores = []
        windows_read = model.map(model.scores, [(split.ids[a:b], split.shapes[a:b]) for a, b in some])
        for (a, b), (labelled, vectors) in zip(some, windows_read, strict=True):
            scores.append(labelled)
            found.vectors.pieces[a:b] = vectors
        for (first, _), spans in zip(some, ranges([window[:, :size] for window in scores], model.chain), strict=True):
            for part, a, b, score in spans:
                span = _to_word_ends(text, max(end, split.starts[first + a]), split.ends[first + b - 1], end)
                if span.start < span.end:
                    found.tags.append(Tag(PARTS[part], span, score))
                    end = span.end
        for (first, _), window in zip(some, scores, strict=True):
            for kind, a, b, score in _entities_in(window[:, size:], model.entities):
                found.entities.append(Entity(kind, Span(split.starts[first + a], split.ends[first + b - 1]), score))
    _give_whole_names(found)
    return found


def _give_whole_names(found: Tagged) -> None:
    """Give each source the end of a person's name that the cue behind it took: "<Odile> [May said]"."""
    ends = [entity.span.end for entity in found.entities]
    for i, (source, cue) in enumerate(pairwise(found.tags)):
        at = bisect_left(ends, cue.span.start + 1)
        if (source.part, cue.part) != ("source", "cue") or at == len(ends) or source.span.end + 1 != cue.span.start:
            continue
        name = found.entities[at]
        if name.kind == "person" and name.span.start < source.span.end and name.span.end < cue.span.end - 1:
            found.tags[i] = source._replace(span=Span(source.span.start, name.span.end))
            found.tags[i + 1] = cue._replace(span=Span(name.span.end + 1, cue.span.end))


def _entities_in(scores: Floats, labels: list[str]) -> Iterator[tuple[EntityKind, int, int, float]]:
    """Yield the names in one window: kind, first piece, piece after the last, mean probability of the kind.

    Each piece gets its best label. An I-x that follows nothing of its kind begins a name all the same.
    """
    shares = np.exp(scores - scores.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    best = shares.argmax(1)
    end = 0
    for i in np.flatnonzero(best).tolist():  # the labels are O, B-x, I-x, B-y, I-y, ...
        if i < end:
            continue
        inside, end = int(best[i] + best[i] % 2), i + 1
        while end < len(best) and best[end] == inside:
            end += 1
        share = shares[i:end, inside - 1 : inside + 1].sum() / (end - i)
        yield cast(EntityKind, labels[inside].removeprefix("I-").lower()), i, end, float(share)


def windows(text: str, starts: list[int], short: int = SHORT, size: int = WINDOW - 2) -> list[tuple[int, int]]:
    """Return windows as ranges of pieces: each paragraph is one, and neighbours of fewer than `short` pieces share one.

    So what the tagger finds in a paragraph depends on nothing else (decision 0037). No window has more than `size` pieces: a
    longer paragraph is cut at sentences, else anywhere. `starts` is where each piece starts in `text`.
    """
    cuts = [bisect_left(starts, span.end) for span in paragraphs(text)]
    ends = iter([bisect_left(starts, span.end) for span in sentences(text)])
    found: list[tuple[int, int]] = []
    first = begun = 0  # where the window begins, and the paragraph
    for cut in [*cuts, len(starts)]:
        if begun > first and (cut - begun >= short or cut - first > size):
            found.append((first, begun))
            first = begun
        last = first
        for end in _up_to(ends, cut) if cut - first > size else ():
            if end - first > size and last > first:
                found.append((first, last))
                first = last
            while end - first > size:
                found.append((first, first + size))
                first += size
            last = end
        if cut - first >= short:
            found.append((first, cut))
            first = cut
        begun = cut
    if first < len(starts):
        found.append((first, len(starts)))
    return found


def _up_to(ends: Iterator[int], limit: int) -> Iterator[int]:
    """Yield the items of `ends` up to and with `limit`, which is among them."""
    for end in ends:
        yield end
        if end >= limit:
            return


def _batched(ranges: Iterable[tuple[int, int]], size: int) -> Iterator[list[tuple[int, int]]]:
    """Yield `ranges` in lists of at most `size`."""
    rest = iter(ranges)
    while some := list(islice(rest, size)):
        yield some


class Chain(NamedTuple):
    """A linear-chain CRF over BIO labels (Lafferty, McCallum and Pereira, ICML 2001).

    It holds the scores of each label after another, and of the first one. The labels are O, B-x, I-x, B-y, I-y, ... An I-x
    follows only B-x or I-x.
    """

    between: Floats
    first: Floats


def ranges(scores: Sequence[Floats], chain: Chain) -> Iterator[list[tuple[int, int, int, float]]]:
    """Yield the labelled ranges of each window: number of the part, first piece, piece after the last, probability.

    `scores` are [pieces, labels] of each window. The ranges are those of the most probable path of labels (Viterbi, IEEE
    Transactions on Information Theory 13, 1967). The probability of each is its share of all paths, by forward and backward
    sums.
    """
    count, longest = len(scores), max(map(len, scores))
    padded = np.zeros((longest, count, len(chain.first)))
    for i, window in enumerate(scores):
        padded[: len(window), i] = window
    lengths = np.array([len(window) for window in scores])
    emitted = np.exp(padded - padded.max(2, keepdims=True))
    step = np.exp(chain.between)
    # Windows are computed side by side, padded at the end. The sums at each piece are scaled to one.
    forward, backward = np.empty_like(emitted), np.ones_like(emitted)
    norm = np.ones((longest, count, 1))
    best = np.empty_like(padded)  # the scores of the best paths up to each piece
    back = np.zeros(padded.shape, dtype=np.int64)
    paths = np.empty((count, len(step), len(step)))
    best[0] = chain.first + padded[0]
    forward[0] = np.exp(chain.first) * emitted[0]
    for i in range(longest):  # in place: most of the time goes into the calls, not into their few numbers
        if i:
            np.add(best[i - 1, :, :, None], chain.between, out=paths)
            paths.argmax(1, out=back[i])
            np.maximum.reduce(paths, axis=1, out=best[i])
            best[i] += padded[i]
            np.matmul(forward[i - 1], step, out=forward[i])
            forward[i] *= emitted[i]
        np.add.reduce(forward[i], axis=1, keepdims=True, out=norm[i])
        forward[i] /= norm[i]
    reached = emitted / norm
    shortest = lengths.min()
    for i in range(longest - 2, -1, -1):
        np.matmul(backward[i + 1] * reached[i + 1], step.T, out=backward[i])
        if i + 1 >= shortest:
            backward[i, i + 1 >= lengths] = 1.0
    arrays: tuple[Any, ...] = (forward, backward, reached, step)
    sums = [memoryview(each) for each in arrays]  # four times as fast to read one by one
    before: Any = memoryview(cast(Any, back))
    for w, length in enumerate(lengths.tolist()):
        path = [int(best[length - 1, w].argmax())]
        for i in range(length - 1, 0, -1):
            path.append(before[i, w, path[-1]])
        path.reverse()
        yield [(part, a, b, _probability(w, length, part, a, b, sums)) for part, a, b in _ranges_of_path(path)]


def _ranges_of_path(path: list[int]) -> Iterator[tuple[int, int, int]]:
    """Yield the ranges that a path of labels names: number of the part, first piece, piece after the last."""
    i = 0
    while i < len(path):
        j = i + 1
        if path[i] % 2:  # the labels are O, B-x, I-x, B-y, I-y, ...
            while j < len(path) and path[j] == path[i] + 1:
                j += 1
            yield path[i] // 2, i, j
        i = j


def _probability(window: int, length: int, part: int, first: int, end: int, sums: Sequence[Any]) -> float:
    """Return the share of a window's paths on which exactly these pieces are one range of this part."""
    forward, backward, reached, step = sums
    before, inside = 2 * part + 1, 2 * part + 2
    share = forward[first, window, before]
    for i in range(first + 1, end):
        share *= step[before, inside] * reached[i, window, inside]
        before = inside
    exact = share * backward[end - 1, window, before]
    if end < length:  # less the paths on which the range continues
        exact -= share * step[before, inside] * reached[end, window, inside] * backward[end, window, inside]
    return float(min(1.0, max(0.0, exact)))


def _to_word_ends(text: str, start: int, end: int, floor: int) -> Span:
    """Return [start, end) widened to whole words, not below `floor`, with the marks that combine with its last character."""
    while floor < start and _is_inside_word(text, start):
        start -= 1
    while 0 < end < len(text) and _is_inside_word(text, end):
        end += 1
    while end < len(text) and (unicodedata.category(text[end])[0] == "M" or text[end] == "\u200d"):
        end += 1
    while start < end and text[start].isspace():
        start += 1
    return Span(start, end)


def _is_inside_word(text: str, at: int) -> bool:
    """Return whether offset `at` is inside a word. "Fenn-Harrow" is one word."""
    before, after = text[at - 1], text[at]
    if before == "-":
        return after.isalnum() and text[max(0, at - 2)].isalnum()
    return before.isalnum() and (after.isalnum() or (after == "-" and text[at + 1 : at + 2].isalnum()))


def pieces(text: str) -> Pieces:
    """Return the pieces, shapes and windows of `text`, which must hold no lone surrogate."""
    encoding = _model().tokenizer.encode(text, add_special_tokens=False)
    starts = [start for start, _ in encoding.offsets]
    ends = [end for _, end in encoding.offsets]
    parts = paragraphs(text)
    shapes = [
        (text[start].isupper() + (end - start > 1 and text[start:end].isupper())) for start, end in encoding.offsets
    ]
    for stretch in marks.stretches(text):
        for i in range(bisect_left(starts, stretch.span.start), bisect_left(starts, stretch.span.end)):
            shapes[i] += 3
    for paragraph in parts:
        i = bisect_left(starts, paragraph.start)
        if i < len(starts) and starts[i] < paragraph.end:
            shapes[i] += 6
    return Pieces(encoding.ids, shapes, starts, ends, windows(text, starts))


def window_ends() -> tuple[int, int]:
    """Return the ids of the pieces before and after each window, [CLS] and [SEP]."""
    model = _model()
    return model.opening, model.closing


def belief(scores: Scores) -> float:
    """Return the probability that a quote is right, from those of its spans.

    A logistic model gives it, fitted to held-out articles.
    """
    return 1 / (1 + math.exp(-sum(map(operator.mul, _model().belief, features(scores)))))


def features(scores: Scores) -> tuple[float, float, float, float]:
    """Return the inputs of the belief in a quote: one, and the log odds of content, cue and source.

    A quotation without a cue counts as a cue of the same odds. A cue without a source has no odds of a source.
    """
    content = log_odds(scores.content)
    cue = content if scores.cue is None else log_odds(scores.cue)
    alone = 0.0 if scores.cue is not None else content
    return 1.0, content, cue, alone if scores.source is None else log_odds(scores.source)


def log_odds(score: float) -> float:
    """Return the logarithm of the odds of a probability, which is bounded to 0.001 and 0.999."""
    bounded = min(0.999, max(0.001, score))
    return math.log(bounded / (1 - bounded))
