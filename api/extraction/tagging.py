"""Source, cue and content spans by the trained tagger: tokens, windows, scores, the best path of labels.

The model is described in model/README.md. It is loaded once, at the first text. Each window is a run of its own with one
thread, since dynamic quantisation makes a window's scores depend on what else is in its batch.
"""

from __future__ import annotations

import functools
import json
import math
import os
import threading
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from api.extraction import marks
from api.extraction.sentences import paragraphs, sentences
from api.extraction.spans import Span

Part = Literal["source", "cue", "content"]
EntityKind = Literal["person", "organization", "location", "misc"]
Floats = npt.NDArray[np.float64]

WINDOW = 320  # pieces a window, [CLS] and [SEP] among them: what the tagger was trained with
SHAPES = 12  # how many shapes a piece can have
_TOGETHER = 64  # windows decoded at a time: enough to hide Python's cost a step, little memory


class Tag(NamedTuple):
    """A span that the tagger labelled, and the posterior probability of exactly that span under its label."""

    part: Part
    span: Span
    score: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text as the tagger reads it: each piece's vocabulary id, its shape, where it starts and ends; and the windows.

    A shape is 0, 1 or 2 for small letters, a capital, or capitals only; 3 more within quotation marks; 6 more where a paragraph
    begins. The vocabulary is uncased and has no line breaks, so the shape says what it loses. `windows` are ranges of pieces.
    """

    ids: list[int]
    shapes: list[int]
    starts: list[int]
    ends: list[int]
    windows: list[tuple[int, int]]


class Entity(NamedTuple):
    """A name that the tagger labelled: what kind of thing it names, and the mean probability of that label over its pieces."""

    kind: EntityKind
    span: Span
    score: float


@dataclass(frozen=True, slots=True)
class Tagged:
    """What the tagger found in a text, in text order: `tags`, none over another, and `entities`, none over another."""

    tags: list[Tag]
    entities: list[Entity]


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
        self.labels: list[str] = chain["labels"]
        self.entities: list[str] = chain["entities"]
        self.between: Floats = np.array(chain["between"])
        self.first: Floats = np.array(chain["first"])
        self.belief: list[float] = chain["belief"]
        opening, closing = (self.tokenizer.token_to_id(piece) for piece in ("[CLS]", "[SEP]"))
        if opening is None or closing is None:
            raise ValueError("tokenizer.json lacks [CLS] or [SEP]")
        self.opening, self.closing = opening, closing
        self.pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="tagger")

    def scores(self, window: tuple[list[int], list[int]]) -> Floats:
        """The scores of one window's pieces, labels then entities, from their vocabulary ids and their shapes."""
        ids, shapes = window
        inputs = {
            "ids": np.array([[self.opening, *ids, self.closing]], dtype=np.int64),
            "shapes": np.array([[0, *shapes, 0]], dtype=np.int64),
        }
        scores: npt.NDArray[np.float32] = self.session.run(None, inputs)[0]
        return scores[0, 1:-1].astype(np.float64)


_loading = threading.Lock()


@functools.cache
def _load() -> _Model:
    return _Model(Path(__file__).parent / "model")


def _model() -> _Model:
    with _loading:  # functools.cache alone may load twice when two threads come first
        return _load()


def tagged(text: str) -> Tagged:
    """The source, cue and content spans of `text`, and the names in it.

    `text` must hold no lone surrogate. Takes time linear in its length: about 75 ms of one core for 257 pieces, on AVX2.
    """
    model = _model()
    read = pieces(text)
    found = Tagged([], [])
    size = len(model.labels)
    end = 0
    for some in _batched(read.windows, _TOGETHER):
        scores = list(model.pool.map(model.scores, [(read.ids[a:b], read.shapes[a:b]) for a, b in some]))
        for (first, _), labelled in zip(some, _decode([window[:, :size] for window in scores], model), strict=True):
            for part, a, b, score in labelled:
                span = _whole(text, max(end, read.starts[first + a]), read.ends[first + b - 1], end)
                if span.start < span.end:
                    found.tags.append(Tag(part, span, score))
                    end = span.end
        for (first, _), window in zip(some, scores, strict=True):
            for kind, a, b, score in _names(window[:, size:], model.entities):
                found.entities.append(Entity(kind, Span(read.starts[first + a], read.ends[first + b - 1]), score))
    return found


def _names(scores: Floats, labels: list[str]) -> Iterator[tuple[EntityKind, int, int, float]]:
    """The names in one window: kind, first piece, piece after the last, mean probability of the kind.

    The best label of each piece; an I-x that follows nothing of its kind begins a name all the same.
    """
    shares = np.exp(scores - scores.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    kinds = (shares.argmax(1) + 1) // 2  # the labels are O, B-x, I-x, B-y, I-y, ...
    begins = shares.argmax(1) % 2 == 1
    i = 0
    while i < len(kinds):
        j = i + 1
        if kinds[i]:
            while j < len(kinds) and kinds[j] == kinds[i] and not begins[j]:
                j += 1
            kind = cast(EntityKind, labels[2 * kinds[i]].removeprefix("I-").lower())
            share = shares[i:j, 2 * kinds[i] - 1] + shares[i:j, 2 * kinds[i]]
            yield kind, i, j, float(share.mean())
        i = j


def _windows(text: str, starts: list[int]) -> list[tuple[int, int]]:
    """Ranges of pieces: as many whole paragraphs as a window holds; a longer paragraph is cut at sentences, else anywhere.

    `starts` is where each piece starts in `text`.
    """
    size = WINDOW - 2
    cuts = [bisect_left(starts, span.end) for span in paragraphs(text)]
    if any(b - a > size for a, b in zip([0, *cuts], cuts, strict=False)):
        ends = iter([bisect_left(starts, span.end) for span in sentences(text)])
        finer: list[int] = []
        for a, b in zip([0, *cuts], cuts, strict=False):
            inside = list(_until(ends, b))
            finer += inside if b - a > size else [b]
        cuts = finer
    windows: list[tuple[int, int]] = []
    first = last = 0
    for cut in [*cuts, len(starts)]:
        if cut - first > size:
            if last > first:
                windows.append((first, last))
                first = last
            while cut - first > size:
                windows.append((first, first + size))
                first += size
        last = cut
    if last > first:
        windows.append((first, last))
    return windows


def _until(ends: Iterator[int], limit: int) -> Iterator[int]:
    """The items of `ends` up to and with `limit`, which is among them."""
    for end in ends:
        yield end
        if end >= limit:
            return


def _batched(windows: Iterable[tuple[int, int]], size: int) -> Iterator[list[tuple[int, int]]]:
    rest = iter(windows)
    while some := list(islice(rest, size)):
        yield some


def _decode(scores: list[Floats], model: _Model) -> Iterator[list[tuple[Part, int, int, float]]]:
    """The labelled ranges of each window: part, first piece, piece after the last, posterior probability.

    Viterbi finds the best path; forward and backward sums give each range's share of all paths' probability (Lafferty,
    McCallum and Pereira, ICML 2001). Windows go side by side, padded at the end.
    """
    count, longest = len(scores), max(map(len, scores))
    padded = np.zeros((longest, count, len(model.labels)))
    for i, window in enumerate(scores):
        padded[: len(window), i] = window
    lengths = np.array([len(window) for window in scores])
    emitted = np.exp(padded - padded.max(2, keepdims=True))
    step = np.exp(model.between)

    best = np.empty_like(padded)
    back = np.zeros(padded.shape, dtype=np.int64)
    forward = np.empty_like(padded)
    norm = np.ones((longest, count))
    best[0] = model.first + padded[0]
    forward[0] = np.exp(model.first) * emitted[0]
    norm[0] = forward[0].sum(1)
    forward[0] /= norm[0][:, None]
    for i in range(1, longest):
        paths = best[i - 1][:, :, None] + model.between
        back[i] = paths.argmax(1)
        best[i] = paths.max(1) + padded[i]
        forward[i] = (forward[i - 1] @ step) * emitted[i]
        norm[i] = forward[i].sum(1)
        forward[i] /= norm[i][:, None]
    backward = np.ones_like(padded)
    for i in range(longest - 2, -1, -1):
        inside = (i + 1 < lengths)[:, None]
        backward[i] = np.where(inside, ((backward[i + 1] * emitted[i + 1]) @ step.T) / norm[i + 1][:, None], 1.0)

    for w, length in enumerate(lengths):
        path = [int(best[length - 1, w].argmax())]
        for i in range(length - 1, 0, -1):
            path.append(int(back[i, w, path[-1]]))
        path.reverse()
        labelled: list[tuple[Part, int, int, float]] = []
        i = 0
        while i < length:
            label, j = path[i], i + 1
            if model.labels[label].startswith("B-"):
                share = forward[i, w, label]
                following = label + 1  # I-x stands after B-x in the labels
                previous = label
                while j < length and path[j] == following:
                    share *= step[previous, following] * emitted[j, w, following] / norm[j, w]
                    previous, j = following, j + 1
                exact = share * backward[j - 1, w, previous]
                if j < length:  # less the paths on which the range goes on
                    longer = share * step[previous, following] * emitted[j, w, following] / norm[j, w]
                    exact -= longer * backward[j, w, following]
                labelled.append((_part(model.labels[label]), i, j, float(min(1.0, max(0.0, exact)))))
            i = j
        yield labelled


def _part(label: str) -> Part:
    return "source" if label == "B-source" else "cue" if label == "B-cue" else "content"


def _whole(text: str, start: int, end: int, floor: int) -> Span:
    """[start, end) widened to whole words, not below `floor`, and over the marks that combine with its last character."""
    while floor < start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while 0 < end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    while end < len(text) and (unicodedata.category(text[end])[0] == "M" or text[end] == "\u200d"):
        end += 1
    while start < end and text[start].isspace():
        start += 1
    return Span(start, end)


def pieces(text: str) -> Pieces:
    """The pieces, shapes and windows of `text`, which must hold no lone surrogate."""
    encoding = _model().tokenizer.encode(text, add_special_tokens=False)
    starts = [start for start, _ in encoding.offsets]
    ends = [end for _, end in encoding.offsets]
    split = paragraphs(text)
    shapes = [
        (text[start].isupper() + (end - start > 1 and text[start:end].isupper())) for start, end in encoding.offsets
    ]
    for stretch in marks.stretches(text, split):
        for i in range(bisect_left(starts, stretch.span.start), bisect_left(starts, stretch.span.end)):
            shapes[i] += 3
    for paragraph in split:
        i = bisect_left(starts, paragraph.start)
        if i < len(starts) and starts[i] < paragraph.end:
            shapes[i] += 6
    return Pieces(encoding.ids, shapes, starts, ends, _windows(text, starts))


def borders() -> tuple[int, int]:
    """The ids of the pieces before and after each window, [CLS] and [SEP]."""
    model = _model()
    return model.opening, model.closing


def best_path(scores: Floats, between: Floats, first: Floats) -> list[int]:
    """The labels with the highest sum of scores (Viterbi, IEEE Transactions on Information Theory 13, 1967)."""
    total, back = scores[0] + first, []
    for row in scores[1:]:
        step = total[:, None] + between
        back.append(step.argmax(0))
        total = step.max(0) + row
    path = [int(total.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]


def belief(score: float) -> float:
    """How likely a quote is right whose least certain span has this probability: the tagger's own is too sure of itself."""
    return believed(score, *_model().belief)


def believed(score: float, slope: float, shift: float) -> float:
    """`score` with its log odds stretched by `slope` and moved by `shift`, which were fitted to articles held out."""
    return 1 / (1 + math.exp(-(slope * log_odds(score) + shift)))


def log_odds(score: float) -> float:
    """The logarithm of the odds of a probability, which is taken for at least 0.001 and at most 0.999."""
    bounded = min(0.999, max(0.001, score))
    return math.log(bounded / (1 - bounded))
