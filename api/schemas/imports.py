"""Imports in JSON."""

from __future__ import annotations

from marshmallow import fields, validate

from api import enums
from api.schemas.base import Integer, Moment, PageQuery, Query, Schema, page_of
from api.schemas.problem import ProblemSchema


class ImportNew(Query):
    """How to import."""

    dry_run = fields.Boolean(
        truthy={"true"},
        falsy={"false"},
        load_default=False,
        metadata={"description": "only report what would change, and store nothing"},
    )


class ImportCounts(Schema):
    """How many records have each outcome."""

    new = Integer(least=0, required=True)
    unchanged = Integer(least=0, required=True)
    changed = Integer(least=0, required=True)
    failed = Integer(least=0, required=True)


class ImportQuoteCounts(Schema):
    """How many quotes of their articles are new, changed or gone."""

    new = Integer(least=0, required=True)
    changed = Integer(least=0, required=True)
    gone = Integer(least=0, required=True)


class ImportSchema(Schema):
    """An import: how far it is, and the outcomes of its records so far."""

    id = Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(enums.IMPORT_STATES))
    dry_run = fields.Boolean(required=True)
    total = Integer(least=0, required=True, metadata={"description": "how many records came"})
    counts = fields.Nested(ImportCounts, required=True)
    quotes = fields.Nested(ImportQuoteCounts, required=True)
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
    created = Moment()
    received = Moment(allow_none=True, metadata={"description": "when all records had come; null before"})
    started = Moment(allow_none=True)
    finished = Moment(allow_none=True)


class ImportItemSchema(Schema):
    """A record of an import."""

    line = Integer(required=True, metadata={"description": "line of the body where it begins, from 1"})
    state = fields.String(required=True, validate=validate.OneOf(enums.ITEM_STATES))
    url = fields.String(required=True, allow_none=True)
    article = Integer(
        attribute="article_id", required=True, allow_none=True, metadata={"description": "id of the article it became"}
    )
    problem = fields.Nested(ProblemSchema, required=True, allow_none=True)


class ImportItemQuery(PageQuery):
    """Which records of an import."""

    state = fields.String(validate=validate.OneOf(enums.ITEM_STATES))


ImportPage = page_of(ImportSchema)
ImportItemPage = page_of(ImportItemSchema)
