"""A changed article: its text becomes a new revision, and its quotes are matched with those of the text before.

1. `brings_news` says whether a text is one: an article does not go back to a text that it had, unless that is dated later.
2. `begin` keeps the text that the article had and gives it the new one.
3. `Earlier.settle` matches what stood in the text before with what was found in the new one. A quote of the same words and
   speaker stays the row that it is, with all that people made of it, and moves to its new place. What people corrected or
   added moves with its words, whatever the engine thinks of them. The others are reworded, dropped or added.

A quote that no longer stands keeps its spans in the text in which it last stood.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rapidfuzz.distance import LCSseq
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session, selectinload

from api.extraction import Span
from api.extraction.sentences import sentences
from api.folding import terms
from api.ingestion import denormalised as derived
from api.ingestion.denormalised import Parts
from api.models import Article, ArticleRevision, Mention, Quote, QuoteSpan, Revision, Sighting, Tenure, now

# Words that two wordings share, in order: of both in percent, or of the shorter, where that has enough of them. Of 15 pairs
# of wordings of one statement and 15 of two statements by one speaker (tests/ingestion/test_revisions.py) the first is at least 57
# for 12 of the former and for 1 of the latter; the second finds the other three, which were cut or went on.
ALIKE = 57
CONTAINED, FEWEST_CONTAINED = 90, 4
# Of one speaker's quotes on each side, so that nobody's article takes longer than others by the square.
MOST_COMPARED = 100
_LONGEST_COMPARED = 300  # words of one
_WORD = re.compile(r"[-−+]?[$€£¥]?\w+(?:[.,:'’-]\w+)*|[$€£¥%]")
_BY_HAND = ("confirmed", "corrected", "rejected", "added")
_PLACED_BY_HAND = ("corrected", "added")  # whose words a person has chosen
_OF_PEOPLE = ("speaker_id", "role_id", "role_status", "kind", "medium", "act", "said", "status", "confidence", "names")


class Found(NamedTuple):
    """A quote as it is to be stored, by its columns, with its spans and the quote before that it rewords."""

    columns: dict[str, Any]
    spans: Parts
    rewords: int | None = None


def brings_news(session: Session, article: Article, columns: dict[str, Any]) -> bool:
    """Whether a text is a new revision of the article: it is not the one that it has, nor, unless dated later, one it had.

    So what caches and mirrors still show of an earlier text changes nothing, however often it comes.
    """
    if columns["text_hash"] == article.text_hash:
        return False
    if columns["published"] and article.published and columns["published"] > article.published:
        return True
    of_article = (ArticleRevision.article_id == article.id, ArticleRevision.text_hash == columns["text_hash"])
    return session.scalar(select(ArticleRevision.number).where(*of_article).limit(1)) is None


def begin(session: Session, article: Article, columns: dict[str, Any]) -> Earlier:
    """Give an article the text and what came with it, and keep what it had. What people changed of it stays.

    Its mentions and sightings go: those of the new text are to be stored.
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
    """What an article had when its text changed, to match with what is found in the new one."""

    session: Session
    article: Article
    before: str
    quotes: Sequence[Quote]
    tenures: Sequence[Tenure]
    moved: list[tuple[int, Parts]] = field(default_factory=list)  # the quotes that stay where their spans have changed
    gone: int = 0  # quotes without a successor
    within: Sequence[Span] = ()  # the sentences of the new text

    @property
    def speakers(self) -> set[int]:
        """The ids of the speakers whom the article quoted."""
        return {quote.speaker_id for quote in self.quotes if quote.speaker_id}

    def settle(self, found: Sequence[Found]) -> list[Found]:
        """Match the quotes that stood with those found; of these the ones that are to be stored.

        Those that stay are changed where the text gives them other columns, and are `moved`; all others no longer stand.
        """
        after = self.article.text
        self.within = sentences(after)
        standing = [quote for quote in self.quotes if quote.last_revision is None]
        places, kept = _Places(self.before, after), list[Parts]()
        left: dict[Quote, None] = dict.fromkeys(standing)
        new: dict[int, Found] = dict(enumerate(found))

        def place(statuses: Sequence[str]) -> None:
            for quote in [quote for quote in left if quote.status in statuses]:
                spans = places.of(_spans(quote))
                if spans:
                    kept.append(spans)
                    self._stay(quote, spans, {"evidence": _evidence_at(quote, spans, new.values())})
                    del left[quote]

        def match(of_quote: Callable[[Quote], Hashable], of_found: Callable[[Found], Hashable]) -> None:
            waiting: dict[Hashable, deque[int]] = defaultdict(deque)
            for index, each in new.items():
                waiting[of_found(each)].append(index)
            for quote in list(left):
                key = of_quote(quote)
                if key is not None and waiting.get(key):
                    each = new.pop(waiting[key].popleft())
                    self._stay(quote, each.spans, each.columns)
                    del left[quote]

        place(_PLACED_BY_HAND)
        match(
            lambda q: (words(q.text), q.speaker_id) if q.status in _PLACED_BY_HAND else None,
            lambda f: (words(f.columns["text"]), f.columns["speaker_id"]),
        )
        match(
            lambda q: (words(q.text), q.speaker_id, q.kind),
            lambda f: (words(f.columns["text"]), f.columns["speaker_id"], f.columns["kind"]),
        )
        # Whom the text did not name before, or does not now, is nobody else.
        match(
            lambda q: None if q.status in _BY_HAND or q.speaker_id else (words(q.text), q.kind),
            lambda f: (words(f.columns["text"]), f.columns["kind"]),
        )
        match(
            lambda q: None if q.status in _BY_HAND else (words(q.text), q.kind),
            lambda f: None if f.columns["speaker_id"] else (words(f.columns["text"]), f.columns["kind"]),
        )
        place(("rejected",))
        taken = sorted(span for spans in kept for span in spans["content"])
        new = {index: each for index, each in new.items() if not _overlaps(each.spans["content"], taken)}
        rewords = dict(_alike(list(left), new))
        for quote in left:
            quote.last_revision, quote.copy_of_id = self.article.revision - 1, None
        self.gone = len(left) - len(rewords)
        ids = [quote_id for quote_id, _ in self.moved]
        for start in range(0, len(ids), 1000):
            old = delete(QuoteSpan).where(QuoteSpan.quote_id.in_(ids[start : start + 1000]))
            self.session.execute(old, execution_options={"synchronize_session": False})
        decided = [
            quote for quote in self.quotes if quote not in left and quote.last_revision and quote.status in _BY_HAND
        ]
        return [self._as_decided(each._replace(rewords=rewords.get(index)), decided) for index, each in new.items()]

    def _stay(self, quote: Quote, spans: Parts, columns: dict[str, Any]) -> None:
        """Let a quote stand in the new text: there, and of engine's quotes as the new text has them."""
        if quote.status in _BY_HAND:
            evidence = columns["evidence"] if columns.get("speaker_id", quote.speaker_id) == quote.speaker_id else []
            columns = {**derived.words_of(self.article.text, spans), "evidence": evidence}
        else:
            columns = {**columns, "at": derived.at(columns["said"], derived.came_out(quote))}
        for name in columns.keys() - {"article_id", "version", "created", "updated", "first_revision"}:
            if getattr(quote, name) != columns[name]:
                setattr(quote, name, columns[name])
        if "context" not in spans:
            spans = {**spans, "context": [derived.context(spans, self.within)]}
        if {part: list(places) for part, places in spans.items() if places} != _spans(quote, whole=True):
            # Its spans are rows of their own: a change of them alone counts as one of the quote too.
            quote.updated = now()
            self.moved.append((quote.id, spans))

    def _as_decided(self, found: Found, decided: Sequence[Quote]) -> Found:
        """A quote that is new in this text, as people decided of it when it stood in an earlier one."""
        columns = found.columns | {"first_revision": self.article.revision}
        mine = words(columns["text"])
        for quote in reversed(decided):
            same = (
                quote.cue == columns["cue"]
                if quote.status == "corrected"
                else quote.speaker_id == columns["speaker_id"]
            )
            if same and quote.status != "added" and words(quote.text) == mine:
                if quote.speaker_id != columns["speaker_id"]:
                    columns["evidence"] = []
                columns |= {name: getattr(quote, name) for name in _OF_PEOPLE}
                columns["at"] = derived.at(quote.said, self.article.published)
                break
        return found._replace(columns=columns)

    def finish(self) -> None:
        """Once the rows of the new text are written: let the session see them, and see to what sightings prove."""
        self.session.flush()
        for quote in self.quotes:
            self.session.expire(quote, ["spans"])
        for tenure in self.tenures:  # which may have been seen earlier or later since they were read
            self.session.expire(tenure)
        derived.reprove(self.session, self.tenures)


def _spans(quote: Quote, *, whole: bool = False) -> Parts:
    """A quote's spans by part, in order; without those of its context unless `whole`."""
    spans: dict[str, list[Span]] = {} if whole else {"source": [], "cue": [], "content": []}
    for span in sorted(quote.spans, key=lambda span: span.position):
        if whole or span.part != "context":
            spans.setdefault(span.part, []).append(Span(span.start, span.end))
    return dict(spans)


def words(text: str) -> tuple[str, ...]:
    """The words of a quote, by which it is the same in another text: without case, marks and white space."""
    return tuple(word.replace("’", "'").replace("−", "-") for word in _WORD.findall(text.casefold()))


def _overlaps(spans: Iterable[Span], taken: Sequence[Span]) -> bool:
    return any(start < other.end and other.start < end for start, end in spans for other in taken)


def _evidence_at(quote: Quote, spans: Parts, found: Iterable[Found]) -> list[dict[str, Any]]:
    """What proves in the new text who is meant by a quote that a person placed: what proves it of one found there."""
    for each in found:
        if each.columns["speaker_id"] == quote.speaker_id and _overlaps(each.spans["content"], list(spans["content"])):
            evidence: list[dict[str, Any]] = each.columns["evidence"]
            return evidence
    return []


class _Places:
    """Where words of a text stand in another: as they are there but for white space, and as a whole."""

    def __init__(self, before: str, after: str) -> None:
        self.before = before
        self.starts: list[int] = []  # of each word in the other text
        self.places: list[int] = []  # and in `line`
        pieces = list(re.finditer(r"\S+", after))
        place = 1
        for word in pieces:
            self.starts.append(word.start())
            self.places.append(place)
            place += word.end() - word.start() + 1
        self.line = f" {' '.join(word.group() for word in pieces)} "
        self.taken: set[int] = set()

    def of(self, spans: Parts) -> Parts | None:
        """The spans in the other text; None where the words from the first to the last are not there."""
        first = min(span.start for of_part in spans.values() for span in of_part)
        last = max(span.end for of_part in spans.values() for span in of_part)
        while first > 0 and not self.before[first - 1].isspace():
            first -= 1
        while last < len(self.before) and not self.before[last].isspace():
            last += 1
        pieces = list(re.finditer(r"\S+", self.before[first:last]))
        wanted = f" {' '.join(word.group() for word in pieces)} "
        at = self.line.find(wanted)
        while at in self.taken:
            at = self.line.find(wanted, at + 1)
        if at < 0:
            return None
        self.taken.add(at)
        starts = [first + word.start() for word in pieces]
        begins = bisect_right(self.places, at + 1) - 1

        def moved(offset: int) -> int:
            word = bisect_right(starts, offset) - 1
            return self.starts[begins + word] + offset - starts[word]

        return {
            part: [Span(moved(start), moved(end - 1) + 1) for start, end in of_part] for part, of_part in spans.items()
        }


def _alike(left: Sequence[Quote], new: dict[int, Found]) -> Iterator[tuple[int, int]]:
    """Which of the new quotes reword which that no longer stand, as (index, id): those of one speaker, the most alike first."""
    speaking: dict[int | None, list[int]] = defaultdict(list)
    for index, each in new.items():
        speaking[each.columns["speaker_id"]].append(index)
    compared: dict[int | None, list[Quote]] = defaultdict(list)
    for quote in left:
        compared[quote.speaker_id].append(quote)
    pairs: list[tuple[float, int, int]] = []
    for speaker, quotes in compared.items():
        theirs = {index: words(new[index].columns["text"]) for index in speaking[speaker][:MOST_COMPARED]}
        for quote in quotes[:MOST_COMPARED]:
            mine = words(quote.text)
            pairs += [
                (-score, quote.id, i) for i, of_new in theirs.items() if (score := likeness(mine, of_new)) >= ALIKE
            ]
    matched: set[int] = set()
    rewording: set[int] = set()
    for _, quote_id, index in sorted(pairs):
        if quote_id not in matched and index not in rewording:
            matched.add(quote_id)
            rewording.add(index)
            yield index, quote_id


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """How much two wordings are alike, in percent: by the words that they share in the same order."""
    one, other = one[:_LONGEST_COMPARED], other[:_LONGEST_COMPARED]
    shared = LCSseq.similarity(one, other)
    shorter = min(len(one), len(other))
    contained = 100 * shared / shorter if shorter >= FEWEST_CONTAINED else 0.0
    both = 200 * shared / (len(one) + len(other)) if one or other else 100.0
    return max(both, contained if contained >= CONTAINED else 0.0)


def changed(article_id: int, numbers: Sequence[int]) -> Any:
    """The quotes of an article that came with one of these revisions or went with it, in the order of ids; not executed."""
    changed = or_(Quote.first_revision.in_(numbers), (Quote.last_revision + 1).in_(numbers))
    return select(Quote).where(Quote.article_id == article_id, changed).order_by(Quote.id)
