"""Calibrate the confidence: of the quotes at 0.9, about nine in ten are right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from api.extraction import tagging
from api.extraction.attribution import attributions
from api.extraction.spans import Attribution, Scores
from api.extraction.training.data import load_articles, split

_ROUNDS = 25  # Newton's steps; a dozen settle it


def judged(articles: list[dict[str, Any]]) -> tuple[list[Scores], list[bool]]:
    """Return the scores of each quote with a cue found in annotated articles, and whether it is right.

    Speakers are not resolved. A quote is right if it is linked: half of the content's characters and some of the source's
    are those of one annotated quote. A quotation without a cue is left out, since annotators give it the cue and source of
    a sentence before.
    """
    scores: list[Scores] = []
    right: list[bool] = []
    for article in articles:
        gold = [
            (_characters(each["content"]), _characters(each["source"]))
            for each in article["attributions"]
            if each["content"]
        ]
        for quote in attributions(article["text"]):
            if quote.scores and quote.cue:
                scores.append(quote.scores)
                right.append(any(_is_linked(quote, content, source) for content, source in gold))
    return scores, right


def _characters(spans: Any) -> set[int]:
    return {i for start, end in spans for i in range(start, end)}


def _is_linked(quote: Attribution, content: set[int], source: set[int]) -> bool:
    found, by = _characters(quote.content), _characters(quote.source)
    alike = len(found & content) / len(found | content)
    return alike >= 0.5 and bool(by & source or not (by or source))


def fit(scores: list[Scores], right: list[bool]) -> list[float]:
    """Return weights of `tagging.features` that make beliefs probabilities of being right.

    They are those of a logistic regression, by Newton's method.
    """
    inputs, wanted = np.array([tagging.features(each) for each in scores]), np.array(right, dtype=float)
    weights = np.zeros(inputs.shape[1])
    for _ in range(_ROUNDS):
        beliefs = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (wanted - beliefs)
        curve = (inputs * (beliefs * (1 - beliefs))[:, None]).T @ inputs
        weights = weights + np.linalg.solve(curve, slope)
    return [round(float(weight), 4) for weight in weights]


def table(scores: list[float], right: list[bool]) -> str:
    """Return a table of the quotes in each tenth of confidence: how many, their mean confidence, the share that is right."""
    lines = []
    for low in np.arange(0.0, 1.0, 0.1):
        inside = [i for i, score in enumerate(scores) if low <= score < low + 0.1 or (low >= 0.9 and score == 1)]
        if inside:
            mean, share = np.mean([scores[i] for i in inside]), np.mean([right[i] for i in inside])
            lines.append(f"{low:.1f} to {low + 0.1:.1f}: {len(inside):5} quotes, mean {mean:.2f}, right {share:.2f}")
    return "\n".join(lines)


def calibrate(polnear: Path, folder: Path) -> None:
    """Fit the belief in quotes to the held-out articles, write it into `folder`/chain.json, and print how it does on dev's.

    `folder` is the one that extraction loads, as `export` left it. The belief also decides which cues count that no list
    has.
    """
    weights = fit(*judged(split(load_articles(polnear / "train.jsonl"))[1]))
    chain = json.loads((folder / "chain.json").read_text(encoding="utf-8"))
    (folder / "chain.json").write_text(json.dumps(chain | {"belief": weights}) + "\n", encoding="utf-8")
    scores, right = judged(load_articles(polnear / "dev.jsonl"))
    beliefs = 1 / (1 + np.exp(-np.array([tagging.features(each) for each in scores]) @ np.array(weights)))
    print(f"weights {weights}\n{table(beliefs.tolist(), right)}")
