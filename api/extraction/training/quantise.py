"""Refine the 8-bit tagger: the same scores on every processor, and close to those of full precision (decision 0029).

The rounding of activations costs far more than that of weights. One scale holds for a whole tensor of activations, and a few
channels reach ten times as far as the others. So those channels are divided before they are rounded, and their weights
multiplied (SmoothQuant: Xiao et al., ICML 2023). Weights are rounded one by one; those that follow make up for the error
(GPTQ: Frantar et al., ICLR 2023).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnx.helper
import onnx.numpy_helper
import onnxruntime

from api.extraction import tagging
from api.extraction.training.data import Window, annotated, fold, load_articles, split, windows

Floats = npt.NDArray[np.float64]

# AVX2 multiplies two pairs of 8-bit numbers and adds them in 16 bits. Activations reach 255, so two weights may sum to 128.
LARGEST_PAIR = 128
_LARGEST = 127  # the largest weight
_SAMPLED = 32  # one article in so many shows what activations are like: 32 articles
# How far a channel may reach, in medians over the channels of a tensor, before it is divided. Infinity divides none.
_REACHES = (np.inf, 8, 6, 5, 4, 3, 2.5, 2, 1.5, 1.2, 1)
_COARSER = np.arange(1.0, 1.42, 0.04)  # factors tried on the scale of a column of weights
_DAMPING = 0.01  # of the mean second moment, added to each channel's so that the matrix can be inverted
_BLOCK = 64  # rows whose errors are passed on together, for speed


@dataclass(slots=True)
class Product:
    """The weight matrices that one tensor of activations is multiplied with, and what that tensor holds on sample windows.

    `moments` is the mean of x x^T over pieces. `highest` and `lowest` are windows x channels.
    """

    weights: dict[str, Floats] = field(default_factory=dict)  # name: inputs x outputs, dequantised
    moments: Floats = field(default_factory=lambda: np.zeros(0))
    highest: Floats = field(default_factory=lambda: np.zeros(0))
    lowest: Floats = field(default_factory=lambda: np.zeros(0))


def samples(polnear: Path) -> list[Window]:
    """Return the windows of one training article in _SAMPLED, each article once. `polnear` is the folder of train.jsonl."""
    learnt, _ = split(load_articles(polnear / "train.jsonl"))
    some = {article["id"]: article for article in learnt if fold(article, _SAMPLED) == 0}
    return windows([annotated(article) for article in some.values()])


def refine(path: Path, shown: list[Window]) -> None:
    """Round the weights of the 8-bit tagger at `path` anew, for activations as the windows in `shown` have them.

    No two weights that AVX2 adds together exceed LARGEST_PAIR. Otherwise its sums saturate, and a processor without 8-bit
    products finds other quotes than one with them. Takes minutes on a processor.
    """
    model = onnx.load(path)
    products = _products(model)
    _observe(model, products, shown)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for name, product in products.items():
        divisors = _divisors(product)
        _divide(model, name, divisors)
        moments = product.moments / np.outer(divisors, divisors)
        for weight, values in product.weights.items():
            scaled = values * divisors[:, None]
            scales = _scales(scaled)
            _store(tensors[f"{weight}_quantized"], rounded(scaled / scales, moments).astype(np.int8))
            _store(tensors[f"{weight}_scale"], scales.astype(np.float32))
    onnx.save(model, path)


def rounded(weights: Floats, moments: Floats) -> Floats:
    """Return `weights` (inputs x outputs) as whole numbers from -127 to 127, no adjacent pair of a column above LARGEST_PAIR.

    `moments` (inputs x inputs) is the mean of x x^T. Each row's error goes to the rows after it, as far as their inputs
    correlate.
    """
    count = len(weights)
    damped = moments + np.eye(count) * _DAMPING * np.mean(np.diag(moments))
    passed = np.linalg.cholesky(np.linalg.inv(damped)).T
    rest, out = weights.copy(), np.empty_like(weights)
    for start in range(0, count, _BLOCK):
        end = min(start + _BLOCK, count)
        errors = np.empty((end - start, weights.shape[1]))
        for i in range(start, end):
            if i % 2 == 0:  # a pair above the bound gives up half of the excess here, and the other half below
                out[i] = np.clip(np.round(rest[i] - _excess(rest[i] + rest[i + 1]) / 2), -_LARGEST, _LARGEST)
            else:
                whole = np.clip(np.round(rest[i]), -_LARGEST, _LARGEST)
                out[i] = np.clip(whole, -LARGEST_PAIR - out[i - 1], LARGEST_PAIR - out[i - 1])
            errors[i - start] = (rest[i] - out[i]) / passed[i, i]
            rest[i:end] -= np.outer(passed[i, i:end], errors[i - start])
        rest[end:] -= passed[start:end, end:].T @ errors
    return out


def _products(model: Any) -> dict[str, Product]:
    """Return the products with constant weights, by the name of the activations before they are rounded."""
    sources = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "DynamicQuantizeLinear"}
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    found: dict[str, Product] = {}
    for node in model.graph.node:
        if node.op_type == "MatMulInteger":
            name = node.input[1].removesuffix("_quantized")
            whole, scales = (onnx.numpy_helper.to_array(tensors[f"{name}_{part}"]) for part in ("quantized", "scale"))
            product = found.setdefault(sources[node.input[0]], Product())
            product.weights[name] = whole.astype(np.float64) * scales
    return found


def _observe(model: Any, products: dict[str, Product], shown: list[Window]) -> None:
    """Run the windows through the tagger in full precision and note in `products` what their activations hold."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it would warn of the 8-bit weights, which nothing uses here
    exact = _unquantised(model, products).SerializeToString()
    session = onnxruntime.InferenceSession(exact, options, providers=["CPUExecutionProvider"])
    opening, closing = tagging.window_ends()
    sums: dict[str, Any] = dict.fromkeys(products, 0)
    reached: dict[str, list[tuple[Any, Any]]] = {name: [] for name in products}
    for window in shown:
        ids, shapes = np.array([[opening, *window.ids, closing]]), np.array([[0, *window.shapes, 0]])
        for name, (values,) in zip(products, session.run(list(products), {"ids": ids, "shapes": shapes}), strict=True):
            sums[name] = sums[name] + (values.T @ values).astype(np.float64)
            reached[name].append((values.max(0), values.min(0)))
    pieces = sum(len(window.ids) + 2 for window in shown)
    for name, product in products.items():
        product.moments = sums[name] / pieces
        product.highest, product.lowest = (
            np.array(each, dtype=np.float64) for each in zip(*reached[name], strict=True)
        )


def _unquantised(model: Any, products: dict[str, Product]) -> Any:
    """Return a copy of `model` that multiplies in full precision and gives out the inputs of its products."""
    exact = onnx.ModelProto()
    exact.CopyFrom(model)
    sources = {weight: name for name, product in products.items() for weight in product.weights}
    users = {name: node for node in exact.graph.node for name in node.input}
    nodes = list(exact.graph.node)
    for node in exact.graph.node:
        if node.op_type == "MatMulInteger":
            weight = node.input[1].removesuffix("_quantized")
            cast = users[node.output[0]]
            scale = users[cast.output[0]]  # the result is cast, then multiplied with the scales
            nodes[nodes.index(node)] = onnx.helper.make_node("MatMul", [sources[weight], weight], scale.output)
            nodes.remove(cast)
            nodes.remove(scale)
    del exact.graph.node[:]
    exact.graph.node.extend(nodes)
    for name, product in products.items():
        exact.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
        for weight, values in product.weights.items():
            exact.graph.initializer.append(onnx.numpy_helper.from_array(values.astype(np.float32), weight))
    return exact


def _divisors(product: Product) -> Floats:
    """Return the number by which to divide each channel: of those by _REACHES, the ones with the least expected error."""
    reach = np.maximum(product.highest.max(0), -product.lowest.min(0))
    choices = [np.maximum(1.0, reach / (np.median(reach) * most)) for most in _REACHES]
    return min(choices, key=lambda divisors: _expected_error(product, divisors))


def _expected_error(product: Product, divisors: Floats) -> float:
    """Return the mean squared error of the products, as a share of their mean square, summed over the weight matrices.

    Rounding is off by a twelfth of the step squared on average.
    """
    highest = np.maximum((product.highest / divisors).max(1), 0)
    lowest = np.minimum((product.lowest / divisors).min(1), 0)
    step = np.mean(((highest - lowest) / 255) ** 2) / 12
    squares = (np.diag(product.moments) / divisors**2).sum()
    error = 0.0
    for values in product.weights.values():
        scaled = values * divisors[:, None]
        steps = (np.abs(scaled).max(0) / _LARGEST * 1.1) ** 2 / 12  # 1.1 for the bound on pairs
        error += (step * (scaled**2).sum() + steps.sum() * squares) / (values * (product.moments @ values)).sum()
    return float(error)


def _divide(model: Any, name: str, divisors: Floats) -> None:
    """Divide the activations `name` by `divisors` where they are rounded, and nowhere else."""
    if (divisors == 1).all():
        return
    nodes = model.graph.node
    at = next(i for i, node in enumerate(nodes) if node.op_type == "DynamicQuantizeLinear" and node.input[0] == name)
    factors = onnx.numpy_helper.from_array((1 / divisors).astype(np.float32), f"{name}_factors")
    model.graph.initializer.append(factors)
    nodes[at].input[0] = f"{name}_divided"
    nodes.insert(at, onnx.helper.make_node("Mul", [name, factors.name], [f"{name}_divided"], name=f"{name}_divided"))


def _scales(weights: Floats) -> Floats:
    """Return each column's scale: the one of _COARSER that loses least when pairs above the bound are reduced to it."""
    finest = np.abs(weights).max(0) / _LARGEST
    best: Floats = finest.copy()
    least = np.full(len(finest), np.inf)
    for factor in _COARSER:
        scales = finest * factor
        whole = weights / scales
        whole -= np.repeat(_excess(whole[0::2] + whole[1::2]) / 2, 2, axis=0)
        error = ((np.round(whole) * scales - weights) ** 2).sum(0)
        best[error < least] = scales[error < least]
        least = np.minimum(error, least)
    return best


def _excess(sums: Floats) -> Floats:
    """Return by how much each sum of a pair is above LARGEST_PAIR or below its negative; 0 within."""
    excess: Floats = sums - np.clip(sums, -LARGEST_PAIR, LARGEST_PAIR)
    return excess


def _store(tensor: Any, values: npt.NDArray[Any]) -> None:
    tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
