"""Train the choice of speakers and of titles' holders: from annotated articles to choice.onnx, holders.onnx and `vectors`.

The tagger stays as it is. What its layers make of each piece is computed once, by the 8-bit model that extraction runs.
Learnt are a projection of that to a short vector, the tagger's output `vectors`, and two networks that score candidates and
"nobody" against each other. Their loss is that of choosing any right candidate (a listwise softmax: Cao et al., ICML 2007).

1. Learn a projection, with a choice of speakers that knows nothing of holders.
2. Learn from its vectors who holds titles. Articles of each quarter are answered by a network that has not seen them, so that
   the next step learns how far such answers can be trusted.
3. Learn the projection and the choice of speakers that extraction uses, with those answers.
4. Learn who holds titles from the vectors of that projection.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import tempfile
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnx.helper
import onnx.numpy_helper
import onnxruntime
import torch
from torch import Tensor, nn

from api.extraction import choice, speakers, tagging
from api.extraction import holders as titles
from api.extraction.attribution import attributions
from api.extraction.candidates import FEATURES, Candidate, Field
from api.extraction.spans import Attribution, Span
from api.extraction.tagging import Vectors

LAYERS = (1, 3, 5)  # of six, whose output the projection reads: the upper ones know labels, the lower ones words
WIDTH = 96  # numbers of a piece's vector: 48 MB for a text of a million characters
HIDDEN = 128
SEED = 0
PASSES = 6
RATE = 1e-3  # AdamW's highest
ARTICLES_A_STEP = 4
MEAN_DECAY = 0.995  # of the running mean of weights, which is kept (Polyak and Juditsky, 1992)
HELD_OUT = 8  # one article in so many is held out, to choose the least probability
FOLDS = 4  # networks that each answer the titles of articles that they have not seen
MAX_SOURCE = 80  # code points of a source whose speaker a title in it means
OVERLAP = 0.3  # of the characters of two contents, from which they are one
# Who speaks in 469 further articles of PolNeAR's training split (docs/annotation.md). It has none of their text.
OWN_LABELS = Path(__file__).with_name("speakers.jsonl")
_PLACE = "/tagger/encoder/encoder/layer.{}/output/LayerNorm/LayerNormalization_output_0"


@dataclass(frozen=True, slots=True)
class Source:
    """One attribution or title with its candidates, which of them are right, and whether the text names a right one at all.

    `sure` is False where "nobody" may be right too, and `weight` counts it in the loss.
    """

    attribution: Attribution
    candidates: list[Candidate]
    right: list[bool]
    named: bool
    sure: bool = True
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article: its sources, and what the tagger's layers make of its pieces ([pieces, layers x 384], half precision)."""

    name: str
    starts: list[int]
    states: npt.NDArray[np.float16]
    sources: list[Source]


Article = tuple[dict[str, Any], dict[str, Any]]
"""An annotated article with its labels."""


def load(folder: Path, part: str) -> Iterator[Article]:
    """Yield the articles of `folder`/`part`.jsonl that have labels in `folder`/speakers_`part`.jsonl or OWN_LABELS."""
    annotated: dict[tuple[str, Any], dict[str, Any]] = {}
    for article in _lines(folder / f"{part}.jsonl"):
        annotated[article["id"], article.get("annotator")] = article
    for labels in chain(_lines(folder / f"speakers_{part}.jsonl"), _lines(OWN_LABELS)):
        key = labels["id"], labels.get("annotator")
        if key in annotated:
            yield annotated.pop(key), labels


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


class Read:
    """A labelled article as extraction reads it, up to the choice, and what the tagger's layers make of its pieces."""

    def __init__(self, pair: Article, network: onnxruntime.InferenceSession) -> None:
        """Read an article with `network`, see `reader`."""
        self.article, self.labels = pair
        self.name, self.text = self.labels["id"], self.article["text"]
        self.tagged = tagging.tag(self.text)
        self.found = attributions(self.text, None, self.tagged.tags)
        pieces = tagging.pieces(self.text)
        self.starts, self.states = pieces.starts, layers(pieces, network)

    def resolver(self) -> speakers.Resolver:
        """Return the names and roles of the article, before any source is resolved."""
        return speakers.Resolver(self.text, self.found, self.tagged.entities)

    def titles(self, resolver: speakers.Resolver) -> tuple[list[titles.Title], list[list[Candidate]]]:
        """Return the titles that stand by themselves, and who may hold them."""
        asked = titles.titles(resolver.reading, resolver.roles, resolver.names)
        drawn = titles.candidates(asked, resolver.reading, resolver.names, resolver.focuses, self.found)
        return asked, [some for _, some in drawn]


def _names(resolver: speakers.Resolver) -> list[tuple[str, bool]]:
    """Return the name of each entity, and whether it is an organisation."""
    return [(resolver.name(i), entity.organisation) for i, entity in enumerate(resolver.names.entities)]


def with_sources(read: Read, holders: Iterable[tuple[int, int, float]] = ()) -> Labelled:
    """Return an article with the attributions that extraction finds in it, their candidates, and the labels of each.

    `holders` are the numbers of titles, the entities that hold them, and the probabilities.
    """
    resolver, found = read.resolver(), read.found
    asked = titles.titles(resolver.reading, resolver.roles, resolver.names)
    for number, entity, probability in holders:
        resolver.hold(titles.Holder(asked[number], entity, probability))
    resolver.apply_rules()
    names = _names(resolver)
    field = Field(resolver.reading, resolver.names, resolver.focuses, found)
    drawn = dict(field.candidates(found, resolver.sources, resolver.order, resolver.links))
    contents = [{i for span in each.content for i in range(*span)} for each in found]
    sources: dict[int, Source] = {}
    people = read.labels["speakers"]
    for label in read.labels["attributions"]:
        content = {i for start, end in read.article["attributions"][label["n"]]["content"] for i in range(start, end)}
        shares = [len(content & each) / max(1, len(content | each)) for each in contents]
        best = max(range(len(shares)), key=shares.__getitem__, default=0)
        if not shares or shares[best] < OVERLAP or best in sources or not drawn[best]:
            continue
        gold = [(people[i]["name"], people[i]["kind"] == "organisation") for i in label["speaker"]]
        right = [any(same(name, *names[each.entity], body) for name, body in gold) for each in drawn[best]]
        sources[best] = Source(found[best], drawn[best], right, bool(gold))
    return Labelled(read.name, read.starts, read.states, list(sources.values()))


def with_titles(read: Read) -> tuple[Labelled, list[int]]:
    """Return an article with its titles that stand by themselves and the labels of each, and the titles' numbers.

    A title is labelled where a role's span or the source of a labelled attribution holds it. Any other title of a word that
    labels somebody's role in the article may be that person's, or nobody's. All further titles are nobody's, if the article has
    labels of roles. A title that nothing is known of has no weight.
    """
    resolver, labels = read.resolver(), read.labels
    names = _names(resolver)
    roles, people = labels.get("roles") or [], labels["speakers"]
    of_head: dict[str, set[int]] = {}
    for role in roles:
        of_head.setdefault(_head(role["title"]), set()).add(role["person"])
    said = [
        (Span(*span), label["speaker"] if label["how"] == "description" else [])
        for label in labels["attributions"]
        if label["how"] == "description" or not label["speaker"]
        for span in read.article["attributions"][label["n"]]["source"]
        if span[1] - span[0] < MAX_SOURCE
    ]
    sources, numbers = [], []
    for number, (title, candidates) in enumerate(zip(*read.titles(resolver), strict=True)):
        if not candidates:
            continue
        span, sure, weight = resolver.reading.units[title.unit].span, True, 1.0
        holding = {each["person"] for each in roles if each["span"][0] < span.end and each["span"][1] > span.start}
        spoken = [speaker for each, speaker in said if each.start <= span.start and span.end <= each.end]
        if not holding and spoken:
            holding = set(spoken[0])
        elif not holding:
            holding = of_head.get(_head(title.office.title), set())
            sure, weight = not holding, float(bool(roles))
        gold = [people[i]["name"] for i in holding if people[i]["kind"] == "person"]
        right = [any(same(name, names[each.entity][0], False, False) for name in gold) for each in candidates]
        sources.append(Source(title.asked, candidates, right, bool(gold), sure, weight))
        numbers.append(number)
    return Labelled(read.name, read.starts, read.states, sources), numbers


def _head(title: str) -> str:
    """Return the last word of a title before "of" and the like, in the singular: "former President of France" -> president."""
    words = re.split(r"\b(?:of|for|at|to)\b", title.lower().replace(".", ""))[0].split()
    return words[-1].removesuffix("s") if words else ""


def same(gold: str, name: str, organisation: bool, body: bool) -> bool:
    """Return whether two names mean one: of bodies a short form or the initials will do."""
    one, other = _words(gold), _words(name)
    if not one or not other:
        return False
    if (set(one) <= set(other) or set(other) <= set(one)) and one[-1] == other[-1]:
        return True
    short, long = sorted((one, other), key=len)
    return organisation and body and (long[: len(short)] == short or short == ["".join(word[0] for word in long)])


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.replace("’", "'")).encode("ascii", "ignore").decode().lower()
    return [
        word
        for word in re.findall(r"[a-z0-9]+", re.sub(r"'s\b", "", plain))
        if word not in ("the", "mr", "mrs", "ms", "dr")
    ]


def reader(path: Path) -> onnxruntime.InferenceSession:
    """Return the tagger at `path` with the outputs of LAYERS."""
    model = onnx.load(path)
    for layer in LAYERS:
        model.graph.output.append(
            onnx.helper.make_tensor_value_info(_PLACE.format(layer), onnx.TensorProto.FLOAT, [1, "piece", 384])
        )
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def layers(pieces: tagging.Pieces, network: onnxruntime.InferenceSession) -> npt.NDArray[np.float16]:
    """Return what LAYERS of the tagger make of each piece."""
    opening, closing = tagging.window_ends()
    out = np.zeros((len(pieces.ids), 384 * len(LAYERS)), dtype=np.float16)
    for a, b in pieces.windows:
        inputs = {
            "ids": np.array([[opening, *pieces.ids[a:b], closing]]),
            "shapes": np.array([[0, *pieces.shapes[a:b], 0]]),
        }
        states = network.run([_PLACE.format(layer) for layer in LAYERS], inputs)
        out[a:b] = np.concatenate([each[0, 1:-1] for each in states], axis=1)
    return out


class Projection(nn.Module):
    """Makes a piece's vector of what LAYERS make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.3)  # of 0.1, 0.3 and 0.5 the best on held-out articles
        self.linear = nn.Linear(384 * len(LAYERS), WIDTH)

    def forward(self, states: Tensor) -> Tensor:
        """Return [pieces, WIDTH] of [pieces, layers x 384]."""
        vectors: Tensor = self.linear(self.drop(states))
        return vectors


class Chooser(nn.Module):
    """Scores the candidates of sources, and nobody. choice.py says what goes in."""

    mean: Tensor
    spread: Tensor

    def __init__(self, mean: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.missing = nn.Parameter(torch.zeros(2, WIDTH))  # stands for a source or cue that is not there
        self.source = nn.Linear(choice.PARTS * WIDTH, HIDDEN)
        self.mention = nn.Linear(2 * WIDTH, HIDDEN)
        self.pair = nn.Linear(HIDDEN, HIDDEN)
        self.features = nn.Sequential(nn.Linear(len(FEATURES), 64), nn.GELU(), nn.Dropout(0.1), nn.Linear(64, HIDDEN))
        self.of_source = nn.Linear(HIDDEN, HIDDEN)
        self.of_mention = nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.of_pair = nn.Linear(2 * HIDDEN, HIDDEN, bias=False)
        self.score = nn.Sequential(nn.GELU(), nn.Dropout(0.1), nn.Linear(HIDDEN, 1))
        self.direct = nn.Linear(len(FEATURES), 1)
        self.nobody = nn.Sequential(nn.Linear(HIDDEN, 64), nn.GELU(), nn.Linear(64, 1))

    def forward(
        self,
        parts: Tensor,
        present: Tensor,
        mentions: Tensor,
        mention_rows: Tensor,
        mention_candidates: Tensor,
        of_quote: Tensor,
        features: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return the score of each candidate, and of nobody for each source."""
        missing = torch.cat([self.missing, torch.zeros(2, WIDTH)])
        source = torch.tanh(self.source((parts + (1 - present)[:, :, None] * missing).flatten(1)))
        mention = torch.tanh(self.mention(mentions))
        given = ((features - self.mean) / self.spread).clamp(-5, 5)
        direct = self.direct(given).squeeze(1)
        asked = of_quote[mention_candidates]
        pairs = torch.cat([source[asked] * mention[mention_rows], self.pair(source)[asked] * mention[mention_rows]], 1)
        inner = self.of_source(source)[asked] + self.of_mention(mention)[mention_rows] + self.of_pair(pairs)
        scores = self.score(inner + self.features(given)[mention_candidates]).squeeze(1)
        lowest = torch.full_like(direct, -1e4)
        best = torch.scatter_reduce(lowest, 0, mention_candidates, scores, "amax", include_self=True)
        named = torch.zeros_like(direct).scatter(0, mention_candidates, torch.ones_like(scores))
        return torch.where(named > 0, best, torch.zeros_like(best)) + direct, self.nobody(source).squeeze(1)


INPUTS = ["parts", "present", "mentions", "mention_rows", "mention_candidates", "of_quote", "features"]


class Places:
    """An article as tensors: the pieces of each part and mention, the features, and which candidates are right."""

    def __init__(self, article: Labelled) -> None:
        vectors = Vectors(article.starts, 0)
        ranges: list[tuple[int, int]] = []  # of the parts and mentions
        seen: dict[Span, int] = {}
        parts: list[list[Span | None]] = []
        rows, candidates, of_quote, right = [], [], [], []
        features: list[tuple[float, ...]] = []
        spans: list[Span] = []
        for place, source in enumerate(article.sources):
            parts.append(choice.parts(source.attribution))
            for candidate, is_right in zip(source.candidates, source.right, strict=True):
                for span in candidate.mentions:
                    if span not in seen:
                        seen[span] = len(spans)
                        spans.append(span)
                    rows.append(seen[span])
                    candidates.append(len(features))
                features.append(candidate.features)
                of_quote.append(place)
                right.append(is_right)
        ranges = [vectors.range_of(span or Span(0, 1)) for each in parts for span in each]
        self.parts = torch.tensor(ranges).view(-1, choice.PARTS, 2)
        self.present = torch.tensor([[float(span is not None) for span in each] for each in parts])
        self.spans = torch.tensor([vectors.range_of(span) for span in spans] or [(0, 1)])
        self.mention_rows = torch.tensor(rows, dtype=torch.long)
        self.mention_candidates = torch.tensor(candidates, dtype=torch.long)
        self.of_quote = torch.tensor(of_quote)
        self.features = torch.tensor(features, dtype=torch.float32)
        self.right = torch.tensor(right)
        self.named = [source.named for source in article.sources]
        self.unsure = torch.tensor([float(not source.sure) for source in article.sources])
        self.weights = torch.tensor([source.weight for source in article.sources])
        self.entities = [candidate.entity for source in article.sources for candidate in source.candidates]
        self.states = torch.from_numpy(article.states)
        self.name = article.name

    def inputs(self, vectors: Tensor) -> tuple[Tensor, ...]:
        """Return what the chooser reads, with the vectors of the article's pieces."""
        sums = torch.cat([torch.zeros(1, WIDTH), vectors.cumsum(0)])
        parts = _means(sums, self.parts.flatten(0, 1)).view(-1, choice.PARTS, WIDTH) * self.present[:, :, None]
        mentions = torch.cat([_means(sums, self.spans), vectors[self.spans[:, 1] - 1]], 1)
        return (
            *(parts, self.present, mentions, self.mention_rows, self.mention_candidates, self.of_quote, self.features),
        )


def _means(sums: Tensor, ranges: Tensor) -> Tensor:
    return (sums[ranges[:, 1]] - sums[ranges[:, 0]]) / (ranges[:, 1] - ranges[:, 0])[:, None]


def log_shares(best: Tensor, nobody: Tensor, of_quote: Tensor) -> tuple[Tensor, Tensor]:
    """Return the log probabilities of the candidates, and of nobody for each source."""
    top = torch.scatter_reduce(nobody.detach(), 0, of_quote, best.detach(), "amax", include_self=True)
    total = torch.scatter_add(torch.exp(nobody - top), 0, of_quote, torch.exp(best - top[of_quote]))
    norm = top + torch.log(total)
    return best - norm[of_quote], nobody - norm


def loss(chooser: Chooser, projection: nn.Module, article: Places) -> Tensor:
    """Return the negative log probability of a right answer, summed over the sources of an article."""
    best, nobody = chooser(*article.inputs(projection(article.states.float())))
    shares, none = log_shares(best, nobody, article.of_quote)
    answered = torch.zeros_like(nobody).scatter_add(0, article.of_quote, article.right.float())
    mass = torch.scatter_add(article.unsure * torch.exp(none), 0, article.of_quote, torch.exp(shares) * article.right)
    return -(article.weights * torch.where(answered > 0, torch.log(mass.clamp_min(1e-9)), none)).sum()


def table(chooser: Chooser, projection: nn.Module, articles: Iterable[Places]) -> str:
    """Return how many named speakers would be right and wrong, and unnamed ones named, at several least probabilities."""
    counts: dict[float, Counter[str]] = {}
    with torch.no_grad():
        for article in articles:
            best, nobody = chooser(*article.inputs(projection(article.states.float())))
            shares, _ = log_shares(best, nobody, article.of_quote)
            for place, named in enumerate(article.named):
                if not article.weights[place]:
                    continue
                own = (article.of_quote == place).nonzero().squeeze(1)
                top = own[shares[own].argmax()]
                for least in (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8):
                    count = counts.setdefault(least, Counter())
                    given = float(shares[top].exp()) >= least
                    right = bool(article.right[top])
                    count["named" if named else "unnamed"] += 1
                    count["right"] += given and named and right
                    count["wrong"] += given and named and not right
                    count["false"] += given and not named
    return "\n".join(
        f"at least {least:.2f}: right {100 * count['right'] / count['named']:.1f}, "
        f"wrong {100 * count['wrong'] / count['named']:.1f} of {count['named']} named; "
        f"false {100 * count['false'] / max(1, count['unnamed']):.1f} of {count['unnamed']}"
        for least, count in counts.items()
    )


def train(articles: list[Places], projection: nn.Module, tested: dict[str, list[Places]], seed: int = SEED) -> Chooser:
    """Return the chooser learnt from `articles`, together with `projection`. Prints `tested` at the end. Takes minutes."""
    torch.manual_seed(seed)
    articles = list(articles)
    chance = random.Random(seed)  # noqa: S311 - an order of articles, no secret
    every = torch.cat([article.features for article in articles])
    chooser = Chooser(every.mean(0), every.std(0) + 1e-2)
    weights = [each for each in (*chooser.parameters(), *projection.parameters()) if each.requires_grad]
    kept = [weight.detach().clone() for weight in weights]
    optimizer = torch.optim.AdamW(weights, lr=RATE, weight_decay=0.01)
    steps = PASSES * (len(articles) // ARTICLES_A_STEP)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / 40, max(0.02, 1 - step / steps))
    )
    done = 0
    for number in range(PASSES):
        chance.shuffle(articles)
        chooser.train()
        projection.train()
        total = count = 0.0
        for start in range(0, len(articles) - ARTICLES_A_STEP + 1, ARTICLES_A_STEP):
            some = articles[start : start + ARTICLES_A_STEP]
            lost = torch.stack([loss(chooser, projection, article) for article in some]).sum()
            sources = max(1.0, float(sum(article.weights.sum() for article in some)))
            total, count = total + float(lost.detach()), count + sources
            (lost / sources).backward()  # type: ignore[no-untyped-call]  # PyTorch has no types for it
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            done += 1
            decay = min(MEAN_DECAY, done / (done + 10))
            for mean, weight in zip(kept, weights, strict=True):
                mean.mul_(decay).add_(weight.detach(), alpha=1 - decay)
        print(f"pass {number + 1} of {PASSES}: loss {total / count:.3f}", flush=True)
    with torch.no_grad():
        for mean, weight in zip(kept, weights, strict=True):
            weight.copy_(mean)
    chooser.eval()
    projection.eval()
    for name, each in tested.items():
        print(f"{name}\n{table(chooser, projection, each)}", flush=True)
    return chooser


def is_held_out(name: str) -> bool:
    """Return whether an article is held out, by a hash of its id."""
    return hashlib.sha256(name.encode()).digest()[5] % HELD_OUT == 0


def fold(name: str) -> int:
    """Return which of FOLDS an article belongs to, by a hash of its id."""
    return hashlib.sha256(name.encode()).digest()[6] % FOLDS


def answers(chooser: Chooser, projection: nn.Module, article: Places) -> list[tuple[int, float]]:
    """Return the most probable entity of each title of an article, and its probability."""
    with torch.no_grad():
        best, nobody = chooser(*article.inputs(projection(article.states.float())))
        shares, _ = log_shares(best, nobody, article.of_quote)
    found = []
    for place in range(len(article.named)):
        own = (article.of_quote == place).nonzero().squeeze(1)
        top = int(own[shares[own].argmax()])
        found.append((article.entities[top], float(shares[top].exp())))
    return found


def choose(folders: list[Path], model: Path) -> None:
    """Train on `folders`, each with train.jsonl and speakers_train.jsonl; write choice.onnx, holders.onnx and the vectors."""
    network = reader(model / "tagger.onnx")
    parts = {folder: {part: list(load(folder, part)) for part in ("train", "dev")} for folder in folders}
    learnt = [Read(pair, network) for each in parts.values() for pair in each["train"]]
    tested = {folder: [Read(pair, network) for pair in each["dev"]] for folder, each in parts.items()}
    everything = [*learnt, *(read for reads in tested.values() for read in reads)]
    held = {read.name for read in learnt if is_held_out(read.name)}
    unseen = held | {read.name for reads in tested.values() for read in reads}
    asked: dict[str, tuple[Places, list[int]]] = {}
    for read in everything:
        labelled, numbers = with_titles(read)
        if numbers:
            asked[read.name] = Places(labelled), numbers

    first = Projection()
    train(
        [Places(each) for read in learnt if read.name not in held and (each := with_sources(read)).sources], first, {}
    )
    first.requires_grad_(requires_grad=False)
    said: dict[str, list[tuple[int, int, float]]] = {}
    for number in range(FOLDS):
        known = [places for name, (places, _) in asked.items() if name not in unseen and fold(name) != number]
        chooser = train(known, first, {})
        for name, (places, numbers) in asked.items():
            if fold(name) == number:
                given = zip(numbers, answers(chooser, first, places), strict=True)
                said[name] = [(title, *each) for title, each in given if each[1] >= speakers.MIN_MEANT]

    def answered(reads: Iterable[Read]) -> list[Places]:
        """Return the articles that have sources, with the holders of their titles."""
        return [Places(each) for read in reads if (each := with_sources(read, said.get(read.name, ()))).sources]

    projection = Projection()
    checked = {"held out": answered(read for read in learnt if read.name in held)}
    checked |= {f"{folder.name} dev": answered(reads) for folder, reads in tested.items()}
    write(train(answered(read for read in learnt if read.name not in held), projection, checked), model / "choice.onnx")
    add_vectors(model / "tagger.onnx", projection)
    projection.requires_grad_(requires_grad=False)
    known = [places for name, (places, _) in asked.items() if name not in unseen]
    checked = {"titles held out": [places for name, (places, _) in asked.items() if name in held]}
    write(train(known, projection, checked), model / "holders.onnx")


def write(chooser: Chooser, path: Path) -> None:
    """Write a network in ONNX to `path`."""
    example = (
        *(torch.zeros(2, choice.PARTS, WIDTH), torch.ones(2, choice.PARTS), torch.zeros(5, 2 * WIDTH)),
        *(torch.tensor([0, 1, 2, 3, 4, 0]), torch.tensor([0, 0, 1, 2, 3, 3]), torch.tensor([0, 0, 1, 1])),
        torch.zeros(4, len(FEATURES)),
    )
    sizes = dict(zip(INPUTS, ("quote", "quote", "mention", "use", "use", "candidate", "candidate"), strict=True))
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of shapes that are constant here
        written = Path(scratch) / path.name
        torch.onnx.export(
            chooser,
            example,
            str(written),
            input_names=INPUTS,
            output_names=["best", "nobody"],
            opset_version=18,
            dynamic_axes={name: {0: size} for name, size in sizes.items()},
            dynamo=False,
        )
        written.rename(path)


def add_vectors(path: Path, projection: Projection) -> None:
    """Give the tagger at `path` the output `vectors`, in place of one that it has."""
    model = onnx.load(path)
    graph = model.graph
    for kind in (graph.node, graph.initializer, graph.output):
        for each in [each for each in kind if each.name.startswith("vectors")]:
            kind.remove(each)
    weight, bias = (each.detach().numpy() for each in (projection.linear.weight, projection.linear.bias))
    graph.initializer.append(onnx.numpy_helper.from_array(np.ascontiguousarray(weight.T), "vectors.weight"))
    graph.initializer.append(onnx.numpy_helper.from_array(bias, "vectors.bias"))
    layers = [_PLACE.format(layer) for layer in LAYERS]
    make = onnx.helper.make_node
    graph.node.append(make("Concat", layers, ["vectors.layers"], name="vectors.layers", axis=2))
    graph.node.append(make("MatMul", ["vectors.layers", "vectors.weight"], ["vectors.product"], name="vectors.product"))
    graph.node.append(make("Add", ["vectors.product", "vectors.bias"], ["vectors"], name="vectors.sum"))
    graph.output.append(onnx.helper.make_tensor_value_info("vectors", onnx.TensorProto.FLOAT, [1, "piece", WIDTH]))
    onnx.checker.check_model(model)
    onnx.save(model, path)
