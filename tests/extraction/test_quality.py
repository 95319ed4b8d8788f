"""Check the gold articles, the measures, and the engine's figures against their floors."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest

from api.extraction import Extraction, Quote, Role, Span, Speaker, extract_many
from tests import SHARED, gold
from tests.bench.quality import errors
from tests.quality import (
    RESOLVED,
    Attribution,
    Match,
    Matches,
    aligned,
    match,
    measured,
    measured_on_polnear,
    same_name,
    speaker,
)

# Floors under the engine's figures, as tests/quality.py explains them: each is what was measured, rounded down to a whole
# point. They rise with the model and the rules, and are never lowered silently: a lower one needs its reason in the commit.
# PolNeAR's are half a point lower still: processors with 8-bit products round otherwise than those without.
FLOORS = [  # figure, measure, floor on set a, floor on set b (held out)
    ("exact source", "f1", 97, 97),
    ("exact cue", "f1", 95, 94),
    ("exact content", "f1", 96, 94),
    ("overlap content", "f1", 98, 97),
    ("linked", "f1", 96, 95),
    ("speaker", "precision", 98, 97),
    ("speaker", "answered", 97, 91),
    ("speaker resolved", "precision", 98, 96),
    ("speaker resolved", "answered", 96, 88),
    ("attributed", "precision", 97, 93),
    ("spoken", "precision", 94, 85),
    ("kind", "precision", 100, 99),
    ("act", "precision", 99, 98),
    ("medium", "precision", 99, 99),
    ("role", "precision", 97, 83),
    ("role where stated", "precision", 96, 78),
    ("said", "precision", 99, 98),
    ("said where stated", "precision", 92, 87),
]
POLNEAR_FLOORS = [  # figure, measure, floor on the sample
    ("exact source", "f1", 85),
    ("exact cue", "f1", 74),
    ("exact content", "f1", 70),
    ("overlap content", "f1", 91),
    ("linked", "f1", 78),
]
MIN_QUOTES = 15  # in a tenth of confidence: the share of fewer says nothing
POLNEAR = SHARED / "polnear" / "dev.jsonl"

HARBOUR = """\
published: 2024-05-03
title: Lund harbour shuts its pier

=== text
LUND, Sweden - {1:Ida Maro, the harbour master,} <1:said> on Thursday [1:that the pier was shut].

[2:"It will open,"] {2,3:she} <2:said>, [2:"in May,"] and <3:hoped> [3:for calm]. {4:Officials} <4:said> [4:it was late].
=== quotes
1 | Ida Maro | full | indirect speech | harbour master; -; - | 2024-05-02
2 | Ida Maro | pronoun | direct speech post | harbour master; Lund Harbour Board; SE | -
3 | Ida Maro | pronoun | indirect attitude | - | -
4 | - | unnamed | indirect speech | - | -
"""


def test_parses_an_article(tmp_path: Path) -> None:
    path = tmp_path / "a01-pier.txt"
    path.write_text(HARBOUR, encoding="utf-8")
    (article,) = gold.articles("a", tmp_path)
    assert (article.name, article.published, article.title) == (
        "a01-pier",
        dt.date(2024, 5, 3),
        "Lund harbour shuts its pier",
    )
    assert article.text == (
        "LUND, Sweden - Ida Maro, the harbour master, said on Thursday that the pier was shut.\n\n"
        '"It will open," she said, "in May," and hoped for calm. Officials said it was late.'
    )
    quotes = [
        [[span.of(article.text) for span in spans] for spans in (each.source, each.cue, each.content)]
        for each in article.quotes
    ]
    assert quotes == [
        [["Ida Maro, the harbour master,"], ["said"], ["that the pier was shut"]],
        [["she"], ["said"], ['"It will open,"', '"in May,"']],
        [["she"], ["hoped"], ["for calm"]],
        [["Officials"], ["said"], ["it was late"]],
    ]
    details = [
        (each.speaker, each.how, each.kind, each.act, each.medium, each.role, each.said) for each in article.quotes
    ]
    assert details == [
        ("Ida Maro", "full", "indirect", "speech", "speech", ("harbour master", None, None), dt.date(2024, 5, 2)),
        ("Ida Maro", "pronoun", "direct", "speech", "post", ("harbour master", "Lund Harbour Board", "SE"), None),
        ("Ida Maro", "pronoun", "indirect", "attitude", "speech", None, None),
        (None, "unnamed", "indirect", "speech", "speech", None, None),
    ]


@pytest.mark.parametrize(
    ("words", "instead", "reason"),
    [
        ("=== text\n", "", "needs the lines"),
        ("=== quotes\n", "=== quotes\n=== quotes\n", "needs the lines"),
        ("published: ", "", "needs .published: DATE."),
        ("2024-05-03", "2024-05-33", "day"),
        ("<2:said>", "<2:said", "a mark inside a mark"),
        ("<2:said>", "<2:said]", "a mark closed that is not open"),
        ("<2:said>", "2:said>", "a mark closed that is not open"),
        ("<2:said>", "<said>", "a mark without a number"),
        ("{1:Ida Maro,", "{1:[1:Ida] Maro,", "a mark inside a mark"),
        ("late].", "late.", "a mark never closed"),
        ("<2:said>", "<2:said >", "white space"),
        ("<2:said>", "<2:>", "white space"),
        ("and <3:hoped>", "<3:and\n\nhoped>", "over the end of a line"),
        ("[4:it was late]", "it was late", "quote 4 has no content"),
        ("[1:that", "[5:that", "without a row: .5."),
        ("4 | -", "5 | -", "row 4 has the number 5"),
        ("{4:Officials} <4:said> [4:it was late]", "Officials said it was late", "quote 4 has a row and no marks"),
        ("4 | - | unnamed | indirect speech | - | -\n", "", "without a row: .4."),
        ("4 | - | unnamed", "4 | unnamed", "5 fields instead of 6"),
        ("1 | Ida Maro", "1 | Ida Pell", "does not stand in the text"),
        ("1 | Ida Maro | full", "1 | Ida Maro | whole", "unknown words"),
        ("direct speech post", "straight speech post", "unknown words"),
        ("direct speech post", "direct post", "unknown words"),
        ("direct speech post", "direct speech tweet", "unknown words"),
        ("1 | Ida Maro | full", "1 | - | full", "how is full, and the speaker -"),
        ("1 | Ida Maro | full", "1 | Ida Maro | unnamed", "how is unnamed, and the speaker Ida Maro"),
        ("{4:Officials}", "Officials", "how is unnamed, and it has 0 sources"),
        ("4 | - | unnamed", "4 | - | none", "how is none, and it has 1 sources"),
        ("harbour master; -; -", "harbour master", "a role is title; organisation; country"),
        ("Lund Harbour Board; SE", "Lund Harbour Board; UK", "no country 'UK'"),
        ("2024-05-02", "2024-05-04", "said after the article was published"),
    ],
)
def test_refuses_a_malformed_article(words: str, instead: str, reason: str, tmp_path: Path) -> None:
    assert words in HARBOUR
    path = tmp_path / "a01-pier.txt"
    path.write_text(HARBOUR.replace(words, instead, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"\Aa01-pier\.txt: .*{reason}"):
        gold.read(path)


def test_selects_sets_by_first_letter(tmp_path: Path) -> None:
    for name in ("b01-crane", "a02-pier", "a01-pier"):
        (tmp_path / f"{name}.txt").write_text(HARBOUR, encoding="utf-8")
    read = {names: [article.name for article in gold.articles(names, tmp_path)] for names in ("a", "b", "")}
    assert read == {"a": ["a01-pier", "a02-pier"], "b": ["b01-crane"], "": ["a01-pier", "a02-pier", "b01-crane"]}


def attribution(content: str, source: str = "") -> Attribution:
    """Return a quote of one span a part, each given as "start-end"."""

    def spans(written: str) -> tuple[Span, ...]:
        return (Span(*map(int, written.split("-"))),) if written else ()

    return Attribution(spans(content), (), spans(source))


@pytest.mark.parametrize(
    ("annotated", "found", "pairs"),
    [
        ([("0-10", "11-14")], [("0-10", "11-14")], [(0, 0)]),
        ([("0-10", "11-14")], [("0-5", "11-14")], [(0, 0)]),  # half of the content
        ([("0-10", "11-14")], [("0-4", "11-14")], []),
        ([("0-10", "11-14")], [("0-10", "13-20")], [(0, 0)]),  # sources that overlap
        ([("0-10", "11-14")], [("0-10", "15-20")], []),
        ([("0-10", "11-14")], [("0-10", "")], []),
        ([("0-10", "")], [("0-10", "")], [(0, 0)]),
        ([("0-10", "")], [("0-10", "11-14")], []),
        ([("0-10", "")], [("0-6", ""), ("0-9", "")], [(0, 1)]),  # the best, and each once
        ([("0-10", ""), ("0-9", "")], [("0-9", "")], [(1, 0)]),
        ([("", "11-14")], [("", "11-14")], []),
    ],
)
def test_aligned(annotated: list[tuple[str, str]], found: list[tuple[str, str]], pairs: list[tuple[int, int]]) -> None:
    assert aligned([attribution(*each) for each in annotated], [attribution(*each) for each in found]) == pairs


@pytest.fixture
def harbour() -> tuple[gold.Article, Extraction]:
    """Return the article above and an extraction of it that is partly right."""
    article = gold.parse("a01-pier", HARBOUR)

    def spans(*words: str) -> tuple[Span, ...]:
        return tuple(Span(at := article.text.index(each), at + len(each)) for each in words if each)

    def quote(source: str, cue: str, *content: str, speaker: int | None, said: dt.date | None = None) -> Quote:
        return Quote(
            kind="indirect",
            medium="speech",
            act="speech",
            text="",
            said=said,
            content=spans(*content),
            cue=spans(cue),
            source=spans(source),
            speaker=speaker,
            role=None if speaker is None else 0,
            confidence=0.9,
            evidence=(),
        )

    master = Role("Harbour Master", None, None, Span(0, 1))
    people = tuple(Speaker(name, "person", None, (), (master,)) for name in ("ida  MARO", "Officials"))
    quotes = (
        quote("Ida Maro", "said", "that the pier was shut", speaker=0, said=dt.date(2024, 5, 2)),
        quote("she", "said,", '"It will open,"', '"in May,"', speaker=None),
        quote("", "hoped", "for calm", speaker=0),  # the gold quote has a source
        quote("Officials", "Officials", "it was late", speaker=1),
    )
    return article, Extraction(people, quotes)


def test_match(harbour: tuple[gold.Article, Extraction]) -> None:
    # Right, found, gold.
    assert match(*harbour) == {
        "exact source": Match(2, 3, 3),
        "exact cue": Match(2, 4, 4),
        "exact content": Match(5, 5, 5),
        "overlap source": Match(8 + 3 + 9, 8 + 3 + 9, 29 + 3 + 9),
        "overlap cue": Match(4 + 4 + 5, 4 + 5 + 5 + 9, 4 + 4 + 5 + 4),
        "overlap content": Match(22 + 15 + 9 + 8 + 11, 65, 65),
        "linked": Match(3, 4, 4),
        "speaker": Match(1, 2, 3),
        "speaker by full": Match(1, 1, 1),
        "speaker by pronoun": Match(0, 0, 1),
        "speaker by unnamed": Match(0, 1, 1),
        "speaker resolved": Match(0, 0, 1),
        "kind": Match(2, 3, 3),
        "act": Match(3, 3, 3),
        "medium": Match(2, 3, 3),
        "said": Match(3, 3, 3),
        "said where stated": Match(1, 1, 1),
        "role": Match(1, 3, 3),
        "role where stated": Match(1, 3, 3),
        "attributed": Match(1, 3, 3),
        "spoken": Match(1, 4, 4),
    }


def test_errors(harbour: tuple[gold.Article, Extraction]) -> None:
    assert [(number, what) for number, what, _, _ in errors(*harbour)] == [
        ("1", "spans"),
        ("2", "spans"),
        ("2", "speaker"),
        ("2", "role"),
        ("2", "kind"),
        ("2", "medium"),
        ("3", "missed"),
        ("4", "spans"),
        ("4", "speaker"),
        ("4", "role"),
        ("-", "extra"),
    ]
    assert ("3", "missed", "{she} <hoped> [for calm]", "<hoped> [for calm]") in errors(*harbour)
    assert ("2", "role", "harbour master; Lund Harbour Board; SE", "-") in errors(*harbour)


def test_enough_gold_articles() -> None:
    articles = list(gold.articles(""))
    quotes = [quote for article in articles for quote in article.quotes]
    assert {article.name[0] for article in articles} == {"a", "b"}
    assert len(articles) >= 40
    assert len(quotes) >= 250
    assert sum(1 for quote in quotes if quote.how in RESOLVED) >= 150


def short(matches: Matches, floors: list[tuple[str, str, int]]) -> list[str]:
    """Return the figures that are below their floors, each with both."""
    below = []
    for figure, measure, floor in floors:
        value = getattr(matches[figure], measure)
        if value < floor:
            below.append(f"{figure} {measure}: {value:.2f} < {floor}")
    return below


def test_names_figures_below_their_floor() -> None:
    matches = {"linked": Match(right=3, found=4, gold=6)}  # precision 75, F1 60
    assert short(matches, [("linked", "precision", 75), ("linked", "f1", 61)]) == ["linked f1: 60.00 < 61"]


# All floors of a set stand in one test, so that the set is measured once, however many processes share the tests.
@pytest.mark.parametrize(("names", "column"), [("a", 0), ("b", 1)])
def test_floors_on_the_gold_articles(names: str, column: int) -> None:
    floors = [(figure, measure, both[column]) for figure, measure, *both in FLOORS]
    assert short(measured(list(gold.articles(names))), floors) == []


def test_confidence_is_calibrated_on_the_gold_articles() -> None:
    """Hold the share of right quotes, speaker included, against each tenth of confidence (docs/extraction.md)."""
    articles = list(gold.articles(""))
    tenths: dict[int, list[bool]] = {}
    for article, extraction in zip(articles, extract_many((a.text, a.published) for a in articles), strict=True):
        gold_of = {found: wanted for wanted, found in aligned(article.quotes, extraction.quotes)}
        for number, quote in enumerate(extraction.quotes):
            wanted = article.quotes[gold_of[number]] if number in gold_of else None
            right = wanted is not None and same_name(wanted.speaker, speaker(quote, extraction))
            tenths.setdefault(min(9, int(10 * quote.confidence)), []).append(right)
    shares = {tenth: sum(right) / len(right) for tenth, right in tenths.items() if len(right) >= MIN_QUOTES}
    assert set(shares) >= {5, 6, 7, 8, 9}
    assert {tenth: share for tenth, share in shares.items() if share < tenth / 10} == {}


def sampled(name: str) -> bool:
    """Return True if an article is one of the 18 of PolNeAR's 84 development articles that are measured here."""
    return hashlib.sha256(name.encode()).digest()[0] % 4 == 0


@pytest.mark.shared
def test_floors_on_a_sample_of_polnear() -> None:
    assert short(measured_on_polnear(POLNEAR, sampled), POLNEAR_FLOORS) == []
