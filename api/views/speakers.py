"""Speakers over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from api import enums
from api.database.locks import lock_identity
from api.http import etags, pagination
from api.http.parsing import ID
from api.http.problems import Problem
from api.http.resources import find, record
from api.http.session import session
from api.http.view import Blueprint, TaggedView
from api.models import Mention, Name, Quote, QuoteJoint, Speaker, Tenure, now
from api.schemas.speaker import SpeakerNew, SpeakerPage, SpeakerPatch, SpeakerQuery, SpeakerSchema
from api.search import names
from api.search.explain import explain
from api.search.index.maintenance import rename_speaker
from api.search.speakers import find_speakers

blp = Blueprint("speakers", __name__, url_prefix="/v1/speakers", description="Those to whom quotes are attributed")


@blp.route("")
class Speakers(TaggedView):
    @blp.arguments(SpeakerQuery, location="query")
    @blp.response(200, SpeakerPage)
    def get(self, query: dict[str, Any]) -> Any:
        """List speakers by name; with `q` the best match first, with `prefix` the most quoted."""
        found = find_speakers(session(), query["q"], query["match"]) if "q" in query else None
        rank = None if found is None else found.rank
        listed = (select(Speaker) if found is None else found.select).options(selectinload(Speaker.names))
        by: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...] = (Name.folded, Speaker.id)
        if "prefix" in query:
            listed = listed.where(names.beginning(session(), query["prefix"]))
            by = (Speaker.quoted, Speaker.id)
        if found is not None:
            by = (0 - Speaker.quoted, Name.folded, Speaker.id)
            if rank is not None:
                listed, by = listed.add_columns(rank.label("match")), (rank, *by)
        if Name.folded in by:
            listed = listed.join(Name, and_(Name.speaker_id == Speaker.id, Name.name == Speaker.name))
        if "kind" in query:
            listed = listed.where(Speaker.kind == query["kind"])
        page = pagination.paginate(
            session(),
            listed,
            by,
            limit=query["limit"],
            cursor=query["cursor"],
            descending="prefix" in query and "q" not in query,
        )
        items: Sequence[Any] = page.items
        if rank is not None:
            items = [WithMatch(speaker, enums.MATCHES[min(which, 2)]) for speaker, which in items]
        answer: dict[str, Any] = {"items": items, "next": page.next}
        if found is not None and found.query is not None:
            answer["query"] = explain(session(), found.query)
        return answer, page.headers()

    @blp.arguments(SpeakerNew)
    @blp.response(201, SpeakerSchema)
    def post(self, body: dict[str, Any]) -> Any:
        """Create a speaker."""
        refuse_wikidata_twice(body.get("wikidata"), None)
        speaker = Speaker(kind=body["kind"], handle=body.get("handle"), wikidata=body.get("wikidata"))
        speaker.call(body["name"], body.get("names", []))
        session().add(speaker)
        session().flush()
        record(speaker, body)
        return with_roles(speaker), {"Location": f"/v1/speakers/{speaker.id}"}


@blp.route(f"/<{ID}:speaker_id>")
class SpeakerById(TaggedView):
    @blp.response(200, SpeakerSchema)
    def get(self, speaker_id: int) -> dict[str, Any]:
        """Read a speaker: every name, the roles over time, and how often it is quoted and mentioned."""
        return with_roles(find(Speaker, speaker_id))

    @blp.arguments(SpeakerPatch)
    @blp.response(200, SpeakerSchema)
    def patch(self, body: dict[str, Any], speaker_id: int) -> dict[str, Any]:
        """Change a speaker (merge patch, RFC 7396). Its quotes are found by the new names at once."""
        lock_identity(session())  # nobody indexes a quote by the former names meanwhile
        speaker = find(Speaker, speaker_id)
        etags.check(with_roles(speaker), SpeakerSchema)
        refuse_wikidata_twice(body.get("wikidata"), speaker.id)
        for name in ("kind", "handle", "wikidata"):
            if name in body:
                setattr(speaker, name, body[name])
        if "name" in body or "names" in body:
            speaker.call(body.get("name", speaker.name), body.get("names", [name.name for name in speaker.names]))
        speaker.updated = now()  # names are rows of their own: a change of them alone changes the speaker too
        session().flush()
        session().refresh(speaker, ["names"])  # in the order in which every reader of the names gets them
        rename_speaker(session(), speaker.id, speaker.indexed)
        record(speaker, body)
        return with_roles(speaker)

    @blp.response(204)
    def delete(self, speaker_id: int) -> None:
        """Delete a speaker that no quote, mention or tenure refers to."""
        speaker = find(Speaker, speaker_id)
        etags.check(with_roles(speaker), SpeakerSchema)
        referring = (
            ("quotes", Quote.speaker_id),
            ("quotes", QuoteJoint.speaker_id),
            ("mentions", Mention.speaker_id),
            ("tenures", Tenure.speaker_id),
        )
        for what, column in referring:
            if session().scalar(select(column).where(column == speaker_id).limit(1)):
                raise Problem("in-use", f"The speaker has {what}: delete them, or give them another speaker, first.")
        record(speaker, {"deleted": True})
        session().delete(speaker)


@dataclass(frozen=True, slots=True)
class WithMatch:
    """A speaker in a list, and how well it matches."""

    speaker: Speaker
    match: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.speaker, name)


def with_roles(speaker: Speaker) -> dict[str, Any]:
    """Return a speaker with all that its JSON shows, its tenures in order of their start."""
    tenures = session().scalars(
        select(Tenure)
        .where(Tenure.speaker_id == speaker.id)
        .options(joinedload(Tenure.role))
        .order_by(Tenure.since(), Tenure.id)
    )
    # Read anew: triggers may have changed it since the session read it.
    quoted = select(Speaker.quoted).where(Speaker.id == speaker.id)
    mentioning = select(Mention.article_id).where(Mention.speaker_id == speaker.id)
    quoting = select(Quote.article_id).where(Quote.speaker_id == speaker.id, Quote.status != "rejected", Quote.stands())
    articles = select(func.count()).select_from(mentioning.union(quoting).subquery())
    return {
        "id": speaker.id,
        "kind": speaker.kind,
        "name": speaker.name,
        "handle": speaker.handle,
        "wikidata": speaker.wikidata,
        "spellings": speaker.spellings,
        "roles": tenures.all(),
        "counts": {"quotes": session().scalar(quoted), "articles": session().scalar(articles)},
        "created": speaker.created,
        "updated": speaker.updated,
    }


def refuse_wikidata_twice(wikidata: str | None, but: int | None) -> None:
    """Raise Problem (409) where another speaker than `but` is that Wikidata item."""
    if wikidata is None:
        return
    taken = session().scalar(select(Speaker.id).where(Speaker.wikidata == wikidata, Speaker.id != (but or 0)))
    if taken:
        raise Problem("duplicate", f"Speaker {taken} is {wikidata} already: use /v1/speakers/{taken}.")
