"""Pages and their cursors, on publishers."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.answers import problem
from tests.views.test_publishers import create


def test_pages(writer: FlaskClient) -> None:
    for name in ("Zeta", "Ölbild", "alpha", "Beta", "beta"):
        create(writer, name)
    seen, url = [], "/v1/publishers?limit=2"
    while url:
        page = writer.get(url)
        seen += [item["name"] for item in page.json["items"]]
        url = page.json["next"]
        assert page.headers.get("Link") == (f'<{url}>; rel="next"' if url else None)
    assert seen == ["alpha", "Beta", "beta", "Ölbild", "Zeta"]
    assert [item["name"] for item in writer.get("/v1/publishers?q=OLB").json["items"]] == ["Ölbild"]


def test_a_cursor_is_good_for_its_list_alone(writer: FlaskClient) -> None:
    for name in ("a", "b", "ab"):
        create(writer, name)
    url = writer.get("/v1/publishers?limit=1").json["next"]
    problem(writer.get(url + "&q=b"), 422, "invalid-cursor")
    for garbled in ("x", "e30", "WyJhIl0", "%00", "ÿ", "W" * 1999):
        problem(
            writer.get(f"/v1/publishers?cursor={garbled}"), 422, "invalid-cursor" if garbled != "%00" else "invalid"
        )
