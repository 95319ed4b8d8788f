"""Measure the engine's quotes, speakers and roles against annotated articles.

Every figure is a `Match`: of those that the engine gives and those that the annotation has, how many are right.

exact       A span is right when a gold span of the same part has both its ends.
overlap     The same over the characters that the spans of a part cover.
linked      A quote is right when its content overlaps a gold one's (Jaccard >= 0.5) and its source overlaps that one's
            source, or neither has one; each gold quote is used once. Such a pair is what follows is measured on.
speaker     Whether the speaker is right; where the annotation has none, giving none is right and giving one is wrong. In
            all, by how the source names the speaker, and `resolved`: pronouns, partial names and descriptions together.
kind, act, medium, role, said
            Whether it is the same; `role where stated` and `said where stated` leave out the pairs that have none in either.
attributed  End to end, of the engine's quotes of act speech that it gives a speaker, how many are paired with a gold quote of
            that speaker. One without a gold quote is wrong.
spoken      The same of all its quotes of act speech: to give no speaker is right where the gold quote has none, else wrong.

Exact, overlap and linked are those of the PolNeAR figures in docs/extraction.md, so that both can be compared.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from api.extraction import Extraction, Quote, Span, extract_many
from tests import gold

PARTS: tuple[gold.Part, ...] = ("source", "cue", "content")
RESOLVED = ("pronoun", "partial", "description")


@dataclass(frozen=True, slots=True)
class Match:
    """How many of the found and of the gold are right. Precision, recall, F1 and the share not given are 0 to 100."""

    right: int = 0
    found: int = 0
    gold: int = 0

    def __add__(self, other: Match) -> Match:
        return Match(self.right + other.right, self.found + other.found, self.gold + other.gold)

    @property
    def precision(self) -> float:
        """Return how many of the found are right."""
        return 100 * self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Return how many of the gold are found and right."""
        return 100 * self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        return 200 * self.right / (self.found + self.gold) if self.found + self.gold else 0.0

    @property
    def answered(self) -> float:
        """Return found to gold: how often an engine answers, where it may abstain."""
        return 100 * self.found / self.gold if self.gold else 0.0


Matches = Mapping[str, Match]


class Parts(Protocol):
    """Anything with spans of content, cue and source."""

    @property
    def content(self) -> Sequence[Span]: ...
    @property
    def cue(self) -> Sequence[Span]: ...
    @property
    def source(self) -> Sequence[Span]: ...


@dataclass(frozen=True, slots=True)
class Attribution:
    """A quote of PolNeAR, which says no more than its spans."""

    content: tuple[Span, ...]
    cue: tuple[Span, ...]
    source: tuple[Span, ...]


def measured(articles: Sequence[gold.Article]) -> Matches:
    """Return the engine's figures on gold articles."""
    found = extract_many((article.text, article.published) for article in articles)
    return total(match(article, extraction) for article, extraction in zip(articles, found, strict=True))


def measured_on_polnear(path: Path, chosen: Callable[[str], bool] = lambda _: True) -> Matches:
    """Return the engine's figures for spans on a split of PolNeAR (JSON lines), on the articles whose id is `chosen`.

    An article stands once for each of its annotators, and is measured against each.
    """
    with path.open(encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if chosen(row["id"])]
    texts = {row["id"]: (row["text"], date(row["published"])) for row in rows}
    found = {name: each.quotes for name, each in zip(texts, extract_many(texts.values()), strict=True)}
    return total(match_spans(list(attributions(row)), found[row["id"]]) for row in rows)


def date(written: str | None) -> dt.date | None:
    """Return the day of a date or time, if there is one."""
    return dt.date.fromisoformat(written[:10]) if written else None


def attributions(row: dict[str, Any]) -> Iterator[Attribution]:
    """Yield a PolNeAR article's attributions, their spans without white space at the ends."""
    for each in row["attributions"]:
        yield Attribution(**{part: trimmed(each[part], row["text"]) for part in PARTS})


def trimmed(spans: Iterable[Sequence[int]], text: str) -> tuple[Span, ...]:
    """Return spans without the white space at their ends, empty ones dropped."""
    found = []
    for start, end in spans:
        words = text[start:end]
        start += len(words) - len(words.lstrip())
        if words.strip():
            found.append(Span(start, start + len(words.strip())))
    return tuple(found)


def total(each: Iterable[Matches]) -> Matches:
    """Return the figures of many articles together."""
    sums: dict[str, Match] = defaultdict(Match)
    for matches in each:
        for name, match in matches.items():
            sums[name] += match
    return sums


def match(article: gold.Article, extraction: Extraction) -> Matches:
    """Return every figure of one article."""
    pairs = aligned(article.quotes, extraction.quotes)
    details = total(match_details(article.quotes[g], extraction.quotes[f], extraction) for g, f in pairs)
    return {**match_spans(article.quotes, extraction.quotes), **details, **match_speech(article, extraction)}


def match_spans(annotated: Sequence[Parts], found: Sequence[Parts]) -> Matches:
    """Return exact, overlap and linked."""
    matches = {}
    for part in PARTS:
        wanted = {span for quote in annotated for span in getattr(quote, part)}
        given = {span for quote in found for span in getattr(quote, part)}
        matches[f"exact {part}"] = Match(len(wanted & given), len(given), len(wanted))
        wanted_at, given_at = covered(wanted), covered(given)
        matches[f"overlap {part}"] = Match(len(wanted_at & given_at), len(given_at), len(wanted_at))
    with_content = [sum(1 for quote in quotes if quote.content) for quotes in (found, annotated)]
    matches["linked"] = Match(len(aligned(annotated, found)), *with_content)
    return matches


def aligned(annotated: Sequence[Parts], found: Sequence[Parts]) -> list[tuple[int, int]]:
    """Pair gold quotes with found ones: indices into `annotated` and `found`, in the gold's order."""
    candidates = []
    for f, quote in enumerate(found):
        content, source = covered(quote.content), covered(quote.source)
        for g, wanted in enumerate(annotated):
            wanted_content, wanted_source = covered(wanted.content), covered(wanted.source)
            both = len(content & wanted_content)
            if both and (source & wanted_source or not source | wanted_source):
                candidates.append((both / len(content | wanted_content), f, g))
    pairs: dict[int, int] = {}
    for jaccard, f, g in sorted(candidates, reverse=True):
        if jaccard >= 0.5 and g not in pairs and f not in pairs.values():
            pairs[g] = f
    return sorted(pairs.items())


def covered(spans: Iterable[Span]) -> set[int]:
    """Return the offsets of the characters in the spans."""
    return {at for start, end in spans for at in range(start, end)}


def match_details(wanted: gold.Quote, quote: Quote, extraction: Extraction) -> Matches:
    """Return what a pair agrees in."""
    name = speaker(quote, extraction)
    answered = Match(same_name(wanted.speaker, name), wanted.speaker is None or name is not None, 1)
    matches = {"speaker": answered, f"speaker by {wanted.how}": answered}
    if wanted.how in RESOLVED:
        matches["speaker resolved"] = answered
    for what in ("kind", "act", "medium", "said"):
        matches[what] = Match(getattr(wanted, what) == getattr(quote, what), 1, 1)
    office = role(quote, extraction)
    matches["role"] = Match(same_role(wanted.role, office), 1, 1)
    if wanted.role or office:
        matches["role where stated"] = matches["role"]
    if wanted.said or quote.said:
        matches["said where stated"] = matches["said"]
    return matches


def match_speech(article: gold.Article, extraction: Extraction) -> Matches:
    """Return whether each speech that the engine gives has the right speaker."""
    partner = {f: article.quotes[g] for g, f in aligned(article.quotes, extraction.quotes)}
    spoken = attributed = Match()
    for f, quote in enumerate(extraction.quotes):
        if quote.act == "speech":
            name = speaker(quote, extraction)
            each = Match(f in partner and same_name(partner[f].speaker, name), 1, 1)
            spoken += each
            attributed += each if name else Match()
    return {"attributed": attributed, "spoken": spoken}


def speaker(quote: Quote, extraction: Extraction) -> str | None:
    """Return the name of a found quote's speaker."""
    return None if quote.speaker is None else extraction.speakers[quote.speaker].name


def role(quote: Quote, extraction: Extraction) -> gold.Role | None:
    """Return the role in which a found quote's speaker speaks."""
    if quote.speaker is None or quote.role is None:
        return None
    found = extraction.speakers[quote.speaker].roles[quote.role]
    return gold.Role(found.title, found.organisation, found.country)


def same_name(one: str | None, other: str | None) -> bool:
    """Return True if both are one name, whatever its case and white space, or both none."""
    return folded(one) == folded(other)


def same_role(one: gold.Role | None, other: gold.Role | None) -> bool:
    """Return True if title, organisation and country are the same, whatever case and white space, or both are none."""
    return [folded(part) for part in one or ()] == [folded(part) for part in other or ()]


def folded(words: str | None) -> str | None:
    """Return a name or title in lower case and with single spaces."""
    return None if words is None else " ".join(words.casefold().split())
