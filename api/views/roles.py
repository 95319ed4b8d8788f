"""Roles, and who held them, over HTTP."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from api.http import etags, pagination
from api.http.parsing import ID
from api.http.problems import Problem
from api.http.resources import find, record
from api.http.session import session
from api.http.view import Blueprint, TaggedView
from api.models import Quote, Role, Tenure
from api.schemas.role import RoleNew, RolePage, RolePatch, RoleQuery, RoleSchema
from api.schemas.tenure import HolderPage, HolderQuery
from api.search.filters import contains_words
from api.search.titles import has_title

blp = Blueprint("roles", __name__, url_prefix="/v1/roles", description="Offices, and who held them")


@blp.route("")
class Roles(TaggedView):
    @blp.arguments(RoleQuery, location="query")
    @blp.response(200, RolePage)
    def get(self, query: dict[str, Any]) -> Any:
        """List roles by title."""
        listed = select(Role)
        if "q" in query:
            listed = listed.where(
                or_(
                    contains_words(Role.title_folded, query["q"]),
                    contains_words(Role.organisation_folded, query["q"]),
                    has_title(Role.title_folded, query["q"]),
                )
            )
        if "organisation" in query:
            listed = listed.where(contains_words(Role.organisation_folded, query["organisation"]))
        if "country" in query:
            listed = listed.where(Role.country == query["country"])
        page = pagination.paginate(
            session(), listed, (Role.title_folded, Role.id), limit=query["limit"], cursor=query["cursor"]
        )
        return page, page.headers()

    @blp.arguments(RoleNew)
    @blp.response(201, RoleSchema)
    def post(self, body: dict[str, Any]) -> Any:
        """Create a role."""
        role = Role.of(body["title"], body.get("organisation"), body.get("country"))
        refuse_twice(role.folded, None)
        session().add(role)
        session().flush()
        record(role, body)
        return role, {"Location": f"/v1/roles/{role.id}"}


@blp.route(f"/<{ID}:role_id>")
class RoleById(TaggedView):
    @blp.response(200, RoleSchema)
    def get(self, role_id: int) -> Role:
        """Read a role."""
        return find(Role, role_id)

    @blp.arguments(RolePatch)
    @blp.response(200, RoleSchema)
    def patch(self, body: dict[str, Any], role_id: int) -> Role:
        """Change a role (merge patch, RFC 7396)."""
        role = find(Role, role_id)
        etags.check(role, RoleSchema)
        wanted = {"title": role.title, "organisation": role.organisation, "country": role.country, **body}
        refuse_twice(Role.of(**wanted).folded, role.id)
        role.define(**wanted)
        session().flush()
        record(role, body)
        return role

    @blp.response(204)
    def delete(self, role_id: int) -> None:
        """Delete a role that no tenure or quote has."""
        role = find(Role, role_id)
        etags.check(role, RoleSchema)
        for what, column in (("tenures", Tenure.role_id), ("quotes", Quote.role_id)):
            if session().scalar(select(column).where(column == role_id).limit(1)):
                raise Problem("in-use", f"The role has {what}: delete them, or give them another role, first.")
        record(role, {"deleted": True})
        session().delete(role)


@blp.route(f"/<{ID}:role_id>/holders")
class Holders(TaggedView):
    @blp.arguments(HolderQuery, location="query")
    @blp.response(200, HolderPage)
    def get(self, query: dict[str, Any], role_id: int) -> Any:
        """List the holders of a role, the latest first: on a day, or ever."""
        find(Role, role_id)
        listed = select(Tenure).where(Tenure.role_id == role_id).options(joinedload(Tenure.speaker))
        if "on" in query:
            listed = listed.where(Tenure.covers(query["on"]))
        page = pagination.paginate(
            session(),
            listed,
            (Tenure.since(), Tenure.id),
            limit=query["limit"],
            cursor=query["cursor"],
            descending=True,
        )
        return page, page.headers()


def refuse_twice(folded: str, but: int | None) -> None:
    """Raise Problem (409) where another role than `but` is that office."""
    taken = session().scalar(select(Role.id).where(Role.folded == folded, Role.id != (but or 0)))
    if taken:
        raise Problem("duplicate", f"Role {taken} has this title, organisation and country: use /v1/roles/{taken}.")
