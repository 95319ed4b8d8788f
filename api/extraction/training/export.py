"""Export the trained tagger as the files that extraction reads: tagger.onnx, quantised to 8 bits, and chain.json."""

from __future__ import annotations

import json
import tempfile
import warnings
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from api.extraction.training.choose import Projection, add_vectors
from api.extraction.training.data import ENTITY_LABELS, LABELS
from api.extraction.training.model import Chain, Tagger
from api.extraction.training.quantise import refine, samples

# The weights of the belief in a quote until `calibrate` fits them: those fitted to a teacher on articles that it had not seen.
UNFITTED = [-0.6, 0.4, 0.2, 0.3]


class _Alone(nn.Module):
    """The tagger for one window at a time. Without padding it needs no mask, which would cost a twentieth of the time."""

    def __init__(self, tagger: Tagger) -> None:
        super().__init__()
        self.tagger = tagger

    def forward(self, ids: Tensor, shapes: Tensor) -> Tensor:
        scores: Tensor = self.tagger(ids, shapes)
        return scores


def load(path: Path) -> tuple[Tagger, Chain]:
    """Return a trained tagger and its chain from the file that `fit` wrote, or from its checkpoint."""
    state = torch.load(path, weights_only=True)
    tagger, chain = Tagger(), Chain()
    tagger.load_state_dict(state["tagger"])
    chain.load_state_dict(state["chain"])
    return tagger.eval(), chain


def export(polnear: Path, trained: Path, folder: Path) -> None:
    """Write `folder`/tagger.onnx (inputs ids and shapes, windows x pieces; output scores) and `folder`/chain.json.

    Weights have 8 bits and one scale for each output channel; one for each tensor loses up to 2.3 points of F1. The head stays
    in full precision: it is small, and decides. `polnear` is the folder of train.jsonl: its articles show what activations
    are like.
    """
    tagger, chain = load(trained)
    tagger.encoder.set_attn_implementation("eager")  # plain operators, which the runtime knows how to fuse
    sample, names = torch.ones(1, 16, dtype=torch.long), ["ids", "shapes", "scores"]
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of shapes that are constant here
        full = Path(scratch) / "full.onnx"
        torch.onnx.export(
            _Alone(tagger),
            (sample, sample * 0),
            str(full),
            input_names=names[:2],
            output_names=names[2:],
            dynamic_axes={name: {1: "piece"} for name in names},
            opset_version=17,
            dynamo=False,
        )
        head = [node.name for node in onnx.load(full).graph.node if node.name.startswith("/tagger/head/MatMul")]
        quantize_dynamic(
            full, folder / "tagger.onnx", weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=head
        )
    refine(folder / "tagger.onnx", samples(polnear))
    add_vectors(folder / "tagger.onnx", Projection())  # extraction needs some; `choose` learns which
    between, first = (scores.detach().double().numpy().round(4).tolist() for scores in chain.transitions())
    written = {"labels": LABELS, "entities": ENTITY_LABELS, "between": between, "first": first, "belief": UNFITTED}
    (folder / "chain.json").write_text(json.dumps(written) + "\n", encoding="utf-8")
