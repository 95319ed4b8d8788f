"""Extraction over HTTP. Nothing is stored."""

from __future__ import annotations

from typing import Any

from flask import g

from api.http.problems import Problem
from api.http.turns import aside, turn
from api.http.view import Blueprint, View
from api.ingestion import article as intake
from api.limits import MAX_OPEN_CHARACTERS
from api.schemas.article import ExtractNew
from api.schemas.extraction import ExtractionSchema

blp = Blueprint("extract", __name__, url_prefix="/v1/extract", description="Try the engine on a text")


@blp.route("")
class Extract(View):
    @blp.arguments(ExtractNew)
    @blp.response(200, ExtractionSchema)
    def post(self, body: dict[str, Any]) -> Any:
        """Extract the speakers, roles and quotes of a text. Nothing is stored."""
        if g.key is None and len(body["text"]) > MAX_OPEN_CHARACTERS:
            detail = f"Without a key at most {MAX_OPEN_CHARACTERS:,} characters are read: send a key with scope read."
            raise Problem("too-large", detail)
        with turn(has_key=g.key is not None):
            return aside(intake.extract_json, body)
