"""Exports over HTTP: which format is wanted, and the whole result as one stream."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Response, request

from api.http.blueprint import Blueprint
from api.http.problems import Problem, invalid
from api.output.stream import NDJSON, Format
from api.output.vocabularies import Places
from api.schemas.base import MAX_ID

# Of a list, and not of an export, which is of everything, in the order of ids.
_OF_LISTS = ("limit", "sort", "total")


def exported(blp: Blueprint, formats: Mapping[str, Format]) -> Callable[[Any], Any]:
    """Describe the formats in which a list can be exported, beside its JSON."""

    def describe(view: Any) -> Any:
        for format_ in formats.values():
            kind = _media_type(format_)
            schema = {"type": "object" if kind.endswith("json") and kind != NDJSON else "string"}
            view = blp.alt_response(200, schema=schema, content_type=kind, success=True)(view)
        return view

    return describe


def _media_type(format_: Format) -> str:
    return format_.content_type.partition(";")[0]


def wanted(query: dict[str, Any], formats: Mapping[str, Format]) -> str | None:
    """The name of the format to export in, by `format` (taken out of the query) or else by Accept; None for JSON's pages.

    Raises Problem (422) for parameters that only a list has.
    """
    name: str | None = query.pop("format", None) or _accepted(formats)
    if name is None or name == "json":
        return None
    for parameter in _OF_LISTS:
        if parameter in request.args:
            raise invalid(parameter, f"Only lists have it: as {name} you get all there is, in the order of ids.")
    return name


def _accepted(formats: Mapping[str, Format]) -> str | None:
    """The format that Accept prefers to JSON. Of two for which it cares alike, the first offered."""
    names = {format_.content_type.removesuffix("; charset=utf-8"): name for name, format_ in formats.items()}
    return names.get(request.accept_mimetypes.best_match(["application/json", *names]) or "")


def after(cursor: str | None) -> int:
    """The id after which an export goes on. Raises Problem (422) for what is no id."""
    if cursor is None:
        return 0
    if not re.fullmatch("[1-9][0-9]{0,18}", cursor) or int(cursor) > MAX_ID:
        raise Problem("invalid-cursor", "The cursor of an export is the id of the last row that you have whole.")
    return int(cursor)


def places() -> Places:
    """Where the service and this request are."""
    whole = re.sub(r"(?<=[?&])cursor=[^&]*&?", "", request.url).rstrip("?&")
    return Places(request.url_root, request.url, whole, resumed="cursor" in request.args)


def streamed(format_: Format, chunks: Iterator[bytes]) -> Response:
    """An answer that sends the chunks as they come. The first is made now, so that what fails at once is a problem."""
    first = next(chunks)

    def all_of_them() -> Iterator[bytes]:
        yield first
        yield from chunks  # closed with this one where the client has gone

    return Response(all_of_them(), content_type=format_.content_type, headers={"Vary": "Accept"})
