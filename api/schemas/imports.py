"""Imports in JSON."""

from __future__ import annotations

from marshmallow import fields

from api import enums
from api.schemas.base import (
    Choice,
    Count,
    Created,
    Flag,
    Id,
    Integer,
    Moment,
    PageQuery,
    Query,
    Schema,
    TextOrNull,
    page_of,
)
from api.schemas.problem import ProblemSchema
from api.schemas.refs import URL


class ImportNew(Query):
    """How to import."""

    dry_run = Flag("only report what would change, and store nothing")


class ImportCounts(Schema):
    """How many records have each outcome."""

    new = Count("articles that were not stored before")
    unchanged = Count("articles that were stored already, with the same text")
    changed = Count("articles that were stored with another text, and got a revision")
    failed = Count("records that could not be read or stored")
    not_english = Count("articles, new or changed, that have no quotes since they are not in English")


class ImportQuoteCounts(Schema):
    """How many quotes of their articles are new, changed or gone."""

    new = Count("quotes of new articles, and quotes that revisions added")
    changed = Count("quotes that revisions reworded")
    gone = Count("quotes that revisions dropped")


class ImportSchema(Schema):
    """An import: how far it is, and the outcomes of its records so far."""

    id = Id("the import", required=True)
    state = Choice(enums.IMPORT_STATES, "how far the import is", required=True)
    dry_run = fields.Boolean(
        required=True, metadata={"description": "true where it only reports what would change, and stores nothing"}
    )
    total = Count("how many records came")
    counts = fields.Nested(ImportCounts, required=True, metadata={"description": "records by outcome, so far"})
    quotes = fields.Nested(
        ImportQuoteCounts, required=True, metadata={"description": "quotes by what became of them, so far"}
    )
    rate = fields.Float(
        required=True, allow_none=True, metadata={"description": "records per second since it started", "example": 9.5}
    )
    estimate = fields.Float(
        required=True, allow_none=True, metadata={"description": "seconds until it is done at that rate"}
    )
    problem = fields.Nested(
        ProblemSchema,
        required=True,
        allow_none=True,
        metadata={"description": "why it was cancelled, where the body broke off"},
    )
    created = Created()
    received = Moment(allow_none=True, metadata={"description": "when all records had come; null before"})
    started = Moment(allow_none=True, metadata={"description": "when work on the first record began; null before"})
    finished = Moment(allow_none=True, metadata={"description": "when it was done or cancelled; null before"})


class ImportItemSchema(Schema):
    """A record of an import."""

    line = Integer(required=True, metadata={"description": "line of the body where it begins, from 1"})
    state = Choice(enums.ITEM_STATES, "queued, or the outcome of the record", required=True)
    url = TextOrNull(URL)
    article = Integer(
        attribute="article_id", required=True, allow_none=True, metadata={"description": "id of the article it became"}
    )
    problem = fields.Nested(
        ProblemSchema,
        required=True,
        allow_none=True,
        metadata={"description": "why the record failed, or what a queued one waits for; null otherwise"},
    )
    note = TextOrNull("why its article has no quotes, where it is not in English")


class ImportItemQuery(PageQuery):
    """Which records of an import."""

    state = Choice(enums.ITEM_STATES, "state of the records to list")


ImportPage = page_of(ImportSchema)
ImportItemPage = page_of(ImportItemSchema)
