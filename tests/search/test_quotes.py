"""What is found: the same quotes, in the same order, in both databases."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Select, literal, text
from sqlalchemy.orm import Session

from api.config import Settings
from api.database.engine import make_engine, writing
from api.folding import MAX_NAME_WORDS, MAX_OCCURRENCES, MAX_WORDS, fold, terms
from api.models import Article, Name, Publisher, Quote, QuoteSpan, Role, Speaker, Tenure
from api.models.quote import UNDATED
from api.search import articles, quotes, ranking, speakers
from api.search.highlights import Highlighter
from api.search.index.maintenance import rename_speaker
from api.search.language import parse
from api.search.request import QuoteSearch
from tests.conftest import migrated, on_server


class Corpus:
    """Quotes in a session, each under a short name."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.quotes: dict[str, Quote] = {}

    def say(self, key: str, words: str, speaker: Speaker | None = None, **columns: Any) -> Quote:
        """Store a quote that is an article by itself."""
        title = columns.pop("title", None)
        article = Article(
            title=title,
            text=words,
            text_hash=hashlib.sha256(words.encode()).hexdigest(),
            engine="tests",
            terms=terms(title or "", words),
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

    def found(self, sort: str = "oldest", *, most: int = ranking.MAX_SCORED, **asked: Any) -> list[str]:
        """The names of the quotes that a query finds, in its order, by the statement for this database and for both."""
        keys = {quote.id: key for key, quote in self.quotes.items()}
        answers: list[list[str]] = []
        search = QuoteSearch.of(**asked)
        for found in (quotes.find(search, self.session), quotes.find_by_rows(search)):
            listed = ranking.ordered(found, sort, most=most)
            answers.append([keys[quote_id] for quote_id in self.session.scalars(listed.sorted())])
        assert answers[0] == answers[1]
        return answers[0]

    def found_articles(self, q: str) -> list[str]:
        """The names of the quotes whose articles a query finds."""
        found = articles.find(parse(q)).select.order_by(Article.id)
        keys = {quote.article_id: key for key, quote in self.quotes.items()}
        return [keys[article.id] for article in self.session.scalars(found)]


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
        ("liv*", ["cost", "living"]),
        ("sanct*", ["sanctions"]),
        ("ministe* wor*", []),
        ("ilv* wor*", ["cost"]),  # of a name too
        ('"cost of liv*"', ["cost"]),
        ('"of liv*" -minister', ["cost"]),
        ("froze OR sanctions", ["undated", "sanctions"]),
        ("froze OR “cost of living” OR caf*", ["undated", "cost", "cafe"]),
        ("nobody froze OR living", ["undated", "cost"]),
        ("the -living", ["undated", "sanctions"]),
        ("living -“cost of living”", ["living"]),
        ("living -cos*", []),
        ("-the", ["cafe"]),
        ("-the -café", []),
        ("-zebra", ["undated", "cost", "sanctions", "cafe", "living"]),
        ("-ruiz", ["undated", "cost", "living"]),
        ("speaker:ruiz", ["sanctions", "cafe"]),
        ("speaker:“Märta Ilves” living", ["cost"]),
        ("speaker:@martailves", ["cost"]),
        ("speaker:ilves OR speaker:ruiz", ["cost", "sanctions", "cafe"]),
        ("froze OR speaker:ilves", ["undated", "cost"]),
        ("froze OR caf* OR speaker:ilves", ["undated", "cost", "cafe"]),
        ("-speaker:ruiz", ["undated", "cost", "living"]),
        ("the -speaker:ilves -cue:“according to”", ["undated", "sanctions"]),
        ("role:mayor", ["sanctions"]),  # not what a former mayor said
        ("role:mayor country:gb", ["sanctions"]),
        ("role:mayor country:EE", []),
        ("role:mayor OR country:EE", ["cost", "sanctions"]),
        ("-country:GB", ["undated", "cost", "cafe", "living"]),
        ("-role:mayor -role:chair", ["undated", "cost", "cafe"]),
        ("publisher:courier.example", ["cost", "cafe"]),
        ("-publisher:“The Baltic Courier”", ["undated", "sanctions", "living"]),
        ("kind:mixed", ["cafe"]),
        ("-kind:direct", ["sanctions", "cafe"]),
        ("cue:“called for”", ["cafe"]),
        ("cue:for OR cue:to", ["cafe", "living"]),
        ("said:2022", ["cost", "sanctions"]),
        ("said:2022-03-24", ["cost"]),
        ("said:2022-03-25..2023", ["sanctions", "cafe"]),
        ("said:..2022-03-25", ["cost", "sanctions"]),
        ("said:2023..", ["cafe", "living"]),
        ("said:0001..9999", ["cost", "sanctions", "cafe", "living"]),
        ("-said:2022", ["undated", "cafe", "living"]),
        ("said:2024 OR froze", ["undated", "living"]),
        ("living said:yesterday", []),  # words: it cannot be a date
        ("speaker:nobody", []),
        ("OR living OR", ["cost", "living"]),
        ("living - cost", ["cost", "living"]),
        ("“cost of living” -“", ["cost"]),
        ("zebra", []),
        ("living zebra", []),
        # The databases' own syntax is words like any other.
        ("*", []),
        ('"', []),
        ("'", []),
        ('"""', []),
        ("\\", []),
        ("NEAR(cost living)", []),
        ("near(", []),
        ("cost:living", ["cost", "living"]),
        ("terms:living", []),
        ("names:ilves", []),
        ("terms : living", []),
        ("{terms} : living", []),
        ("^living", ["cost", "living"]),
        ("living + cost", ["cost", "living"]),
        ("living AND cost", ["living"]),  # "and" is a word that stands there
        ("living OR zebra", ["cost", "living"]),
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
    ("q", "worst", "surnames"),
    [
        ("ilves", "fuzzy", "Ilves"),
        ("ilv mar", "exact", ""),
        ("ilv mar", "folded", "Ilves"),
        ("@MartaIlv", "fuzzy", "Ilves"),
        ("“Jose Ruiz”", "fuzzy", "Ruiz"),
        ("“Jose Ruiz”", "exact", "Ruiz"),  # a name of his is written so
        ("“José Ruiz Ortega”", "exact", ""),
        ("“Ruiz Jose”", "fuzzy", ""),
        ("“Jose Rui*”", "fuzzy", "Ruiz"),
        ("ilves OR ruiz", "fuzzy", "Ilves Ruiz"),
        ("ilves OR “harbour board” OR zebra", "fuzzy", "Board Ilves"),
        ("ilv OR ruiz", "fuzzy", "Ruiz"),  # whole words there, unless they are marked as beginnings
        ("ilv* OR ruiz", "fuzzy", "Ilves Ruiz"),
        ("-ruiz", "fuzzy", "Board Ilves"),
        ("-r* -“harbour board”", "fuzzy", "Ilves"),
        ("jose -ortega", "fuzzy", ""),
        ("role:mayor", "fuzzy", "Ruiz"),
        ("role:mayor country:GB", "fuzzy", "Ruiz"),
        ("role:mayor country:Estonia", "fuzzy", ""),
        ("role:mayor OR country:Estonia", "fuzzy", "Ilves Ruiz"),
        ("-country:Estonia", "fuzzy", "Board Ruiz"),
        ("ilves country:GB", "fuzzy", ""),
        ("mart* country:Estonia", "fuzzy", "Ilves"),
        ("speaker:ilves", "fuzzy", "Ilves"),
        ("kind:mixed publisher:courier.example", "fuzzy", "Ruiz"),
        ("kind:indirect publisher:courier.example", "fuzzy", ""),  # not of one quote
        ("said:2024", "fuzzy", "Board"),
        ("cue:wants", "fuzzy", ""),  # an attitude
        ("-said:2022 -said:2024", "fuzzy", ""),
        ("ruiz OR said:2024", "fuzzy", "Board Ruiz"),
        ("Martha OR", "fuzzy", ""),
        ("“", "fuzzy", ""),
        ("-", "fuzzy", ""),
        ("speaker:", "fuzzy", ""),
        ("zebra OR " * 120, "fuzzy", ""),
        ("-x " * 120, "fuzzy", "Board Ilves Ruiz"),
    ],
)
def test_speakers(same_corpus: Corpus, q: str, worst: str, surnames: str) -> None:
    found = same_corpus.session.scalars(speakers.find(same_corpus.session, q, worst).select)
    assert " ".join(sorted(each.name.split()[-1] for each in found)) == surnames


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
    assert corpus.found(sort="oldest", q="living") == ["cost", "living", "long"]
    assert corpus.found(sort="relevance", q="-living") == ["cafe", "sanctions", "undated"]  # no words to be relevant to


@pytest.mark.parametrize(
    ("q", "first", "second"),
    [
        (
            "harbour",
            "The harbour will freeze before anybody has built another",
            "by the board: We shall see",
        ),  # in the text
        ("harbour ice", "The old harbour ice is thick", "The ice of the harbour is thick"),  # together
        ("harbour OR ice", "The old harbour and the ice", "The old harbour and the snow"),  # more of it
        ("harbo* ice", "The old harbours, ice and snow", "Ice in the old harbours and snow"),
        ("“old harbour” ice", "The old harbour ice is thick", "The ice of the old harbour"),
        ("harbour", "The harbour is old", "The harbour is old " + "and old " * 10),  # short
    ],
)
def test_relevance(corpus: Corpus, q: str, first: str, second: str) -> None:
    board = corpus.quotes["living"].speaker
    for key, written in (("second", second), ("first", first)) * 2:  # the words decide, whichever was stored later
        by = board if written.startswith("by the board") else None
        corpus.say(f"{key} {len(corpus.quotes)}", written, by, at="2025-01-01T00:00")
    assert [key.split()[0] for key in corpus.found(sort="relevance", q=f"{q} said:2025")] == ["first"] * 2 + [
        "second"
    ] * 2


def test_of_what_answers_alike_the_newest_is_first(corpus: Corpus) -> None:
    for day in ("2024-12-30", "2025-01-01", "2022-12-31"):
        corpus.say(day, "The ice on the river", at=f"{day}T12:00")
    assert corpus.found(sort="relevance", q="ice") == ["2025-01-01", "2024-12-30", "2022-12-31"]
    corpus.say("undated ice", "The ice on the river")
    corpus.say("2025-01-01 again", "The ice on the river", at="2025-01-01T12:00")
    newest = ["2025-01-01 again", "2025-01-01", "2024-12-30", "2022-12-31", "undated ice"]
    assert corpus.found(sort="relevance", q="ice") == newest


def test_relevance_is_of_the_newest(corpus: Corpus) -> None:
    for year in (2021, 2022, 2023, 2024):
        corpus.say(str(year), "The ice on the river " * (year - 2020), at=f"{year}-01-01T00:00")
    assert sorted(corpus.found(sort="relevance", most=3, q="ice")) == ["2022", "2023", "2024"]


def test_scores_stay_while_rows_are_added(corpus: Corpus) -> None:
    for year in (2021, 2022, 2023, 2024):
        corpus.say(str(year), "The ice on the river " * (year - 2020), at=f"{year}-01-01T00:00")

    def scores(top: int | None) -> list[tuple[int, int]]:
        found = quotes.find_by_rows(QuoteSearch.of(q="ice"))
        listed, (score, _, number, _), _ = ranking.ordered(found, "relevance", top=top)
        return sorted(tuple(row) for row in corpus.session.execute(listed.with_only_columns(score, number)).all())

    top = corpus.quotes["2024"].id
    before = scores(None)
    assert scores(top) == before
    corpus.say("2026", "The ice", at="2026-01-01T00:00")
    corpus.say("2020", "The ice", at="2020-01-01T00:00")
    assert scores(top) == before
    assert len(scores(None)) == len(before) + 2


@pytest.mark.parametrize(
    ("at", "tenures", "columns", "held"),
    [
        ("2021-07-01T09:00", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {}, True),
        ("2020-01-10T00:00", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {}, True),
        ("2022-05-01T23:59", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {}, True),
        ("2020-01-09T23:59", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {}, False),
        ("2022-05-02T00:00", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {}, False),
        (
            "2019-07-01T00:00",
            [{"started": "2019-06-01", "first_seen": "2020-01-10", "last_seen": "2022-05-01"}],
            {},
            True,
        ),
        (
            "2023-07-01T00:00",
            [{"ended": "2023-08-01", "first_seen": "2020-01-10", "last_seen": "2022-05-01"}],
            {},
            True,
        ),
        (
            "2021-07-01T00:00",
            [{"ended": "2021-06-30", "first_seen": "2020-01-10", "last_seen": "2022-05-01"}],
            {},
            False,
        ),
        ("2021-07-01T00:00", [{"status": "acting", "first_seen": "2021-01-10", "last_seen": "2022-05-01"}], {}, True),
        ("2021-07-01T00:00", [{}], {}, False),  # nobody says when
        (None, [{"ended": "2022-05-01"}], {}, False),  # nor when it was said
        ("2021-07-01T00:00", [{"ended": "2022-05-01"}], {}, True),
        # A former holder, as articles around that day say, or by the dates that are stated.
        ("2021-07-01T00:00", [{"status": "former", "first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {}, False),
        ("2021-07-01T00:00", [{"status": "former", "started": "2021-01-01", "ended": "2021-12-31"}], {}, True),
        (
            "2021-07-01T00:00",
            [
                {"first_seen": "2020-01-10", "last_seen": "2022-05-01"},
                {"status": "former", "first_seen": "2021-06-01", "last_seen": "2021-08-01"},
            ],
            {},
            False,
        ),
        (
            "2021-05-01T00:00",
            [
                {"first_seen": "2020-01-10", "last_seen": "2022-05-01"},
                {"status": "former", "first_seen": "2021-06-01", "last_seen": "2021-08-01"},
            ],
            {},
            True,
        ),
        # What the article says comes first.
        ("2030-01-01T00:00", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {"role": "governor"}, True),
        (
            "2021-07-01T00:00",
            [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}],
            {"role": "governor", "role_status": "former"},
            False,
        ),
        ("2021-07-01T00:00", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {"role": "professor"}, True),
        (
            "2021-07-01T00:00",
            [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}],
            {"role": "professor", "role_status": "former"},
            True,
        ),
    ],
)
def test_a_role_on_the_day(
    corpus: Corpus, at: str | None, tenures: list[dict[str, str]], columns: dict[str, Any], held: bool
) -> None:
    saar, other = speaker(corpus.session, "Juhan Saar"), speaker(corpus.session, "Ann Poe")
    roles = {"governor": Role.of("Governor", "Bank of Viru", "FI"), "professor": Role.of("Professor", "Harnby College")}
    corpus.session.add_all(roles.values())
    corpus.session.flush()
    for tenure in tenures:
        dates = {name: dt.date.fromisoformat(date) for name, date in tenure.items() if name != "status"}
        corpus.session.add(Tenure(speaker=saar, role=roles["governor"], status=tenure.get("status", "held"), **dates))
    if "role" in columns:
        columns = columns | {"role": roles[columns["role"]]}
    corpus.say("saar", "Rates will rise", saar, at=at, **columns)
    corpus.say("other", "Rates will rise", other, at=at)
    for asked in (
        {"role": "governor"},
        {"role": roles["governor"].id},
        {"organisation": "bank of viru"},
        {"country": "FI"},
        {"role": "governor", "organisation": "Bank of Viru", "country": "FI"},
        {"q": "rates role:governor"},
        {"q": "country:fi"},
        {"q": "country:fi", "role": "governor"},
        {"q": "zebra OR role:governor"},
    ):
        assert corpus.found(**asked) == (["saar"] if held else []), asked
    assert corpus.found(q="rates -country:FI -speaker:poe") == ([] if held else ["saar"])
    assert corpus.found(role="governor", country="EE") == []


@pytest.mark.parametrize(
    ("q", "keys"),
    [
        ("living", ["cost", "living"]),
        ("“cost of living” OR froze", ["cost", "undated"]),
        ("the -living", ["sanctions", "undated", "wish", "wrong"]),
        ("harb*", ["undated", "wish", "wrong"]),
        ("ilves", []),  # a name that the text does not say
        ("speaker:ilves", ["cost"]),  # of act speech, not rejected
        ("speaker:ruiz kind:mixed", ["cafe"]),
        ("speaker:ruiz -kind:mixed", ["sanctions"]),
        ("-speaker:ruiz the said:2020..", ["cost", "living"]),
        ("role:mayor OR froze", ["sanctions", "undated"]),
        ("publisher:courier.example", ["cost", "cafe"]),
        ("publisher:courier.example -café", ["cost"]),
        ("...", []),
    ],
)
def test_articles(same_corpus: Corpus, q: str, keys: list[str]) -> None:
    assert same_corpus.found_articles(q) == keys


def test_articles_by_their_titles(corpus: Corpus) -> None:
    corpus.say("titled", "Snow fell on it", title="The old bridge")
    assert corpus.found_articles("bridge") == corpus.found_articles("bridge snow") == ["titled"]
    assert corpus.found_articles("“bridge snow”") == []  # from the title into the text
    article = corpus.quotes["titled"].article
    article.terms = terms("The new road", article.text)
    corpus.session.flush()
    assert corpus.found_articles("bridge") == []
    assert corpus.found_articles("road") == ["titled"]
    corpus.session.delete(article)
    corpus.session.flush()
    assert corpus.found_articles("road") == []
    assert_index_is_whole(corpus.session)


def test_all_of_an_articles_fields_are_of_one_quote(corpus: Corpus) -> None:
    first, ruiz = corpus.quotes["cost"], corpus.quotes["cafe"].speaker
    second = corpus.say("second", "Nothing else", ruiz, kind="mixed")
    second.article = first.article
    corpus.session.flush()
    assert corpus.found_articles("worry speaker:ilves kind:direct speaker:ilves") == [
        "second"
    ]  # the later key of the two
    assert corpus.found_articles("worry speaker:ilves kind:mixed") == []
    assert corpus.found_articles("worry speaker:ruiz kind:mixed") == ["second"]
    second.role = corpus.quotes["sanctions"].role
    corpus.session.flush()
    assert corpus.found_articles("worry role:mayor country:GB") == ["second"]
    assert corpus.found_articles("worry role:mayor country:EE") == []  # the first one's country


def test_a_new_name_finds_and_a_former_one_does_not(corpus: Corpus) -> None:
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


def test_quotes_are_found_by_what_their_rows_become(corpus: Corpus) -> None:
    session, living = corpus.session, corpus.quotes["living"]
    other = Publisher(name="Other", folded="other", domain=None)
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


def assert_index_is_whole(session: Session) -> None:
    """SQLite: that the full-text index holds what the table holds, no more and no less. PostgreSQL's cannot differ."""
    if session.get_bind().dialect.name == "sqlite":
        for fts in ("quote_fts", "article_fts"):
            session.execute(text(f"INSERT INTO {fts} ({fts}, rank) VALUES ('integrity-check', 1)"))


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


def test_matches_are_in_the_order_of_time(corpus: Corpus) -> None:
    times = ["0001-01-01T00:00", "1600-01-01T00:00:01", "2144-05-30T01:53:03", "2024-01-01T10:00:59", "2024-01-01T10:00:00",
             "2024-01-01T10:00:59", "2023-12-31T23:59:59"]  # fmt: skip
    for number, at in enumerate(times):
        corpus.say(str(number), "The mackerel are back", at=at)
    oldest = ["0", "1", "6", "4", "3", "5", "2"]
    assert corpus.found("oldest", q="mackerel") == oldest
    assert corpus.found("newest", q="mackerel") == oldest[::-1]
    corpus.quotes["3"].at = dt.datetime(1999, 1, 1, tzinfo=dt.UTC)
    corpus.session.flush()
    assert corpus.found("oldest", q="mackerel") == ["0", "1", "3", "6", "4", "5", "2"]
    assert corpus.found("oldest", q="mackerel said:1999..2023") == ["3", "6"]
    since, before = (dt.datetime(2024, 1, 1, 10, 0, second, tzinfo=dt.UTC) for second in (0, 59))
    assert corpus.found(q="mackerel", since=since, before=before) == ["4"]
    assert corpus.found(
        q="mackerel", since=dt.datetime(2100, 1, 1, tzinfo=dt.UTC), before=dt.datetime.max.replace(tzinfo=dt.UTC)
    ) == ["2"]
    assert corpus.found(q="mackerel", before=dt.datetime(1500, 1, 1, tzinfo=dt.UTC)) == []
    assert_index_is_whole(corpus.session)


@pytest.mark.parametrize("q", ["living", 'living "cost of"', "liv* -harbour", "living said:2022"])
@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_sqlite_sorts_no_matches(both: list[Corpus], q: str, sort: str) -> None:
    corpus, _ = both  # PostgreSQL has no full-text index in any order: its planner chooses
    found = quotes.find(QuoteSearch.of(q=q, speaker=1), corpus.session)
    plan = explained(corpus.session, ranking.ordered(found, sort).sorted())
    assert "SCAN quote_fts VIRTUAL TABLE INDEX" in plan
    assert "B-TREE" not in plan


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"q": "living"},
        {"q": "living -toll said:2022 kind:direct publisher:courier.example speaker:ruiz", "speaker": [1, 2]},
        {"speaker": 1, "since": dt.datetime(2022, 1, 1, tzinfo=dt.UTC), "act": "any", "status": "any"},
        {"publisher": "Courier", "status": "confirmed"},
    ],
    ids=str,
)
def test_sqlite_counts_without_reading_quotes(both: list[Corpus], asked: dict[str, Any]) -> None:
    corpus, _ = both
    found = quotes.find(QuoteSearch.of(**asked), corpus.session)
    one = found.select.with_only_columns(literal(1), maintain_column_froms=True).limit(10)
    plan = explained(corpus.session, one)
    assert "SCAN quote_fts VIRTUAL TABLE INDEX" in plan
    assert "quote USING" not in plan


def explained(session: Session, statement: Select[Any]) -> str:
    """SQLite's plan of a statement."""
    written = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    return "\n".join(
        " ".join(map(str, row)) for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {written}")
    )


@pytest.mark.parametrize(
    ("revised", "index"), [("dropped", "gone"), ("reworded", "gone"), ("added", "later"), ("rewording", "later")]
)
def test_sqlite_reads_of_what_revisions_did_no_other_quotes(both: list[Corpus], revised: str, index: str) -> None:
    corpus, _ = both
    found = quotes.find(QuoteSearch.of(revised=revised), corpus.session)
    plan = explained(corpus.session, ranking.ordered(found, "newest").sorted().limit(20))
    assert f"quote USING INDEX ix_quote_{index}_at_id" in plan
    assert "TEMP B-TREE" not in plan


def test_the_full_text_index_is_used(corpus: Corpus) -> None:
    session = corpus.session
    if session.get_bind().dialect.name == "sqlite":
        explain, used = "EXPLAIN QUERY PLAN", "SCAN quote_fts VIRTUAL TABLE INDEX"
    else:
        session.execute(text("SET LOCAL enable_seqscan = off"))  # so small a table is read faster without any index
        session.execute(text("SET LOCAL enable_indexscan = off"))
        explain, used = "EXPLAIN", "Bitmap Index Scan on quote_fts"
    wanted = quotes.find_by_rows(QuoteSearch.of(q='living "cost of"')).select
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
        ("Living costs, the cost of living", "liv*", ["Living", "living"]),
        ("Politics and politicians", "politic*", ["Politics", "politicians"]),
        ("Living costs, the cost of living", '"cost of li*"', ["cost of living"]),
        ("Living costs, the cost of living", "cost -living", ["costs", "cost"]),
        ("Living costs, the cost of living", "the OR costs speaker:living", ["costs", "the", "cost"]),
        ("nothing here", "there", []),
        ("nothing here", "…", []),
        ("", "a", []),
    ],
)
def test_highlight(written: str, q: str, marked: list[str]) -> None:
    assert [written[start:end] for start, end in Highlighter(parse(q)).highlight(written)] == marked


@given(st.text(), st.text())
def test_highlights_are_spans_in_order(written: str, q: str) -> None:
    end = 0
    for span in Highlighter(parse(q + written[:9])).highlight(written):
        assert end <= span[0] < span[1] <= len(written)
        end = span[1]


@pytest.mark.parametrize(
    ("written", "q", "place"),
    [
        (
            "The toll was high that day and all the other days. A bridge and its toll.",
            "toll bridge",
            "bridge and its toll",
        ),
        ("The toll. A bridge over the river. The bridge and its toll.", "toll bridge", "toll. A bridge"),
        ("The toll. A bridge over the river, far away.", "bridge", "bridge"),
        ("A bridge. " + "Nothing. " * 20 + "A bridge.", "bridge toll", "bridge"),
        ("A bridge. " + "Nothing. " * 20 + "A “road bridge”.", "“road bridge” OR bridge", "road bridge"),
        ("A bridge.", "-bridge river", None),
    ],
)
def test_the_best_place(written: str, q: str, place: str | None) -> None:
    found = Highlighter(parse(q)).best_place(written, 40)
    assert (found and written[slice(*found)]) == place


@pytest.fixture(scope="module")
def both(sqlite_template: Path, postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Corpus]]:
    """The same corpus in both databases, to read."""
    path = tmp_path_factory.mktemp("both") / "verbatim.db"
    shutil.copyfile(sqlite_template, path)
    on_server(postgresql, "CREATE DATABASE test_both TEMPLATE template0 ENCODING 'UTF8'")
    urls = [f"sqlite:///{path}", migrated(postgresql.replace("/postgres?", "/test_both?"))]
    engines = [make_engine(Settings(database_url=url)) for url in urls]
    sessions = [writing(engine) for engine in engines]
    yield [filled(session) for session in sessions]
    for session, engine in zip(sessions, engines, strict=True):
        session.close()
        engine.dispose()
    on_server(postgresql, "DROP DATABASE test_both WITH (FORCE)")


pieces = st.lists(
    st.sampled_from(
        ['"', "“", "'", " ", " ", "living", "costs", "harbour", "th*", "liv*", "i", "*", " -", " OR ", "(", "said:", "2022",
         "..", "speaker:", "ruiz", "country:", "EE", "U.S.", "½", "\0", "x:", "cue:for", "5e1", "0x1f", "the", "of", "&", "!",
         "ß", "1e5*"]
    ),
    max_size=16,
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.text() | pieces)
def test_both_databases_answer_any_query_alike(both: list[Corpus], q: str) -> None:
    for sort in ("newest", "relevance"):
        in_sqlite, in_postgresql = (corpus.found(sort=sort, q=q) for corpus in both)
        assert in_sqlite == in_postgresql
    in_sqlite, in_postgresql = (corpus.found_articles(q) for corpus in both)
    assert in_sqlite == in_postgresql
