"""Quotes as annotations of their articles (W3C Web Annotation Data Model)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from api.output.columns import Content
from api.output.links import Links
from api.output.schema_org import office

CONTEXT = "http://www.w3.org/ns/anno.jsonld"


def annotation(row: Any, contents: Sequence[Content], links: Links) -> dict[str, Any]:
    """Return a quote, given its columns and content, as an annotation with a target for each span.

    Positions count Unicode code points, as spans do and the model asks (4.2.4). They count in our copy of the text, which the
    state names: the page itself may have more around the text. What is not asserted has its polarity as a tag.
    """
    copy = links.to("articles", row.article_id)
    if row.last_revision is not None:
        copy = f"{copy}?revision={row.last_revision}"
    annotation: dict[str, Any] = {
        "id": links.to("quotes", row.id),
        "type": "Annotation",
        "motivation": "identifying" if row.speaker_id else "highlighting",
        "created": _seconds(row.created),
        "modified": _seconds(row.updated),
        "generator": {"type": "Software", "name": "Verbatim"},
    }
    if row.speaker_id:
        who = f"{row.speaker_name}, {office(row)}" if row.role_id else row.speaker_name
        annotation["body"] = [
            {"type": "SpecificResource", "source": links.to("speakers", row.speaker_id), "purpose": "identifying"},
            {"type": "TextualBody", "value": who, "format": "text/plain", "purpose": "describing"},
        ]
        for each in row.joint:
            annotation["body"] += [
                {"type": "SpecificResource", "source": links.to("speakers", each.id), "purpose": "identifying"},
                {"type": "TextualBody", "value": each.name, "format": "text/plain", "purpose": "describing"},
            ]
    if row.polarity != "asserted":
        tag = {"type": "TextualBody", "value": row.polarity, "format": "text/plain", "purpose": "tagging"}
        annotation["body"] = [*annotation.get("body", []), tag]
    annotation["target"] = [
        {
            "type": "SpecificResource",
            "source": row.url or copy,
            "state": {"type": "TimeState", "sourceDate": _seconds(content.stored), "cached": copy},
            "selector": [
                {
                    "type": "TextQuoteSelector",
                    "exact": content.exact,
                    "prefix": content.prefix,
                    "suffix": content.suffix,
                },
                {"type": "TextPositionSelector", "start": content.start, "end": content.end},
            ],
        }
        for content in contents
    ]
    return annotation


def _seconds(moment: dt.datetime) -> dt.datetime:
    return moment.replace(microsecond=0)
