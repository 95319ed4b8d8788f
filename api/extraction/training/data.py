"""Turn annotated articles into training data: windows of pieces, their shapes, and their labels."""

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
UNKNOWN = -100  # the entity label of pieces without an annotation
_HELD_OUT_SHARE = 20  # one article in this many is held out, to choose settings and to calibrate confidence
_MIN_WINDOW = 128  # pieces in the smallest windows to learn from: a few paragraphs


@dataclass(frozen=True, slots=True)
class Article:
    """An annotated article in pieces, with their labels and entity labels."""

    text: str
    pieces: tagging.Pieces
    labels: list[int]
    entities: list[int]


@dataclass(frozen=True, slots=True)
class Window:
    """The encoder's input, without [CLS] and [SEP]: the pieces of article number `article` from `first` on."""

    article: int
    first: int
    ids: list[int]
    shapes: list[int]
    labels: list[int]
    entities: list[int]


def load_articles(path: Path) -> list[dict[str, Any]]:
    """Return the annotated articles of a file of PolNeAR, one a line. One with two annotators stands there twice."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def split(articles: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return articles to learn from and articles held out, by a hash of the id.

    All annotations of an article go the same way.
    """
    out: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    for article in articles:
        out[_draw(article, 0) % _HELD_OUT_SHARE == 0].append(article)
    return out


def fold(article: dict[str, Any], count: int) -> int:
    """Return the number of the fold, of `count`, that an article belongs to, by a hash of its id."""
    return _draw(article, 1) % count


def _draw(article: dict[str, Any], place: int) -> int:
    """Return a number from 0 to 255 that follows from the id of the article."""
    return hashlib.sha256(article["id"].encode()).digest()[place]


def annotated(article: dict[str, Any]) -> Article:
    """Return an article of PolNeAR in pieces with their labels."""
    pieces = tagging.pieces(article["text"])
    entities = [UNKNOWN] * len(pieces.ids)
    if article.get("entities"):
        entities = _labels(pieces.starts, pieces.ends, article["entities"], ENTITY_LABELS)
    labels = _labels(pieces.starts, pieces.ends, _parts(article), LABELS)
    return Article(article["text"], pieces, labels, entities)


def windows(articles: list[Article], chance: random.Random | None = None) -> list[Window]:
    """Return the windows of all articles: those of extraction, or with `chance` of another size for each article.

    Windows that end elsewhere in each pass are harder to learn by heart. They hold as many paragraphs as fit.
    """
    found = []
    for number, article in enumerate(articles):
        pieces = article.pieces
        ranges = pieces.windows
        if chance:
            size = chance.randint(_MIN_WINDOW, tagging.WINDOW - 2)
            ranges = tagging.windows(article.text, pieces.starts, size + 1, size)
        for a, b in ranges:
            found.append(
                Window(
                    number,
                    a,
                    pieces.ids[a:b],
                    pieces.shapes[a:b],
                    _labels_of_window(article.labels[a:b]),
                    article.entities[a:b],
                )
            )
    return found


def _labels_of_window(labels: list[int]) -> list[int]:
    """Return the labels of a window: what continues in its first piece begins there."""
    return [labels[0] - (LABELS[labels[0]].startswith("I-")), *labels[1:]]


def _parts(article: dict[str, Any]) -> list[tuple[int, int, str]]:
    return [(start, end, part) for each in article["attributions"] for part in PARTS for start, end in each[part]]


def _labels(starts: list[int], ends: list[int], spans: list[tuple[int, int, str]], names: list[str]) -> list[int]:
    """Return each piece's label among `names`. A piece that begins in a span, or reaches into it, belongs to it."""
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
    """Return windows of like length in batches of at most `size` pieces with padding, in random order with `chance`."""
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
