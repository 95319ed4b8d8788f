"""Articles in JSON."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.enums import HOWS
from api.schemas.base import (
    DateOrMoment,
    Id,
    Integer,
    Line,
    Moment,
    PageQuery,
    Pattern,
    Query,
    Schema,
    String,
    page_of,
)
from api.schemas.extraction import ExtractedQuote, ExtractedSpeaker, check
from api.schemas.quote import (
    FORMATS,
    LANGUAGE_OF_Q,
    LONGEST_QUERY,
    READ,
    Format,
    IdOr,
    PublisherRef,
    QuoteInArticle,
    QuoteQuery,
    SpanField,
    SpeakerRef,
    dump_published,
)

LONGEST_TEXT = 1_000_000  # code points
EXAMPLE = "“Prices fell in May,” said Mari Maasikas, the finance minister of Estonia."
URL = [
    validate.Length(max=2000),
    # ASCII, as RFC 3986 has it: anything else is percent-encoded. No user or password, which no public address has.
    Pattern(r"^https?://[A-Za-z0-9.\-\[\]:]+([/?#][!-~]*)?$", error="Not an http or https URL in ASCII."),
]
LANGUAGE = [
    validate.Length(max=35),
    Pattern("^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", error="Not a language tag such as en or pt-BR."),
]


class ArticlePatch(Schema):
    """What can be changed of an article. Its text cannot: every span points into it."""

    url = fields.String(allow_none=True, validate=URL)
    title = Line(longest=1000, allow_none=True)
    publisher = Line(longest=300, allow_none=True, metadata={"description": "a name; created when there is none yet"})
    author = Line(longest=1000, allow_none=True)
    published = DateOrMoment(allow_none=True)
    language = fields.String(allow_none=True, validate=LANGUAGE)


class ArticleNew(ArticlePatch):
    """An article to store: its text exactly as it stands, or a page's HTML to find the text in."""

    text = String(longest=LONGEST_TEXT, metadata={"example": EXAMPLE})
    html = String(longest=8_000_000)
    speakers = fields.List(
        fields.Nested(ExtractedSpeaker),
        metadata={"description": "with `quotes`: what was found in the text already, which is then not extracted"},
    )
    quotes = fields.List(fields.Nested(ExtractedQuote))

    @ma.validates_schema
    def found_in_the_text(self, data: dict[str, Any], **_more: Any) -> None:
        """Speakers and quotes come together, with the text that they are of. Raises ValidationError."""
        given = [name for name in ("speakers", "quotes") if name in data]
        if given and ("text" not in data or len(given) < 2):
            raise ma.ValidationError("Give speakers and quotes both, beside the text in which they stand.", given[0])
        if given:
            check(data["text"], data)

    @ma.validates_schema
    def one_text(self, data: dict[str, Any], **_more: Any) -> None:
        """Either text or html, not both. Raises ValidationError."""
        if ("text" in data) == ("html" in data):
            raise ma.ValidationError("Give either text or html.")


class ArticlePosted(ArticleNew):
    """An article to store: its text, a page's HTML, or the URL alone of a page that the server is to fetch."""

    @ma.validates_schema
    def one_text(self, data: dict[str, Any], **_more: Any) -> None:
        """At most one of text and html, and not neither without a url. Raises ValidationError."""
        if "text" in data and "html" in data:
            raise ma.ValidationError("Give either text or html.")
        if not ("text" in data or "html" in data or data.get("url")):
            raise ma.ValidationError("Give text or html, or the url of a page to fetch.")


class ExtractNew(Schema):
    """A text to read without storing it."""

    text = String(longest=LONGEST_TEXT, shortest=0, required=True, metadata={"example": EXAMPLE})
    published = DateOrMoment(allow_none=True, load_default=None)


class MentionSchema(Schema):
    """A span that refers to a speaker."""

    span = SpanField(required=True)
    how = fields.String(required=True, validate=validate.OneOf(HOWS))
    speaker = fields.Nested(SpeakerRef, required=True)


class ArticleItem(Schema):
    """An article in a list, without its text."""

    id = Integer(required=True)
    url = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    publisher = fields.Nested(PublisherRef, required=True, allow_none=True)
    author = fields.String(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    published = fields.Method("dump_published", required=True, metadata={"type": ["string", "null"]})
    created = Moment()
    updated = Moment()

    def dump_published(self, article: Any) -> str | None:
        """The date or the moment, as it was given."""
        return dump_published(article)


class ArticleSchema(ArticleItem):
    """An article with its text, every quote in it (of any act and status), and every mention of a speaker."""

    copies = Integer(
        least=0, required=True, metadata={"description": "how many other articles carry the same text, or nearly"}
    )
    revision = Integer(required=True, metadata={"description": "which of its texts this is, from 1"})
    text = fields.String(required=True)
    quotes = fields.List(fields.Nested(QuoteInArticle), required=True)
    mentions = fields.List(fields.Nested(MentionSchema), required=True)


class ArticleAt(Query):
    """Which of an article's texts."""

    revision = Integer(metadata={"description": "an earlier text, with the quotes whose spans point into it"})


class RewordingSchema(Schema):
    """A quote that was reworded, and what it became."""

    before = fields.Nested(QuoteInArticle, required=True)
    after = fields.Nested(QuoteInArticle, required=True)


class RevisionSchema(Schema):
    """A revision of an article: when it came, and what it did with the quotes. With the first none was there before."""

    revision = Integer(attribute="number", required=True)
    href = fields.String(required=True, metadata={"description": "path of the article with this text"})
    title = fields.String(required=True, allow_none=True)
    published = fields.Method("dump_published", required=True, metadata={"type": ["string", "null"]})
    engine = fields.String(required=True, metadata={"description": "the version that read it, or given"})
    stored = Moment()
    added = fields.List(fields.Nested(QuoteInArticle), required=True)
    reworded = fields.List(fields.Nested(RewordingSchema), required=True)
    dropped = fields.List(fields.Nested(QuoteInArticle), required=True)

    def dump_published(self, revision: Any) -> str | None:
        """The date or the moment that came with it."""
        return dump_published(revision)


class SnippetSchema(Schema):
    """The sentence or two of an article in which most of what was asked for stands."""

    span = SpanField(required=True, metadata={"description": "[start, end) in code points of the article's text"})
    text = fields.String(required=True, metadata={"description": "the words there"})
    highlight = fields.List(SpanField(), required=True, metadata={"description": "what matched, as spans into `text`"})


class ArticleFound(ArticleItem):
    """An article in a list."""

    snippet = fields.Nested(
        SnippetSchema,
        allow_none=True,
        metadata={"description": "where `q` was given; null where its words are not in the text"},
    )


class ArticleQuery(PageQuery):
    """Which articles, newest stored first."""

    q = String(longest=LONGEST_QUERY, metadata={"description": f"in the title or the text: {LANGUAGE_OF_Q}"})

    url = fields.String(validate=URL, metadata={"description": "the article stored under this URL"})
    publisher = IdOr(metadata={"description": "id, name or domain of the publisher"})
    copies_of = Id(metadata={"description": "id of an article: the others that carry the same text, or nearly"})
    since = DateOrMoment(data_key="from", metadata={"description": "published then or later"})
    until = DateOrMoment(data_key="to", metadata={"description": "published then or earlier; a date is its whole day"})

    format = Format(*(name for name in FORMATS if name != "annotation"))

    as_moments = QuoteQuery.as_moments


RevisionPage = page_of(RevisionSchema)
ArticlePage = page_of(ArticleFound, query=READ)
