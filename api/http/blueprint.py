"""What all views stand on: how arguments are parsed, how tags are checked, and how a write ends."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import flask_smorest
import marshmallow as ma
from flask import Response, current_app, g, request
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from flask_smorest.exceptions import NotModified, PreconditionRequired
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType
from werkzeug.routing import IntegerConverter, Map

from api.database.engine import reading
from api.http.auth import READING_POSTS
from api.http.problems import Problem, invalid
from api.http.session import SAFE_METHODS, session
from api.models import Base, IdempotencyKey, Revision, now
from api.models.base import Mutable

ID = "id"  # in a route, as f"/<{ID}:quote_id>"
_REMEMBER = dt.timedelta(days=1)  # how long an Idempotency-Key is remembered
KEPT = ("Content-Type", "Location", "ETag", "Verbatim-Outcome")  # headers of the answer that is remembered
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class IdConverter(IntegerConverter):
    """The id of a row in a path: ASCII digits, the first not 0, so that nothing has two paths."""

    regex = "[1-9][0-9]{0,18}"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=2**63 - 1)


class Parser(FlaskParser):
    """webargs' parser: unknown parameters are errors, and no JSON makes it raise anything but a 400."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {"json": ma.RAISE, "query": ma.RAISE}  # noqa: RUF012 - webargs'

    def _raw_load_json(self, req: Any) -> Any:
        try:
            body = super()._raw_load_json(req)
            if body is ma.missing:  # webargs takes it for an empty object: a PATCH would change nothing and say 200
                raise UnsupportedMediaType if req.get_data() else BadRequest("The body is missing: send JSON.")
            return body
        except HTTPException:
            raise
        except (ValueError, RecursionError):  # a number of 5,000 digits; brackets 100,000 deep
            raise BadRequest("The body is no JSON that can be read.") from None


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest carries no types
    """A blueprint whose GETs refuse parameters they do not know, and whose 304 carries its ETag."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.before_request(_refuse_strange_parameters)

    def arguments(self, schema: type[ma.Schema], **more: Any) -> Any:
        """As flask-smorest's, with the schema made once: its fields are copied each time that it is made."""
        return super().arguments(schema(), **more)

    def _check_precondition(self) -> None:
        """Refuse a change without If-Match (428). One that cannot be read is no stored one's: 412 follows."""
        if request.method in self.METHODS_NEEDING_CHECK_ETAG and not request.headers.get("If-Match", "").strip():
            raise PreconditionRequired

    @staticmethod
    def _generate_etag(etag_data: Any, extra_data: Any = None) -> str:
        if isinstance(etag_data, bytes):  # a body as it is sent
            return hashlib.sha256(etag_data).hexdigest()
        return str(flask_smorest.Blueprint._generate_etag(etag_data, extra_data))  # noqa: SLF001 - what is replaced

    def _set_etag_in_response(self, response: Response) -> None:
        if not response.is_streamed:  # of a stream nobody knows yet what it will say
            super()._set_etag_in_response(response)

    def _check_not_modified(self, etag: str) -> None:
        try:
            super()._check_not_modified(etag)
        except NotModified:
            response = Response(status=304)
            response.set_etag(etag)
            raise NotModified(response=response) from None


def _refuse_strange_parameters() -> None:
    """Refuse any parameter on a view that takes none, and one given twice on a view that does."""
    view = current_app.view_functions[request.endpoint or ""]
    name = "get" if request.method == "HEAD" else request.method.lower()  # Flask answers HEAD by the view's get
    method = getattr(getattr(view, "view_class", None), name, None)
    arguments = getattr(method, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    takes_query = any(argument["in"] == "query" for argument in arguments)
    for parameter, values in request.args.lists():
        if not takes_query:
            raise invalid(parameter, "Unknown parameter.")
        if len(values) > 1:
            raise invalid(parameter, "Given more than once.")


class View(MethodView):
    """A view whose writes are kept if, and only if, they are answered with success: this is where views commit.

    A POST with an Idempotency-Key that was answered before gets that answer again (after
    draft-ietf-httpapi-idempotency-key-header); the answer is stored in the transaction of the work itself.
    """

    STREAMS = (
        False  # whether a POST's body is longer than memory should hold; the view sets g.body_digest once it is read
    )

    def dispatch_request(self, **arguments: Any) -> ResponseReturnValue:
        """Run the view, then commit what it wrote; answer a repeated POST as before."""
        if request.method in SAFE_METHODS or request.endpoint in READING_POSTS:
            return super().dispatch_request(**arguments)
        response = self._write(**arguments)
        current_app.extensions["after_write"]()
        return response

    def _write(self, **arguments: Any) -> ResponseReturnValue:
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        if key is None:
            response = super().dispatch_request(**arguments)
            session().commit()
            return response
        if not _IDEMPOTENCY_KEY.fullmatch(key):
            raise invalid("Idempotency-Key", "Must be 1 to 200 printable ASCII characters without spaces.")
        answered = _answered(key)
        if answered:
            return answered
        response = current_app.make_response(super().dispatch_request(**arguments))
        _remember(key, response)
        try:
            session().commit()
        except IntegrityError:  # perhaps the same request came twice at once, and the other was first
            session().rollback()
            answered = _answered(key)
            if not answered:
                raise
            return answered
        return response


def _fingerprint() -> str:
    parts = (request.method.encode(), request.full_path.encode(), _digest() if _streams() else request.get_data())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _streams() -> bool:
    view = getattr(current_app.view_functions[request.endpoint or ""], "view_class", View)
    return bool(view.STREAMS)


def _digest() -> bytes:
    """SHA-256 of a body that is streamed, which is read here unless the view has done so."""
    if "body_digest" not in g:
        digest = hashlib.sha256()
        while chunk := request.stream.read(65536):
            digest.update(chunk)
        g.body_digest = digest.digest()
    found: bytes = g.body_digest
    return found


def _answered(key: str) -> Response | None:
    """The answer stored for `key`, or None. Raises Problem when it was for another request."""
    with reading(current_app.extensions["engine"]) as stored:
        found = stored.scalar(
            select(IdempotencyKey).where(IdempotencyKey.api_key_id == g.key.id, IdempotencyKey.key == key)
        )
    if found is None:
        return None
    if found.fingerprint != _fingerprint():
        raise Problem("idempotency-key-reused", "Use a new Idempotency-Key for a new request.")
    return Response(found.body, found.status, {**found.headers, "Idempotent-Replayed": "true"})


def _remember(key: str, response: Response) -> None:
    kept = {name: value for name, value in response.headers.items() if name in KEPT}
    session().execute(delete(IdempotencyKey).where(IdempotencyKey.created < now() - _REMEMBER))
    session().add(
        IdempotencyKey(
            api_key_id=g.key.id,
            key=key,
            fingerprint=_fingerprint(),
            status=response.status_code,
            headers=kept,
            body=response.get_data(as_text=True),
        )
    )


def find(model: type[Any], row_id: int) -> Any:
    """The row of `model` with this id. Raises Problem (404) when there is none."""
    row = session().get(model, row_id)
    if row is None:
        raise Problem("not-found", f"There is no {model.__tablename__} {row_id}.")
    return row


def refer(model: type[Any], row_id: int | None, pointer: str) -> Any:
    """The row that a body refers to at `pointer`, or None for null. Raises Problem (422) when there is none."""
    row = None if row_id is None else session().get(model, row_id)
    if row is None and row_id is not None:
        raise invalid(pointer, f"There is no {model.__tablename__} {row_id}.")
    return row


def record(row: Base, change: Mapping[str, Any]) -> None:
    """Keep in the revision table that the caller changed `row`; `change` is what the request gave."""
    plain = json.loads(json.dumps(change, default=str))
    by = g.key.prefix if g.get("key") else None
    version = row.version if isinstance(row, Mutable) else 1
    session().add(Revision(table=row.__tablename__, row=row.id, version=version, by=by, change=plain))
