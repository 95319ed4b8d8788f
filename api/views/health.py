"""Whether the service lives, and whether it can work."""

from __future__ import annotations

from marshmallow import fields
from sqlalchemy import select

from api.database import session
from api.models import Article
from api.schemas.base import Schema
from api.views.blueprint import Blueprint, View

blp = Blueprint("health", __name__, description="For load balancers")


class HealthSchema(Schema):
    """That all is well."""

    status = fields.Constant("ok", required=True)


@blp.route("/healthz")
class Alive(View):
    @blp.response(200, HealthSchema)
    def get(self) -> dict[str, str]:
        """Say that the process answers; the database is not asked."""
        return {"status": "ok"}


@blp.route("/readyz")
class Ready(View):
    @blp.response(200, HealthSchema)
    def get(self) -> dict[str, str]:
        """Say that the database answers and has our tables; 503 where not."""
        session().execute(select(Article.id).limit(1))
        return {"status": "ok"}
