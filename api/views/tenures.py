"""Tenures over HTTP: roles that speakers held, and the proof."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload, selectinload

from api.http import etags, pagination
from api.http.parsing import ID
from api.http.problems import Problem, invalid
from api.http.resources import record, refer
from api.http.session import session
from api.http.view import Blueprint, TaggedView
from api.models import Article, Role, Sighting, Speaker, Tenure
from api.schemas.tenure import TenureNew, TenurePage, TenurePatch, TenureQuery, TenureSchema

blp = Blueprint("tenures", __name__, url_prefix="/v1/tenures", description="Roles that speakers held, and the proof")


@blp.route("")
class Tenures(TaggedView):
    @blp.arguments(TenureQuery, location="query")
    @blp.response(200, TenurePage)
    def get(self, query: dict[str, Any]) -> Any:
        """List tenures: all, those of a speaker, or those of a role."""
        listed = select(Tenure).options(joinedload(Tenure.speaker), joinedload(Tenure.role))
        if "speaker" in query:
            listed = listed.where(Tenure.speaker_id == query["speaker"])
        if "role" in query:
            listed = listed.where(Tenure.role_id == query["role"])
        page = pagination.paginate(session(), listed, (Tenure.id,), limit=query["limit"], cursor=query["cursor"])
        return page, page.headers()

    @blp.arguments(TenureNew)
    @blp.response(201, TenureSchema)
    def post(self, body: dict[str, Any]) -> Any:
        """Create a tenure."""
        tenure = Tenure()
        change(tenure, body)
        session().add(tenure)
        session().flush()
        record(tenure, body)
        return tenure, {"Location": f"/v1/tenures/{tenure.id}"}


@blp.route(f"/<{ID}:tenure_id>")
class TenureById(TaggedView):
    @blp.response(200, TenureSchema)
    def get(self, tenure_id: int) -> Tenure:
        """Read a tenure with the spans that prove it."""
        return find_with_proof(tenure_id)

    @blp.arguments(TenurePatch)
    @blp.response(200, TenureSchema)
    def patch(self, body: dict[str, Any], tenure_id: int) -> Tenure:
        """Change a tenure (merge patch, RFC 7396)."""
        tenure = find_with_proof(tenure_id)
        etags.check(tenure, TenureSchema)
        change(tenure, body)
        session().flush()
        record(tenure, body)
        return tenure

    @blp.response(204)
    def delete(self, tenure_id: int) -> None:
        """Delete a tenure."""
        tenure = find_with_proof(tenure_id)
        etags.check(tenure, TenureSchema)
        record(tenure, {"deleted": True})
        session().delete(tenure)


def find_with_proof(tenure_id: int) -> Tenure:
    """Return a tenure with all that its JSON shows, without the articles' texts. Raise Problem (404)."""
    sighted = selectinload(Tenure.sightings).joinedload(Sighting.article)
    tenure = session().scalar(
        select(Tenure)
        .where(Tenure.id == tenure_id)
        .options(joinedload(Tenure.speaker), joinedload(Tenure.role), sighted.options(defer(Article.text)))
    )
    if tenure is None:
        raise Problem("not-found", f"There is no tenure {tenure_id}.")
    return tenure


def change(tenure: Tenure, body: dict[str, Any]) -> None:
    """Give `tenure` the values of `body`.

    Raise Problem (422) where they refer to no row or end before they start, (409) where there is such a tenure already.
    """
    for name, value in body.items():
        match name:
            case "speaker":
                tenure.speaker = refer(Speaker, value, "/speaker")
            case "role":
                tenure.role = refer(Role, value, "/role")
            case _:
                setattr(tenure, name, value)
    if tenure.started and tenure.ended and tenure.started > tenure.ended:
        raise invalid("/ended", f"{tenure.ended} is before the start, {tenure.started}.")
    with session().no_autoflush:
        same = select(Tenure.id).where(
            Tenure.speaker_id == tenure.speaker.id, Tenure.role_id == tenure.role.id, Tenure.status == tenure.status
        )
        taken = session().scalar(same.where(Tenure.id != (tenure.id or 0)))
    if taken:
        raise Problem("duplicate", f"Tenure {taken} has this speaker, role and status: change /v1/tenures/{taken}.")
