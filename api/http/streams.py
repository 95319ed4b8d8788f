"""Lists in other formats than JSON: which one a request asks for, and the whole result as one stream.

`content_types` are the formats that a list offers: the content type of each, by its name in the parameter `format`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Response, request

from api.http.problems import Problem, invalid
from api.http.session import close_session
from api.http.turns import streaming
from api.http.view import Blueprint
from api.schemas.base import MAX_ID

# Parameters of lists only: an export has everything, in the order of ids.
LIST_PARAMETERS = ("limit", "sort", "total")
CHARSET = "; charset=utf-8"


def describe_formats(blp: Blueprint, content_types: Mapping[str, str]) -> Callable[[Any], Any]:
    """Describe the formats of an export in the OpenAPI document: CSV first, which clients made from it can read."""

    def describe(view: Any) -> Any:
        media_types = dict.fromkeys(content_type.partition(";")[0] for content_type in content_types.values())
        first, *others = sorted(media_types, key=lambda media_type: media_type != "text/csv")
        for media_type in others:
            view = blp.alt_response(200, schema=_shape(media_type), content_type=media_type, success=True)(view)
        return blp.response(200, _shape(first), content_type=first)(view)

    return describe


def _shape(media_type: str) -> dict[str, str]:
    return {"type": "object" if media_type == "application/ld+json" else "string"}


def take_format(query: dict[str, Any], content_types: Mapping[str, str]) -> str | None:
    """Take `format` out of the query, and return the format to export in, or None for pages of JSON.

    Without that parameter the header Accept decides. Raise Problem (422) for parameters that only lists have.
    """
    name: str | None = query.pop("format", None) or _accepted(content_types)
    if name is None or name == "json":
        return None
    for parameter in LIST_PARAMETERS:
        if parameter in request.args:
            raise invalid(parameter, f"Only lists have it: as {name} you get all there is, in the order of ids.")
    return name


def offered(content_types: Mapping[str, str]) -> tuple[str, ...]:
    """Return the media types of a list, JSON first, as Accept may name them."""
    return "application/json", *(content_type.removesuffix(CHARSET) for content_type in content_types.values())


def _accepted(content_types: Mapping[str, str]) -> str | None:
    """Return the format that Accept prefers to JSON, or None. Between equals the first offered wins."""
    names = {content_type.removesuffix(CHARSET): name for name, content_type in content_types.items()}
    return names.get(request.accept_mimetypes.best_match(offered(content_types)) or "")


def last_id(cursor: str | None) -> int:
    """Return the id after which an export goes on; 0 without a cursor. Raise Problem (422) where that is no id."""
    if cursor is None:
        return 0
    if not re.fullmatch("[1-9][0-9]{0,18}", cursor) or int(cursor) > MAX_ID:
        raise Problem("invalid-cursor", "The cursor of an export is the id of the last row that you have whole.")
    return int(cursor)


def url_without_cursor() -> str:
    """Return the URL of the request without its cursor."""
    return re.sub(r"(?<=[?&])cursor=[^&]*&?", "", request.url).rstrip("?&")


def stream(content_type: str, chunks: Iterator[bytes]) -> Response:
    """Answer with chunks as they come. The first is made now, so that an error in it becomes a problem.

    Raise Problem (503) where too many streams are under way.
    """
    close_session()  # flask_compress keeps the request open while the stream is read, and with it the database's connection

    def counted() -> Iterator[bytes]:
        with streaming():
            yield from chunks

    begun = counted()
    first = next(begun)

    def every() -> Iterator[bytes]:
        yield first
        yield from begun  # closed together with this one where the client goes away, and where HEAD reads nothing

    return Response(every(), content_type=content_type, headers={"Vary": "Accept"})
