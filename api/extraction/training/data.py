"""Annotated articles as what the tagger learns from: windows of pieces, their shapes, and the labels that they should get."""

from __future__ import annotations

import hashlib
import json
import random
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.extraction import tagging

PARTS = ("source", "cue", "content")
ENTITIES = ("PERSON", "ORGANIZATION", "LOCATION", "MISC")
LABELS = ["O", *(f"{edge}-{part}" for part in PARTS for edge in "BI")]
ENTITY_LABELS = ["O", *(f"{edge}-{kind}" for kind in ENTITIES for edge in "BI")]
UNKNOWN = -100  # the entity label where nobody said what stands there
_HELD_OUT = 20  # one article in so many is kept from training, to choose settings by and to calibrate confidence with


@dataclass(frozen=True, slots=True)
class Window:
    """What the encoder reads at a time, without [CLS] and [SEP]; `article` tells whose pieces from `first` on these are."""

    article: int
    first: int
    ids: list[int]
    shapes: list[int]
    labels: list[int]
    entities: list[int]


def read(path: Path) -> list[dict[str, Any]]:
    """The annotated articles of a file of PolNeAR, one a line; an article with two annotators stands there twice."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def split(articles: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Articles to learn from and articles held out, by a hash of the id: all annotations of an article go one way."""
    out: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    for article in articles:
        out[hashlib.sha256(article["id"].encode()).digest()[0] % _HELD_OUT == 0].append(article)
    return out


def windows(articles: list[dict[str, Any]]) -> list[Window]:
    """The windows of all articles, as the tagger makes them when it extracts."""
    found = []
    for number, article in enumerate(articles):
        pieces = tagging.pieces(article["text"])
        labels = _labels(pieces.starts, pieces.ends, _parts(article), LABELS)
        entities = [UNKNOWN] * len(labels)
        if article.get("entities"):
            entities = _labels(pieces.starts, pieces.ends, article["entities"], ENTITY_LABELS)
        for a, b in pieces.windows:
            found.append(Window(number, a, pieces.ids[a:b], pieces.shapes[a:b], labels[a:b], entities[a:b]))
    return found


def _parts(article: dict[str, Any]) -> list[tuple[int, int, str]]:
    return [(start, end, part) for each in article["attributions"] for part in PARTS for start, end in each[part]]


def _labels(starts: list[int], ends: list[int], spans: list[tuple[int, int, str]], names: list[str]) -> list[int]:
    """Each piece's label among `names`: what begins in a span, or reaches into it, belongs to it."""
    labels = [0] * len(starts)
    for start, end, name in spans:
        i = bisect_left(starts, start)
        if i and ends[i - 1] > start:
            i -= 1
        begin = names.index(f"B-{name}")
        for j in range(i, bisect_left(starts, end)):
            labels[j] = begin + (j > i)
    return labels


def batches(found: list[Window], size: int, chance: random.Random | None = None) -> list[list[Window]]:
    """Windows of like length together, at most `size` pieces a batch with its padding; in random order given `chance`."""
    keyed = sorted(found, key=lambda window: len(window.ids) + (chance.random() * 20 if chance else 0))
    out: list[list[Window]] = []
    current: list[Window] = []
    for window in keyed:
        if current and (max(len(window.ids), len(current[-1].ids)) + 2) * (len(current) + 1) > size:
            out.append(current)
            current = []
        current.append(window)
    out.append(current)
    if chance:
        chance.shuffle(out)
    return out
