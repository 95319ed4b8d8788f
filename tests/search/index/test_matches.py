"""Match words: the indexes of both databases follow the rows."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text

from api.folding import MAX_INDEXED_WORDS, MAX_NAME_WORDS, MAX_OCCURRENCES, terms
from api.search.index.maintenance import rename_speaker
from api.search.quotes import find_by_rows
from api.search.request import QuoteSearch
from tests import factory
from tests.search.corpus import Corpus, assert_index_is_whole


def test_the_index_follows_renamed_speakers(corpus: Corpus) -> None:
    ilves = corpus.quotes["cost"].speaker
    assert ilves is not None
    version, updated = corpus.quotes["cost"].version, corpus.quotes["cost"].updated
    ilves.call("Märta Tamm", ["M. Tamm"])
    corpus.session.flush()
    rename_speaker(corpus.session, ilves.id, ilves.indexed)
    assert corpus.found(q="tamm") == ["cost"]
    assert corpus.found(q="ilves") == []
    assert corpus.found(q="tamm", act="attitude") == ["wish"]
    corpus.session.expire_all()
    assert (corpus.quotes["cost"].version, corpus.quotes["cost"].updated) == (version, updated)
    assert_index_is_whole(corpus.session)


def test_the_index_forgets_changed_and_deleted_quotes(corpus: Corpus) -> None:
    changed, deleted = corpus.quotes["cost"], corpus.quotes["living"]
    changed.terms = terms("Quite other words")
    corpus.session.flush()
    corpus.session.delete(deleted.article)  # the database deletes its quotes
    corpus.session.flush()
    assert corpus.found(q="living") == []
    assert corpus.found(q="other") == ["cost"]
    corpus.say("new", "A living again", at="2025-01-01T00:00")
    assert corpus.found(q="living") == ["new"]
    assert corpus.found(q="froze") == ["undated"]
    assert_index_is_whole(corpus.session)


def test_the_index_follows_changed_rows(corpus: Corpus) -> None:
    session, living = corpus.session, corpus.quotes["living"]
    other = factory.publisher("Other")
    session.add(other)
    session.flush()
    article = living.article
    article.publisher = other
    living.kind, living.status, living.act = "mixed", "corrected", "attitude"
    living.speaker = corpus.quotes["cafe"].speaker
    session.flush()
    for asked in ({"publisher": "other"}, {"publisher": other.id}, {"q": "living publisher:other"}, {"q": "publisher:other"},
                  {"q": "publisher:other speaker:ruiz", "status": "any"}, {"kind": "mixed", "publisher": "Other"},
                  {"status": "corrected"}, {"q": "kind:mixed living", "speaker": living.speaker_id},
                  {"q": "living", "speaker": [living.speaker_id]},
                  {"publisher": [other.id], "before": dt.datetime(2200, 1, 1, tzinfo=dt.UTC)}):  # fmt: skip
        assert corpus.found(**asked) == []
        assert corpus.found(**asked, act="attitude") == corpus.found(**asked, act="any") == ["living"], asked
    assert corpus.found(publisher="other", act="any", speaker=[]) == []
    session.delete(corpus.quotes.pop("living"))
    session.flush()
    article.publisher = None
    session.flush()
    assert corpus.found(publisher="other", act="any") == []
    assert_index_is_whole(session)


def test_phrases_in_long_quotes(corpus: Corpus) -> None:
    corpus.say("long", "again and " * 400 + "at last", at="2025-01-01T00:00")
    corpus.say("early", "again and " * (MAX_OCCURRENCES - 1) + "again tomorrow", at="2025-01-02T00:00")
    corpus.say("late", "again and " * MAX_OCCURRENCES + "again tomorrow", at="2025-01-03T00:00")
    assert corpus.found(q='"at last"') == ["long"]
    assert corpus.found(q='"again tomorrow"') == ["early"]
    assert corpus.found(q="again tomorrow") == ["early", "late"]


def test_the_longest_quote_is_indexed(corpus: Corpus) -> None:
    speaker_of_many_names = corpus.speaker(*(f"{number:064d}" for number in range(MAX_NAME_WORDS)))
    written = " ".join(f"{number:064x}" for number in range(MAX_INDEXED_WORDS + 5))
    corpus.say("huge", written, speaker_of_many_names)
    assert corpus.found(q=f"{MAX_INDEXED_WORDS - 1:064x}") == ["huge"]
    assert corpus.found(q=f"{MAX_INDEXED_WORDS:064x}") == []


def test_the_full_text_index_is_used(corpus: Corpus) -> None:
    session = corpus.session
    if session.get_bind().dialect.name == "sqlite":
        explain, used = "EXPLAIN QUERY PLAN", "SCAN quote_fts VIRTUAL TABLE INDEX"
    else:
        session.execute(text("SET LOCAL enable_seqscan = off"))  # so small a table is read faster without any index
        session.execute(text("SET LOCAL enable_indexscan = off"))
        explain, used = "EXPLAIN", "Bitmap Index Scan on quote_fts"
    wanted = find_by_rows(QuoteSearch.of(q='living "cost of"')).select
    statement = wanted.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    plan = "\n".join(" ".join(map(str, row)) for row in session.connection().exec_driver_sql(f"{explain} {statement}"))
    assert used in plan
