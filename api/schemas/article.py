"""Articles in JSON."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields

from api import enums
from api.schemas.base import (
    Count,
    Created,
    DateOrMoment,
    Id,
    Integer,
    Line,
    List,
    Moment,
    PageQuery,
    Pattern,
    Query,
    Schema,
    String,
    TextOrNull,
    Updated,
    page_of,
)
from api.schemas.extraction import MAX_ITEMS, ExtractedSpeaker, GivenQuote, How, check, place
from api.schemas.filters import MAX_QUERY_LENGTH, QUERY_LANGUAGE, ExportFormat, ExportQuery, Format, IdOr, QuoteFilters
from api.schemas.json_bounds import MAX_ARTICLE_VALUES
from api.schemas.messages import Length
from api.schemas.quote import QuoteInArticle
from api.schemas.refs import HEADLINE, URL, ArticlePublished, Published, SpeakerRef
from api.schemas.results import UNDERSTOOD
from api.schemas.spans import SpanField

MAX_TEXT = 1_000_000  # code points
MAX_HTML = 8_000_000  # code points
AUTHOR = "author of the article, as the article names them"
LANGUAGE = "language of the article as a BCP 47 tag, such as en or pt-BR"
GIVEN_LANGUAGE = f"{LANGUAGE}; found from the text unless given. Quotes are extracted from English alone"
NOTE = "why the article has no quotes, where it is not in English"
PUBLISHED = "when it was published: a date, or an RFC 3339 time with its zone"
EXAMPLE = "“Prices fell in May,” said Mari Maasikas, the finance minister of Estonia."
URL_CHECKS = [
    Length(max=2000),
    # ASCII (RFC 3986): everything else is percent-encoded. No user or password: no public address has one.
    Pattern(r"^https?://[A-Za-z0-9.\-\[\]:]+([/?#][!-~]*)?$", error="Not an http or https URL in ASCII."),
]
LANGUAGE_CHECKS = [
    Length(max=35),
    Pattern("^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", error="Not a language tag such as en or pt-BR."),
]


class ArticlePatch(Schema):
    """What can be changed of an article. Not its text, since spans point into it."""

    url = fields.String(allow_none=True, validate=URL_CHECKS, metadata={"description": URL})
    title = Line(longest=1000, allow_none=True, metadata={"description": HEADLINE})
    publisher = Line(
        longest=300,
        allow_none=True,
        metadata={"description": "name of the publisher, which is created where there is none"},
    )
    author = Line(longest=1000, allow_none=True, metadata={"description": AUTHOR})
    published = DateOrMoment(allow_none=True, metadata={"description": PUBLISHED})
    language = fields.String(allow_none=True, validate=LANGUAGE_CHECKS, metadata={"description": LANGUAGE})


class ArticleNew(ArticlePatch):
    """An article to store: its text exactly as it stands, or the HTML of a page that contains it."""

    MAX_JSON_VALUES = MAX_ARTICLE_VALUES

    language = fields.String(allow_none=True, validate=LANGUAGE_CHECKS, metadata={"description": GIVEN_LANGUAGE})
    text = String(
        longest=MAX_TEXT,
        metadata={"description": "the text, exactly as it stands: all spans point into it", "example": EXAMPLE},
    )
    html = String(
        longest=MAX_HTML, metadata={"description": "a page in which the article is to be found, instead of `text`"}
    )
    speakers = List(
        fields.Nested(ExtractedSpeaker),
        longest=MAX_ITEMS,
        metadata={"description": "with `quotes`: the known speakers of the text; nothing is extracted then"},
    )
    quotes = List(
        fields.Nested(GivenQuote),
        longest=MAX_ITEMS,
        metadata={"description": "with `speakers`: the known quotes of the text; nothing is extracted then"},
    )

    @ma.validates_schema
    def found_in_the_text(self, data: dict[str, Any], **_more: Any) -> None:
        """Raise ValidationError unless speakers and quotes come together, with their text, and fit it."""
        given = [name for name in ("speakers", "quotes") if name in data]
        if given and ("text" not in data or len(given) < 2):
            raise ma.ValidationError("Give speakers and quotes both, with the text in which they stand.", given[0])
        if given:
            place(data["text"], data["quotes"])
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

    text = String(
        longest=MAX_TEXT,
        shortest=0,
        required=True,
        metadata={"description": "the text to extract from", "example": EXAMPLE},
    )
    published = DateOrMoment(
        allow_none=True,
        load_default=None,
        metadata={"description": f"{PUBLISHED}; words such as today are dated by it"},
    )
    language = fields.String(
        allow_none=True, load_default=None, validate=LANGUAGE_CHECKS, metadata={"description": GIVEN_LANGUAGE}
    )


def Quotes(description: str) -> fields.List[Any]:
    """Return a field of answers for quotes of an article."""
    return fields.List(fields.Nested(QuoteInArticle), required=True, metadata={"description": description})


class MentionSchema(Schema):
    """A span that refers to a speaker."""

    span = SpanField(required=True)
    how = How()
    speaker = fields.Nested(SpeakerRef, required=True, metadata={"description": "the speaker to whom it refers"})


class ArticleItem(ArticlePublished):
    """An article in a list, without its text."""

    author = TextOrNull(AUTHOR)
    language = TextOrNull(LANGUAGE)
    published = Published()
    created = Created()
    updated = Updated()


class ArticleSchema(ArticleItem):
    """An article with its text, every quote (of any act and status) and every mention of a speaker."""

    copies = Count("how many other articles have the same text, or nearly the same")
    revision = Integer(
        required=True, metadata={"description": "the number of this text among those that the article has had, from 1"}
    )
    note = TextOrNull(NOTE)
    text = fields.String(required=True, metadata={"description": "the text: all spans point into it"})
    quotes = Quotes("the quotes in the text, of every act and status")
    mentions = fields.List(
        fields.Nested(MentionSchema), required=True, metadata={"description": "every span that refers to a speaker"}
    )


class ArticleAt(Query):
    """Which text of an article."""

    revision = Integer(
        metadata={"description": "the number of an earlier text: gives it with the quotes that last stood in it"}
    )


class ArticlePartQuery(ArticleAt):
    """Which text of an article the page for journalists shows, and which part of a long one."""

    quote = Integer(metadata={"description": "id of a quote in it, to show its part and mark its words"})
    part = Integer(most=1_000_000, metadata={"description": "which part of a long text"})


class CompareQuery(Query):
    """Which two texts of an article to show side by side; by default the last two."""

    before = Integer(data_key="from", metadata={"description": "the number of the earlier text"})
    after = Integer(data_key="to", metadata={"description": "the number of the later text"})


class RewordingSchema(Schema):
    """A quote that a revision reworded, before and after."""

    before = fields.Nested(QuoteInArticle, required=True, metadata={"description": "the quote in the earlier text"})
    after = fields.Nested(QuoteInArticle, required=True, metadata={"description": "the quote in the new text"})


class RevisionSchema(Schema):
    """A revision of an article: when it came, and what it did with the quotes. The first one added none."""

    revision = Integer(attribute="number", required=True, metadata={"description": "number of the revision, from 1"})
    href = fields.String(required=True, metadata={"description": "path of the article with the text of this revision"})
    title = TextOrNull(HEADLINE)
    published = Published()
    engine = fields.String(
        required=True, metadata={"description": "the version of the engine that read it, given, or none"}
    )
    stored = Moment(metadata={"description": "when this text was stored"})
    added = Quotes("quotes that are new in this text, and reword none")
    reworded = fields.List(
        fields.Nested(RewordingSchema),
        required=True,
        metadata={"description": "quotes that this text has in other words"},
    )
    dropped = Quotes("quotes that this text has no longer, not even in other words")


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


class ArticleFilters(Query):
    """Which articles: those that match every given parameter."""

    q = String(
        longest=MAX_QUERY_LENGTH, metadata={"description": f"what to find in titles and texts: {QUERY_LANGUAGE}"}
    )
    url = fields.String(validate=URL_CHECKS, metadata={"description": URL})
    publisher = IdOr(metadata={"description": "id, name or domain of the publisher"})
    copies_of = Id("an article: find others with the same text, or nearly the same")
    since = DateOrMoment(data_key="from", metadata={"description": "published then or later"})
    until = DateOrMoment(
        data_key="to", metadata={"description": "published then or earlier; a date includes its whole day"}
    )

    as_moments = QuoteFilters.as_moments


class ArticleQuery(ArticleFilters, PageQuery):
    """Which articles, the last stored first."""

    format = Format(*enums.ARTICLE_FORMATS)


class ArticleExport(ArticleFilters, ExportQuery):
    """Which articles to export, and in which format."""

    format = ExportFormat(*enums.ARTICLE_FORMATS)


RevisionPage = page_of(RevisionSchema)
ArticlePage = page_of(ArticleFound, query=UNDERSTOOD)
