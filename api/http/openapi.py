"""The API's OpenAPI document, and its errors as problem details."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Response
from werkzeug.exceptions import HTTPException

from api.http import problems
from api.http.auth import scope
from api.schemas.problem import ProblemSchema

PARAMETERS: dict[str, dict[str, Any]] = {
    "IF_NONE_MATCH": {
        "description": "ETag of what is known already: unless it has changed the answer is 304, without a body",
        "schema": {"type": "string"},
    },
    "IF_MATCH": {
        "description": "ETag of what was read: where it has changed since, the answer is 412 and nothing is done; * for any",
        "schema": {"type": "string", "minLength": 1},
        "example": "*",
        "required": True,
    },
}
# Said in words: described as a parameter, a client made from the document would send one that it made up once.
IDEMPOTENT = "With a header Idempotency-Key (new for each new request) the same request sent again does nothing twice."
HEADERS = {
    "ETAG": ("ETag", "tag of this state of it, for If-None-Match and If-Match"),
    "LOCATION": ("Location", "path of what is stored"),
    "LINK": ("Link", 'of the next page, as rel="next" (RFC 8288); absent on the last'),
}


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest carries no types
    """The API with problem details for errors, in its answers and in its OpenAPI document."""

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer an HTTP error as problem details."""
        return problems.respond(error)

    def _register_responses(self) -> None:
        """Describe every error as application/problem+json with one schema."""
        content = {problems.CONTENT_TYPE: {"schema": ProblemSchema}}
        for status in HTTPStatus:
            described = {"description": status.phrase}
            self.spec.components.response(
                status.name, {**described, "content": content} if status >= 400 else described, lazy=True
            )
        self.spec.components.response("DEFAULT_ERROR", {"description": "An error", "content": content}, lazy=True)

    def _register_etag_headers(self) -> None:
        """Describe the headers that every noun shares."""
        for name, parameter in PARAMETERS.items():
            header = "-".join(word.capitalize() for word in name.split("_"))
            self.spec.components.parameter(name, "header", {"name": header, **parameter})
        for name, (_, description) in HEADERS.items():
            self.spec.components.header(name, {"description": description, "schema": {"type": "string"}})

    def describe(self) -> None:
        """Say of each operation whether it needs a key, and which headers it takes and gives. Call it last."""
        self.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
        rules = self._app.url_map.iter_rules()
        endpoints = {re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule): rule.endpoint for rule in rules}
        for path, operations in self.spec._paths.items():  # noqa: SLF001 - apispec offers no way to walk them
            for method, operation in operations.items():
                if method == "parameters":  # those in the path, of all its operations
                    continue
                reading = scope(method.upper(), endpoints[path]) == "read"
                operation["security"] = [{}, {"key": []}] if reading else [{"key": []}]
                parameters, responses = operation.setdefault("parameters", []), operation["responses"]
                if method == "post" and not reading:
                    operation["description"] = " ".join(filter(None, (operation.get("description"), IDEMPOTENT)))
                    for created in responses.keys() & {"200", "201"}:
                        _gives(responses[created], "LOCATION")
                if any(parameter.get("name") == "cursor" for parameter in parameters):
                    _gives(responses["200"], "LINK")


def _gives(response: dict[str, dict[str, object]], name: str) -> None:
    response.setdefault("headers", {})[HEADERS[name][0]] = {"$ref": f"#/components/headers/{name}"}
