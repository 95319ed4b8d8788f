"""The change log over HTTP."""

from __future__ import annotations

from typing import Any

from api.http.problems import Problem
from api.http.session import session
from api.http.view import Blueprint, View
from api.output import change_log as changes
from api.schemas.change import ChangePage, ChangeQuery

blp = Blueprint("changes", __name__, url_prefix="/v1/changes", description="Rows that were created, changed or deleted")


@blp.route("")
class Changes(View):
    @blp.arguments(ChangeQuery, location="query")
    @blp.response(200, ChangePage)
    def get(self, query: dict[str, Any]) -> Any:
        """Follow what is stored: every article, quote, speaker, role, publisher and tenure created, changed or deleted."""
        since, limit = query.get("since"), query["limit"]
        cursor = changes.latest(session()) if since == "now" else None if since is None else int(since)
        try:
            items = changes.since(session(), cursor, limit + 1)
        except changes.Unknown:
            raise Problem("invalid-cursor", "This database never gave this cursor: begin again.") from None
        except changes.Pruned:
            raise Problem("gone", "Changes after this cursor are no longer kept: export again, then begin.") from None
        shown = items[:limit]
        last = shown[-1].id if shown else cursor or 0
        path = f"/v1/changes?since={last}&limit={limit}"
        more = len(items) > limit
        return {"items": shown, "cursor": str(last), "next": path, "more": more}
