"""A text with its quotes marked, paragraph by paragraph, and what stands in the margin beside each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from api.pages.runs import Run, cut

PART = 30_000  # code points of a long text on one page: some 5,000 words, which a browser shows at once
_PARAGRAPH = re.compile(r"[^\n]+")

Spans = Mapping[str, Sequence[tuple[int, int]]]  # of a quote, by part


class Link(NamedTuple):
    """A link of the evidence for a speaker: its words, the rule that went on from there, and where the words stand."""

    words: str
    rule: str
    start: int


@dataclass(frozen=True, slots=True)
class Marked:
    """A quote in its text.

    key: what its anchor ends in: its id, or its number where it is not stored. number: its place among the quotes.
    who: the name of the speaker, "" where nobody is known. joint: those who speak together with them, with `id` (None where
    they are not stored) and `name`. speaker_id, copies, status, to_words: of a stored quote.
    """

    key: int
    number: int
    spans: Spans
    who: str
    office: str
    kind: str
    act: str
    medium: str
    polarity: str
    cue: str
    source: str
    said: dt.date | None
    confidence: float
    evidence: list[Link]
    joint: Sequence[Any] = ()
    speaker_id: int | None = None
    copies: int = 0
    status: str = ""
    revised: str | None = None
    to_words: str | None = None

    @property
    def start(self) -> int:
        """Return where its content begins in the text."""
        return first_place(self.spans)

    @property
    def is_marked(self) -> bool:
        """Return whether its words are marked in the text: those of rejected quotes are not."""
        return self.status != "rejected"


class Piece(NamedTuple):
    """A run of the text as the page has it: its classes, the anchors that begin with it, and the keys of its quotes.

    begins: the quotes of which the content begins here. ends: those of which it ends here.
    """

    text: str
    classes: str
    anchors: list[str]
    keys: str
    begins: list[Marked]
    ends: list[Marked]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: where it starts in the text, its pieces, and the quotes whose content begins in it."""

    start: int
    pieces: list[Piece]
    notes: list[Marked] = field(default_factory=list)


def first_place(spans: Spans) -> int:
    """Return where the content of a quote begins; 0 where it has none."""
    content = spans.get("content", ())
    return content[0][0] if content else 0


def parts(text: str) -> list[tuple[int, int]]:
    """Return the parts of a text, each for one page. They end with a paragraph where one ends in their second half."""
    found, start = [], 0
    while len(text) - start > PART:
        end = (
            max(text.rfind("\n", start + PART // 2, start + PART), text.rfind(". ", start + PART // 2, start + PART))
            + 1
        )
        end = end or start + PART
        found.append((start, end))
        start = end
    return [*found, (start, len(text))]


def part_at(places: Sequence[tuple[int, int]], place: int) -> int:
    """Return the number of the part, from 1, in which a place of the text stands."""
    return next((number for number, (start, end) in enumerate(places, 1) if start <= place < end), len(places))


def links(text: str, evidence: Sequence[Mapping[str, Any]]) -> list[Link]:
    """Return the chain from a quote's source to the speaker that it means."""
    spans = [(*link["span"], link["rule"]) for link in evidence]
    return [Link(text[start:end], rule, start) for start, end, rule in spans]


def paragraphs(text: str, quotes: Sequence[Marked], chosen: int | None, place: tuple[int, int]) -> list[Paragraph]:
    """Return the paragraphs of the text at `place`, with all quotes marked, and the one whose key is `chosen` as that."""
    spans = [
        (start, end, (part, quote.key))
        for quote in quotes
        if quote.is_marked
        for part in ("source", "cue", "content")
        for start, end in quote.spans.get(part, ())
    ]
    spans += [
        (link.start, link.start + len(link.words), ("at", link.start)) for quote in quotes for link in quote.evidence
    ]
    spans.sort()
    begins: dict[int, list[Marked]] = {}
    ends: dict[int, list[Marked]] = {}
    for quote in quotes:
        begins.setdefault(quote.start, []).append(quote)
        if content := quote.spans.get("content", ()):
            ends.setdefault(content[-1][1], []).append(quote)
    shown = {link.start for quote in quotes for link in quote.evidence}
    found = []
    for paragraph in _PARAGRAPH.finditer(text, *place):
        start, end = paragraph.span()
        runs = cut(text, [span for span in spans if span[0] < end and span[1] > start], start, end)
        notes = [quote for first in sorted(begins) if start <= first < end for quote in begins[first]]
        found.append(Paragraph(start, [_piece(run, begins, ends, shown, chosen) for run in runs], notes))
    if found and (
        left := [q for q in quotes if place[0] <= q.start < place[1] and not any(q in p.notes for p in found)]
    ):
        found[0].notes.extend(left)  # without content, or with one that begins with white space
    return found


def _piece(
    run: Run[tuple[str, int]],
    begins: Mapping[int, list[Marked]],
    ends: Mapping[int, list[Marked]],
    shown: set[int],
    chosen: int | None,
) -> Piece:
    classes = sorted({part for part, _ in run.marks if part != "at"})
    keys = sorted({key for part, key in run.marks if part != "at"})
    if chosen is not None and ("content", chosen) in run.marks:
        classes.append("chosen")
    anchors = [f"quote-{quote.key}" for quote in begins.get(run.start, ())]
    if run.start in shown and ("at", run.start) in run.marks:
        anchors.append(f"at-{run.start}")
    beginning = [quote for quote in begins.get(run.start, ()) if quote.is_marked]
    ending = [quote for quote in ends.get(run.end, ()) if ("content", quote.key) in run.marks]
    return Piece(run.text, " ".join(classes), anchors, " ".join(map(str, keys)), beginning, ending)
