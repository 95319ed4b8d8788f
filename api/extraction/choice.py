"""Say how probable each candidate of a source is, by a model learnt from annotated news.

It reads the tagger's vectors of the source, the cue, both ends of the content and the candidates' mentions, and the features
of candidates.py. For each candidate its best mention counts. Nobody is a candidate too. `model/choice.onnx` holds it, and
training/choose.py made it. A second of the same make, `model/holders.onnx`, says who holds a title (holders.py).
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnxruntime

from api.extraction.candidates import FEATURES, Candidate
from api.extraction.spans import Attribution, Span
from api.extraction.tagging import Vectors

END = 40  # code points at either end of a content that are read
PARTS = 4  # spans read of an attribution: source, cue, and both ends of the content
_BATCH = 64  # attributions chosen for at a time: keeps memory small
_loading = threading.Lock()


Shares = dict[int, float]
"""The probability of each entity that may be meant. What they lack of one is that of nobody."""


Model = Literal["choice", "holders"]


@functools.cache
def _load(model: Model) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    path = Path(__file__).parent / "model" / f"{model}.onnx"
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _session(model: Model) -> onnxruntime.InferenceSession:
    with _loading:  # functools.cache alone may load twice if two threads call first
        return _load(model)


def choose(
    model: Model,
    vectors: Vectors,
    attributions: Sequence[Attribution],
    candidates: Iterable[tuple[int, Sequence[Candidate]]],
) -> list[Shares]:
    """Return the probabilities of each attribution's candidates by `model`, in the order of `attributions`.

    `candidates` come with the numbers of their attributions, and are taken a few at a time.
    """
    found: list[Shares] = [{} for _ in attributions]
    asked = ((number, attributions[number], some) for number, some in candidates if some)
    while batch := list(islice(asked, _BATCH)):
        _choose(_session(model), vectors, batch, found)
    return found


def _choose(
    session: onnxruntime.InferenceSession,
    vectors: Vectors,
    some: list[tuple[int, Attribution, Sequence[Candidate]]],
    found: list[Shares],
) -> None:
    """Put the probabilities of each attribution of `some`, given with its number and candidates, into `found`."""
    seen: dict[Span, int] = {}  # mentions to their row: several sources share them
    rows: list[npt.NDArray[np.float32]] = []
    mention_rows: list[int] = []
    mention_candidates: list[int] = []
    of_quote: list[int] = []
    features: list[tuple[float, ...]] = []
    for place, (_, _, candidates) in enumerate(some):
        for candidate in candidates:
            for span in candidate.mentions:
                if span not in seen:
                    seen[span] = len(rows)
                    rows.append(mention(vectors, span))
                mention_rows.append(seen[span])
                mention_candidates.append(len(features))
            features.append(candidate.features)
            of_quote.append(place)
    if not rows:
        return
    spans = [parts(attribution) for _, attribution, _ in some]
    nothing = np.zeros(vectors.pieces.shape[1], np.float32)
    means = [[nothing if span is None else vectors.mean(*vectors.range_of(span)) for span in each] for each in spans]
    best, nobody = session.run(
        None,
        {
            "parts": np.array(means),
            "present": np.array([[span is not None for span in each] for each in spans], dtype=np.float32),
            "mentions": np.stack(rows),
            "mention_rows": np.array(mention_rows, dtype=np.int64),
            "mention_candidates": np.array(mention_candidates, dtype=np.int64),
            "of_quote": np.array(of_quote, dtype=np.int64),
            "features": np.array(features, dtype=np.float32).reshape(-1, len(FEATURES)),
        },
    )
    first = 0
    for place, (number, _, candidates) in enumerate(some):
        scores = best[first : first + len(candidates)].astype(np.float64)
        first += len(candidates)
        highest = max(float(scores.max()), float(nobody[place]))
        odds = np.exp(scores - highest)
        shares = odds / (odds.sum() + np.exp(float(nobody[place]) - highest))
        found[number] = {each.entity: float(share) for each, share in zip(candidates, shares, strict=True)}


def parts(attribution: Attribution) -> list[Span | None]:
    """Return what is read of an attribution: its source and cue, if it has them, and both ends of its content."""
    start, end = attribution.content[0].start, attribution.content[-1].end
    return [
        attribution.source[0] if attribution.source else None,
        attribution.cue[0] if attribution.cue else None,
        Span(start, min(end, start + END)),
        Span(max(start, end - END), end),
    ]


def mention(vectors: Vectors, span: Span) -> npt.NDArray[np.float32]:
    """Return the mean vector of a mention, and the vector of its last piece behind it."""
    first, last = vectors.range_of(span)
    return np.concatenate([vectors.mean(first, last), vectors.pieces[last - 1].astype(np.float32)])
