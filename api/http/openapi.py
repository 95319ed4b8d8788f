"""The OpenAPI document, and errors as problem details."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Response
from werkzeug.exceptions import HTTPException

from api.http import etags, problems
from api.http.auth import scope
from api.http.resources import TaggedView
from api.schemas.problem import ProblemSchema

PARAMETERS: dict[str, dict[str, Any]] = {
    "IF_NONE_MATCH": {
        "description": "ETag of an earlier answer: where nothing has changed since, the answer is 304 without a body",
        "schema": {"type": "string"},
    },
    "IF_MATCH": {
        "description": "ETag of the last answer, or * for any: where the row has changed since, the answer is 412",
        "schema": {"type": "string", "minLength": 1},
        "example": "*",
        "required": True,
    },
}
# Told in prose: if it were a parameter, a generated client would send one made-up value again and again.
IDEMPOTENT = "With a header Idempotency-Key (a new value for each new request) a repeated request is done once."
HEADERS = {
    "ETAG": ("ETag", "entity tag of the answer, for If-None-Match and If-Match"),
    "LOCATION": ("Location", "path of the stored row"),
    "LINK": ("Link", 'path of the next page, as rel="next" (RFC 8288); absent on the last page'),
}


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest carries no types
    """The API, with problem details for errors in answers and in the OpenAPI document."""

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer an HTTP error as problem details."""
        return problems.respond(error)

    def _register_responses(self) -> None:
        """Describe all errors by one schema, as application/problem+json."""
        content = {problems.CONTENT_TYPE: {"schema": ProblemSchema}}
        for status in HTTPStatus:
            described = {"description": status.phrase}
            self.spec.components.response(
                status.name, {**described, "content": content} if status >= 400 else described, lazy=True
            )
        self.spec.components.response("DEFAULT_ERROR", {"description": "An error", "content": content}, lazy=True)

    def _register_etag_headers(self) -> None:
        """Describe the headers that all nouns share."""
        for name, parameter in PARAMETERS.items():
            header = "-".join(word.capitalize() for word in name.split("_"))
            self.spec.components.parameter(name, "header", {"name": header, **parameter})
        for name, (_, description) in HEADERS.items():
            self.spec.components.header(name, {"description": description, "schema": {"type": "string"}})

    def describe(self) -> None:
        """Describe for each operation whether it needs a key, and its headers. Call this last."""
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
                view = getattr(self._app.view_functions[endpoints[path]], "view_class", None)
                if view is not None and issubclass(view, TaggedView):
                    self._describe_tags(method.upper(), parameters, responses)
                if method == "post" and not reading:
                    operation["description"] = " ".join(filter(None, (operation.get("description"), IDEMPOTENT)))
                    for created in responses.keys() & {"200", "201"}:
                        _gives(responses[created], "LOCATION")
                if any(parameter.get("name") == "cursor" for parameter in parameters):
                    _gives(responses["200"], "LINK")

    def _describe_tags(self, method: str, parameters: list[Any], responses: dict[str, Any]) -> None:
        """Describe the ETag of an operation's answers, and the headers and statuses that go with it."""
        if method in etags.CHANGING:
            self._add(
                parameters, responses, "IF_MATCH", HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED
            )
        if method in etags.READING:
            self._add(parameters, responses, "IF_NONE_MATCH", HTTPStatus.NOT_MODIFIED)
        if method != "DELETE":
            for status in [status for status in responses if status.startswith("2")]:
                _gives(responses[status], "ETAG")

    def _add(self, parameters: list[Any], responses: dict[str, Any], header: str, *statuses: HTTPStatus) -> None:
        parameters.append(self.spec.components.get_ref("parameter", header))
        for status in statuses:
            responses[str(status.value)] = self.spec.components.get_ref("response", status.name)


def _gives(response: dict[str, dict[str, object]], name: str) -> None:
    response.setdefault("headers", {})[HEADERS[name][0]] = {"$ref": f"#/components/headers/{name}"}
