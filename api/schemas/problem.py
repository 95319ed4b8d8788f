"""The shape of an error: RFC 9457 problem details."""

from __future__ import annotations

from marshmallow import fields

from api.schemas.base import Schema


class InvalidSchema(Schema):
    """One invalid value: where it is, and what is wrong with it."""

    pointer = fields.String(
        required=True, metadata={"description": "JSON pointer into the body, or a parameter's name"}
    )
    detail = fields.String(required=True, metadata={"description": "what is wrong with the value"})


class ProblemSchema(Schema):
    """An error. Only documentation: api.http.problems writes it."""

    type = fields.String(required=True, metadata={"description": "urn:verbatim:problem:NAME, stable"})
    title = fields.String(
        required=True, metadata={"description": "what the type means; the same for all problems of a type"}
    )
    status = fields.Integer(required=True, metadata={"description": "HTTP status of the error"})
    detail = fields.String(required=True, metadata={"description": "what is wrong, and what to do"})
    errors = fields.List(
        fields.Nested(InvalidSchema), metadata={"description": "the values that are invalid, each with its place"}
    )
    more_errors = fields.Integer(
        metadata={"description": "how many invalid values were found besides the first 100, which `errors` lists"}
    )
    article = fields.String(metadata={"description": "path of the article that is stored already"})
