"""Articles in JSON."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api import enums
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
from api.schemas.filters import MAX_QUERY_LENGTH, QUERY_LANGUAGE, Format, IdOr, QuoteFilters
from api.schemas.quote import QuoteInArticle
from api.schemas.refs import Published, PublisherRef, SpeakerRef
from api.schemas.results import UNDERSTOOD
from api.schemas.spans import SpanField

MAX_TEXT = 1_000_000  # code points
MAX_HTML = 8_000_000  # code points
EXAMPLE = "“Prices fell in May,” said Mari Maasikas, the finance minister of Estonia."
URL = [
    validate.Length(max=2000),
    # ASCII (RFC 3986): everything else is percent-encoded. No user or password: no public address has one.
    Pattern(r"^https?://[A-Za-z0-9.\-\[\]:]+([/?#][!-~]*)?$", error="Not an http or https URL in ASCII."),
]
LANGUAGE = [
    validate.Length(max=35),
    Pattern("^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", error="Not a language tag such as en or pt-BR."),
]


class ArticlePatch(Schema):
    """What can be changed of an article. Not its text, since spans point into it."""

    url = fields.String(allow_none=True, validate=URL)
    title = Line(longest=1000, allow_none=True)
    publisher = Line(
        longest=300,
        allow_none=True,
        metadata={"description": "name of the publisher, which is created where there is none"},
    )
    author = Line(longest=1000, allow_none=True)
    published = DateOrMoment(allow_none=True)
    language = fields.String(allow_none=True, validate=LANGUAGE)


class ArticleNew(ArticlePatch):
    """An article to store: its text exactly as it stands, or the HTML of a page that contains it."""

    text = String(longest=MAX_TEXT, metadata={"example": EXAMPLE})
    html = String(longest=MAX_HTML)
    speakers = fields.List(
        fields.Nested(ExtractedSpeaker),
        metadata={"description": "with `quotes`: what is known of the text already, which is then not extracted"},
    )
    quotes = fields.List(fields.Nested(ExtractedQuote))

    @ma.validates_schema
    def found_in_the_text(self, data: dict[str, Any], **_more: Any) -> None:
        """Raise ValidationError unless speakers and quotes come together, with their text, and fit it."""
        given = [name for name in ("speakers", "quotes") if name in data]
        if given and ("text" not in data or len(given) < 2):
            raise ma.ValidationError("Give speakers and quotes both, beside the text in which they stand.", given[0])
        if given:
            check(data["text"], data)

    @ma.validates_schema
    def one_text(self, data: dict[str, Any], **_more: Any) -> None:
        """Raise ValidationError unless there is either text or html."""
        if ("text" in data) == ("html" in data):
            raise ma.ValidationError("Give either text or html.")


class ArticlePosted(ArticleNew):
    """An article to store: its text, the HTML of its page, or only the URL of a page for the server to fetch."""

    @ma.validates_schema
    def one_text(self, data: dict[str, Any], **_more: Any) -> None:
        """Raise ValidationError for both text and html, and for neither without a url."""
        if "text" in data and "html" in data:
            raise ma.ValidationError("Give either text or html.")
        if not ("text" in data or "html" in data or data.get("url")):
            raise ma.ValidationError("Give text or html, or the url of a page to fetch.")


class ExtractNew(Schema):
    """A text to extract from without storing it."""

    text = String(longest=MAX_TEXT, shortest=0, required=True, metadata={"example": EXAMPLE})
    published = DateOrMoment(allow_none=True, load_default=None)


class MentionSchema(Schema):
    """A span that refers to a speaker."""

    span = SpanField(required=True)
    how = fields.String(required=True, validate=validate.OneOf(enums.HOWS))
    speaker = fields.Nested(SpeakerRef, required=True)


class ArticleItem(Schema):
    """An article in a list, without its text."""

    id = Integer(required=True)
    url = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    publisher = fields.Nested(PublisherRef, required=True, allow_none=True)
    author = fields.String(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    published = Published()
    created = Moment()
    updated = Moment()


class ArticleSchema(ArticleItem):
    """An article with its text, every quote (of any act and status) and every mention of a speaker."""

    copies = Integer(
        least=0,
        required=True,
        metadata={"description": "how many other articles have the same text, or nearly the same"},
    )
    revision = Integer(
        required=True, metadata={"description": "the number of this text among those that the article has had, from 1"}
    )
    text = fields.String(required=True)
    quotes = fields.List(fields.Nested(QuoteInArticle), required=True)
    mentions = fields.List(fields.Nested(MentionSchema), required=True)


class ArticleAt(Query):
    """Which text of an article."""

    revision = Integer(
        metadata={"description": "the number of an earlier text: gives it with the quotes that last stood in it"}
    )


class RewordingSchema(Schema):
    """A quote that a revision reworded, before and after."""

    before = fields.Nested(QuoteInArticle, required=True)
    after = fields.Nested(QuoteInArticle, required=True)


class RevisionSchema(Schema):
    """A revision of an article: when it came, and what it did with the quotes. The first one added none."""

    revision = Integer(attribute="number", required=True)
    href = fields.String(required=True, metadata={"description": "path of the article with the text of this revision"})
    title = fields.String(required=True, allow_none=True)
    published = Published()
    engine = fields.String(required=True, metadata={"description": "the version of the engine that read it, or given"})
    stored = Moment()
    added = fields.List(fields.Nested(QuoteInArticle), required=True)
    reworded = fields.List(fields.Nested(RewordingSchema), required=True)
    dropped = fields.List(fields.Nested(QuoteInArticle), required=True)


class SnippetSchema(Schema):
    """The sentence or two of an article that match most of `q`."""

    span = SpanField(required=True, metadata={"description": "[start, end) in code points of the article's text"})
    text = fields.String(required=True, metadata={"description": "the words of the span"})
    highlight = fields.List(SpanField(), required=True, metadata={"description": "what matched, as spans into `text`"})


class ArticleFound(ArticleItem):
    """An article in a list."""

    snippet = fields.Nested(
        SnippetSchema,
        allow_none=True,
        metadata={"description": "with `q`: where it matched; null where none of its words are in the text"},
    )


class ArticleQuery(PageQuery):
    """Which articles, the last stored first."""

    q = String(
        longest=MAX_QUERY_LENGTH, metadata={"description": f"what to find in titles and texts: {QUERY_LANGUAGE}"}
    )
    url = fields.String(validate=URL, metadata={"description": "URL of the article"})
    publisher = IdOr(metadata={"description": "id, name or domain of the publisher"})
    copies_of = Id(metadata={"description": "id of an article: find others with the same text, or nearly the same"})
    since = DateOrMoment(data_key="from", metadata={"description": "published then or later"})
    until = DateOrMoment(
        data_key="to", metadata={"description": "published then or earlier; a date includes its whole day"}
    )

    format = Format(*enums.ARTICLE_FORMATS)

    as_moments = QuoteFilters.as_moments


RevisionPage = page_of(RevisionSchema)
ArticlePage = page_of(ArticleFound, query=UNDERSTOOD)
