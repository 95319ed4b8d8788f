"""The tagger and its teachers in training: an encoder, a head for source, cue and content, and a head for entities."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel, MPNetModel

from api.extraction import tagging
from api.extraction.training.data import ENTITY_LABELS, LABELS, UNKNOWN, Window
from api.extraction.training.encoders import minilm

_NEVER = -1e4  # the score of a label that BIO forbids


class Tagger(nn.Module):
    """Scores the labels of each piece: LABELS, then ENTITY_LABELS.

    The encoder is MiniLM (Wang et al., NeurIPS 2020) of six layers, that of all-MiniLM-L6-v2. It is uncased. A piece's
    shape keeps what the vocabulary loses, and goes in as BERT's token type (tagging.Pieces).
    """

    def __init__(self) -> None:
        super().__init__()
        # Dropout of attention weights costs a third of a step on a processor and shows no gain.
        self.encoder = BertModel.from_pretrained(
            minilm(), add_pooling_layer=False, attention_probs_dropout_prob=0.0, attn_implementation="sdpa"
        )
        kinds = self.encoder.embeddings.token_type_embeddings
        shapes = nn.Embedding(tagging.SHAPES, kinds.embedding_dim)
        shapes.weight.data.copy_(kinds.weight.data[:1].expand_as(shapes.weight))
        self.encoder.embeddings.token_type_embeddings = shapes
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(self.encoder.config.hidden_size, len(LABELS) + len(ENTITY_LABELS))

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return scores of [windows, pieces, labels]. `mask` is 1 on pieces and 0 on padding; without it there is none."""
        hidden = self.encoder(input_ids=ids, token_type_ids=shapes, attention_mask=mask).last_hidden_state
        scores: Tensor = self.head(self.drop(hidden))
        return scores


class Teacher(nn.Module):
    """Scores as a Tagger does, with a larger encoder: MPNet (Song et al., NeurIPS 2020), in `folder`.

    It is uncased too and has BERT's vocabulary behind its own special pieces, so that it scores the tagger's pieces. It has
    no token types: shapes are added to its word embeddings, and start at zero.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.encoder = MPNetModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32)
        width = self.encoder.config.hidden_size
        self.shapes = nn.Embedding(tagging.SHAPES, width)
        nn.init.zeros_(self.shapes.weight)
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(width, len(LABELS) + len(ENTITY_LABELS))
        own = torch.arange(self.encoder.config.vocab_size) + 4
        # [PAD], [CLS], [SEP] and [MASK] are <pad>, <s>, </s> and <mask> to it.
        own[0], own[101], own[102], own[103] = 1, 0, 2, self.encoder.config.vocab_size - 1
        self.register_buffer("own", own)

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return scores as Tagger.forward does. Ids are BERT's."""
        words = self.encoder.embeddings.word_embeddings(self.own[ids]) + self.shapes(shapes)
        hidden = self.encoder(inputs_embeds=words, attention_mask=mask).last_hidden_state
        scores: Tensor = self.head(self.drop(hidden))
        return scores


class Chain(nn.Module):
    """A linear-chain CRF over LABELS (Lafferty, McCallum and Pereira, ICML 2001): the score of a label after each other one."""

    def __init__(self) -> None:
        super().__init__()
        self.between = nn.Parameter(torch.zeros(len(LABELS), len(LABELS)))
        self.first = nn.Parameter(torch.zeros(len(LABELS)))
        inside = [label.startswith("I-") for label in LABELS]
        follows = [[a[2:] == b[2:] for b in LABELS] for a in LABELS]
        self.register_buffer("forbidden", torch.tensor(inside) & ~torch.tensor(follows))
        self.register_buffer("no_start", torch.tensor(inside))

    def transitions(self) -> tuple[Tensor, Tensor]:
        """Return the scores between labels and of the first label, under the rule that I-x follows B-x or I-x."""
        return self.between.masked_fill(self.forbidden, _NEVER), self.first.masked_fill(self.no_start, _NEVER)

    def partition(self, scores: Tensor, steps: Tensor, mask: Tensor) -> Tensor:
        """Return the logarithm of the sum over all paths of a window.

        `steps` are the scores from each piece's label to the next. Halves the path again and again instead of walking along
        it: two steps become one (a parallel reduction).
        """
        _, first = self.transitions()
        stay = torch.full_like(self.between, _NEVER).fill_diagonal_(0)  # the step of a piece of padding
        moves = torch.where(mask[:, 1:, None, None], steps + scores[:, 1:, None, :], stay)
        while moves.shape[1] > 1:
            if moves.shape[1] % 2:
                moves = torch.cat([moves, stay.expand(len(moves), 1, -1, -1)], 1)
            moves = torch.logsumexp(moves[:, ::2, :, :, None] + moves[:, 1::2, None, :, :], 3)
        total = first + scores[:, 0]
        if moves.shape[1]:
            total = torch.logsumexp(total[:, :, None] + moves[:, 0], 1)
        return torch.logsumexp(total, 1)

    def loss(self, scores: Tensor, target: Target, mask: Tensor) -> Tensor:
        """Return the cross entropy of the paths that `target` believes in, summed over windows. Padding stands at the end."""
        between, first = self.transitions()
        steps = between.expand(scores.shape[0], scores.shape[1] - 1, -1, -1)
        right = (target.labels * scores).sum() + (target.labels[:, 0] * first).sum() + (target.steps * between).sum()
        return self.partition(scores, steps, mask).sum() - right

    def beliefs(self, scores: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the probabilities of each piece's label, and of each label with the one before.

        They are the gradients of the partition.
        """
        between, _ = self.transitions()
        steps = between.expand(scores.shape[0], scores.shape[1] - 1, -1, -1)
        scores, steps = scores.detach().requires_grad_(), steps.detach().clone().requires_grad_()
        labels, pairs = torch.autograd.grad(self.partition(scores, steps, mask).sum(), (scores, steps))
        return labels, pairs


class Target(NamedTuple):
    """The paths that a batch should have: shares of each piece's label, and of each label after each other, over all pieces."""

    labels: Tensor
    steps: Tensor


def certain(labels: Tensor, mask: Tensor) -> Target:
    """Return the target of windows whose labels are known."""
    one = nn.functional.one_hot(labels, len(LABELS)).float() * mask[:, :, None]
    return Target(one, torch.einsum("wia,wib->ab", one[:, :-1], one[:, 1:]))


def tensors(batch: list[Window]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return ids, shapes and mask with [CLS] and [SEP] around each window; labels and entities without them."""
    longest = max(len(window.ids) for window in batch)
    opening, closing = tagging.window_ends()
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


def neighbours(count: int = 8) -> Tensor:
    """Return for each whole word of the vocabulary the `count` whole words most like it.

    Any other piece gets itself. Likeness is the cosine of the encoder's embeddings.
    """
    vocabulary = Tokenizer.from_file(str(minilm() / "tokenizer.json")).get_vocab()
    words = torch.tensor(sorted(number for piece, number in vocabulary.items() if piece.isalpha()))
    vectors = nn.functional.normalize(Tagger().encoder.embeddings.word_embeddings.weight.detach()[words], dim=1)
    found = torch.arange(len(vocabulary))[:, None].repeat(1, count)
    for some in torch.arange(len(words)).split(2000):  # all at once would take 2 GB
        likeness = vectors[some] @ vectors.T
        likeness[torch.arange(len(some)), some] = -1  # leave out the word itself
        found[words[some]] = words[likeness.topk(count, dim=1).indices]
    return found
