"""From the trained tagger to the files that extraction reads: tagger.onnx, quantised to 8 bits, and chain.json."""

from __future__ import annotations

import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from api.extraction.training.data import ENTITY_LABELS, LABELS
from api.extraction.training.model import Chain, Tagger

# The belief in quotes until it is calibrated: what a teacher's came to on articles that it had not seen.
UNFITTED = [-0.6, 0.4, 0.2, 0.3]
# AVX2 multiplies two pairs of 8-bit numbers and adds them in 16 bits. Activations reach 255, so two weights may sum to 128.
LARGEST_PAIR = 128


class _Alone(nn.Module):
    """The tagger for one window at a time: nothing is padding, and a mask would cost a twentieth of the time."""

    def __init__(self, tagger: Tagger) -> None:
        super().__init__()
        self.tagger = tagger

    def forward(self, ids: Tensor, shapes: Tensor) -> Tensor:
        scores: Tensor = self.tagger(ids, shapes)
        return scores


def load(path: Path) -> tuple[Tagger, Chain]:
    """A trained tagger from the file that `fit` wrote, or from its checkpoint."""
    state = torch.load(path, weights_only=True)
    tagger, chain = Tagger(), Chain()
    tagger.load_state_dict(state["tagger"])
    chain.load_state_dict(state["chain"])
    return tagger.eval(), chain


def export(trained: Path, folder: Path) -> None:
    """Write `folder`/tagger.onnx (inputs ids and shapes, windows x pieces; output scores) and `folder`/chain.json.

    Weights are quantised to 8 bits a channel, activations as they come: a tensor at a time loses up to 2.3 points of F1. The
    head stays as it is: it is small, and decides.
    """
    tagger, chain = load(trained)
    tagger.encoder.set_attn_implementation("eager")  # plain operators, which the runtime knows how to fuse
    sample, names = torch.ones(1, 16, dtype=torch.long), ["ids", "shapes", "scores"]
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's, about shapes that are constant here
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
    bound_pairs(folder / "tagger.onnx")
    between, first = (scores.detach().double().numpy().round(4).tolist() for scores in chain.transitions())
    written = {"labels": LABELS, "entities": ENTITY_LABELS, "between": between, "first": first, "belief": UNFITTED}
    (folder / "chain.json").write_text(json.dumps(written) + "\n", encoding="utf-8")


def bound_pairs(path: Path) -> None:
    """Coarsen the weights of each channel until no two that AVX2 adds together exceed LARGEST_PAIR.

    Otherwise its sums saturate, and a processor without 8-bit products finds other quotes than one with them (decision 0029).
    """
    model = onnx.load(path)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for name, tensor in tensors.items():
        if not name.endswith("_quantized") or tensor.data_type != onnx.TensorProto.INT8:
            continue
        weights = onnx.numpy_helper.to_array(tensor).astype(np.float64)  # inputs x channels
        scale = tensors[name.removesuffix("quantized") + "scale"]
        coarser = np.maximum(1.0, _largest_pairs(weights) / LARGEST_PAIR)
        while (over := _largest_pairs(np.round(weights / coarser)) > LARGEST_PAIR).any():
            coarser[over] *= 1.002  # rounding took the pair over the bound
        scales = onnx.numpy_helper.to_array(scale) * coarser
        tensor.CopyFrom(onnx.numpy_helper.from_array(np.round(weights / coarser).astype(np.int8), name))
        scale.CopyFrom(onnx.numpy_helper.from_array(scales.astype(np.float32), scale.name))
    onnx.save(model, path)


def _largest_pairs(weights: Any) -> Any:
    """Return for each channel the largest sum, as an absolute number, of two weights that are multiplied together."""
    return np.abs(weights[0::2] + weights[1::2]).max(axis=0)
