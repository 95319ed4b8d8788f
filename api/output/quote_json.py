"""The JSON of a quote, the same in lists, alone, in its article, in exports and in webhooks; and that of an exported article.

api.schemas.quote describes it, and a test compares the two. Pass what these functions return to api.output.encoding.to_json.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection

from api.models.quote import title_then
from api.output import columns
from api.output.columns import Spans
from api.schemas.dates import publication_date
from api.search.highlights import Highlighter
from api.search.language import Query

# Members that an article leaves out of its own quotes.
NOT_IN_ARTICLE = ("copies", "article", "context_span", "context")


def quote_json(row: Any, spans: Spans) -> dict[str, Any]:
    """Return the JSON of a quote, given its columns and spans, with the sentences around it: as exports have it."""
    # In the order of columns._QUOTES. Attributes of a named tuple would take as long as all that follows.
    (
        quote_id, kind, medium, act, polarity, text, said, confidence, status, role_status, copies, evidence, created, updated,
        speaker_id, speaker_name, speaker_kind, joint, role_id, title, organisation, country,
        article_id, url, headline, _author, _language, _published, _has_time, publisher_id, publisher_name,
        context, context_start, context_end, revision, _first_revision, _last_revision, revised, rewords, reworded_as,
    ) = row  # fmt: skip
    role = None if role_id is None else title_then(title, role_status)
    content, cue, source = spans.get("content", []), spans.get("cue", []), spans.get("source", [])
    return {
        "id": quote_id,
        "kind": kind,
        "medium": medium,
        "act": act,
        "polarity": polarity,
        "text": text,
        "said": said,
        "content": content,
        "cue": cue,
        "source": source,
        "cue_text": columns.words(row, cue),
        "source_text": columns.words(row, source),
        "speaker": speaker_id and {"id": speaker_id, "name": speaker_name, "kind": speaker_kind},
        "joint": [each._asdict() for each in joint] if joint else [],
        "role": role and {"id": role_id, "title": role, "organisation": organisation, "country": country},
        "role_status": role and role_status,
        "confidence": confidence,
        "evidence": orjson.Fragment(evidence),
        "status": status,
        "copies": copies,
        "revision": revision,
        "revised": revised,
        "rewords": rewords,
        "reworded_as": reworded_as,
        "created": created,
        "updated": updated,
        "article": {
            "id": article_id,
            "url": url,
            "title": headline,
            "publisher": publisher_id and {"id": publisher_id, "name": publisher_name},
            "published": publication_date(row),
        },
        "context_span": None if context_start is None else [context_start, context_end],
        "context": context,
    }


def listed(connection: Connection, ids: Sequence[int], query: Query | None) -> list[dict[str, Any]]:
    """Return the quotes with these ids, in this order, as lists and webhooks have them. Leave out those that are gone.

    `highlight` marks in each text what the query asks for.
    """
    found = _read(connection, ids)
    items = [found[quote_id] for quote_id in ids if quote_id in found]
    highlighter = Highlighter(query)
    for item in items:
        marks = highlighter.highlight(item["text"])
        item |= {"highlight": marks, "context": item.pop("context")}  # last, since it is the longest
    return items


def single(connection: Connection, quote_id: int) -> dict[str, Any] | None:
    """Return the quote with this id as GET /v1/quotes/ID has it: as in a list without `q`. None where there is none."""
    return next(iter(listed(connection, [quote_id], None)), None)


def in_article(row: Any, spans: Spans) -> dict[str, Any]:
    """Return the JSON of a quote, given its columns and spans, as its article has it."""
    return {name: value for name, value in quote_json(row, spans).items() if name not in NOT_IN_ARTICLE}


def _read(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    spans = columns.spans(connection, ids)
    return {row.id: quote_json(row, spans.get(row.id, {})) for row in columns.quotes(connection, ids)}


def article_json(row: Any) -> dict[str, Any]:
    """Return the JSON of an article, given its columns, with its text: as exports have it."""
    return {
        "id": row.id,
        "url": row.url,
        "title": row.title,
        "publisher": row.publisher_id and {"id": row.publisher_id, "name": row.publisher_name},
        "author": row.author,
        "language": row.language,
        "published": publication_date(row),
        "created": row.created,
        "updated": row.updated,
        "text": row.text,
    }


def speaker_names(row: Any) -> str:
    """Return the names of all who say a quote, of which there is one at least: "Tom Pell, Ida Maro and Ann Roe"."""
    *others, last = [row.speaker_name, *(each.name for each in row.joint)]
    return f"{', '.join(others)} and {last}" if others else str(last)


def role_title(row: Any) -> str | None:
    """Return the title of the role in which a quote was said, as it was then, or None without a role."""
    return None if row.role_id is None else title_then(row.role_title, row.role_status)
