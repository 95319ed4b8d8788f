"""Extract who said what: text in; speakers, their roles and the quotes attributed to them out.

The engine is pure and deterministic. It uses no database, clock or network, and the same text gives the same extraction.
The stages:

0. `language` tells texts that are not English. No other stage reads those.
1. `plain` unwraps lines and leaves out invisible characters. `sentences` splits the text into paragraphs and sentences.
   `marks` finds the words in quotation marks.
2. `posts` finds social-media posts with their signatures. No other stage looks inside them.
3. `tagging` labels source, cue and content spans with a trained model. `direct` adds quotations in marks that it missed,
   and `clauses` repairs reporting clauses that it tore.
4. `linking` joins each content to its cue and each cue to its source.
5. `cues` decides whether a cue reports saying, an attitude, or neither, and `polarity` whether the content is asserted or
   denied. `kinds` tells direct from indirect quotes by their marks, and `dates` finds the day on which something was said.
6. `speakers` resolves whom each source means, and in which role. `holders` and `choice` ask learnt models.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from api.extraction import speakers, tagging
from api.extraction.attribution import attributions
from api.extraction.language import foreign_language
from api.extraction.plain import in_original, plain
from api.extraction.spans import (
    Act,
    Attribution,
    Evidence,
    Extraction,
    How,
    Kind,
    Medium,
    Mention,
    Polarity,
    Quote,
    Role,
    Span,
    Speaker,
    SpeakerKind,
    quote_text,
)
from api.lookahead import in_order

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
    "Polarity",
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

# Stored with each article. Change it with every change of the model or of a rule that changes results.
VERSION = "2026.12.01.2"


def extract(text: str, *, published: dt.date | None = None, language: str | None = None) -> Extraction:
    """Return the speakers and quotes of an English article. Of one in another language, return the language alone.

    `published` is the day on which it came out. It resolves "on Thursday". A `language` (BCP 47) is believed. A lone
    surrogate counts as U+FFFD. Offsets are code points into `text` as given. Raises nothing, whatever the text holds. Takes
    time linear in its length.
    """
    if foreign := foreign_language(text, language):
        return Extraction((), (), foreign)
    read = plain(text)
    tagged = tagging.tag(read.text)
    found = attributions(read.text, published, tagged.tags)
    people, identities = speakers.identify(read.text, found, tagged)
    quotes = tuple(
        Quote(
            kind=each.kind,
            medium=each.medium if each.medium == "post" else identity.medium or each.medium,
            act=each.act,
            text=quote_text(read.text, each.content),
            said=each.said,
            content=each.content,
            cue=each.cue,
            source=each.source,
            speaker=identity.speaker,
            role=identity.role,
            confidence=each.confidence if identity.speaker is None else round(each.confidence * identity.confidence, 4),
            evidence=identity.evidence,
            polarity=each.polarity,
            joint=identity.joint,
        )
        for each, identity in zip(found, identities, strict=True)
    )
    extraction = Extraction(people, quotes)
    return extraction if read.text == text else in_original(extraction, read, text)


def extract_many(
    articles: Iterable[tuple[str, dt.date | None] | tuple[str, dt.date | None, str | None]],
) -> Iterator[Extraction]:
    """Yield the extractions of (text, published) or (text, published, language) in their order.

    A few articles at a time are extracted side by side, so memory stays flat.
    """
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers, thread_name_prefix="extract") as pool:
        futures = (
            pool.submit(extract, each[0], published=each[1], language=each[2] if len(each) == 3 else None)
            for each in articles
        )
        yield from in_order(futures, 2 * workers + 1)
