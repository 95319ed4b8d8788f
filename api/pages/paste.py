"""Paste an article, and see what the engine finds in it. Nothing is stored."""

from __future__ import annotations

from typing import Any

from flask import g, request
from werkzeug.wrappers import Response

from api.http.parsing import load_parameters
from api.http.problems import Problem
from api.http.turns import aside, turn
from api.ingestion import article as intake
from api.limits import MAX_OPEN_CHARACTERS
from api.pages import marked
from api.pages.marked import Marked
from api.pages.site import blp, render
from api.schemas.article import ExtractNew


@blp.get("/paste")
def paste() -> Response:
    """Ask for a text."""
    return render("paste.html", text="", published="", most=MAX_OPEN_CHARACTERS)


@blp.post("/paste")
def extract() -> Response:
    """Show what the engine finds in the text of the form."""
    form = {name: value for name, value in request.form.items() if value.strip()}
    form["text"] = form.get("text", "").replace("\r\n", "\n")  # as browsers send line breaks
    body = load_parameters(ExtractNew, form)
    text: str = body["text"]
    if g.key is None and len(text) > MAX_OPEN_CHARACTERS:
        raise Problem("too-large", f"Without a key at most {MAX_OPEN_CHARACTERS:,} characters are read.")
    with turn(has_key=g.key is not None):
        found = aside(intake.extract_json, body)
    quotes = _quotes(text, found)
    return render(
        "paste.html",
        text=text,
        published=form.get("published", ""),
        language=form.get("language"),
        most=MAX_OPEN_CHARACTERS,
        quotes=quotes,
        why_none=found.get("note", ""),
        paragraphs=marked.paragraphs(text, quotes, None, (0, len(text))),
        in_part=lambda place: f"#at-{place}",
    )


def _quotes(text: str, found: dict[str, Any]) -> list[Marked]:
    """Return the quotes of an extraction, in the order of the text."""
    ordered = sorted(found["quotes"], key=marked.first_place)
    return [_marked(text, quote, found["speakers"], number) for number, quote in enumerate(ordered, 1)]


def _marked(text: str, quote: dict[str, Any], speakers: list[dict[str, Any]], number: int) -> Marked:
    speaker = None if quote["speaker"] is None else speakers[quote["speaker"]]
    role = speaker["roles"][quote["role"]] if speaker and quote["role"] is not None else None
    of = [role["title"], role["organisation"], role["country"]] if role else []
    return Marked(
        key=number,
        number=number,
        spans={part: quote[part] for part in ("source", "cue", "content")},
        who=speaker["name"] if speaker else "",
        joint=[{"id": None, "name": speakers[each]["name"]} for each in quote.get("joint", ())],
        office=", ".join(filter(None, of)),
        kind=quote["kind"],
        act=quote["act"],
        medium=quote["medium"],
        polarity=quote["polarity"],
        cue=quote["cue_text"],
        source=quote["source_text"],
        said=quote["said"],
        confidence=quote["confidence"],
        evidence=marked.links(text, quote["evidence"]),
    )
