"""Store a changed text of a known article as a new revision, and match its quotes with those of the text before.

1. `is_new_text` says whether a text is a revision: an article does not go back to a text that it had, unless that is dated
   later.
2. `begin` keeps the text that the article had and gives it the new one.
3. `Earlier.match` matches the quotes of the text before with those found in the new one (api.ingestion.matching). A quote of
   the same words and speaker stays the same row, with all edits of people, and moves to its new place. A quote that people
   corrected or added moves with its words, whatever the engine finds. The others are reworded, dropped or added.

A quote that no longer stands keeps its spans in the text in which it last stood.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import Session, selectinload

from api.extraction import Span
from api.extraction.sentences import sentences
from api.folding import terms
from api.ingestion.denormalised import Parts, context_span, published_then, redate_tenures, said_at, text_columns
from api.ingestion.matching import Places, quote_words, rewordings
from api.ingestion.rows import NewQuote, QuoteColumns
from api.ingestion.unread import is_read_now
from api.models import Article, ArticleRevision, Mention, Quote, QuoteSpan, Revision, Sighting, Tenure, now

BLOCK_QUOTES = 1000  # quotes whose spans one statement deletes
_EDITED_STATUSES = ("confirmed", "corrected", "rejected", "added")  # a person has looked at the quote
_PLACED_STATUSES = ("corrected", "added")  # a person has chosen the words
# Columns that a person decides, or that follow from such columns.
_DECIDED = (
    "speaker_id", "joint", "role_id", "role_status", "kind", "medium", "act", "polarity", "said", "status", "confidence",
    "names",
)  # fmt: skip
_KEPT_COLUMNS = {"article_id", "version", "created", "updated", "first_revision"}  # of a quote that stays


def is_new_text(session: Session, article: Article, columns: dict[str, Any]) -> bool:
    """Return whether a text is a new revision: not the one that the article has, nor, unless dated later, one it had.

    So an earlier text that caches and mirrors still show changes nothing, however often it comes. The same text is new if it
    was taken for another language, and is given as English now.
    """
    if columns["text_hash"] == article.text_hash:
        return is_read_now(article.engine, columns["language"])
    if columns["published"] and article.published and columns["published"] > article.published:
        return True
    of_article = (ArticleRevision.article_id == article.id, ArticleRevision.text_hash == columns["text_hash"])
    return session.scalar(select(ArticleRevision.number).where(*of_article).limit(1)) is None


def begin(session: Session, article: Article, columns: dict[str, Any]) -> Earlier:
    """Give an article its new text and metadata, and keep the text before as a revision. Fields that people edited stay.

    Delete its mentions and sightings: the caller stores those of the new text.
    """
    of_article = select(Quote).where(Quote.article_id == article.id).order_by(Quote.id).with_for_update()
    quotes = session.scalars(
        of_article.options(selectinload(Quote.spans)).execution_options(populate_existing=True)
    ).all()
    if not article.revisions:
        article.revisions.append(_row(article, article.created))
    article.revisions[-1].text = before = article.text
    changes = select(Revision.change).where(Revision.table == "article", Revision.row == article.id)
    by_hand = {name for change in session.scalars(changes) for name in change}
    article.text, article.text_hash, article.engine = columns["text"], columns["text_hash"], columns["engine"]
    for name in ("title", "author", "language"):
        if columns[name] is not None and name not in by_hand:
            setattr(article, name, columns[name])
    if columns["published"] is not None and "published" not in by_hand:
        article.published, article.published_has_time = columns["published"], columns["published_has_time"]
    article.terms = terms(article.title or "", article.text)
    article.revision += 1
    article.revisions.append(_row(article, now()))
    proved = select(Tenure).join(Tenure.sightings).where(Sighting.article_id == article.id)
    tenures = session.scalars(proved.order_by(Tenure.id)).unique().all()
    for table in (Mention, Sighting):
        gone = delete(table).where(table.article_id == article.id)
        session.execute(gone, execution_options={"synchronize_session": False})
    session.flush()
    return Earlier(session, article, before, quotes, tenures)


def _row(article: Article, stored: dt.datetime) -> ArticleRevision:
    return ArticleRevision(
        number=article.revision,
        title=article.title,
        published=article.published,
        published_has_time=article.published_has_time,
        text_hash=article.text_hash,
        engine=article.engine,
        stored=stored,
    )


@dataclass(slots=True)
class Earlier:
    """The quotes and tenures of an article when its text changed, to match with those of the new text."""

    session: Session
    article: Article
    before: str
    quotes: Sequence[Quote]
    tenures: Sequence[Tenure]
    moved: list[tuple[int, Parts]] = field(default_factory=list)  # quotes that stay where their spans have changed
    gone: int = 0  # quotes without a successor
    within: Sequence[Span] = ()  # the sentences of the new text

    @property
    def speakers(self) -> set[int]:
        """Return the ids of the speakers whom the article quoted."""
        return {quote.speaker_id for quote in self.quotes if quote.speaker_id}

    def match(self, found: Sequence[NewQuote]) -> list[NewQuote]:
        """Match the quotes that stood with those found in the new text. Return the found ones that are to be stored.

        Quotes that stay get the columns that the new text gives them, and `moved` gets those with other spans. All others no
        longer stand.
        """
        after = self.article.text
        self.within = sentences(after)
        pairing = _Pairing([quote for quote in self.quotes if quote.last_revision is None], found)
        places = Places(self.before, after)
        kept: list[Parts] = []  # the new places of quotes that people placed
        self._place(pairing, places, kept, _PLACED_STATUSES)
        for quote, same in pairing.pairs():
            self._stay(quote, same.parts, same.columns._asdict())
        self._place(pairing, places, kept, ("rejected",))
        occupied = sorted(span for spans in kept for span in spans["content"])
        left, new = pairing.left, {i: each for i, each in pairing.new.items() if not _overlaps(each, occupied)}
        rewords = dict(rewordings(list(left), new))
        for quote in left:
            quote.last_revision, quote.copy_of_id = self.article.revision - 1, None
        self.gone = len(left) - len(rewords)
        self._delete_moved_spans()
        decided = [
            quote
            for quote in self.quotes
            if quote not in left and quote.last_revision and quote.status in _EDITED_STATUSES
        ]
        for index, each in new.items():
            each.rewords = rewords.get(index)
            self._apply_decision(each, decided)
        return list(new.values())

    def _place(self, pairing: _Pairing, places: Places, kept: list[Parts], statuses: Sequence[str]) -> None:
        """Move quotes of these statuses to where their words stand in the new text, if they do."""
        for quote in [quote for quote in pairing.left if quote.status in statuses]:
            spans = places.find(_spans(quote))
            if spans:
                kept.append(spans)
                self._stay(quote, spans, {"evidence": _evidence_at(quote, spans, pairing.new.values())})
                del pairing.left[quote]

    def _stay(self, quote: Quote, spans: Parts, columns: dict[str, Any]) -> None:
        """Keep a quote, with its spans in the new text. The engine's quotes get all columns as the new text has them."""
        if quote.status in _EDITED_STATUSES:
            evidence = columns["evidence"] if columns.get("speaker_id", quote.speaker_id) == quote.speaker_id else []
            columns = {**text_columns(self.article.text, spans), "evidence": evidence}
        else:
            columns = {**columns, "at": said_at(columns["said"], published_then(quote))}
        for name in columns.keys() - _KEPT_COLUMNS:
            if getattr(quote, name) != columns[name]:
                setattr(quote, name, columns[name])
        if "context" not in spans:
            spans = {**spans, "context": [context_span(spans, self.within)]}
        if {part: list(places) for part, places in spans.items() if places} != _spans(quote, context=True):
            # Its spans are rows of their own: a change of them alone counts as one of the quote too.
            quote.updated = now()
            self.moved.append((quote.id, spans))

    def _delete_moved_spans(self) -> None:
        ids = [quote_id for quote_id, _ in self.moved]
        for start in range(0, len(ids), BLOCK_QUOTES):
            old = delete(QuoteSpan).where(QuoteSpan.quote_id.in_(ids[start : start + BLOCK_QUOTES]))
            self.session.execute(old, execution_options={"synchronize_session": False})

    def _apply_decision(self, found: NewQuote, decided: Sequence[Quote]) -> None:
        """Give a quote that is new in this text what people decided about the same quote in an earlier text."""
        columns = found.columns._replace(first_revision=self.article.revision)
        mine = quote_words(columns.text)
        for quote in reversed(decided):
            same = quote.cue == columns.cue if quote.status == "corrected" else quote.speaker_id == columns.speaker_id
            if same and quote.status != "added" and quote_words(quote.text) == mine:
                if quote.speaker_id != columns.speaker_id:
                    columns = columns._replace(evidence=[])
                columns = columns._replace(**{name: getattr(quote, name) for name in _DECIDED})
                columns = columns._replace(at=said_at(quote.said, self.article.published))
                break
        found.columns = columns

    def finish(self) -> None:
        """Let the session see the rows of the new text, once they are written, and date tenures by the sightings left."""
        self.session.flush()
        for quote in self.quotes:
            self.session.expire(quote, ["spans"])
        for tenure in self.tenures:  # their dates may have changed since they were loaded
            self.session.expire(tenure)
        redate_tenures(self.session, self.tenures)


class _Pairing:
    """Quotes of the text before (`left`) and of the new one (`new`, by index) that have no counterpart yet."""

    def __init__(self, standing: Iterable[Quote], found: Iterable[NewQuote]) -> None:
        self.left: dict[Quote, None] = dict.fromkeys(standing)
        self.new: dict[int, NewQuote] = dict(enumerate(found))

    def pairs(self) -> Iterable[tuple[Quote, NewQuote]]:
        """Yield the pairs with the same words, the surest ones first."""
        yield from self._pairs(
            lambda q: (quote_words(q.text), q.speaker_id) if q.status in _PLACED_STATUSES else None,
            lambda f: (quote_words(f.columns.text), f.columns.speaker_id),
        )
        yield from self._pairs(
            lambda q: (quote_words(q.text), q.speaker_id, *_manner(q)),
            lambda f: (quote_words(f.columns.text), f.columns.speaker_id, *_manner(f.columns)),
        )
        # If only one of the texts names the speaker, the quote is still the same.
        yield from self._pairs(
            lambda q: None if q.status in _EDITED_STATUSES or q.speaker_id else (quote_words(q.text), *_manner(q)),
            lambda f: (quote_words(f.columns.text), *_manner(f.columns)),
        )
        yield from self._pairs(
            lambda q: None if q.status in _EDITED_STATUSES else (quote_words(q.text), *_manner(q)),
            lambda f: None if f.columns.speaker_id else (quote_words(f.columns.text), *_manner(f.columns)),
        )

    def _pairs(
        self, of_quote: Callable[[Quote], Hashable], of_found: Callable[[NewQuote], Hashable]
    ) -> Iterable[tuple[Quote, NewQuote]]:
        """Yield the pairs with the same key, in order, and remove them. None is no key."""
        waiting: dict[Hashable, deque[int]] = defaultdict(deque)
        for index, each in self.new.items():
            waiting[of_found(each)].append(index)
        for quote in list(self.left):
            key = of_quote(quote)
            if key is not None and waiting.get(key):
                del self.left[quote]
                yield quote, self.new.pop(waiting[key].popleft())


def _manner(quote: Quote | QuoteColumns) -> tuple[str, str]:
    """Return in which manner the words of a quote are given: the same words asserted and denied are two quotes."""
    return quote.kind, quote.polarity


def _spans(quote: Quote, *, context: bool = False) -> Parts:
    """Return a quote's spans by part, in order; those of its context only if asked for."""
    spans: dict[str, list[Span]] = {} if context else {"source": [], "cue": [], "content": []}
    for span in sorted(quote.spans, key=lambda span: span.position):
        if context or span.part != "context":
            spans.setdefault(span.part, []).append(Span(span.start, span.end))
    return dict(spans)


def _overlaps(found: NewQuote, occupied: Sequence[Span]) -> bool:
    """Return whether the content of a found quote overlaps one of these spans."""
    return any(
        start < other.end and other.start < end
        for part, _, start, end in found.spans
        if part == "content"
        for other in occupied
    )


def _evidence_at(quote: Quote, spans: Parts, found: Iterable[NewQuote]) -> list[dict[str, Any]]:
    """Return the evidence for the speaker of a quote that a person placed: that of a quote found at the same place."""
    for each in found:
        if each.columns.speaker_id == quote.speaker_id and _overlaps(each, list(spans["content"])):
            return each.columns.evidence
    return []


def changed(article_id: int, numbers: Sequence[int]) -> Select[Any]:
    """Select the quotes of an article that came with one of these revisions or went with it, in the order of ids."""
    changed = or_(Quote.first_revision.in_(numbers), (Quote.last_revision + 1).in_(numbers))
    return select(Quote).where(Quote.article_id == article_id, changed).order_by(Quote.id)
