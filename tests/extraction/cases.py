"""Cases for the whole engine: a text with its quotes marked in it, and what is expected of them.

The marks are [content], <cue> and {source}. Where a text has several quotes, a raised number before each part says whose it is,
and a part that two quotes share has both. The engine gets the text without the marks. Its quotes are marked in the same way,
and the two must be equal. After the text stand the speakers of its quotes, None where it does not say who. A case that fails
has its reason beside it, and what is at fault: the tagger or a rule. All people are invented.
"""

import datetime as dt
import re
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import pytest

from api.extraction import Extraction, Quote, Speaker, extract
from api.extraction.spans import Span
from tests.extraction.marked import SIGNS

WEDNESDAY = dt.date(2024, 5, 8)  # the day on which every text came out
NUMBERS = "¹²³⁴⁵⁶⁷⁸⁹"

Said = dict[str, Any]
Office = tuple[str, str | None, str | None]  # title, organisation, country


class Case(NamedTuple):
    """A marked text, what is expected of each quote, people who are listed with an office, and why it fails."""

    marked: str
    quotes: tuple[Said, ...]
    listed: dict[str, Office]
    fails: str


def by(speaker: str | None, **details: object) -> Said:
    """Expect a quote of `speaker`, with these details."""
    return {"speaker": speaker, **details}


def case(marked: str, *quotes: str | Said | None, listed: dict[str, Office] | None = None, fails: str = "") -> Case:
    expected = tuple(each if isinstance(each, dict) else by(each) for each in quotes)
    return Case(marked, expected, listed or {}, fails)


direct = partial(by, kind="direct", act="speech")
mixed = partial(by, kind="mixed", act="speech")
indirect = partial(by, kind="indirect", act="speech")
attitude = partial(by, act="attitude")
post = partial(by, medium="post", act="speech")
organisation = partial(by, speaker_kind="organisation")


def parameters(tables: Mapping[str, list[Case]]) -> list[Any]:
    """Return the cases of all tables as parameters of a test, named after their table."""
    return [
        pytest.param(
            marked,
            quotes,
            listed,
            marks=[pytest.mark.xfail(strict=True, reason=fails)] if fails else [],
            id=f"{failure} {number}",
        )
        for failure, cases in tables.items()
        for number, (marked, quotes, listed, fails) in enumerate(cases, start=1)
    ]


def plain(marked: str) -> str:
    """Return the text without its marks."""
    return re.sub(rf"[{NUMBERS}]*[\[<{{]|[\]>}}]", "", marked)


def written(text: str, found: Extraction) -> str:
    """Return `text` with the found quotes marked in it."""
    parts: dict[tuple[Span, str], str] = {}
    for number, quote in enumerate(found.quotes):
        for part in SIGNS:
            for span in getattr(quote, part):
                parts[span, part] = parts.get((span, part), "") + NUMBERS[number % 9]
    signs = []
    for (span, part), numbers in parts.items():
        first, last = SIGNS[part]
        signs += [(span.end, 0, last), (span.start, 1, (numbers if len(found.quotes) > 1 else "") + first)]
    out, end = [], 0
    for place, _, sign in sorted(signs):
        out += [text[end:place], sign]
        end = place
    return "".join(out) + text[end:]


def office(speaker: Speaker, role: int | None) -> Office | None:
    if role is None:
        return None
    held = speaker.roles[role]
    return held.title, held.organisation, held.country


def details(found: Extraction, quote: Quote) -> Said:
    speaker = None if quote.speaker is None else found.speakers[quote.speaker]
    return {
        "speaker": speaker and speaker.name,
        "speaker_kind": speaker and speaker.kind,
        "handle": speaker and speaker.handle,
        "role": speaker and office(speaker, quote.role),
        "kind": quote.kind,
        "medium": quote.medium,
        "act": quote.act,
        "said": quote.said,
    }


def outcome(marked: str, quotes: tuple[Said, ...], listed: dict[str, Office]) -> tuple[Any, ...]:
    """Return what the engine finds in a text, in the form of a case: of quotes and people what the case looks at."""
    text = plain(marked)
    found = extract(text, published=WEDNESDAY)
    got = tuple(
        {key: details(found, quote)[key] for key in expected}
        for quote, expected in zip(found.quotes, quotes, strict=False)
    )
    offices = {speaker.name: office(speaker, 0) for speaker in found.speakers if speaker.roles}
    return written(text, found), got, {name: offices.get(name) for name in listed}
