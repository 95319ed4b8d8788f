"""Measure the engine on the gold articles: python -m tests.bench.quality [--errors a | --polnear DEV.jsonl].

Prints the figures that tests/quality.py explains, for sets a, b and both. The errors of a may be looked at; b is held out.
`--errors a` lists the errors of set a instead, one a line. Tabs separate article, quote number, what is wrong, gold and
found. The errors of set b are never listed. `--polnear` prints the figures for spans on a split of PolNeAR.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from api.extraction import Extraction, extract_many
from tests import gold
from tests.quality import (
    PARTS,
    Match,
    Matches,
    Parts,
    aligned,
    covered,
    measured,
    measured_on_polnear,
    role,
    same_name,
    same_role,
    speaker,
    total,
)

SPANS = [*(f"{measure} {part}" for measure in ("exact", "overlap") for part in PARTS), "linked"]
SPEAKERS = ["speaker", *(f"speaker by {how}" for how in gold.HOWS), "speaker resolved"]
SAME = ["kind", "act", "medium", "role", "role where stated", "said", "said where stated", "attributed", "spoken"]
SIGNS = {part: (opening, closing) for opening, (part, closing) in gold.MARKS.items()}


def main() -> None:
    """Read the command line and print what it asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--errors", choices=["a"], help="list the errors of this set")
    asked.add_argument("--polnear", type=Path, metavar="DEV.jsonl", help="measure on this split of PolNeAR")
    args = parser.parse_args()
    if args.polnear:
        table({"PolNeAR": measured_on_polnear(args.polnear)}, SPANS, "precision    recall        F1", prf)
    elif args.errors:
        articles = list(gold.articles(args.errors))
        found = extract_many((article.text, article.published) for article in articles)
        for article, extraction in zip(articles, found, strict=True):
            for error in errors(article, extraction):
                print(article.name, *error, sep="\t")
    else:
        everything()


def everything() -> None:
    """Print every figure on sets a, b and both."""
    sets = {name: list(gold.articles(name)) for name in ("a", "b")}
    columns = {name: measured(articles) for name, articles in sets.items()}
    columns["both"] = total(columns.values())
    for name, articles in sets.items():
        print(f"{name}: {len(articles)} articles, {sum(len(article.quotes) for article in articles)} quotes")
    table(columns, SPANS, "precision    recall        F1", prf)
    table(columns, SPEAKERS, "right wrong abstained    %", answers)
    table(columns, SAME, "right     of      %", shares)


def table(columns: Mapping[str, Matches], figures: list[str], heads: str, cells: Callable[[Match], str]) -> None:
    """Print one line a figure, one group of cells a column."""
    print(f"\n{'':22}" + "".join(f"{name:>32}" for name in columns))
    print(f"{'':22}" + f"{heads:>32}" * len(columns))
    for figure in figures:
        print(f"{figure:22}" + "".join(f"{cells(matches.get(figure, Match())):>32}" for matches in columns.values()))


def prf(match: Match) -> str:
    """Return precision, recall and F1."""
    return f"{match.precision:10.1f}{match.recall:10.1f}{match.f1:10.1f}"


def answers(match: Match) -> str:
    """Return the numbers of right, wrong and open answers, and the share of right ones among those given."""
    return f"{match.right:6}{match.found - match.right:6}{match.gold - match.found:10}{match.precision:7.1f}"


def shares(match: Match) -> str:
    """Return how many are right."""
    return f"{match.right:6}{match.found:7}{match.precision:7.1f}"


def errors(article: gold.Article, extraction: Extraction) -> Iterator[tuple[str, str, str, str]]:
    """Yield the errors in an article as (quote number or "-", what, gold, found), in text order of the gold."""
    pairs = dict(aligned(article.quotes, extraction.quotes))
    text = article.text
    for g, wanted in enumerate(article.quotes):
        number = str(g + 1)
        if g not in pairs:
            near = [each for each in extraction.quotes if covered(each.content) & covered(wanted.content)]
            yield number, "missed", shown(wanted, text), " / ".join(shown(each, text) for each in near) or "-"
            continue
        quote = extraction.quotes[pairs[g]]
        name, office = speaker(quote, extraction), role(quote, extraction)
        if any(getattr(wanted, part) != getattr(quote, part) for part in PARTS):
            yield number, "spans", shown(wanted, text), shown(quote, text)
        if not same_name(wanted.speaker, name):
            yield number, "speaker", f"{wanted.speaker} by {wanted.how}: {shown(wanted, text)}", str(name)
        if not same_role(wanted.role, office):
            yield number, "role", fields(wanted.role), fields(office)
        for what in ("kind", "act", "medium", "said"):
            if getattr(wanted, what) != getattr(quote, what):
                yield number, what, str(getattr(wanted, what)), f"{getattr(quote, what)}: {shown(quote, text)}"
    for f, quote in enumerate(extraction.quotes):
        if f not in pairs.values():
            yield "-", "extra", "-", f"{quote.act} of {speaker(quote, extraction)}: {shown(quote, text)}"


def shown(quote: Parts, text: str) -> str:
    """Return a quote's spans in text order, in their marks."""
    spans = sorted((span, SIGNS[part]) for part in PARTS for span in getattr(quote, part))
    return " ".join(signs[0] + span.of(text) + signs[1] for span, signs in spans)


def fields(office: gold.Role | None) -> str:
    """Return a role as a gold article writes it."""
    return "; ".join(part or "-" for part in office) if office else "-"


if __name__ == "__main__":
    main()
