"""Train teachers that each leave out a fold, then the tagger from the labels and the teachers' beliefs.

Annotators agree on two spans in three (docs/extraction.md), so a label is evidence, not truth. Each teacher gives its
beliefs on the articles that it has not seen, and the tagger learns from both. That is distillation (Hinton, Vinyals and
Dean, 2015) from a larger encoder, out of fold, so that no belief merely repeats a label. The tagger is the mean of the
weights of several runs with different settings: a model soup (Wortsman et al., ICML 2022). A run that was stopped resumes
from its checkpoints. A GPU is used if there is one.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from api.extraction.training.data import (
    UNKNOWN,
    Article,
    Window,
    annotated,
    batches,
    fold,
    load_articles,
    split,
    windows,
)
from api.extraction.training.encoders import mpnet
from api.extraction.training.measure import exact
from api.extraction.training.model import Chain, Tagger, Target, Teacher, certain, neighbours, tensors

State = dict[str, dict[str, torch.Tensor]]  # the weights of a tagger or teacher and of the chain, by name
Belief = tuple[
    torch.Tensor, torch.Tensor
]  # of an article: probabilities of each piece's label, and of it with the one before

SEED = 1
TEACHERS = 5
TEACHER_PASSES = 8
TEACHER_RATES = 8e-5, 1e-3, 5e-3  # AdamW's highest for encoder, heads and chain
PASSES = 17
RATES = 2e-4, 1e-3, 5e-3
BATCH = 4096  # pieces with padding: about sixteen windows
WARM_UP = 0.05  # share of the steps in which the rates rise; then they fall in a line to zero
ENTITY_SHARE = 0.2  # weight of the entity loss: silver labels, and the lesser task
_MASK = 103  # [MASK] in the encoder's vocabulary
MASKED = 0.1  # share of pieces hidden in training, so that words are not learnt by heart
_WORTH_KEEPING = 60  # seconds of training worth a checkpoint
_DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
# A processor without bf16 products is 20 times slower in bf16 than in floats.
_HALF_PRECISION = _DEVICE == "cuda" or torch.cpu.get_capabilities().get("avx512_bf16", False)
torch.backends.cuda.enable_cudnn_sdp(False)  # it plans anew for every batch length, which takes longer than the batch


def fit(polnear: Path, out: Path) -> None:
    """Train on `polnear`/train.jsonl without the held-out articles. Write `out`/tagger.pt and print the figures on those.

    Resumes from the checkpoints in `out` if there are any.
    """
    out.mkdir(parents=True, exist_ok=True)
    learn, held_out = split(load_articles(polnear / "train.jsonl"))
    articles = [annotated(article) for article in learn]
    folds = [fold(article, TEACHERS) for article in learn]
    tested = windows([annotated(article) for article in held_out])
    beliefs: dict[int, Belief] = {}
    for number in range(TEACHERS):
        beliefs |= teach(number, articles, folds, tested, out)
    runs = [
        Run(out / "tagger-0", Tagger, SEED, PASSES, RATES, trust=0.5),
        Run(out / "tagger-1", Tagger, SEED, PASSES, RATES, trust=0.2),
        Run(out / "tagger-2", Tagger, SEED, PASSES, RATES, trust=0.2, swapped=0.1),
        Run(out / "tagger-3", Tagger, SEED + 1, PASSES, (2 * RATES[0], *RATES[1:]), trust=0.2),
    ]
    mean = _mean([run.train(articles, beliefs, tested) for run in runs])
    print(f"mean: held out {exact(*runs[0].loaded(mean), tested)}", flush=True)
    torch.save(mean, out / "tagger.pt")


def teach(number: int, articles: list[Article], folds: list[int], tested: list[Window], out: Path) -> dict[int, Belief]:
    """Return the beliefs of the teacher that leaves out fold `number` on that fold, by the articles' indices.

    Trains the teacher first.
    """
    folder = out / f"teacher-{number}"
    kept = folder / "beliefs.pt"
    if not kept.exists():
        rest = [article for article, part in zip(articles, folds, strict=True) if part != number]
        run = Run(folder, partial(Teacher, mpnet(out)), SEED + 1 + number, TEACHER_PASSES, TEACHER_RATES)
        teacher, chain = run.loaded(run.train(rest, {}, tested))
        torch.save(_beliefs(teacher, chain, {i: articles[i] for i, part in enumerate(folds) if part == number}), kept)
    found: dict[int, Belief] = torch.load(kept, weights_only=True)
    return found


@dataclass(frozen=True, slots=True)
class Run:
    """One training of `passes` passes over the articles, in an order that `seed` decides, with its checkpoint in `folder`.

    `make` returns the module to train, with its encoder's weights. `rates` are the highest of the encoder, the heads and
    the chain. `trust` is the share of the labels in the target where there are beliefs, which have the rest. A share of
    words, `swapped`, is replaced by others like them, as in TinyBERT's augmentation (Jiao et al., Findings of EMNLP 2020).
    """

    folder: Path
    make: Callable[[], nn.Module]
    seed: int
    passes: int
    rates: tuple[float, ...]
    trust: float = 1.0
    swapped: float = 0.0

    def train(self, articles: list[Article], beliefs: dict[int, Belief], tested: list[Window]) -> State:
        """Return the weights after the last pass."""
        torch.set_flush_denormal(True)  # numbers too small to matter slow a processor down tenfold
        self.folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(SEED)  # the heads' first weights are the same in all runs
        tagger, chain = self.loaded()
        encoder, heads, links = self.rates
        inner = list(tagger.encoder.parameters())
        outer = [weight for name, weight in tagger.named_parameters() if not name.startswith("encoder.")]
        optimizer = torch.optim.AdamW(
            [
                {"params": inner, "lr": encoder},
                {"params": outer, "lr": heads},
                {"params": chain.parameters(), "lr": links, "weight_decay": 0.0},
            ],
            weight_decay=0.01,
            fused=True,
        )
        # The number of batches differs by one or two from pass to pass. The first pass's stands for all.
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
        kept = time.perf_counter()
        for number in range(done, self.passes):
            began = time.perf_counter()
            torch.manual_seed(1000 * self.seed + number)
            order = self._order(articles, number)
            loss = self._pass(tagger, chain, optimizer, schedule, order, beliefs)
            now = time.perf_counter()
            figures = exact(tagger, chain, tested) if number + 1 == self.passes or now - began > _WORTH_KEEPING else ""
            print(f"{self.folder.name}, pass {number + 1}: loss {loss:.4f}, {now - began:.1f} s {figures}", flush=True)
            if number + 1 == self.passes or now - kept > _WORTH_KEEPING:
                state = {"tagger": tagger.state_dict(), "chain": chain.state_dict()}
                more = {"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(), "done": number + 1}
                torch.save(state | more, self.folder / "checkpoint.new")
                (self.folder / "checkpoint.new").replace(checkpoint)
                kept = now
        return {"tagger": tagger.state_dict(), "chain": chain.state_dict()}

    def _pass(
        self,
        tagger: Any,
        chain: Chain,
        optimizer: Any,
        schedule: Any,
        order: list[list[Window]],
        beliefs: dict[int, Belief],
    ) -> float:
        """Train one pass over the batches and return its mean loss a piece."""
        tagger.train()
        alike = neighbours() if self.swapped else None
        total, pieces = torch.zeros((), device=_DEVICE), 0
        for step, batch in enumerate(order):
            ids, shapes, mask, labels, entities = tensors(batch)
            hidden = torch.rand(ids.shape) < MASKED
            if alike is not None:
                others = alike[ids, torch.randint(alike.shape[1], ids.shape)]
                ids = torch.where(torch.rand(ids.shape) < self.swapped, others, ids)
            inside = mask[:, 2:] == 1
            count = int(inside.sum())
            target = certain(labels, inside)
            if beliefs:
                target = _blended(target, batch, beliefs, self.trust)
            target = Target(*(each.to(_DEVICE) for each in target))
            with torch.autocast(_DEVICE, dtype=torch.bfloat16, enabled=_HALF_PRECISION):
                scores = tagger(ids.masked_fill(hidden, _MASK).to(_DEVICE), shapes.to(_DEVICE), mask.to(_DEVICE))
            scores = scores.float()[:, 1:-1]
            tags = chain.loss(scores[:, :, : len(chain.first)], target, inside.to(_DEVICE))
            names = nn.functional.cross_entropy(
                scores[:, :, len(chain.first) :].flatten(0, 1),
                entities.to(_DEVICE).flatten(),
                ignore_index=UNKNOWN,
                reduction="sum",
            )
            loss = (tags + ENTITY_SHARE * names) / count
            loss.backward()
            nn.utils.clip_grad_norm_(tagger.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            total, pieces = total + tags.detach(), pieces + count
            if step % 50 == 0 and _DEVICE == "cpu":
                print(f"  step {step} of {len(order)}: {float(total) / pieces:.4f}", flush=True)
        return float(total) / pieces

    def loaded(self, state: State | None = None) -> tuple[Any, Chain]:
        """Return the module to train and its chain, with the weights of `state`, or the encoder's and fresh heads."""
        tagger, chain = self.make(), Chain()
        if state:
            tagger.load_state_dict(state["tagger"])
            chain.load_state_dict(state["chain"])
        return tagger.to(_DEVICE), chain.to(_DEVICE)

    def _order(self, articles: list[Article], number: int) -> list[list[Window]]:
        """Return the batches of a pass, which follow from the seed and the pass's number alone."""
        chance = random.Random(1000 * self.seed + number)  # noqa: S311 - an order, no secret
        return batches(windows(articles, chance), BATCH, chance)


def _mean(states: list[State]) -> State:
    """Return the mean of the weights of several trainings."""
    return {
        part: {
            name: torch.stack([state[part][name] for state in states]).mean(0) if value.is_floating_point() else value
            for name, value in values.items()
        }
        for part, values in states[0].items()
    }


def _beliefs(tagger: Any, chain: Chain, articles: dict[int, Article]) -> dict[int, Belief]:
    """Return the beliefs of a teacher on the pieces of each article."""
    tagger.eval()
    size = len(chain.first)
    found = [
        (torch.zeros(len(article.labels), size).half(), torch.zeros(len(article.labels), size, size).half())
        for article in articles.values()
    ]
    for batch in batches(windows(list(articles.values())), BATCH):
        ids, shapes, mask, *_ = (each.to(_DEVICE) for each in tensors(batch))
        with torch.no_grad(), torch.autocast(_DEVICE, dtype=torch.bfloat16, enabled=_HALF_PRECISION):
            scores = tagger(ids, shapes, mask).float()[:, 1:-1, :size]
        labels, pairs = (each.half().cpu() for each in chain.beliefs(scores, mask[:, 2:] == 1))
        for row, window in enumerate(batch):
            count, believed = len(window.ids), found[window.article]
            believed[0][window.first : window.first + count] = labels[row, :count]
            believed[1][window.first + 1 : window.first + count] = pairs[row, : count - 1]
    return dict(zip(articles, found, strict=True))


def _blended(target: Target, batch: list[Window], beliefs: dict[int, Belief], trust: float) -> Target:
    """Return the target of a batch between its labels and the beliefs of the teachers."""
    believed = torch.zeros_like(target.labels)
    steps = torch.zeros_like(target.steps)
    for row, window in enumerate(batch):
        labels, pairs = beliefs[window.article]
        a, b = window.first, window.first + len(window.ids)
        believed[row, : b - a] = labels[a:b].float()
        steps += pairs[a + 1 : b].float().sum(0)
    # What continues in a window's first piece begins there: I-x stands after B-x.
    believed[:, 0, 1::2] += believed[:, 0, 2::2]
    believed[:, 0, 2::2] = 0
    return Target(
        trust * target.labels + (1 - trust) * believed,
        trust * target.steps + (1 - trust) * steps,
    )
