"""Quotes and articles in the words of others: schema.org's JSON-LD, and W3C's Web Annotations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.output.quotes import Content, published, role_then

SCHEMA_ORG = "https://schema.org"
ANNOTATIONS = "http://www.w3.org/ns/anno.jsonld"


@dataclass(frozen=True, slots=True)
class Places:
    """What an export's links begin with: `base`, the URL of the service with a slash at its end; and the export's own URL.

    `whole` is the URL without a cursor: of all that is found. `resumed` is whether this is what follows a cursor.
    """

    base: str
    here: str
    whole: str
    resumed: bool = False

    def of(self, noun: str, row_id: int) -> str:
        """The URL of the row with this id, of "quotes" or another noun of the paths."""
        return f"{self.base}v1/{noun}/{row_id}"


def quotation(row: Any, places: Places) -> dict[str, Any]:
    """A quote as schema.org's Quotation.

    `creator` is who said it, `spokenByCharacter` too, within the Role in which it was said where there is one
    (schema.org, "Introducing Role"); `citation` is the article.
    """
    quotation: dict[str, Any] = {"@type": "Quotation", "@id": places.of("quotes", row.id), "text": row.text}
    if row.speaker_id:
        speaker = {
            "@type": {"person": "Person", "organisation": "Organization"}.get(row.speaker_kind, "Thing"),
            "@id": places.of("speakers", row.speaker_id),
            "name": row.speaker_name,
        }
        quotation["creator"] = quotation["spokenByCharacter"] = speaker
        if row.role_id:
            role = {"@type": "Role", "roleName": _office(row), "spokenByCharacter": speaker}
            quotation["spokenByCharacter"] = role
    if row.said:
        quotation["dateCreated"] = row.said
    quotation["citation"] = news_article(row, row.article_id, places)
    return quotation


def _office(row: Any) -> str:
    """A role in words: "Prime Minister (EE)", "director, Harnby Museum"."""
    of = f", {row.organisation}" if row.organisation else ""
    return f"{role_then(row)}{of}{f' ({row.country})' if row.country else ''}"


def news_article(row: Any, article_id: int, places: Places) -> dict[str, Any]:
    """An article as schema.org's NewsArticle, by what is known of it."""
    known = {
        "url": row.url,
        "headline": row.title,
        "author": row.author and {"@type": "Person", "name": row.author},
        "inLanguage": row.language,
        "datePublished": published(row),
        "publisher": row.publisher_id
        and {"@type": "Organization", "@id": places.of("publishers", row.publisher_id), "name": row.publisher_name},
    }
    article = {"@type": "NewsArticle", "@id": places.of("articles", article_id)}
    return article | {name: value for name, value in known.items() if value is not None}


def annotation(row: Any, contents: Sequence[Content], places: Places) -> dict[str, Any]:
    """A quote with its content as an annotation (W3C Web Annotation Data Model): a target for each span.

    Positions count Unicode code points, as the model wants (4.2.4) and as spans do. They are of our copy of the text, which
    the state names, as words and around them are; a page may have more around.
    """
    copy, stored = places.of("articles", row.article_id), row.article_created
    if row.last_revision is not None:
        copy, stored = f"{copy}?revision={row.last_revision}", row.stored
    state = {"type": "TimeState", "sourceDate": _seconds(stored), "cached": copy}
    annotation: dict[str, Any] = {
        "id": places.of("quotes", row.id),
        "type": "Annotation",
        "motivation": "identifying" if row.speaker_id else "highlighting",
        "created": _seconds(row.created),
        "modified": _seconds(row.updated),
        "generator": {"type": "Software", "name": "Verbatim"},
    }
    if row.speaker_id:
        who = f"{row.speaker_name}, {_office(row)}" if row.role_id else row.speaker_name
        annotation["body"] = [
            {"type": "SpecificResource", "source": places.of("speakers", row.speaker_id), "purpose": "identifying"},
            {"type": "TextualBody", "value": who, "format": "text/plain", "purpose": "describing"},
        ]
    annotation["target"] = [
        {
            "type": "SpecificResource",
            "source": row.url or copy,
            "state": state,
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
