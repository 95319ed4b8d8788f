"""Imports over HTTP."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from flask import after_this_request, current_app, g, request
from sqlalchemy import Engine, select
from werkzeug.exceptions import ClientDisconnected, HTTPException

from api.config import Settings
from api.http import etags, pagination
from api.http.parsing import ID
from api.http.problems import Problem
from api.http.resources import caller, find
from api.http.session import session
from api.http.turns import MAX_BODY_BYTES, streaming
from api.http.view import Blueprint, TaggedView, View
from api.jobs import imports
from api.jobs.queue import Background
from api.models import Import, ImportItem, now
from api.schemas.base import PageQuery
from api.schemas.imports import ImportItemPage, ImportItemQuery, ImportNew, ImportPage, ImportSchema
from api.sources.readers import Bad, Stream, read_records
from api.sources.readers.gzip import gunzip

FORMS = {"application/x-ndjson": "ndjson", "text/csv": "csv", "application/json": "json"}
BODY = {
    "required": True,
    "description": "Articles as POST /v1/articles takes them: one a line (NDJSON), in rows (CSV), or in a list (JSON)",
    # Of any shape: a record that is no article fails by itself, and the request is not refused.
    "content": {form: {"schema": {}} for form in FORMS},
}

blp = Blueprint(
    "imports", __name__, url_prefix="/v1/imports", description="Many articles at once, stored in the background"
)


@blp.before_request
def allow_long_bodies() -> None:
    """Allow longer bodies for imports than for other requests."""
    settings: Settings = current_app.config["SETTINGS"]
    request.max_content_length = settings.import_limit


@blp.route("")
class Imports(TaggedView):
    has_streamed_body = True

    @blp.arguments(PageQuery, location="query")
    @blp.response(200, ImportPage)
    def get(self, query: dict[str, Any]) -> Any:
        """List imports, the last one first."""
        page = pagination.paginate(
            session(), select(Import), (Import.id,), limit=query["limit"], cursor=query["cursor"], descending=True
        )
        return {"items": with_counts(page.items), "next": page.next}, page.headers()

    @blp.doc(requestBody=BODY)
    @blp.arguments(ImportNew, location="query")
    @blp.response(202, ImportSchema, description="Received; Location has its progress")
    def post(self, query: dict[str, Any]) -> Any:
        """Import articles in the background, in NDJSON, CSV or JSON, each also with gzip (Content-Encoding)."""
        form, packed = body_format()
        engine = current_app.extensions["engine"]
        body = Body()
        stream: Stream = io.BufferedReader(body, 65536)
        if packed:
            stream = gunzip(stream, current_app.config["SETTINGS"].import_limit)
        length = request.content_length
        is_long = length is None or length > MAX_BODY_BYTES
        with streaming() if is_long else nullcontext():
            import_id = receive(engine, body, read_records(stream, form), dry_run=query["dry_run"])
        wake()
        return with_counts([find(Import, import_id)])[0], {"Location": f"/v1/imports/{import_id}"}


@blp.route(f"/<{ID}:import_id>")
class ImportById(TaggedView):
    @blp.response(200, ImportSchema)
    def get(self, import_id: int) -> Any:
        """Read how far an import is."""
        return with_counts([find(Import, import_id)])[0]

    @blp.response(204)
    def delete(self, import_id: int) -> None:
        """Cancel the rest of an import, or delete the log of one that has ended. Articles that it stored stay."""
        found = find(Import, import_id)
        etags.check(with_counts([found])[0], ImportSchema)
        if found.state in ("queued", "running"):
            imports.cancel(session(), import_id)
        else:
            imports.forget(session(), import_id)


@blp.route(f"/<{ID}:import_id>/items")
class ImportItems(TaggedView):
    @blp.arguments(ImportItemQuery, location="query")
    @blp.response(200, ImportItemPage)
    def get(self, query: dict[str, Any], import_id: int) -> Any:
        """List the records of an import in their order, with the outcome of each."""
        find(Import, import_id)
        listed = select(ImportItem).where(ImportItem.import_id == import_id)
        if "state" in query:
            listed = listed.where(ImportItem.state == query["state"])
        page = pagination.paginate(session(), listed, (ImportItem.id,), limit=query["limit"], cursor=query["cursor"])
        return page, page.headers()


@blp.route(f"/<{ID}:import_id>/retry")
class ImportRetry(View):
    @blp.response(202, ImportSchema)
    def post(self, import_id: int) -> Any:
        """Try the failed records of an import again, except those that could not be read."""
        found = find(Import, import_id)
        if found.state == "cancelled":
            raise Problem("conflict", "The import was cancelled: send it again.")
        imports.retry(session(), import_id)
        session().expire_all()
        wake()
        return with_counts([found])[0], {"Location": f"/v1/imports/{import_id}"}


@dataclass(frozen=True, slots=True)
class WithProgress:
    """An import with its counts, rate and estimate."""

    row: Import
    total: int
    counts: dict[str, int]
    quotes: dict[str, int]
    rate: float | None
    estimate: float | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def with_counts(rows: Any) -> list[WithProgress]:
    """Return the imports with their counts."""
    counted = imports.counts(session(), [row.id for row in rows])
    return [with_progress(row, counted[row.id]) for row in rows]


def with_progress(row: Import, counts: imports.Counts) -> WithProgress:
    """Return an import with its counts, rate and estimate."""
    seconds = ((row.finished or now()) - row.started).total_seconds() if row.started else 0.0
    rate = counts.finished / seconds if seconds > 0 else None
    left = counts.items["queued"] if row.state in ("queued", "running") else 0
    estimate = left / rate if rate else None if left else 0.0
    total = sum(counts.items.values())
    rounded = (None if figure is None else round(figure, 1) for figure in (rate, estimate))
    outcomes = {**counts.items, "not_english": counts.not_english}
    return WithProgress(row, total, outcomes, counts.quotes, *rounded)


def body_format() -> tuple[str, bool]:
    """Return the format of the body, and whether it is gzip. Raise Problem (415) for others."""
    form = FORMS.get(request.mimetype)
    if form is None:
        raise Problem("unsupported-media-type", f"Send one of {', '.join(FORMS)}, and say which in Content-Type.")
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise Problem("unsupported-media-type", "Send the body in UTF-8, with charset=utf-8 in Content-Type or none.")
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip"):
        raise Problem(
            "unsupported-media-type", "Send the body as it is, or as gzip: no other Content-Encoding is read."
        )
    return form, coding != "identity"


def broken_off(error: Exception) -> Problem:
    """Return the problem of an import whose body was not received whole."""
    if isinstance(error, HTTPException) and error.code == 413:
        return Problem("too-large", "The body is over the limit: nothing of it was imported. Send it in parts.")
    return Problem("internal", "The body could not be received whole: nothing of it was imported. Send it again.")


def wake() -> None:
    """Wake a worker after the request's transaction is committed."""
    background: Background = current_app.extensions["background"]

    @after_this_request
    def now_committed(response: Any) -> Any:
        background.wake()
        return response


class Body(io.RawIOBase):
    """The request's body as a stream. It notices when the body breaks off, and hashes it for the Idempotency-Key."""

    def __init__(self) -> None:
        self.digest, self.size, self.broken = hashlib.sha256(), 0, False

    def readable(self) -> bool:
        """Return true, which io.BufferedReader asks for."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Read some bytes into `buffer` and return how many. Raise Bad where the body breaks off, or RequestEntityTooLarge."""
        try:
            chunk: bytes = request.stream.read(len(buffer))
        except HTTPException as error:
            if not isinstance(error, ClientDisconnected):
                raise
            self.broken = True
        except Exception:  # of the server: the connection ended, or a chunk is malformed
            self.broken = True
        if self.broken:
            raise Bad(f"the body broke off after {self.size} bytes")
        self.digest.update(chunk)
        self.size += len(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def finish(self) -> None:
        """Read the rest. Raise Problem where the body did not come whole."""
        while not self.broken and self.readinto(bytearray(65536)):
            pass
        if self.broken:
            raise Problem(
                "bad-request", f"The body broke off after {self.size} bytes: nothing of it was imported. Send it again."
            )
        g.body_digest = self.digest.digest()


def receive(engine: Engine, body: Body, records: Iterator[Any], *, dry_run: bool) -> int:
    """Store the records of a body, and return the id of their import. Raise Problem if not all of them came."""
    import_id = imports.begin(engine, dry_run=dry_run, by=caller())
    try:
        imports.receive(engine, import_id, records)
        body.finish()
        imports.complete(session(), import_id)
    except imports.Cancelled:
        raise Problem("conflict", f"Import {import_id} was cancelled while its records came.") from None
    except Exception as error:
        problem = error if isinstance(error, Problem) else broken_off(error)
        imports.abandon(engine, import_id, problem)
        raise
    return import_id
