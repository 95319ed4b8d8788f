"""Publishers over HTTP. tests/http has the rules that all nouns share."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import answers
from tests.answers import problem


def create(writer: FlaskClient, name: str = "Baltic Courier", **more: object) -> TestResponse:
    return answers.create(writer, "publishers", name=name, **more)


def test_creates_reads_changes_and_deletes(writer: FlaskClient) -> None:
    created = create(writer, domain="courier.example")
    url = created.headers["Location"]
    read = writer.get(url)
    assert read.json == created.json
    changed = writer.patch(url, json={"name": "The Courier"}, headers={"If-Match": read.headers["ETag"]})
    assert (changed.json["name"], changed.json["domain"]) == ("The Courier", "courier.example")
    assert changed.headers["ETag"] == writer.get(url).headers["ETag"] != read.headers["ETag"]
    gone = writer.delete(url, headers={"If-Match": changed.headers["ETag"]})
    assert (gone.status_code, gone.data) == (204, b"")
    problem(writer.get(url), 404, "not-found")


def test_domains_are_unique(writer: FlaskClient) -> None:
    create(writer, domain="courier.example")
    problem(writer.post("/v1/publishers", json={"name": "Other", "domain": "courier.example"}), 409, "duplicate")


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.Courier.example", "courier.example"),
        ("courier.example.:8080", "courier.example"),
        (".".join(["courier"] * 40), None),  # longer than names in DNS are
        ("c" * 64 + ".example", None),
        ("courier..example", None),
        ("-", None),
        ("[2001:db8::1]", None),
        ("[courier", None),
    ],
)
def test_makes_publishers_of_valid_domains_only(writer: FlaskClient, host: str, domain: str | None) -> None:
    """Make only publishers that the API would take: others could not be changed."""
    article = writer.post("/v1/articles", json={"text": "It rained in Harnby.", "url": f"https://{host}/1"})
    assert article.status_code == 201, article.json
    assert [item["domain"] for item in writer.get("/v1/publishers").json["items"]] == ([domain] if domain else [])
