"""What every view is made of: the blueprint, and the class of views, which commits."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import flask_smorest
import marshmallow as ma
from flask import Response, current_app, request
from flask.views import MethodView
from sqlalchemy.exc import IntegrityError

from api.http import etags, idempotency
from api.http.auth import READING_POSTS
from api.http.parsing import Parser, refuse_unacceptable, refuse_unknown_parameters
from api.http.session import SAFE_METHODS, session


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest carries no types
    """A blueprint whose views refuse unknown parameters, and an Accept that they cannot meet."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.before_request(refuse_unacceptable)
        self.before_request(refuse_unknown_parameters)

    def arguments(self, schema: type[ma.Schema], *, location: str = "json", **options: Any) -> Callable[[Any], Any]:
        """Parse a method's argument with the schema. The OpenAPI document describes a body by its schema's docstring."""
        if location == "json":
            options["description"] = inspect.getdoc(schema)
        # Made once: each time, all its fields are copied.
        parse = super().arguments(schema(), location=location, **options)

        def decorate(method: Any) -> Any:
            parsing = parse(method)
            parsing.takes_query = location == "query" or getattr(method, "takes_query", False)
            return parsing

        return decorate


class View(MethodView):
    """A view. What it wrote is committed here, if and only if it answers with success."""

    # Set where the body of a POST may exceed memory. The view then sets g.body_digest, the body's SHA-256.
    has_streamed_body: ClassVar[bool] = False
    # The media types of its answers, the preferred first. Without any the header Accept is not looked at.
    offers: ClassVar[tuple[str, ...]] = ("application/json",)

    def dispatch_request(self, **arguments: Any) -> Response:
        """Run the view and commit what it wrote. Repeat the answer to a repeated POST."""
        if request.method in SAFE_METHODS or request.endpoint in READING_POSTS:
            return self.answer(**arguments)
        key = idempotency.requested_key()
        response = self._write(**arguments) if key is None else self._write_once(key, **arguments)
        current_app.extensions["after_write"]()
        return response

    def answer(self, **arguments: Any) -> Response:
        """Run the view's method that the request asks for."""
        return current_app.make_response(super().dispatch_request(**arguments))

    def _write(self, **arguments: Any) -> Response:
        response = self.answer(**arguments)
        session().commit()
        return response

    def _write_once(self, key: str, **arguments: Any) -> Response:
        stored = idempotency.stored_answer(key, streams=self.has_streamed_body)
        if stored:
            return stored
        response = self.answer(**arguments)
        idempotency.store_answer(key, response, streams=self.has_streamed_body)
        try:
            session().commit()
        except IntegrityError:  # perhaps the same request came twice at once, and the other was first
            session().rollback()
            stored = idempotency.stored_answer(key, streams=self.has_streamed_body)
            if not stored:
                raise
            return stored
        return response


class TaggedView(View):
    """A view whose answers have an ETag, and whose PATCH and DELETE need If-Match. See api.http.etags."""

    def answer(self, **arguments: Any) -> Response:
        """Run the view's method, tag its answer, and refuse a change without If-Match."""
        etags.require_if_match()
        return etags.finish(super().answer(**arguments))
