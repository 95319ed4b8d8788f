"""Quotes and articles in the vocabulary of schema.org, as JSON-LD."""

from __future__ import annotations

from typing import Any

from api.output.links import Links
from api.output.quote_json import role_title
from api.schemas.dates import publication_date

CONTEXT = "https://schema.org"


def quotation(row: Any, links: Links) -> dict[str, Any]:
    """Return a quote, given its columns, as a Quotation, or as a Claim if the speaker denies or questions it.

    `creator` and `spokenByCharacter` are the speaker. Where the role is known, `spokenByCharacter` is a Role around the speaker
    (schema.org, "Introducing Role"). Of several who speak together each property is a list. `citation` is the article.

    A Claim has the speaker as `mentions`, since the words are not theirs. Whatever is not asserted has its polarity as
    `disambiguatingDescription`, and as `description` the sentences around it, which say who denies it.
    """
    is_claim = row.polarity in ("denied", "questioned")
    quotation: dict[str, Any] = {
        "@type": "Claim" if is_claim else "Quotation",
        "@id": links.to("quotes", row.id),
        "text": row.text,
    }
    if row.polarity != "asserted":
        quotation |= {"disambiguatingDescription": row.polarity, "description": row.context}
    if row.speaker_id:
        speaker = _speaker(row.speaker_id, row.speaker_name, row.speaker_kind, links)
        others = [_speaker(each.id, each.name, each.kind, links) for each in row.joint]
        property_ = "mentions" if is_claim else "spokenByCharacter"
        if not is_claim:
            quotation["creator"] = [speaker, *others] if others else speaker
        said = {"@type": "Role", "roleName": office(row), property_: speaker} if row.role_id else speaker
        quotation[property_] = [said, *others] if others else said
    if row.said:
        quotation["dateCreated"] = row.said
    quotation["citation"] = news_article(row, row.article_id, links)
    return quotation


def _speaker(speaker_id: int, name: str, kind: str, links: Links) -> dict[str, Any]:
    type_ = {"person": "Person", "organisation": "Organization"}.get(kind, "Thing")
    return {"@type": type_, "@id": links.to("speakers", speaker_id), "name": name}


def office(row: Any) -> str:
    """Return the role of a quote in words: "Prime Minister (EE)", "director, Harnby Museum"."""
    of = f", {row.organisation}" if row.organisation else ""
    return f"{role_title(row)}{of}{f' ({row.country})' if row.country else ''}"


def news_article(row: Any, article_id: int, links: Links) -> dict[str, Any]:
    """Return an article as a NewsArticle, given columns of it. Leave out what is not known."""
    known = {
        "url": row.url,
        "headline": row.title,
        "author": row.author and {"@type": "Person", "name": row.author},
        "inLanguage": row.language,
        "datePublished": publication_date(row),
        "publisher": row.publisher_id
        and {"@type": "Organization", "@id": links.to("publishers", row.publisher_id), "name": row.publisher_name},
    }
    article = {"@type": "NewsArticle", "@id": links.to("articles", article_id)}
    return article | {name: value for name, value in known.items() if value is not None}
