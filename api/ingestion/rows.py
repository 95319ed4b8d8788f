"""An article as rows that lack only what the database knows: who its speakers are, and ids.

Whoever stores is alone; all that follows from the article itself is worked out before, in the process that extracts. It is
passed on from there, so it is tuples, which take a sixth of the time that the engine's own classes take.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from api import extraction
from api.extraction import Extraction
from api.extraction.sentences import sentences
from api.folding import fold
from api.ingestion import duplicates as copies
from api.ingestion.article import Prepared
from api.ingestion.denormalised import Parts, context, words_of

LONGEST_HANDLE = 100  # code points
LONGEST_NAME = 300  # code points of a name, title or organisation; longer ones are no names and are cut
_STATUS = re.compile(
    r"(?P<former>former|ex|then|one-time|onetime)(?:[\s-]+)|(?P<acting>acting|interim)\s+", re.IGNORECASE
)


class Office(NamedTuple):
    """A role as an article gives it, without the word that says whether it is held still."""

    title: str
    organisation: str | None
    country: str | None


class Speaker(NamedTuple):
    """A speaker of an article.

    `names` are the ways in which it writes the name in full, the one to show first, each with how it is folded. Mentions are
    (start, end, how, rule, confidence), roles (office, status, start, end).
    """

    kind: str
    handle: str | None
    names: list[tuple[str, str]]
    mentions: list[tuple[int, int, str, str, float]]
    roles: list[tuple[Office, str, int, int]]


class Quote(NamedTuple):
    """A quote of an article, by its columns; `speaker` and `role` count as in an Extraction.

    Spans are (part, position, start, end).
    """

    speaker: int | None
    role: int | None
    kind: str
    medium: str
    act: str
    text: str
    cue: str
    terms: str
    said: dt.date | None
    confidence: float
    evidence: list[dict[str, Any]]
    spans: list[tuple[str, int, int, int]]


@dataclass(frozen=True, slots=True)
class Ready:
    """An article with what was found in it, ready to store. `text` is what it is compared by with others."""

    columns: dict[str, Any]
    publisher: str | None
    speakers: list[Speaker]
    quotes: list[Quote]
    text: copies.Text

    @classmethod
    def of(cls, prepared: Prepared, found: Extraction) -> Ready:
        """Work out all that storing an article takes and that follows from it alone."""
        columns = prepared.columns
        text = columns["text"]
        compared = copies.Text(columns["title"], columns["terms"])
        compared.bands  # noqa: B018 - worked out when they are first asked for, and kept
        within = sentences(text) if found.quotes else []
        quotes: list[Quote] = []
        for quote in found.quotes:
            parts: Parts = {"source": quote.source, "cue": quote.cue, "content": quote.content}
            quotes.append(
                Quote(
                    speaker=quote.speaker,
                    role=None if quote.speaker is None else quote.role,
                    kind=quote.kind,
                    medium=quote.medium,
                    act=quote.act,
                    **words_of(text, parts),
                    said=quote.said,
                    confidence=quote.confidence,
                    evidence=[{"span": [*link.span], "rule": link.rule} for link in quote.evidence],
                    spans=[
                        (part, position, *span)
                        for part, spans in (*parts.items(), ("context", [context(parts, within)]))
                        for position, span in enumerate(spans)
                    ],
                )
            )
        return cls(columns, prepared.publisher, [_speaker(text, each) for each in found.speakers], quotes, compared)


def _speaker(text: str, found: extraction.Speaker) -> Speaker:
    full = (mention.span.of(text) for mention in found.mentions if mention.how == "full")
    first, *others = dict.fromkeys(" ".join(name.split())[:LONGEST_NAME] for name in (found.name, *full))
    folded = ((name, fold(name)[:1000]) for name in others)
    return Speaker(
        kind=found.kind,
        handle=found.handle[:LONGEST_HANDLE] if found.handle else None,
        names=[(first, fold(first)[:1000]), *(name for name in folded if name[1])],
        mentions=[(*each.span, each.how, each.rule, each.confidence) for each in found.mentions],
        roles=[_role(each) for each in found.roles],
    )


def _role(found: extraction.Role) -> tuple[Office, str, int, int]:
    status, title = split_status(found.title)
    organisation = found.organisation and found.organisation[:LONGEST_NAME]
    return Office(title[:LONGEST_NAME], organisation, found.country), status, *found.span


def split_status(title: str) -> tuple[str, str]:
    """A title's status (held, acting, former) and the title without the word that says it.

    >>> split_status("former Prime Minister")
    ('former', 'Prime Minister')
    """
    match = _STATUS.match(title)
    if not match or match.end() == len(title):
        return "held", title
    return ("former" if match["former"] else "acting"), title[match.end() :]
