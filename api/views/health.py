"""Health checks: whether the process answers, and whether the database does."""

from __future__ import annotations

import logging

from flask import current_app
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from api.database.engine import reading
from api.database.replaced import FileReplaced
from api.http.problems import RETRY_AFTER, Problem
from api.http.view import Blueprint, View
from api.models import Article
from api.schemas.base import Schema

log = logging.getLogger(__name__)
blp = Blueprint("health", __name__, description="For load balancers")


class HealthSchema(Schema):
    """The service is well."""

    status = fields.Constant("ok", required=True, metadata={"description": "`ok`: all is well"})


@blp.route("/healthz")
class Alive(View):
    offers = ()  # a load balancer is answered, whatever it accepts

    @blp.response(200, HealthSchema)
    def get(self) -> dict[str, str]:
        """Say that the process answers. The database is not asked."""
        return {"status": "ok"}


@blp.route("/readyz")
class Ready(View):
    offers = ()  # a load balancer is answered, whatever it accepts

    @blp.response(200, HealthSchema)
    def get(self) -> dict[str, str]:
        """Say that the database answers and has the tables, or give 503."""
        try:
            for extension in ("engine", "reader"):  # the same database, unless there is a replica
                with reading(current_app.extensions[extension]) as session:
                    session.execute(select(Article.id).limit(1))
        except SQLAlchemyError as error:
            log.error("not ready", exc_info=error)
            retry = {"Retry-After": str(RETRY_AFTER)}
            detail = "The database does not answer, or has no tables yet."
            if isinstance(getattr(error, "orig", None), FileReplaced):
                detail = "The database's file was deleted or replaced. Put a good one in its place."
            raise Problem("unavailable", detail, headers=retry) from None
        return {"status": "ok"}
