"""The extraction engine: text in; speakers, their roles and the quotes attributed to them out.

Pure and deterministic: no database, clock or network; the same text gives the same extraction. The stages:

1. `sentences` splits the text into paragraphs and sentences; `marks` finds the stretches in quotation marks.
2. `posts` finds social-media posts with their signatures; nothing else is read inside them.
3. `tagging` labels source, cue and content spans with a trained model; `direct` adds quotations in marks that it missed,
   `clauses` makes torn reporting clauses whole.
4. `linking` joins each content to its cue and each cue to its source.
5. `cues` reads what a cue reports: saying, attitude, or neither; `kinds` reads the marks; `dates` what day it was said.
6. `speakers` works out who each source means, and in which role.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from api.extraction import speakers, tagging
from api.extraction.attribution import attributions
from api.extraction.spans import (
    Act,
    Attribution,
    Evidence,
    Extraction,
    How,
    Kind,
    Medium,
    Mention,
    Quote,
    Role,
    Span,
    Speaker,
    SpeakerKind,
)

__all__ = [
    "VERSION",
    "Act",
    "Attribution",
    "Evidence",
    "Extraction",
    "How",
    "Kind",
    "Medium",
    "Mention",
    "Quote",
    "Role",
    "Span",
    "Speaker",
    "SpeakerKind",
    "attributions",
    "extract",
    "extract_many",
    "quote_text",
]

# Stored with each article: a change of the model or of a rule that changes results changes it.
VERSION = "2026.11.30.1"

_SURROGATE = re.compile("[\ud800-\udfff]")
_THAT = re.compile(r"\Athat\s+", re.IGNORECASE)


def extract(text: str, *, published: dt.date | None = None) -> Extraction:
    """The speakers and quotes of an article.

    `published` is the day it came out; it resolves "on Thursday". A lone surrogate is read as U+FFFD. Offsets are code points
    into `text` as given. Raises nothing, whatever the text holds; takes time linear in its length.
    """
    text = _SURROGATE.sub("\ufffd", text)
    read = tagging.tagged(text)
    found = attributions(text, published, read.tags)
    people, identities = speakers.identify(text, found, read.entities)
    quotes = tuple(
        Quote(
            kind=each.kind,
            medium=each.medium,
            act=each.act,
            text=quote_text(text, each.content),
            said=each.said,
            content=each.content,
            cue=each.cue,
            source=each.source,
            speaker=identity.speaker,
            role=identity.role,
            confidence=each.confidence if identity.speaker is None else round(each.confidence * identity.confidence, 4),
            evidence=identity.evidence,
        )
        for each, identity in zip(found, identities, strict=True)
    )
    return Extraction(people, quotes)


def extract_many(articles: Iterable[tuple[str, dt.date | None]]) -> Iterator[Extraction]:
    """The extractions of (text, published) pairs, in their order; a few at a time are worked on, so memory stays flat."""
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers, thread_name_prefix="extract") as pool:
        waiting: deque[Future[Extraction]] = deque()
        for text, published in articles:
            waiting.append(pool.submit(extract, text, published=published))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def quote_text(text: str, content: Iterable[Span]) -> str:
    """The content spans of `text` for people: without a leading "that", joined by an ellipsis where interrupted."""
    return _THAT.sub("", " … ".join(span.of(text) for span in content), count=1)
