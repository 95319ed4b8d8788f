"""Measure the trained tagger: exact spans of each part, with pieces for characters."""

from __future__ import annotations

import torch

from api.extraction import tagging
from api.extraction.training.data import LABELS, PARTS, Window, batches
from api.extraction.training.model import Chain, Tagger, Teacher, tensors


def spans(labels: list[int]) -> set[tuple[str, int, int]]:
    """Return the (part, first piece, piece after the last) that the labels of a window name."""
    found: set[tuple[str, int, int]] = set()
    for i, label in enumerate(labels):
        if LABELS[label].startswith("B-"):
            j = i + 1
            while j < len(labels) and labels[j] == label + 1:  # I-x stands after B-x
                j += 1
            found.add((LABELS[label][2:], i, j))
    return found


@torch.no_grad()
def exact(tagger: Tagger | Teacher, chain: Chain, some: list[Window]) -> dict[str, float]:
    """F1 of exactly found spans, in per cent, by part."""
    tagger.eval()
    learnt = tagging.Chain(*(scores.double().cpu().numpy() for scores in chain.transitions()))
    right, all_ = dict.fromkeys(PARTS, 0), dict.fromkeys(PARTS, 0)
    for batch in batches(some, 4096):
        ids, shapes, mask, *_ = (each.to(chain.first.device) for each in tensors(batch))
        scores = tagger(ids, shapes, mask)[:, 1:-1, : len(LABELS)].double().cpu().numpy()
        rows = [row[: len(window.ids)] for row, window in zip(scores, batch, strict=True)]
        for ranges, window in zip(tagging.ranges(rows, learnt), batch, strict=True):
            found = {(PARTS[part], first, end) for part, first, end, _ in ranges}
            gold = spans(window.labels)
            for part in PARTS:
                right[part] += sum(span[0] == part for span in found & gold)
                all_[part] += sum(span[0] == part for span in found) + sum(span[0] == part for span in gold)
    return {part: round(200 * right[part] / max(1, all_[part]), 1) for part in PARTS}
