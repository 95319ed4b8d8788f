"""Store articles: find those that are known, write the others.

`find_known` looks up articles that are stored as they are. `store_all` writes the others in the caller's transaction: the
publisher, the speakers and roles known already or new, the article, its mentions, tenures with their sightings, and quotes.
A known article with another text gets a new revision, see api.ingestion.revisions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from api.database.bulk import among, new_ids
from api.database.locks import lock_identity
from api.extraction import Extraction
from api.ingestion import revisions
from api.ingestion.article import Prepared
from api.ingestion.publishers import host_of, publisher_for
from api.ingestion.rows import ArticleRows
from api.ingestion.writer import NewArticle, Stored, write_articles
from api.models import Article

__all__ = ["Stored", "find_known", "store", "store_all"]


def find_known(session: Session, batch: Sequence[Prepared]) -> list[Article | None]:
    """Return for each article the stored one that it repeats, or None if something is new.

    It repeats a stored article of the same URL and text. Without a URL the same text is enough. A text that the article had
    before is not new either, see revisions.is_new_text.
    """
    known = _KnownArticles(session, [each.columns for each in batch])
    found = [(each, known.article(each.columns)) for each in batch]
    return [
        article if isinstance(article, Article) and not revisions.is_new_text(session, article, each.columns) else None
        for each, article in found
    ]


def store(session: Session, prepared: Prepared, found: Extraction) -> Stored:
    """Store an article with its extraction, or what has changed of it, in the session's transaction."""
    [outcome] = store_all(session, [ArticleRows.of(prepared, found)])
    return outcome


def store_all(session: Session, batch: Sequence[ArticleRows]) -> list[Stored]:
    """Store articles as if one after the other, all in the session's transaction.

    What they share is looked up once and their rows are written together, so that the hundredth costs a fraction of the
    first. An error fails the whole batch: api.ingestion.pipeline then stores each article in its own transaction.
    """
    lock_identity(session)
    columns = [each.columns for each in batch]
    known = _KnownArticles(session, columns, to_change=True)
    outcomes: list[Stored] = []
    new: list[NewArticle] = []
    with session.no_autoflush:  # each step flushes what the next one needs, once
        for each, article_id in zip(batch, new_ids(session, Article, len(batch)), strict=True):
            article = known.article(each.columns)
            if isinstance(article, NewArticle) and article.text_hash != each.columns["text_hash"]:
                write_articles(session, new)  # twice in one batch: the second is a revision of the first
                new, known = [], _KnownArticles(session, columns, to_change=True)
                article = known.article(each.columns)
            if article is None:
                publisher_id = known.publisher_id(each.publisher, each.columns["url"])
                new.append(
                    NewArticle(Stored(article_id, "new", note=each.note), each, publisher_id, each.columns["published"])
                )
            elif isinstance(article, NewArticle) or not revisions.is_new_text(session, article, each.columns):
                outcomes.append(Stored(article.id, "unchanged"))
                continue
            else:
                earlier = revisions.begin(session, article, each.columns)
                changed = Stored(article.id, "changed", note=each.note)
                new.append(NewArticle(changed, each, article.publisher_id, article.published, earlier))
            outcomes.append(new[-1].stored)
            known.add(new[-1])
        write_articles(session, new)
    return outcomes


class _KnownArticles:
    """The known articles of a batch, given by their columns: those stored, and those about to be."""

    def __init__(self, session: Session, batch: Sequence[Mapping[str, Any]], *, to_change: bool = False) -> None:
        self.session = session
        self.by_url: dict[str, Article | NewArticle] = {}
        self.by_hash: dict[str, Article | NewArticle] = {}
        self.publishers: dict[tuple[str | None, str], int | None] = {}
        stored = select(Article).options(defer(Article.text))
        if to_change:  # lock them against changes, but let others refer to them
            stored = stored.with_for_update(key_share=True)
        if urls := {columns["url"] for columns in batch if columns["url"]}:
            for article in session.scalars(stored.where(among(Article.url, urls))):
                self.by_url[article.url or ""] = article
        if hashes := {columns["text_hash"] for columns in batch if not columns["url"]}:
            same = stored.where(among(Article.text_hash, hashes)).order_by(Article.id.desc())
            self.by_hash |= {article.text_hash: article for article in session.scalars(same)}

    def article(self, columns: Mapping[str, Any]) -> Article | NewArticle | None:
        """Return the article of this URL, or without a URL one of this text, if there is one."""
        url, text_hash = columns["url"], columns["text_hash"]
        if url:
            return self.by_url.get(url)
        known = self.by_hash.get(text_hash)
        return known if known and known.text_hash == text_hash else None  # it may have another text by now

    def add(self, article: NewArticle) -> None:
        """Know an article from now on, with the text that it will have."""
        if article.url:
            self.by_url[article.url] = article
        self.by_hash.setdefault(article.text_hash, article)

    def publisher_id(self, name: str | None, url: str | None) -> int | None:
        """Return the id of an article's publisher; see publisher_for."""
        key = name, host_of(url)
        if key not in self.publishers:
            publisher = publisher_for(self.session, name, url)
            self.publishers[key] = publisher.id if publisher else None
        return self.publishers[key]
