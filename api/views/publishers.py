"""Publishers over HTTP."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from api.folding import fold
from api.http import etags, pagination
from api.http.parsing import ID
from api.http.problems import Problem
from api.http.resources import find, record
from api.http.session import session
from api.http.view import Blueprint, TaggedView
from api.models import Article, Publisher
from api.schemas.publisher import PublisherPage, PublisherPatch, PublisherQuery, PublisherSchema
from api.search.filters import contains_words

blp = Blueprint("publishers", __name__, url_prefix="/v1/publishers", description="The outlets of articles")


@blp.route("")
class Publishers(TaggedView):
    @blp.arguments(PublisherQuery, location="query")
    @blp.response(200, PublisherPage)
    def get(self, query: dict[str, Any]) -> Any:
        """List publishers by name."""
        listed = select(Publisher)
        if "q" in query:
            listed = listed.where(contains_words(Publisher.folded, query["q"]))
        page = pagination.paginate(
            session(), listed, (Publisher.folded, Publisher.id), limit=query["limit"], cursor=query["cursor"]
        )
        return page, page.headers()

    @blp.arguments(PublisherSchema)
    @blp.response(201, PublisherSchema)
    def post(self, body: dict[str, Any]) -> Any:
        """Create a publisher."""
        publisher = Publisher(name=body["name"], folded=fold(body["name"])[:1000], domain=body.get("domain"))
        refuse_domain_twice(publisher.domain, None)
        session().add(publisher)
        session().flush()
        record(publisher, body)
        return publisher, {"Location": f"/v1/publishers/{publisher.id}"}


@blp.route(f"/<{ID}:publisher_id>")
class PublisherById(TaggedView):
    @blp.response(200, PublisherSchema)
    def get(self, publisher_id: int) -> Publisher:
        """Read a publisher."""
        return find(Publisher, publisher_id)

    @blp.arguments(PublisherPatch)
    @blp.response(200, PublisherSchema)
    def patch(self, body: dict[str, Any], publisher_id: int) -> Publisher:
        """Change a publisher (merge patch, RFC 7396)."""
        publisher = find(Publisher, publisher_id)
        etags.check(publisher, PublisherSchema)
        refuse_domain_twice(body.get("domain"), publisher.id)
        for name, value in body.items():
            setattr(publisher, name, value)
        publisher.folded = fold(publisher.name)[:1000]
        session().flush()
        record(publisher, body)
        return publisher

    @blp.response(204)
    def delete(self, publisher_id: int) -> None:
        """Delete a publisher that has no articles."""
        publisher = find(Publisher, publisher_id)
        etags.check(publisher, PublisherSchema)
        if session().scalar(select(Article.id).where(Article.publisher_id == publisher_id).limit(1)):
            raise Problem("in-use", "The publisher has articles: delete them, or give them another publisher, first.")
        record(publisher, {"deleted": True})
        session().delete(publisher)


def refuse_domain_twice(domain: str | None, but: int | None) -> None:
    """Raise Problem (409) where another publisher than `but` has the domain."""
    if domain is None:
        return
    taken = session().scalar(select(Publisher.id).where(Publisher.domain == domain, Publisher.id != (but or 0)))
    if taken:
        raise Problem("duplicate", f"Publisher {taken} has the domain {domain}: use /v1/publishers/{taken}.")
