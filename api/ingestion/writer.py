"""Write articles with their extractions: speakers, roles and tenures first, then the rows that refer to them.

Rows go past the ORM, all of one table together (decision 0017).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from api.database.bulk import among, insert_rows, new_ids
from api.database.spellings import store_spellings
from api.folding import tails
from api.ingestion import duplicates
from api.ingestion.article import GIVEN
from api.ingestion.denormalised import Parts, said_at
from api.ingestion.revisions import Earlier
from api.ingestion.rows import ArticleRows, NewQuote, Office, QuoteColumns, QuoteRow, span_rows
from api.ingestion.speakers import KnownSpeaker, Resolver, RoleHeld
from api.models import (
    Article,
    Mention,
    Name,
    NameTail,
    Quote,
    QuoteSpan,
    Rewording,
    Role,
    Sighting,
    Speaker,
    Tenure,
    now,
)
from api.models.speaker import fold_handle
from api.search.index.maintenance import rename_speaker

_MUTABLE = ("version", "created", "updated")
_ARTICLE = (
    "url", "title", "author", "language", "published", "published_has_time", "text", "text_hash", "engine", "terms",
)  # fmt: skip
_ROLE = ("title", "organisation", "country", "folded", "title_folded", "organisation_folded")


@dataclass(slots=True)
class Stored:
    """What became of an article: "new", "changed" (a new revision) or "unchanged"; and how many of its quotes changed.

    `quotes_changed` reword others. `quotes_gone` no longer stand, and no other rewords them. `note` says why there are none, if
    the text is not English.
    """

    article_id: int
    outcome: str
    quotes_new: int = 0
    quotes_changed: int = 0
    quotes_gone: int = 0
    note: str | None = None


@dataclass(slots=True)
class NewArticle:
    """An article to write. `earlier` is what it had, if it is a new revision.

    For each speaker in `rows`, `roles` has the stored roles, and `speakers` the speaker that it is resolved to.
    """

    stored: Stored
    rows: ArticleRows
    publisher_id: int | None
    published: dt.datetime | None
    earlier: Earlier | None = None
    roles: list[list[RoleHeld]] = field(default_factory=list)
    speakers: list[KnownSpeaker] = field(default_factory=list)

    @property
    def id(self) -> int:
        """Return the article's id."""
        return self.stored.article_id

    @property
    def url(self) -> str | None:
        """Return the URL that came with the text."""
        url: str | None = self.rows.columns["url"]
        return url

    @property
    def text_hash(self) -> str:
        """Return the hash of the text that the article will have."""
        return str(self.rows.columns["text_hash"])


def write_articles(session: Session, new: Sequence[NewArticle]) -> None:
    """Write new articles and new revisions with all that was found in them, in the session's transaction."""
    if not new:
        return
    _Writer(session, new).run()
    session.flush()
    for each in new:
        if each.earlier:
            each.earlier.finish()
    session.flush()
    if changed := [each.id for each in new if each.earlier]:
        duplicates.recompare(session, changed)


class _Writer:
    """Articles being written together."""

    def __init__(self, session: Session, new: Sequence[NewArticle]) -> None:
        self.session, self.new, self.moment = session, new, now()

    def run(self) -> None:
        self._write_articles()
        self._write_roles()
        resolver = Resolver(self.session, [speaker for each in self.new for speaker in each.rows.speakers])
        for each in self.new:
            found, before = each.rows.speakers, each.earlier.speakers if each.earlier else ()
            each.speakers = resolver.resolve(found, each.roles, before)
            resolver.add_tenures(each.id, each.published, found, each.speakers, each.roles)
        self._write_speakers(resolver)
        self._write_tenures(resolver)
        self._write_mentions(resolver)
        # The texts of new revisions are compared at the end, by duplicates.recompare.
        prints = {each.id: each.rows.fingerprint for each in self.new if not each.earlier}
        self._write_quotes(duplicates.compare(self.session, prints))

    def _write_articles(self) -> None:
        rows = [
            (each.id, each.publisher_id, *map(each.rows.columns.__getitem__, _ARTICLE), 1, self.moment, self.moment)
            for each in self.new
            if not each.earlier
        ]
        insert_rows(self.session, Article, ("id", "publisher_id", *_ARTICLE, *_MUTABLE), rows)

    def _write_roles(self) -> None:
        """Find or write the roles of all speakers, and give each article their ids."""
        said = dict.fromkeys(
            role.office for each in self.new for speaker in each.rows.speakers for role in speaker.roles
        )
        stated = {office: Role.of(*office) for office in said}
        known = select(Role.folded, Role.id).where(among(Role.folded, (role.folded for role in stated.values())))
        ids: dict[str, int] = dict(self.session.execute(known).all()) if stated else {}
        missing: dict[str, Role] = {}
        for role in stated.values():
            if role.folded not in ids:
                missing.setdefault(role.folded, role)
        ids |= zip(missing, new_ids(self.session, Role, len(missing)), strict=True)
        rows = [
            (ids[role.folded], *(getattr(role, name) for name in _ROLE), 1, self.moment, self.moment)
            for role in missing.values()
        ]
        insert_rows(self.session, Role, ("id", *_ROLE, *_MUTABLE), rows)
        of: dict[Office, int] = {office: ids[role.folded] for office, role in stated.items()}
        for each in self.new:
            each.roles = [[RoleHeld(of[role.office], role.status) for role in s.roles] for s in each.rows.speakers]

    def _write_speakers(self, resolver: Resolver) -> None:
        """Write the new speakers and names, and the new handles of stored speakers."""
        session, added = self.session, resolver.new_speakers
        for speaker, speaker_id in zip(added, new_ids(session, Speaker, len(added)), strict=True):
            speaker.id = speaker_id
        rows = [
            (s.id, s.kind, next(iter(s.names)), s.handle, fold_handle(s.handle), 1, self.moment, self.moment)
            for s in added
        ]
        insert_rows(session, Speaker, ("id", "kind", "name", "handle", "handle_folded", *_MUTABLE), rows)
        ids = new_ids(session, Name, len(resolver.new_names))
        names = [
            (i, speaker.id, name, folded) for i, (speaker, name, folded) in zip(ids, resolver.new_names, strict=True)
        ]
        insert_rows(session, Name, ("id", "speaker_id", "name", "folded"), names)
        of_names = [(name_id, *tail) for name_id, _, name, _ in names for tail in tails(name)]
        insert_rows(session, NameTail, ("name_id", "folded", "written"), of_names)
        store_spellings(session, [folded for *_, folded in names])
        handles = [(speaker.id, speaker.handle, fold_handle(speaker.handle)) for speaker in resolver.new_handles]
        self._update(Speaker, ("handle", "handle_folded"), handles)
        for speaker in resolver.renamed:
            rename_speaker(session, speaker.id, speaker.indexed)

    def _write_tenures(self, resolver: Resolver) -> None:
        """Write the new tenures, the changed dates of stored ones, and the sightings that prove them."""
        new = resolver.new_tenures
        for (*_, tenure), i in zip(new, new_ids(self.session, Tenure, len(new)), strict=True):
            tenure.id = i
        insert_rows(
            self.session,
            Tenure,
            ("id", "speaker_id", "role_id", "status", "first_seen", "last_seen", *_MUTABLE),
            [
                (t.id, speaker.id, *held, t.first_seen, t.last_seen, 1, self.moment, self.moment)
                for speaker, held, t in new
            ],
        )
        redated = [(tenure.id, tenure.first_seen, tenure.last_seen) for tenure in resolver.redated]
        self._update(Tenure, ("first_seen", "last_seen"), redated)

    def _update(self, table: type[Speaker | Tenure], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Set these columns of rows, each given by its id and the values."""
        if rows:
            changed = update(table).where(table.id == bindparam("of"))
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
            values |= {"version": table.version + 1, "updated": self.moment}
            keys = ("of", *(f"new_{name}" for name in columns))
            self.session.connection().execute(
                changed.values(values), [dict(zip(keys, row, strict=True)) for row in rows]
            )

    def _write_mentions(self, resolver: Resolver) -> None:
        insert_rows(
            self.session,
            Mention,
            ("article_id", "speaker_id", "start", "end", "how", "rule", "confidence"),
            [
                (new.id, speaker.id, *mention)
                for new in self.new
                for found, speaker in zip(new.rows.speakers, new.speakers, strict=True)
                for mention in found.mentions
            ],
        )
        sightings = [(seen.tenure.id, seen.article_id, seen.start, seen.end) for seen in resolver.sightings]
        insert_rows(self.session, Sighting, ("tenure_id", "article_id", "start", "end"), sightings)

    def _write_quotes(self, texts: Mapping[int, int]) -> None:
        """Write the quotes of all articles. `texts` has for each new article the first one with its text."""
        names = {speaker: speaker.indexed for new in self.new for speaker in new.speakers}
        quotes: list[NewQuote] = []
        moved: list[tuple[int, Parts]] = []  # spans of stored quotes that have moved
        for new in self.new:
            # A new revision is of no other article's text until duplicates.recompare has compared it.
            text_id = texts.get(new.id, -new.id)
            of_article = [NewQuote(self._columns(new, each, names), each.spans, text_id) for each in new.rows.quotes]
            if new.earlier:
                of_article = new.earlier.match(of_article)
                moved += new.earlier.moved
                new.stored.quotes_gone = new.earlier.gone
            new.stored.quotes_changed = sum(each.rewords is not None for each in of_article)
            new.stored.quotes_new = len(of_article) - new.stored.quotes_changed
            quotes += of_article
        for quote, quote_id in zip(quotes, new_ids(self.session, Quote, len(quotes)), strict=True):
            quote.id = quote_id
        self._insert_quotes(quotes, texts)
        spans = [(quote.id, *span) for quote in quotes for span in quote.spans]
        spans += ((quote_id, *span) for quote_id, parts in moved for span in span_rows(parts))
        insert_rows(self.session, QuoteSpan, ("quote_id", "part", "position", "start", "end"), spans)
        rewordings = [(quote.id, quote.rewords) for quote in quotes if quote.rewords]
        insert_rows(self.session, Rewording, ("quote_id", "earlier_id"), rewordings)

    def _columns(self, new: NewArticle, quote: QuoteRow, names: Mapping[KnownSpeaker, str]) -> QuoteColumns:
        speaker = None if quote.speaker is None else new.speakers[quote.speaker]
        others = [each for each in (new.speakers[index].id for index in quote.joint) if speaker and each != speaker.id]
        role_id, status = None, "held"
        if quote.speaker is not None and quote.role is not None:
            role_id, status = new.roles[quote.speaker][quote.role]
        return QuoteColumns(
            article_id=new.id,
            publisher_id=new.publisher_id,
            speaker_id=speaker.id if speaker else None,
            joint=" ".join(map(str, dict.fromkeys(others))),
            role_id=role_id,
            role_status=status,
            kind=quote.kind,
            medium=quote.medium,
            act=quote.act,
            polarity=quote.polarity,
            text=quote.text,
            cue=quote.cue,
            terms=quote.terms,
            said=quote.said,
            at=said_at(quote.said, new.published),
            confidence=quote.confidence,
            evidence=quote.evidence,
            status=GIVEN if new.rows.columns["engine"] == GIVEN else "extracted",
            names=names[speaker] if speaker else "",
            version=1,
            created=self.moment,
            updated=self.moment,
            first_revision=1,
        )

    def _insert_quotes(self, quotes: Iterable[NewQuote], texts: Mapping[int, int]) -> None:
        """Insert quotes, each with the quote that it repeats, and repoint stored ones that are no longer original.

        Originals come first, since the others refer to them. Then they come in the order of SQLite's full-text
        index (api.search.index.sqlite.first_rowid). For a row that belongs before the last one, FTS5 would write what it
        holds in memory to the disk, as a segment.
        """
        keys = [
            duplicates.QuoteKey(
                q.id,
                q.text_id,
                *(getattr(q.columns, name) for name in ("speaker_id", "act", "polarity", "terms", "at")),
            )
            for q in quotes
        ]
        original_of = duplicates.find_duplicates(self.session, keys, texts)
        for quote in quotes:
            quote.copy_of_id = original_of.pop(quote.id, None)
        in_order = sorted(quotes, key=lambda quote: (quote.copy_of_id is not None, quote.columns.at, quote.id))
        rows = [(quote.id, *quote.columns, quote.copy_of_id) for quote in in_order]
        insert_rows(self.session, Quote, ("id", *QuoteColumns._fields, "copy_of_id"), rows)
        duplicates.repoint(self.session, original_of)
