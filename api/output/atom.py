"""The Atom feed of a search (RFC 4287): quotes as entries that a feed reader shows, each with its source."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from api.models import Quote

CONTENT_TYPE = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # when a feed without entries was updated: it needs a moment
LONGEST_TITLE = 150  # code points of the quote in an entry's title


def feed(quotes: Sequence[Quote], contexts: Sequence[str], *, title: str, url: str, base: str) -> bytes:
    """The feed at `url` of these quotes, with the sentences around each; `base` is the service's URL, with a slash at its end.

    The same quotes give the same bytes. An entry's id depends on nothing that can change, the service's name included.
    """
    root = Element("feed", xmlns=_NAMESPACE)
    _text(root, "id", uuid.uuid5(uuid.NAMESPACE_URL, url).urn)
    _text(root, "title", title)
    _text(root, "updated", _moment(max((quote.updated for quote in quotes), default=_NEVER)))
    SubElement(root, "link", rel="self", type=CONTENT_TYPE, href=url)
    _text(SubElement(root, "author"), "name", "Verbatim")  # of entries whose speaker nobody knows
    for quote, context in zip(quotes, contexts, strict=True):
        entry = SubElement(root, "entry")
        _text(entry, "id", uuid.uuid5(uuid.NAMESPACE_URL, f"quote {quote.id} {_moment(quote.created)}").urn)
        _text(entry, "title", _title(quote))
        _text(entry, "published", _moment(quote.created))
        _text(entry, "updated", _moment(quote.updated))
        if quote.speaker:
            _text(SubElement(entry, "author"), "name", quote.speaker.name)
        here = f"{base}v1/articles/{quote.article_id}"
        here += f"?revision={quote.last_revision}" if quote.last_revision is not None else ""
        SubElement(entry, "link", rel="alternate", href=quote.article.url or here)
        SubElement(entry, "link", rel="self", type="application/json", href=f"{base}v1/quotes/{quote.id}")
        SubElement(entry, "link", rel="related", type="application/json", href=here)
        _text(entry, "content", context)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _title(quote: Quote) -> str:
    """Who said what, on a line."""
    words = " ".join(quote.text.split())
    words = words if len(words) <= LONGEST_TITLE else f"{words[:LONGEST_TITLE]}…"
    if quote.speaker is None:
        return words
    role = quote.role_then
    return f"{quote.speaker.name}{f', {role.title}' if role else ''}: {words}"


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _NO_XML.sub("\ufffd", text)


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
