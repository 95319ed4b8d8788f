"""The Atom feed of a search (RFC 4287): quotes as entries, each with its source."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from api.models.quote import put_forward
from api.output.links import Links
from api.output.quote_json import role_title, speaker_names
from api.schemas.dates import rfc3339

CONTENT_TYPE = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # when a feed without entries was updated: Atom asks for a moment
MAX_TITLE = 150  # code points of the quote in the title of an entry


def feed(rows: Sequence[Any], title: str, links: Links) -> bytes:
    """Return the feed of these quotes, given their columns (api.output.columns), in their order.

    The same quotes give the same bytes. The id of an entry depends on nothing that can change, the service's host included.
    """
    root = Element("feed", xmlns=_NAMESPACE)
    _text(root, "id", uuid.uuid5(uuid.NAMESPACE_URL, links.here).urn)
    _text(root, "title", title)
    _text(root, "updated", _moment(max((row.updated for row in rows), default=_NEVER)))
    SubElement(root, "link", rel="self", type=CONTENT_TYPE, href=_href(links.here))
    _text(SubElement(root, "author"), "name", "Verbatim")  # of entries whose speaker nobody knows
    for row in rows:
        entry = SubElement(root, "entry")
        _text(entry, "id", uuid.uuid5(uuid.NAMESPACE_URL, f"quote {row.id} {_moment(row.created)}").urn)
        _text(entry, "title", _title(row))
        _text(entry, "published", _moment(row.created))
        _text(entry, "updated", _moment(row.updated))
        if row.speaker_id:
            for name in (row.speaker_name, *(each.name for each in row.joint)):
                _text(SubElement(entry, "author"), "name", name)
        article = links.to("articles", row.article_id)
        article += f"?revision={row.last_revision}" if row.last_revision is not None else ""
        SubElement(entry, "link", rel="alternate", href=_href(row.url or article))
        SubElement(entry, "link", rel="self", type="application/json", href=links.to("quotes", row.id))
        SubElement(entry, "link", rel="related", type="application/json", href=article)
        _text(entry, "content", row.context)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _title(row: Any) -> str:
    """Return who said what, or denied what, on one line."""
    words = " ".join(row.text.split())
    words = put_forward(words if len(words) <= MAX_TITLE else f"{words[:MAX_TITLE]}…", row.polarity)
    if row.speaker_id is None:
        return words
    role = None if row.joint else role_title(row)  # it is the first speaker's alone
    return f"{speaker_names(row)}{f', {role}' if role else ''}: {words}"


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _NO_XML.sub("\ufffd", text)


def _href(url: str) -> str:
    """Return a URL for an attribute: characters that XML does not have are percent-encoded."""
    return _NO_XML.sub(lambda found: quote(found[0]), url)


def _moment(moment: dt.datetime) -> str:
    """Return a moment as RFC 3339. Columns are in UTC; SQLite's have no zone."""
    return rfc3339(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC))
