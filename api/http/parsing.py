"""Parse paths, parameters and bodies, and refuse malformed ones before a view sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import current_app, request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType
from werkzeug.routing import IntegerConverter, Map

from api.http.problems import Problem, invalid
from api.schemas.base import MAX_ID
from api.schemas.errors import pointers
from api.schemas.json_bounds import MAX_VALUES, OutOfBounds, TooManyValues, check_bounds

ID = "id"  # in a route, as f"/<{ID}:quote_id>"


class IdConverter(IntegerConverter):
    """The id of a row in a path: ASCII digits without leading zeros, so that each row has one path."""

    regex = "[1-9][0-9]{0,18}"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=MAX_ID)


class Parser(FlaskParser):
    """The parser of webargs. Unknown parameters are errors, and malformed JSON is a 400."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {"json": ma.RAISE, "query": ma.RAISE}  # noqa: RUF012 - webargs'

    def load_json(self, req: Any, schema: ma.Schema) -> Any:
        """Return the JSON of a request. Raise Problem (400, 413) for one that is out of bounds, before it is parsed."""
        if req.is_json:
            try:
                check_bounds(req.get_data(), getattr(schema, "MAX_JSON_VALUES", MAX_VALUES))
            except TooManyValues as error:
                raise Problem("too-large", f"The body {error}.") from None
            except OutOfBounds as error:
                raise BadRequest(f"The body {error}.") from None
        return super().load_json(req, schema)

    def _raw_load_json(self, req: Any) -> Any:
        """Return the JSON of a request. A private hook: webargs has no public one between the bytes and their JSON."""
        try:
            body = super()._raw_load_json(req)
            if body is ma.missing:  # webargs takes it for an empty object: a PATCH would change nothing and answer 200
                raise UnsupportedMediaType if req.get_data() else BadRequest("The body is missing: send JSON.")
            return body
        except HTTPException:
            raise
        except (ValueError, RecursionError):  # a number of 5,000 digits; brackets 100,000 deep
            raise BadRequest("The body is no JSON that can be read.") from None


def load_parameters(schema: type[ma.Schema], values: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return parameters as the schema loads them, by default those of the request. Raise Problem (422)."""
    if values is None:
        twice = next((name for name, several in request.args.lists() if len(several) > 1), None)
        if twice is not None:
            raise invalid(twice, "Given more than once.")
        values = request.args
    try:
        loaded: dict[str, Any] = schema().load(dict(values.items()))
    except ma.ValidationError as error:
        wrong = [{**each, "pointer": each["pointer"].removeprefix("/")} for each in pointers(error.messages)]
        raise Problem("invalid", f"{wrong[0]['pointer']}: {wrong[0]['detail']}", errors=wrong) from None
    return loaded


def refuse_unknown_parameters() -> None:
    """Raise Problem (422) for a parameter of a view that takes none, and for one that is given twice."""
    if request.method == "OPTIONS":  # a preflight asks about the URL with all its parameters
        return
    view = current_app.view_functions[request.endpoint or ""]
    name = "get" if request.method == "HEAD" else request.method.lower()  # Flask answers HEAD by the view's get
    method = getattr(getattr(view, "view_class", None), name, None)
    for parameter, values in request.args.lists():
        if not getattr(method, "takes_query", False):  # api.http.view.Blueprint.arguments sets it
            raise invalid(parameter, "This takes no parameters.")
        if len(values) > 1:
            raise invalid(parameter, "Given more than once.")


def refuse_unacceptable() -> None:
    """Raise Problem (406) where Accept names nothing that the view offers. Its parameter `format` overrides Accept."""
    view = getattr(current_app.view_functions[request.endpoint or ""], "view_class", None)
    offers: tuple[str, ...] = getattr(view, "offers", ())
    accepted = request.accept_mimetypes
    anything = not offers or not accepted or request.method in ("OPTIONS", "DELETE") or "format" in request.args
    if anything or accepted.best_match(offers):
        return
    bare = [value.partition(";")[0].strip().lower() for value, quality in accepted if quality]
    if "application/json" in offers and "application/json" in bare:  # with parameters that mean nothing to us
        return
    raise Problem("not-acceptable", f"This is offered as {', '.join(offers)}: send such an Accept, or none.")
