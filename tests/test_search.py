"""What is found: the same quotes, in the same order, in both databases."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from api import search
from api.config import Settings
from api.database import make_engine, writing
from api.folding import MAX_NAME_WORDS, MAX_OCCURRENCES, MAX_WORDS, fold, terms
from api.models import Article, Name, Publisher, Quote, QuoteSpan, Role, Speaker
from api.models.quote import UNDATED


class Corpus:
    """Quotes in a session, each under a short name."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.quotes: dict[str, Quote] = {}

    def say(self, key: str, words: str, speaker: Speaker | None = None, **columns: Any) -> Quote:
        """Store a quote that is an article by itself."""
        article = Article(
            text=words,
            text_hash=hashlib.sha256(words.encode()).hexdigest(),
            engine="tests",
            publisher=columns.pop("publisher", None),
        )
        at = columns.pop("at", None)
        columns = {
            "kind": "direct",
            "medium": "speech",
            "act": "speech",
            "status": "extracted",
            "confidence": 0.9,
        } | columns
        quote = Quote(
            article=article,
            speaker=speaker,
            text=words,
            terms=terms(words),
            names=speaker.indexed if speaker else "",
            at=dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC) if at else UNDATED,
            **columns,
        )
        quote.spans = [QuoteSpan(part="content", position=0, start=0, end=len(words))]
        self.session.add_all([article, quote])
        self.session.flush()
        self.quotes[key] = quote
        return quote

    def found(self, sort: str = "oldest", **asked: Any) -> list[str]:
        """The names of the quotes that a query finds, in its order."""
        by, descending = search.order(sort, asked.get("q"))
        ordered = search.quotes(**asked).order_by(*(column.desc() if descending else column.asc() for column in by))
        keys = {quote.id: key for key, quote in self.quotes.items()}
        return [keys[quote.id] for quote in self.session.scalars(ordered)]


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


def speaker(session: Session, *names: str, kind: str = "person", handle: str | None = None) -> Speaker:
    made = Speaker(kind=kind, name=names[0], handle=handle, names=[Name.of(name) for name in names])
    session.add(made)
    session.flush()
    return made


@pytest.fixture
def corpus(session: Session) -> Corpus:
    """A corpus to change."""
    return filled(session)


@pytest.fixture(scope="module")
def same_corpus(shared_database_url: str) -> Iterator[Corpus]:
    """A corpus to read."""
    engine = make_engine(Settings(database_url=shared_database_url))
    with writing(engine) as session:
        yield filled(session)
    engine.dispose()


def filled(session: Session) -> Corpus:
    """Seven quotes of three speakers, and of none."""
    corpus = Corpus(session)
    ilves = speaker(session, "Märta Ilves", "Ilves", "M. Ilves-Kask", handle="@MartaIlves")
    ruiz = speaker(session, "José Ruiz", "Jose Ruiz Ortega", "Sir José")
    board = speaker(session, "Harbour Board", kind="organisation")
    courier = Publisher(name="The Baltic Courier", folded=fold("The Baltic Courier"), domain="courier.example")
    wire = Publisher(name="Señal", folded=fold("Señal"), domain="senal.example")
    minister, mayor = Role.of("Prime Minister", None, "EE"), Role.of("Mayor", "City of Harnby", "GB")
    chair = Role.of("Chair", "Harbour Board")
    session.add_all([courier, wire, minister, mayor, chair])
    say = corpus.say
    say("cost", "The cost of living is our first worry, said nobody twice.", ilves, role=minister, publisher=courier,
        cue="said", at="2022-03-24T00:00", kind="direct")  # fmt: skip
    say("sanctions", "New sanctions on the U.S. banks would not work", ruiz, role=mayor, publisher=wire, cue="had warned",
        at="2022-03-25T18:30", kind="indirect")  # fmt: skip
    say("cafe", "“Cafés in Kyiv’s centre don’t close”", ruiz, role=mayor, role_status="former", publisher=courier,
        cue="called for", at="2023-01-01T00:00", kind="mixed", medium="post")  # fmt: skip
    say(
        "living",
        "Living costs, and the living cost of ministers",
        board,
        role=chair,
        cue="according to",
        at="2024-02-29T12:00",
    )
    say("undated", "Nobody knows when the harbour froze")
    say("wish", "The harbour should be deeper", ilves, act="attitude", cue="wants", at="2022-06-01T00:00")
    say("wrong", "The harbour was sold", ilves, status="rejected", cue="said", at="2022-07-01T00:00")
    return corpus


@pytest.mark.parametrize(
    ("q", "keys"),
    [
        ("living", ["cost", "living"]),
        ("LIVES costs", ["cost", "living"]),  # stems
        ("cost living", ["cost", "living"]),  # in any order
        ('"cost of living"', ["cost"]),
        ("“cost of living”", ["cost"]),
        ("„cost of living“", ["cost"]),
        ("«cost of living»", ["cost"]),
        ("'cost of living'", ["cost"]),
        ("‘cost of living’", ["cost"]),
        ('"living costs"', ["living"]),
        ('"living cost" nobody', []),
        ('nobody "cost of', ["cost"]),  # not closed
        ('""cost of living""', ["cost"]),
        ("cafe", ["cafe"]),
        ("CAFÉS", ["cafe"]),
        ("cafe\u0301s kyiv", ["cafe"]),
        ("Kyiv's", ["cafe"]),
        ("Kyiv’s centre", ["cafe"]),
        ("dont", ["cafe"]),
        ("don´t", ["cafe"]),
        ("U.S.", ["sanctions"]),
        ("US banks", ["sanctions"]),
        ("U.S.’s banking", ["sanctions"]),
        ("ilves", ["cost"]),  # the speaker's names too
        ("märta worries", ["cost"]),  # one word there, one in the words
        ("Marta Ilves", ["cost"]),
        ('"Märta Ilves"', ["cost"]),
        ('"Ilves Märta"', []),
        ('"Ilves M"', []),  # from one name into the next
        ('"Ilves Ilves"', []),
        ('"Ruiz Ortega"', ["sanctions", "cafe"]),
        ('"ruiz jose"', []),
        ('"work jose"', []),  # from the words into a name
        ("harbour", ["undated", "living"]),  # by its speaker
        ("martailves", ["cost"]),  # by its speaker's handle
        ("nobody harbour", ["undated"]),
        ("the", ["undated", "cost", "sanctions", "living"]),  # there are no stop words
        ("of the", ["cost", "living"]),
        ("liv", []),  # whole words only
        ("zebra", []),
        ("living zebra", []),
        # The databases' own syntax is words like any other.
        ("*", []),
        ('"', []),
        ("'", []),
        ('"""', []),
        ("\\", []),
        ("liv*", []),
        ("NEAR(cost living)", []),
        ("near(", []),
        ("cost:living", ["cost", "living"]),
        ("terms:living", []),
        ("names:ilves", []),
        ("terms : living", []),
        ("{terms} : living", []),
        ("-living", ["cost", "living"]),
        ("^living", ["cost", "living"]),
        ("living + cost", ["cost", "living"]),
        ("living AND cost", ["living"]),  # "and" is a word that stands there
        ("living OR zebra", []),
        ("living NOT cost", []),
        ("living & cost | zebra", []),
        ("living & !cost <-> of", ["cost", "living"]),
        ("living:*", ["cost", "living"]),
        ("'; DROP TABLE quote; --", []),
        ("living'; --", ["cost", "living"]),
        ("living' OR '1'='1", []),
        ("%", []),
        ("_", []),
        (":param ? $1 %s", []),
        ("... — !", []),
        ("😀", []),
        ("😀 living", ["cost", "living"]),
        ("\u202eliving\u202c", ["cost", "living"]),
        ("شعب حر", []),
        ("ß", []),  # the border between names is no word
        ("x " * 500, []),
        ("living " * 140, ["cost", "living"]),
        (" ".join(f"w{number}" for number in range(200)), []),
        ('"' + "a " * 490 + '"', []),
    ],
)
def test_words(same_corpus: Corpus, q: str, keys: list[str]) -> None:
    assert same_corpus.found(q=q) == keys


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ({}, ["undated", "cost", "sanctions", "cafe", "living"]),
        ({"speaker": "Märta Ilves"}, ["cost"]),
        ({"speaker": "marta ILVES"}, ["cost"]),
        ({"speaker": "ilves"}, ["cost"]),
        ({"speaker": "M Ilves Kask"}, ["cost"]),
        ({"speaker": "Marta"}, ["cost"]),  # whole words of a name
        ({"speaker": "Mart"}, []),
        ({"speaker": "@martailves"}, ["cost"]),
        ({"speaker": "MartaIlves"}, ["cost"]),
        ({"speaker": "jose ruiz ortega"}, ["sanctions", "cafe"]),
        ({"speaker": "…"}, []),
        ({"speaker": "%"}, []),
        ({"speaker": 2**63 - 1}, []),
        ({"role": "prime minister"}, ["cost"]),
        ({"role": "Mayor"}, ["sanctions"]),  # not what a former mayor said
        ({"organisation": "harbour board"}, ["living"]),
        ({"organisation": "City of Harnby", "role": "mayor", "country": "GB"}, ["sanctions"]),
        ({"organisation": "City of Harnby", "role": "Chair"}, []),
        ({"country": "EE"}, ["cost"]),
        ({"country": "SE"}, []),
        ({"publisher": "the baltic courier"}, ["cost", "cafe"]),
        ({"publisher": "senal"}, ["sanctions"]),
        ({"publisher": "www.Senal.example"}, ["sanctions"]),
        ({"publisher": "?"}, []),
        ({"kind": "mixed"}, ["cafe"]),
        ({"medium": "post"}, ["cafe"]),
        ({"act": "attitude"}, ["wish"]),
        ({"act": "any"}, ["undated", "cost", "sanctions", "wish", "cafe", "living"]),
        ({"cue": "said"}, ["cost"]),
        ({"cue": "Called  for"}, ["cafe"]),
        ({"cue": "for"}, ["cafe"]),
        ({"cue": "warn"}, []),  # whole words
        ({"cue": "to according"}, []),
        ({"cue": "%"}, []),
        ({"status": "rejected"}, ["wrong"]),
        ({"status": "any"}, ["undated", "cost", "sanctions", "wrong", "cafe", "living"]),
        ({"status": "confirmed"}, []),
        ({"since": "2022-03-25T18:30"}, ["sanctions", "cafe", "living"]),
        ({"since": "2022-03-25T18:31"}, ["cafe", "living"]),
        ({"before": "2022-03-25T18:30"}, ["cost"]),
        ({"since": "2022-03-24T00:00", "before": "2023-01-01T00:00"}, ["cost", "sanctions"]),
        ({"since": "0001-01-01T00:00"}, ["cost", "sanctions", "cafe", "living"]),
        ({"since": "2024-01-01T00:00", "before": "2023-01-01T00:00"}, []),
        ({"q": "nobody", "speaker": "ilves", "country": "EE", "publisher": "courier.example", "cue": "said"}, ["cost"]),
        ({"q": "nobody", "speaker": "jose ruiz"}, []),
    ],
)
def test_filters(same_corpus: Corpus, asked: dict[str, Any], keys: list[str]) -> None:
    for bound in ("since", "before"):
        if bound in asked:
            asked = asked | {bound: dt.datetime.fromisoformat(asked[bound]).replace(tzinfo=dt.UTC)}
    assert same_corpus.found(**asked) == keys


def test_filters_by_id(same_corpus: Corpus) -> None:
    corpus = same_corpus
    quote = corpus.quotes["sanctions"]
    assert quote.article.publisher_id is not None
    assert corpus.found(speaker=quote.speaker_id) == ["sanctions", "cafe"]
    assert corpus.found(role=quote.role_id) == ["sanctions"]
    assert corpus.found(role=quote.role_id, country="EE") == []
    assert corpus.found(publisher=quote.article.publisher_id) == ["sanctions"]
    assert corpus.found(article=quote.article_id) == ["sanctions"]


def test_order(corpus: Corpus) -> None:
    everything = ["undated", "cost", "sanctions", "cafe", "living"]
    assert corpus.found(sort="newest") == everything[::-1]
    assert corpus.found(sort="oldest") == everything
    assert corpus.found(sort="relevance") == everything[::-1]  # to what, when nothing was asked
    corpus.say("long", "Living " + "and living " * 20, at="2025-01-01T00:00")
    assert corpus.found(sort="newest", q="living") == ["long", "living", "cost"]
    assert corpus.found(sort="relevance", q="living") == ["living", "cost", "long"]


def test_a_new_name_finds_and_a_former_one_does_not(corpus: Corpus) -> None:
    ilves = corpus.quotes["cost"].speaker
    assert ilves is not None
    version, updated = corpus.quotes["cost"].version, corpus.quotes["cost"].updated
    ilves.call("Märta Tamm", ["M. Tamm"])
    corpus.session.flush()
    search.rename(corpus.session, ilves)
    assert corpus.found(q="tamm") == ["cost"]
    assert corpus.found(q="ilves") == []
    assert corpus.found(q="tamm", act="attitude") == ["wish"]
    corpus.session.expire_all()
    assert (corpus.quotes["cost"].version, corpus.quotes["cost"].updated) == (version, updated)
    assert_index_is_whole(corpus.session)


def test_changed_and_deleted_quotes_leave_nothing_in_the_index(corpus: Corpus) -> None:
    changed, deleted, kept = corpus.quotes["cost"], corpus.quotes["living"], corpus.quotes["undated"]
    changed.terms = terms("Quite other words")
    corpus.session.flush()
    corpus.session.delete(deleted.article)  # the database deletes its quotes
    corpus.session.flush()
    assert corpus.found(q="living") == []
    assert corpus.found(q="other") == ["cost"]
    corpus.say("new", "A living again", at="2025-01-01T00:00")
    assert corpus.found(q="living") == ["new"]
    assert corpus.found(q="froze") == ["undated"]
    assert kept.id
    assert_index_is_whole(corpus.session)


def assert_index_is_whole(session: Session) -> None:
    """SQLite: that the full-text index holds what the table holds, no more and no less. PostgreSQL's cannot differ."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO quote_fts (quote_fts, rank) VALUES ('integrity-check', 1)"))


def test_phrases_in_long_quotes_are_found_alike(corpus: Corpus) -> None:
    corpus.say("long", "again and " * 400 + "at last", at="2025-01-01T00:00")
    corpus.say("early", "again and " * (MAX_OCCURRENCES - 1) + "again tomorrow", at="2025-01-02T00:00")
    corpus.say("late", "again and " * MAX_OCCURRENCES + "again tomorrow", at="2025-01-03T00:00")
    assert corpus.found(q='"at last"') == ["long"]
    assert corpus.found(q='"again tomorrow"') == ["early"]
    assert corpus.found(q="again tomorrow") == ["early", "late"]


def test_the_longest_quote_is_indexed(corpus: Corpus) -> None:
    speaker_of_many_names = speaker(corpus.session, *(f"{number:064d}" for number in range(MAX_NAME_WORDS)))
    written = " ".join(f"{number:064x}" for number in range(MAX_WORDS + 5))
    corpus.say("huge", written, speaker_of_many_names)
    assert corpus.found(q=f"{MAX_WORDS - 1:064x}") == ["huge"]
    assert corpus.found(q=f"{MAX_WORDS:064x}") == []


def test_the_full_text_index_is_used(corpus: Corpus) -> None:
    session = corpus.session
    if session.get_bind().dialect.name == "sqlite":
        explain, used = "EXPLAIN QUERY PLAN", "SCAN quote_fts VIRTUAL TABLE INDEX"
    else:
        session.execute(text("SET LOCAL enable_seqscan = off"))  # so small a table is read faster without any index
        session.execute(text("SET LOCAL enable_indexscan = off"))
        explain, used = "EXPLAIN", "Bitmap Index Scan on quote_fts"
    wanted = search.quotes(q='living "cost of"')
    statement = wanted.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    plan = "\n".join(" ".join(map(str, row)) for row in session.connection().exec_driver_sql(f"{explain} {statement}"))
    assert used in plan


@pytest.mark.parametrize(
    ("written", "q", "marked"),
    [
        ("Living costs, the cost of living", "living", ["Living", "living"]),
        ("Living costs, the cost of living", '"costs of living"', ["cost of living"]),
        ("Living costs, the cost of living", '"cost of living" living', ["Living", "cost of living"]),
        ("Living costs, the cost of living", '"cost of" "of living"', ["cost of living"]),
        ("Living costs, the cost of living", '"living cost" the', ["Living costs", "the"]),
        ("a b a b a", '"a b a"', ["a b a b a"]),
        ("Sanciones de Erdoğan", "erdogan", ["Erdoğan"]),
        ("“Ukraine’s” friends … in Ukraine.", "Ukraine", ["Ukraine’s", "Ukraine"]),
        ("the U.S. and US", "u.s.", ["U.S.", "US"]),
        ("😀 e\u0301tat, été", "etat", ["e\u0301tat"]),
        ("half ½ and 12", "1", ["½"]),
        ("nothing here", "there", []),
        ("nothing here", "…", []),
        ("", "a", []),
    ],
)
def test_highlight(written: str, q: str, marked: list[str]) -> None:
    assert [written[start:end] for start, end in search.highlight(written, q)] == marked


@given(st.text(), st.text())
def test_highlights_are_spans_in_order(written: str, q: str) -> None:
    end = 0
    for span in search.highlight(written, q + written[:9]):
        assert end <= span[0] < span[1] <= len(written)
        end = span[1]


@given(st.lists(st.sampled_from(['"', "a", "b", " ", "“", "'", "(", "U.S.", "*", "\0"]), max_size=12).map("".join))
def test_what_is_asked_is_folded_words(q: str) -> None:
    for phrase in search.asked(q):
        assert phrase.folded
        assert len(phrase.folded) == len(phrase.stems)
        assert " ".join(phrase.folded) == fold(" ".join(phrase.folded))
