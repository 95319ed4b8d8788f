"""Training: teachers that each leave a part of the articles out, then the tagger, from the labels and the teachers' beliefs.

Annotators agree on two spans in three (docs/extraction.md), so a label is evidence, not truth. Each teacher tells what it
believes of the articles that it has not seen, and the tagger learns from the mean of both: distillation (Hinton, Vinyals and
Dean, 2015) between models of one size (Furlanello et al., ICML 2018), out of fold, so that no belief merely repeats a label. It
starts from the mean of the teachers' weights (Wortsman et al., ICML 2022).
A checkpoint after each pass lets a run that was stopped go on where it was.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from api.extraction.training.data import UNKNOWN, Article, Window, annotated, batches, fold, read, split, windows
from api.extraction.training.measure import exact
from api.extraction.training.model import Chain, Tagger, Target, certain, tensors

State = dict[str, dict[str, torch.Tensor]]  # the weights of the tagger and of the chain, by name
Belief = tuple[torch.Tensor, torch.Tensor]  # of an article: shares of each piece's label, and of it with the one before

SEED = 1
TEACHERS = 3
TEACHER_PASSES = 4
PASSES = 6
LOWER = 0.6  # of the rates, for the tagger: it starts from the mean of its teachers, not from the encoder
TRUST = 0.5  # of the target: what the labels say; the rest is what the teacher believes
BATCH = 2048  # pieces with padding: about eight windows
RATES = 1.2e-4, 1e-3, 5e-3  # AdamW's for encoder, heads and chain, at their highest
WARM_UP = 0.05  # share of the steps in which the rates rise; after it they fall in a line to nothing
ENTITY_SHARE = 0.2  # weight of the entity loss: silver labels, and the lesser task
_MASK = 103  # [MASK] in the encoder's vocabulary
MASKED = 0.1  # share of pieces hidden in training, against learning words by heart on so few articles
# Without such products bf16 is 20 times slower than floats.
_HALVES = torch.cpu.get_capabilities().get("avx512_bf16", False)


def fit(polnear: Path, out: Path) -> None:
    """Train on `polnear`/train.jsonl, less the articles held out; write `out`/tagger.pt and print the figures on those.

    Goes on from the checkpoints in `out` where there are any. On two cores a pass takes 4 minutes with bf16, 15 without.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.set_flush_denormal(True)  # numbers too small to matter slow a processor down tenfold
    learn, held_out = split(read(polnear / "train.jsonl"))
    tested = windows([annotated(article) for article in held_out])
    articles = [annotated(article) for article in learn]
    folds = [fold(article, TEACHERS) for article in learn]
    beliefs: dict[int, Belief] = {}
    mean: State | None = None
    for number in range(TEACHERS):
        rest = [article for article, part in zip(articles, folds, strict=True) if part != number]
        run = _Run(out / f"teacher-{number}", SEED + 1 + number, TEACHER_PASSES, RATES)
        teacher = run.train(rest, {}, tested)
        mean = _mean(mean, teacher, number + 1)
        kept = run.folder / "beliefs.pt"
        if not kept.exists():
            unseen = {i: articles[i] for i, part in enumerate(folds) if part == number}
            torch.save(_beliefs(*_loaded(teacher), unseen), kept)
        beliefs |= torch.load(kept, weights_only=True)
    run = _Run(out / "tagger", SEED, PASSES, tuple(LOWER * rate for rate in RATES))
    torch.save(run.train(articles, beliefs, tested, start=mean), out / "tagger.pt")


@dataclass(frozen=True, slots=True)
class _Run:
    """One training, with its checkpoint in `folder`: `passes` passes over the articles, in an order that `seed` decides.

    `rates` are the highest of the encoder, the heads and the chain.
    """

    folder: Path
    seed: int
    passes: int
    rates: tuple[float, ...]

    def train(
        self,
        articles: list[Article],
        beliefs: dict[int, Belief],
        tested: list[Window],
        start: State | None = None,
    ) -> State:
        """The weights of a tagger trained from the encoder's on, or from `start`: those after the last pass."""
        self.folder.mkdir(exist_ok=True)
        torch.manual_seed(SEED)  # the heads' first weights are the same in all runs, so that runs have a mean
        tagger, chain = _loaded(start)
        encoder, heads, links = self.rates
        optimizer = torch.optim.AdamW(
            [
                {"params": tagger.encoder.parameters(), "lr": encoder},
                {"params": tagger.head.parameters(), "lr": heads},
                {"params": chain.parameters(), "lr": links, "weight_decay": 0.0},
            ],
            weight_decay=0.01,
            fused=True,
        )
        # Batches differ in number from pass to pass by one or two: the first pass's number stands for all.
        steps = self.passes * len(self._order(articles, 0))
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min((step + 1) / (WARM_UP * steps), max(0.0, (1 - step / steps) / (1 - WARM_UP)))
        )
        done = 0
        checkpoint = self.folder / "checkpoint.pt"
        if checkpoint.exists():
            state = torch.load(checkpoint, weights_only=True)
            for part, name in ((tagger, "tagger"), (chain, "chain"), (optimizer, "optimizer"), (schedule, "schedule")):
                part.load_state_dict(state[name])
            done = state["done"]
        for number in range(done, self.passes):
            began = time.perf_counter()
            torch.manual_seed(1000 * self.seed + number)
            loss = _pass(tagger, chain, optimizer, schedule, self._order(articles, number), beliefs)
            took = time.perf_counter() - began
            figures = exact(tagger, chain, tested)
            print(
                f"{self.folder.name}, pass {number + 1}: loss {loss:.4f}, {took:.0f} s, held out {figures}", flush=True
            )
            state = {"tagger": tagger.state_dict(), "chain": chain.state_dict()}
            more = {
                "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(),
                "done": number + 1,
            }
            torch.save(state | more, self.folder / "checkpoint.new")
            (self.folder / "checkpoint.new").replace(checkpoint)
        return {"tagger": tagger.state_dict(), "chain": chain.state_dict()}

    def _order(self, articles: list[Article], number: int) -> list[list[Window]]:
        """The batches of a pass; they follow from the seed and the pass's number alone."""
        chance = random.Random(1000 * self.seed + number)  # noqa: S311 - no secret, only an order
        return batches(windows(articles, chance), BATCH, chance)


def _loaded(state: State | None) -> tuple[Tagger, Chain]:
    """A tagger with these weights, or the encoder's and fresh heads."""
    tagger, chain = Tagger(), Chain()
    if state:
        tagger.load_state_dict(state["tagger"])
        chain.load_state_dict(state["chain"])
    return tagger, chain


def _mean(before: State | None, state: State, count: int) -> State:
    """The mean of `count` weights, of which `before` is the mean of all but the last, `state`."""
    if before is None:
        return {part: {name: value.clone() for name, value in values.items()} for part, values in state.items()}
    return {
        part: {
            name: value.lerp(state[part][name], 1 / count) if value.is_floating_point() else value
            for name, value in values.items()
        }
        for part, values in before.items()
    }


def _pass(
    tagger: Tagger, chain: Chain, optimizer: Any, schedule: Any, order: list[list[Window]], beliefs: dict[int, Belief]
) -> float:
    """One pass over the batches; its mean loss a piece."""
    tagger.train()
    total, pieces = 0.0, 0
    for step, batch in enumerate(order):
        ids, shapes, mask, labels, entities = tensors(batch)
        hidden = torch.rand(ids.shape) < MASKED
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=_HALVES):
            scores = tagger(ids.masked_fill(hidden, _MASK), shapes, mask)
        scores = scores.float()[:, 1:-1]
        inside = mask[:, 2:] == 1
        count = int(inside.sum())
        target = certain(labels, inside)
        if beliefs:
            target = _blended(target, batch, beliefs)
        tags = chain.loss(scores[:, :, : len(chain.first)], target, inside)
        names = nn.functional.cross_entropy(
            scores[:, :, len(chain.first) :].flatten(0, 1), entities.flatten(), ignore_index=UNKNOWN, reduction="sum"
        )
        loss = (tags + ENTITY_SHARE * names) / count
        loss.backward()
        nn.utils.clip_grad_norm_(tagger.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        total, pieces = total + float(tags.detach()), pieces + count
        if step % 50 == 0:
            print(f"  step {step} of {len(order)}: {total / pieces:.4f}", flush=True)
    return total / pieces


def _beliefs(tagger: Tagger, chain: Chain, articles: dict[int, Article]) -> dict[int, Belief]:
    """What a teacher believes of each article's pieces."""
    tagger.eval()
    size = len(chain.first)
    found = [
        (torch.zeros(len(article.labels), size).half(), torch.zeros(len(article.labels), size, size).half())
        for article in articles.values()
    ]
    for batch in batches(windows(list(articles.values())), BATCH):
        ids, shapes, mask, *_ = tensors(batch)
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=_HALVES):
            scores = tagger(ids, shapes, mask).float()[:, 1:-1, :size]
        labels, pairs = chain.beliefs(scores, mask[:, 2:] == 1)
        for row, window in enumerate(batch):
            count, believed = len(window.ids), found[window.article]
            believed[0][window.first : window.first + count] = labels[row, :count]
            believed[1][window.first + 1 : window.first + count] = pairs[row, : count - 1]
    return dict(zip(articles, found, strict=True))


def _blended(target: Target, batch: list[Window], beliefs: dict[int, Belief]) -> Target:
    """A batch's target between what the labels say and what the teachers believe."""
    believed = torch.zeros_like(target.labels)
    steps = torch.zeros_like(target.steps)
    for row, window in enumerate(batch):
        labels, pairs = beliefs[window.article]
        a, b = window.first, window.first + len(window.ids)
        believed[row, : b - a] = labels[a:b].float()
        steps += pairs[a + 1 : b].float().sum(0)
    # What goes on in a window's first piece begins there: I-x stands after B-x.
    believed[:, 0, 1::2] += believed[:, 0, 2::2]
    believed[:, 0, 2::2] = 0
    return Target(
        TRUST * target.labels + (1 - TRUST) * believed,
        TRUST * target.steps + (1 - TRUST) * steps,
    )
