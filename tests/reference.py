"""Write docs/reference.md from the OpenAPI document, and docs/tables.md from the models.

Run `python -m tests.reference`, or `make reference`, after a change to a schema, a view or a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Enum, Table

from api.app import create_app
from api.config import Settings
from api.models.base import Base
from tests import ROOT

REFERENCE = ROOT / "docs" / "reference.md"
TABLES = ROOT / "docs" / "tables.md"

REFERENCE_HEAD = """\
# API reference

Every request, every parameter, and every field of every answer. This page is made from the OpenAPI document
(`/openapi.json`) by `make reference`: do not edit it. The [guide to the API](api.md) explains how things work together.

An answer that is not listed is an error, and then a [Problem](#problem). A field marked \\* is always there. On a body's
field \\* means that it is required. A `span` is `[start, end]` in Unicode code points.
"""
TABLES_HEAD = """\
# Tables

Every table, its columns and its foreign keys. This page is made from the models by `make reference`: do not edit it.
[architecture.md](architecture.md#tables) says what each table holds. `PK` is a primary key, `FK` a foreign key, and
`UK` a column that is unique by itself.
"""

Node = dict[str, Any]
_PLAIN = re.compile(r"\^(\[\\t-|\[\^\\x00\])")  # "not blank" and "without NUL", as all our strings are


def main() -> None:
    """Write both pages."""
    REFERENCE.write_text(reference(), encoding="utf-8")
    TABLES.write_text(tables(), encoding="utf-8")


def reference() -> str:
    """Return the text of docs/reference.md."""
    app = create_app(Settings(database_url="sqlite://", background="worker"))
    document = app.test_client().get("/openapi.json").json
    assert document is not None
    return "\n".join([REFERENCE_HEAD, *_requests(document), "## Objects", "", *_objects(document)])


def _requests(document: Node) -> Iterator[str]:
    for tag in document["tags"]:
        yield from (f"## Requests: {tag['name']}", "", f"{tag['description']}.", "")
        for path, methods in document["paths"].items():
            shared = methods.get("parameters", [])
            for method, operation in methods.items():
                if method != "parameters" and tag["name"] in operation["tags"]:
                    yield from _request(document, f"{method.upper()} {path}", operation, shared)


def _request(document: Node, name: str, operation: Node, shared: list[Node]) -> Iterator[str]:
    yield from (f"### `{name}`", "", operation["summary"], "")
    if operation["description"] != operation["summary"]:
        yield from (" ".join(operation["description"].split()), "")
    if operation["security"]:
        yield from ("Needs a key.", "")
    parameters = [_resolved(document, parameter) for parameter in [*shared, *operation.get("parameters", [])]]
    if parameters:
        yield from ("| parameter | in | takes | meaning |", "| --- | --- | --- | --- |")
        for parameter in parameters:
            star = " \\*" if parameter.get("required") else ""
            cells = (parameter["in"], _type(parameter["schema"]), _cell(parameter["description"]))
            yield f"| `{parameter['name']}`{star} | {' | '.join(cells)} |"
        yield ""
    body = operation.get("requestBody")
    if body:
        yield from (f"Body: {_contents(body['content'])}. {_sentence(body['description'])}", "")
    for status, answer in sorted(operation["responses"].items()):
        if status[0] == "2" and "$ref" not in answer:
            what = _contents(answer["content"]) if answer.get("content") else "no body"
            headers = ", ".join(f"`{header}`" for header in sorted(answer.get("headers", ())))
            yield f"- {status}: {what}" + f"; headers {headers}" * bool(headers)
        elif status == "304":
            yield "- 304: not modified, no body"
    yield ""


def _sentence(text: str) -> str:
    return " ".join(text.split()).removesuffix(".") + "."


def _contents(contents: Node) -> str:
    """Name the media types of a body, and the object that each is."""
    described = []
    for media_type, content in contents.items():
        schema = content.get("schema", {})
        described.append(f"{_type(schema)} as `{media_type}`" if "$ref" in schema else f"`{media_type}`")
    return ", ".join(described)


def _objects(document: Node) -> Iterator[str]:
    for name in sorted(_referenced(document)):
        schema = document["components"]["schemas"][name]
        yield from (f"### {name}", "")
        if schema.get("description"):
            yield from (schema["description"], "")
        yield from ("| field | takes | meaning |", "| --- | --- | --- |")
        required = schema.get("required", ())
        for field, value in schema["properties"].items():
            star = " \\*" if field in required else ""
            only_read = "; only in answers" if value.get("readOnly") else ""
            yield f"| `{field}`{star} | {_type(value)}{only_read} | {_cell(value['description'])} |"
        yield ""


def _referenced(document: Node) -> set[str]:
    """Return the names of the schemas that a request, an answer or another such schema has."""
    schemas, found = document["components"]["schemas"], set()
    waiting = re.findall(r"#/components/schemas/(\w+)", str([document["paths"], document["components"]["responses"]]))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += re.findall(r"#/components/schemas/(\w+)", str(schemas[name]))
    return found


def _resolved(document: Node, node: Node) -> Node:
    if "$ref" not in node:
        return node
    found: Node = document
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def _type(schema: Node) -> str:
    """Describe in a cell what a value may be: type, bounds, values, default."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(choice) for choice in schema["anyOf"])
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else list(types)
    if not names and "format" in schema:
        return str(schema["format"])
    said = [_alone(schema, name) for name in names if name != "null"] + ["null"] * ("null" in names)
    return " or ".join(said) + (f"; default `{schema['default']}`" if schema.get("default") not in (None, []) else "")


def _alone(schema: Node, name: str) -> str:
    """Describe a value of one type."""
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"] if value is not None)
    if name == "array":
        items = schema.get("items") or {}
        if _is_span(schema):
            return "span"
        return f"list of {_type(items)}" + _bounds(schema, "minItems", "maxItems", "")
    if name == "object":
        values = schema.get("additionalProperties")
        return f"object of {_type(values)}" if isinstance(values, dict) and values else "object"
    if name == "string":
        pattern = schema.get("pattern", "")
        told = f" like {_cell(f'`{pattern}`')}" if pattern and not _PLAIN.match(pattern) else ""
        return str(schema.get("format", "string")) + _bounds(schema, "minLength", "maxLength", " code points") + told
    return name + _bounds(schema, "minimum", "maximum", "")


def _is_span(schema: Node) -> bool:
    items = schema.get("items") or {}
    return items.get("type") == "integer" and schema.get("minItems") == schema.get("maxItems") == 2


def _bounds(schema: Node, least: str, most: str, unit: str) -> str:
    low, high = schema.get(least), schema.get(most)
    high = None if high == 2**63 - 1 else high
    if low in (None, 0, 1) and high is None:
        return ""
    if high is None:
        return f", at least {low:,}{unit}"
    return f", at most {high:,}{unit}" if low in (None, 0, 1) else f", {low:,} to {high:,}{unit}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def tables() -> str:
    """Return the text of docs/tables.md: one diagram, in Mermaid."""
    lines = [TABLES_HEAD, "```mermaid", "erDiagram"]
    ordered = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
    for table in ordered:
        lines += [f"    {table.name} {{", *(f"        {line}" for line in map(_column, table.columns)), "    }"]
    lines += [f"    {line}" for line in sorted(line for table in ordered for line in _relations(table))]
    return "\n".join([*lines, "```", ""])


def _column(column: Column[Any]) -> str:
    kind = "text" if isinstance(column.type, Enum) else str(column.type).partition("(")[0].lower()
    keys = ["PK"] * column.primary_key + ["FK"] * bool(column.foreign_keys) + ["UK"] * bool(column.unique)
    return " ".join(filter(None, [kind, column.name, ", ".join(keys), '"may be null"' * bool(column.nullable)]))


def _relations(table: Table) -> Iterator[str]:
    for key in table.foreign_key_constraints:
        columns = ", ".join(key.column_keys)
        one = "|o" if all(column.nullable for column in key.columns) else "||"
        yield f'{key.referred_table.name} {one}--o{{ {table.name} : "{columns}"'


if __name__ == "__main__":
    main()
