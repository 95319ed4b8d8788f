"""The learnt choice of speakers: its candidates, their features, and what it decides."""

from __future__ import annotations

import pytest

from api.extraction import attributions, choice, extract, tagging
from api.extraction.candidates import FEATURES, Candidate, Field
from api.extraction.speakers import Resolver
from tests import gold

TEXT = (
    "Harbour master Ida Maro shut the pier on Monday. “It is not safe,” she said.\n\n"
    "Tom Pell of the fish market disagreed. “It is safe,” he said, and the harbour master laughed."
)


def resolved(text: str) -> tuple[Resolver, tagging.Tagged]:
    """Return a text whose sources the rules have resolved, and what the tagger found in it."""
    tagged = tagging.tag(text)
    resolver = Resolver(text, attributions(text, None, tagged.tags), tagged.entities)
    resolver.apply_rules()
    return resolver, tagged


def candidates(resolver: Resolver) -> list[list[Candidate]]:
    """Return the candidates of each source."""
    field = Field(resolver.reading, resolver.names, resolver.focuses, resolver.attributions)
    drawn = dict(field.candidates(resolver.attributions, resolver.sources, resolver.order, resolver.links))
    return [drawn[number] for number in range(len(drawn))]


def test_candidates_are_named_in_reach_and_have_every_feature() -> None:
    resolver, _ = resolved(TEXT)
    drawn = candidates(resolver)
    assert [sorted(resolver.name(each.entity) for each in some) for some in drawn] == [
        ["Ida Maro", "Tom Pell"],
        ["Ida Maro", "Tom Pell"],
    ]
    assert {len(each.features) for some in drawn for each in some} == {len(FEATURES)}


@pytest.mark.parametrize(
    ("feature", "name", "value"),
    [
        ("male", "Tom Pell", 1.0),
        ("female", "Ida Maro", 1.0),
        ("organisation", "Ida Maro", 0.0),
        ("gender fits", "Tom Pell", 1.0),
        ("gender differs", "Ida Maro", 1.0),
        ("spoke last", "Ida Maro", 1.0),
        ("spoke last", "Tom Pell", 0.0),
        ("rules say so", "Tom Pell", 1.0),
        ("rules by pronoun", "Tom Pell", 1.0),
        ("rank", "Tom Pell", 0.0),
    ],
)
def test_feature_of_a_candidate(feature: str, name: str, value: float) -> None:
    resolver, _ = resolved(TEXT)
    [features] = [each.features for each in candidates(resolver)[1] if resolver.name(each.entity) == name]
    assert dict(zip(FEATURES, features, strict=True))[feature] == value


def test_choice_of_nothing() -> None:
    _, tagged = resolved(TEXT)
    assert choice.choose("choice", tagged.vectors, [], []) == []


def test_source_without_candidates_has_no_choice() -> None:
    resolver, tagged = resolved("“It is not safe,” she said.")
    assert choice.choose("choice", tagged.vectors, resolver.attributions, enumerate(candidates(resolver))) == [{}]


def test_choice_is_the_same_for_one_source_and_for_many() -> None:
    resolver, tagged = resolved(TEXT)
    drawn = candidates(resolver)
    together = choice.choose("choice", tagged.vectors, resolver.attributions, enumerate(drawn))
    alone = [
        choice.choose("choice", tagged.vectors, [one], [(0, some)])[0]
        for one, some in zip(resolver.attributions, drawn, strict=True)
    ]
    assert together == [pytest.approx(shares, abs=1e-4) for shares in alone]
    assert [max(shares, key=shares.__getitem__) for shares in together] == [resolver.links[i].entity for i in (0, 1)]
    assert all(0 <= share <= 1 for shares in together for share in shares.values())


def test_evidence_stays_short_over_many_pronouns() -> None:
    found = extract("Ida Maro said the pier was shut. " + "“It is not safe,” she said. " * 40)
    assert len(found.quotes) == 41
    assert {quote.speaker for quote in found.quotes} == {0}
    assert max(len(quote.evidence) for quote in found.quotes) <= 4
    assert {quote.evidence[-1].span for quote in found.quotes} == {found.speakers[0].mentions[0].span}


def test_she_is_nobody_known_to_be_a_man() -> None:
    checked = 0
    for article in list(gold.articles("a"))[:12]:
        resolver, tagged = resolved(article.text)
        resolver.choose(tagged.vectors)
        for link, source in zip(resolver.links, resolver.sources, strict=True):
            if link and source.kind == "pronoun" and source.gender in ("m", "f"):
                assert resolver.names.entities[link.entity].gender in ("", source.gender)
                checked += 1
    assert checked > 20
