"""The OpenAPI document, and errors as problem details."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from api.http import etags, problems
from api.http.auth import OPEN, scope
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
        """Complete the document: names, keys, headers, errors and their media type. Call this after all blueprints."""
        components = self.spec.components
        reads_are_open = app.config["SETTINGS"].reads == "open"
        components.security_scheme("key", {"type": "http", "scheme": "bearer"})
        for name, parameter in PARAMETERS.items():  # lazy, and so in place of flask-smorest's lazy ones of these names
            components.parameter(name, "header", parameter, lazy=True)
        for name, (_, description) in HEADERS.items():
            components.header(name, {"description": description, "schema": {"type": "string"}}, lazy=True)
        components.schemas.pop("PaginationMetadata", None)  # of flask-smorest's own pages, which we do not use
        rules = app.url_map.iter_rules()
        endpoints = {re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule): rule.endpoint for rule in rules}
        for path, operations in self.spec._paths.items():  # noqa: SLF001 - apispec offers no way to walk them
            view = getattr(app.view_functions[endpoints[path]], "view_class", View)
            for method, operation in operations.items():
                if method == "parameters":  # those in the path, of all its operations
                    for parameter in operation:
                        parameter["description"] = f"id of the {parameter['name'].removesuffix('_id')}"
                    continue
                operation["operationId"] = operation_id(method, path)
                self._describe_parameters(operation)
                if issubclass(view, TaggedView):
                    self._describe_tags(method.upper(), operation)
                needed = scope(method.upper(), endpoints[path])
                is_open = endpoints[path] in OPEN or (needed == "read" and reads_are_open)
                self._describe_access(method, operation, needed, is_open=is_open)
                self._describe_errors(path, operation, is_open=is_open, takes_any=not view.offers)
        for schema in components.schemas.values():
            for name, value in schema.get("properties", {}).items():
                schema["properties"][name] = _with_null_apart(value)
        for response in components.responses.values():
            if "content" in response:  # flask-smorest has one media type for answers and errors
                [content] = response["content"].values()
                response["content"] = {problems.CONTENT_TYPE: content}

    def _describe_parameters(self, operation: Node) -> None:
        """Leave out what does not suit a form or a client made from the document."""
        parameters = operation.setdefault("parameters", [])
        if operation["operationId"].startswith("list_"):  # a page would be JSON or text else: see the exports
            parameters[:] = [parameter for parameter in parameters if parameter.get("name") != "format"]
        for parameter in parameters:
            if parameter.get("in") == "query":  # /docs would send an example as the value
                parameter["schema"].pop("example", None)

    def _describe_errors(self, path: str, operation: Node, *, is_open: bool, takes_any: bool) -> None:
        """Describe the problems that any client must expect; `default` stands for all others."""
        responses = operation["responses"]
        for status, expected in (
            (HTTPStatus.UNAUTHORIZED, not is_open),
            (HTTPStatus.FORBIDDEN, not is_open),
            (HTTPStatus.NOT_FOUND, "{" in path),
            (HTTPStatus.NOT_ACCEPTABLE, not takes_any),
            (HTTPStatus.CONFLICT, "requestBody" in operation and not is_open),
            (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "requestBody" in operation),
            (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "requestBody" in operation),
            (HTTPStatus.UNPROCESSABLE_ENTITY, True),  # an unknown parameter
            (HTTPStatus.TOO_MANY_REQUESTS, not takes_any),
            (HTTPStatus.SERVICE_UNAVAILABLE, path != "/healthz"),
        ):
            if expected:
                responses.setdefault(str(status.value), self._ref("response", status.name))
        responses.setdefault("default", self._ref("response", "DEFAULT_ERROR"))
        ordered = sorted(responses.items(), key=lambda response: response[0])
        responses.clear()
        responses.update(ordered)

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

    def _describe_access(self, method: str, operation: Node, needed: str, *, is_open: bool) -> None:
        """Describe the key that an operation needs, and the headers of a POST and of a list."""
        reading = needed == "read"
        operation["security"] = [] if is_open else [{"key": []}]
        responses = operation["responses"]
        if method == "post" and not reading:
            operation["description"] = " ".join(filter(None, (operation.get("description"), IDEMPOTENT)))
            for created in responses.keys() & {"200", "201"}:
                self._add_header(responses[created], "LOCATION")
        operation.setdefault("description", operation["summary"])
        if operation["operationId"].startswith("list_") and operation["operationId"] != "list_changes":
            self._add_header(responses["200"], "LINK")

    def _add_header(self, response: Node, name: str) -> None:
        response.setdefault("headers", {})[HEADERS[name][0]] = self._ref("header", name)

    def _ref(self, kind: str, name: str) -> Node:
        """Return a reference to a component. The first one adds the component to the document."""
        reference: Node = self.spec.components.get_ref(kind, name)
        return reference


# The names of operations that do something else to what their path names than list, add, read, change or delete it.
_OPERATIONS = {
    ("post", "/v1/imports"): "import_articles",
    ("post", "/v1/imports/{import_id}/retry"): "retry_import",
    ("get", "/v1/articles/export"): "export_articles",
    ("get", "/v1/quotes/export"): "export_quotes",
    ("get", "/v1/quotes/timeline"): "count_quotes_over_time",
    ("get", "/v1/quotes.atom"): "follow_quotes",
    ("post", "/v1/searches/{search_id}/secret"): "replace_search_secret",
    ("post", "/v1/searches/{search_id}/deliveries/{delivery_id}/resend"): "resend_delivery",
    ("post", "/v1/extract"): "extract_quotes",
    ("get", "/healthz"): "check_process",
    ("get", "/readyz"): "check_database",
}
_SINGULAR = {"searches": "search"}
_VERBS = {"get": "read", "patch": "change", "delete": "delete", "post": "add"}


def operation_id(method: str, path: str) -> str:
    """Return the name of an operation, after which clients made from the document call their functions.

    >>> operation_id("get", "/v1/quotes"), operation_id("post", "/v1/searches"), operation_id("patch", "/v1/roles/{role_id}")
    ('list_quotes', 'add_search', 'change_role')
    >>> operation_id("get", "/v1/roles/{role_id}/holders")
    'list_role_holders'
    """
    if (method, path) in _OPERATIONS:
        return _OPERATIONS[method, path]
    *before, last = path.removeprefix("/v1/").split("/")
    if last.endswith("_id}"):
        return f"{_VERBS[method]}_{last[1:-4]}"
    owner = f"{before[-1][1:-4]}_" if before else ""
    if method == "get":
        return f"list_{owner}{last}"
    return f"{_VERBS[method]}_{owner}{_SINGULAR.get(last, last.removesuffix('s'))}"


def _with_null_apart(schema: Node) -> Node:
    """Return a schema in which null stands beside a list of values, not within it: clients make an enum of the list."""
    if "enum" not in schema or "null" not in schema.get("type", ()):
        return schema
    values = [value for value in schema["enum"] if value is not None]
    beside = {name: value for name, value in schema.items() if name not in ("type", "enum")}
    return {**beside, "anyOf": [{"type": "string", "enum": values}, {"type": "null"}]}
