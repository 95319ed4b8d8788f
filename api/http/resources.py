"""What every view stands on: the blueprint, the class of views, which commits, and how views find and record rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar, overload

import flask_smorest
import marshmallow as ma
from flask import Response, current_app, g, request
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from sqlalchemy.exc import IntegrityError

from api.http import etags, idempotency
from api.http.auth import READING_POSTS
from api.http.parsing import Parser, refuse_unknown_parameters
from api.http.problems import Problem, invalid
from api.http.session import SAFE_METHODS, session
from api.models import Base, Revision
from api.models.base import Mutable

Row = TypeVar("Row", bound=Base)


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest carries no types
    """A blueprint whose views refuse unknown parameters."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.before_request(refuse_unknown_parameters)

    def arguments(self, schema: type[ma.Schema], **more: Any) -> Any:
        """Do as flask-smorest's, but make the schema once: each time, its fields would be copied."""
        return super().arguments(schema(), **more)


class View(MethodView):
    """A view. What it wrote is committed here, if and only if it answers with success."""

    STREAMS = False  # whether the body of a POST may exceed memory; the view sets g.body_digest once it has read it

    def dispatch_request(self, **arguments: Any) -> ResponseReturnValue:
        """Run the view and commit what it wrote. Answer a repeated POST as before."""
        if request.method in SAFE_METHODS or request.endpoint in READING_POSTS:
            return self.answer(**arguments)
        response = self._write(**arguments)
        current_app.extensions["after_write"]()
        return response

    def answer(self, **arguments: Any) -> Response:
        """Run the method of the view that the request asks for."""
        return current_app.make_response(super().dispatch_request(**arguments))

    def _write(self, **arguments: Any) -> Response:
        key = idempotency.requested_key()
        if key is None:
            response = self.answer(**arguments)
            session().commit()
            return response
        stored = idempotency.stored_answer(key, streams=self.STREAMS)
        if stored:
            return stored
        response = self.answer(**arguments)
        idempotency.store_answer(key, response, streams=self.STREAMS)
        try:
            session().commit()
        except IntegrityError:  # perhaps the same request came twice at once, and the other was first
            session().rollback()
            stored = idempotency.stored_answer(key, streams=self.STREAMS)
            if not stored:
                raise
            return stored
        return response


class TaggedView(View):
    """A view whose answers have an ETag, and whose PATCH and DELETE need If-Match; see api.http.etags."""

    def answer(self, **arguments: Any) -> Response:
        """Run the method of the view, within what its tag allows."""
        etags.require_if_match()
        return etags.finish(super().answer(**arguments))


def find(model: type[Row], row_id: int) -> Row:
    """Return the row of `model` with this id. Raise Problem (404) where there is none."""
    row = session().get(model, row_id)
    if row is None:
        raise Problem("not-found", f"There is no {model.__tablename__} {row_id}.")
    return row


@overload
def refer(model: type[Row], row_id: int, pointer: str) -> Row: ...
@overload
def refer(model: type[Row], row_id: int | None, pointer: str) -> Row | None: ...
def refer(model: type[Row], row_id: int | None, pointer: str) -> Row | None:
    """Return the row that a body refers to at `pointer`, or None for null. Raise Problem (422) where there is none."""
    row = None if row_id is None else session().get(model, row_id)
    if row is None and row_id is not None:
        raise invalid(pointer, f"There is no {model.__tablename__} {row_id}.")
    return row


def record(row: Base, change: Mapping[str, Any]) -> None:
    """Add a revision: the caller's key changed `row` as `change`, the body of the request, says."""
    plain = json.loads(json.dumps(change, default=str))
    version = row.version if isinstance(row, Mutable) else 1
    session().add(Revision(table=row.__tablename__, row=row.id, version=version, by=caller(), change=plain))


def caller() -> str | None:
    """Return the prefix of the API key that the request presents, or None without one."""
    return g.key.prefix if g.get("key") else None
