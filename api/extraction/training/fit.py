"""Training: passes over the articles, with a checkpoint after each, so that a run which was stopped goes on where it was."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

from api.extraction.training.data import UNKNOWN, Window, batches, read, split, windows
from api.extraction.training.measure import exact
from api.extraction.training.model import Chain, Tagger, tensors

State = dict[str, dict[str, torch.Tensor]]  # the weights of the tagger and of the chain, by name

SEED = 1
PASSES = 7
AVERAGED = 4  # the last passes whose weights are averaged (Izmailov et al., UAI 2018): steadier than the last alone
BATCH = 2048  # pieces with padding: about eight windows
RATE, HEAD_RATE, CHAIN_RATE = 1.2e-4, 1e-3, 5e-3  # AdamW's, at their highest
WARM_UP = 0.05  # share of the steps in which the rates rise; after it they fall in a line to nothing
ENTITY_SHARE = 0.2  # weight of the entity loss: silver labels, and the lesser task
_MASK = 103  # [MASK] in the encoder's vocabulary
MASKED = 0.05  # share of pieces hidden in training, against learning words by heart on so few articles


def fit(polnear: Path, out: Path, passes: int = PASSES) -> None:
    """Train on `polnear`/train.jsonl, less the articles held out; write `out`/tagger.pt and print the figures on those.

    Goes on from `out`/checkpoint.pt where there is one. A step of 2,048 pieces takes 1.3 s on two cores; 467 make a pass.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.set_flush_denormal(True)  # numbers too small to matter slow a processor down tenfold
    learn, held_out = (windows(part) for part in split(read(polnear / "train.jsonl")))
    print(f"{len(learn)} windows to learn from, {len(held_out)} held out", flush=True)
    torch.manual_seed(SEED)
    tagger, chain = Tagger(), Chain()
    optimizer = torch.optim.AdamW(
        [
            {"params": tagger.encoder.parameters(), "lr": RATE},
            {"params": tagger.head.parameters(), "lr": HEAD_RATE},
            {"params": chain.parameters(), "lr": CHAIN_RATE, "weight_decay": 0.0},
        ],
        weight_decay=0.01,
        fused=True,
    )
    # Batches differ in number from pass to pass by one or two: the first pass's number stands for all.
    steps = passes * len(batches(learn, BATCH, random.Random(SEED)))  # noqa: S311 - no secret, only an order
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (WARM_UP * steps), max(0.0, (1 - step / steps) / (1 - WARM_UP)))
    )
    done, mean = 0, None
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        for part, name in ((tagger, "tagger"), (chain, "chain"), (optimizer, "optimizer"), (schedule, "schedule")):
            part.load_state_dict(state[name])
        done, mean = state["done"], state["mean"]
    for number in range(done, passes):
        began = time.perf_counter()
        loss = _pass(tagger, chain, optimizer, schedule, learn, number)
        took = time.perf_counter() - began
        print(
            f"pass {number + 1}: loss {loss:.4f}, {took:.0f} s, held out {exact(tagger, chain, held_out)}", flush=True
        )
        state = {"tagger": tagger.state_dict(), "chain": chain.state_dict()}
        averaged = number + 1 - (passes - AVERAGED)
        if averaged > 0:
            mean = _mean(mean, state, averaged)
        more = {
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
            "mean": mean,
            "done": number + 1,
        }
        torch.save(state | more, out / "checkpoint.new")
        (out / "checkpoint.new").replace(checkpoint)
    torch.save(mean, out / "tagger.pt")


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


def _pass(tagger: Tagger, chain: Chain, optimizer: Any, schedule: Any, learn: list[Window], number: int) -> float:
    """One pass over the articles; its mean loss a piece. Its order and its chances follow from its number alone."""
    torch.manual_seed(1000 * SEED + number)
    tagger.train()
    order = batches(learn, BATCH, random.Random(1000 * SEED + number))  # noqa: S311 - no secret, only an order
    total, pieces = 0.0, 0
    for step, batch in enumerate(order):
        ids, shapes, mask, labels, entities = tensors(batch)
        hidden = torch.rand(ids.shape) < MASKED
        scores = tagger(ids.masked_fill(hidden, _MASK), shapes, mask)[:, 1:-1]
        inside = mask[:, 2:] == 1
        count = int(inside.sum())
        tags = chain.loss(scores[:, :, : len(chain.first)], labels, inside)
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
