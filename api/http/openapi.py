"""The OpenAPI document, and errors as problem details."""

from __future__ import annotations

import re
from typing import Any

import flask_smorest
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from api.http import etags, problems
from api.http.auth import scope
from api.http.view import TaggedView, View
from api.schemas.problem import ProblemSchema

Node = dict[str, Any]

PARAMETERS: dict[str, Node] = {
    "IF_NONE_MATCH": {
        "name": "If-None-Match",
        "description": "ETag of an earlier answer: if nothing has changed since, the answer is 304 without a body",
        "schema": {"type": "string"},
    },
    "IF_MATCH": {
        "name": "If-Match",
        "description": "ETag of the last answer, or * for any: if the row has changed since, the answer is 412",
        "schema": {"type": "string", "minLength": 1},
        "example": "*",
        "required": True,
    },
}
HEADERS: dict[str, tuple[str, str]] = {
    "ETAG": ("ETag", "entity tag of the answer, for If-None-Match and If-Match"),
    "LOCATION": ("Location", "path of the stored row"),
    "LINK": ("Link", 'path of the next page, as rel="next" (RFC 8288); absent on the last page'),
}
# In prose: if it were a parameter, a generated client would send one made-up value again and again.
IDEMPOTENT = "With a header Idempotency-Key (a new value for each new request) a repeated request is done once."


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest carries no types
    """The API, with problem details for errors in answers and in the OpenAPI document."""

    ERROR_SCHEMA = ProblemSchema

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer an HTTP error as problem details."""
        return problems.respond(error)

    def describe(self, app: Flask) -> None:
        """Complete the document with keys, headers and the media type of errors. Call this after all blueprints."""
        components = self.spec.components
        components.security_scheme("key", {"type": "http", "scheme": "bearer"})
        for name, parameter in PARAMETERS.items():  # lazy, and so in place of flask-smorest's lazy ones of these names
            components.parameter(name, "header", parameter, lazy=True)
        for name, (_, description) in HEADERS.items():
            components.header(name, {"description": description, "schema": {"type": "string"}}, lazy=True)
        rules = app.url_map.iter_rules()
        endpoints = {re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule): rule.endpoint for rule in rules}
        for path, operations in self.spec._paths.items():  # noqa: SLF001 - apispec offers no way to walk them
            view = getattr(app.view_functions[endpoints[path]], "view_class", View)
            for method, operation in operations.items():
                if method == "parameters":  # those in the path, of all its operations
                    for parameter in operation:
                        parameter["description"] = f"id of the {parameter['name'].removesuffix('_id')}"
                    continue
                operation.setdefault("parameters", [])
                if issubclass(view, TaggedView):
                    self._describe_tags(method.upper(), operation)
                self._describe_access(method, operation, scope(method.upper(), endpoints[path]))
        for response in components.responses.values():
            if "content" in response:  # flask-smorest has one media type for answers and errors
                [content] = response["content"].values()
                response["content"] = {problems.CONTENT_TYPE: content}

    def _describe_tags(self, method: str, operation: Node) -> None:
        """Describe the ETag of an operation's answers, and the headers and statuses that go with it."""
        parameters, responses = operation["parameters"], operation["responses"]
        if method != "DELETE":
            for status in [status for status in responses if status.startswith("2")]:
                self._add_header(responses[status], "ETAG")
        if method in etags.CHANGING:
            parameters.append(self._ref("parameter", "IF_MATCH"))
            responses["412"] = self._ref("response", "PRECONDITION_FAILED")
            responses["428"] = self._ref("response", "PRECONDITION_REQUIRED")
        if method in etags.READING:
            parameters.append(self._ref("parameter", "IF_NONE_MATCH"))
            responses["304"] = self._ref("response", "NOT_MODIFIED")

    def _describe_access(self, method: str, operation: Node, needed: str) -> None:
        """Describe the key that an operation needs, and the headers of a POST and of a list."""
        reading = needed == "read"
        operation["security"] = [{}, {"key": []}] if reading else [{"key": []}]
        responses = operation["responses"]
        if method == "post" and not reading:
            operation["description"] = " ".join(filter(None, (operation.get("description"), IDEMPOTENT)))
            for created in responses.keys() & {"200", "201"}:
                self._add_header(responses[created], "LOCATION")
        if any(parameter.get("name") == "cursor" for parameter in operation["parameters"]):
            self._add_header(responses["200"], "LINK")

    def _add_header(self, response: Node, name: str) -> None:
        response.setdefault("headers", {})[HEADERS[name][0]] = self._ref("header", name)

    def _ref(self, kind: str, name: str) -> Node:
        """Return a reference to a component. The first one adds the component to the document."""
        reference: Node = self.spec.components.get_ref(kind, name)
        return reference
