"""Articles that carry the same text, and their quotes, which are counted once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from api.database.engine import reading, writing
from api.folding import terms
from api.ingestion import article as intake
from api.ingestion import denormalised, duplicates
from api.ingestion.duplicates.articles import MAX_IN_BAND
from api.models import Article, Quote, SameText, TextBand
from api.models.quote import UNDATED
from api.output import columns
from api.search import facets
from api.search.quotes import find_by_rows, find_quotes
from api.search.request import QuoteSearch
from tests import factory
from tests.commands import run
from tests.ingestion import put
from tests.ingestion.duplicates import OTHER, OWN, WEATHER

SPEECH = (
    "The harbour of Harnby closes for the winter. “We will not sell the harbour,” said Mayor Märta Ilves. The council had met "
    "until the small hours, with both the fishermen and the ferry company waiting outside of the hall for word. “Nobody asked "
    "us,” said José Ruiz, the head of the port. The ferry goes from Calder until further notice, and buses bring passengers "
    "there from the station every hour.\n\n“The ice will decide,” Ruiz said. The harbour has closed in each of the last five "
    "winters, and the port lost a third of its income in the last one. There is snow on the pier."
)


SHORT = SPEECH.partition("\n\n")[0]


@pytest.fixture
def wire(engine: Engine) -> Engine:
    """The speech in four outlets (of which one has it twice, and one cut off), an article of its own, and one undated."""
    for number, (host, day, text) in enumerate(
        [
            ("b", "2024-05-03", f"{SPEECH} More soon."),
            ("a", "2024-05-02", SPEECH),
            ("c", "2024-05-04", SHORT),
            ("c", "2024-05-05", f"{OWN}\n\n{SPEECH}"),
            ("d", None, SPEECH),
            ("e", "2024-05-02", "“We will not sell the harbour,” said Mayor Märta Ilves."),
        ]
    ):  # fmt: skip
        more = {"published": day} if day else {}
        put(engine, text, url=f"https://{host}.example/{number}", title=f"Harbour {number}", **more)
    return engine


def right(session: Session, **filters: Any) -> set[int]:
    """Which quotes a search for distinct ones has to find: of all that it finds the earliest of each that is the same."""
    text_of: dict[int, int] = dict(session.execute(select(SameText.article_id, SameText.first_id)).all())
    groups = defaultdict(list)
    for quote in session.scalars(find_by_rows(QuoteSearch.of(**filters)).select):
        same = (text_of[quote.article_id], quote.speaker_id, quote.act, quote.terms)
        groups[quote.id if quote.status == "rejected" else same].append((quote.at == UNDATED, quote.at, quote.id))
    return {min(group)[-1] for group in groups.values()}


FILTERS: list[dict[str, Any]] = [
    {},
    {"q": "harbour"}, {"q": "harbour publisher:b.example"}, {"q": "ice OR publisher:c.example"}, {"q": "-harbour"},
    {"q": "-publisher:a.example"}, {"q": "said:2024-05-03.. harbour"}, {"q": "role:mayor"}, {"q": "ilves -kind:indirect"},
    {"publisher": "b.example"}, {"publisher": "c.example"}, {"publisher": "d.example"}, {"article": 4}, {"article": 1},
    {"since": "2024-05-03"}, {"before": "2024-05-03"}, {"speaker": "Ruiz"}, {"kind": "direct"}, {"role": "Mayor"},
    {"act": "any", "status": "any"}, {"status": "rejected"}, {"status": "confirmed"}, {"cue": "said"}, {"copies_of": 1},
]  # fmt: skip


def consistent(engine: Engine) -> None:
    """Nothing is wrong with what is stored, and each search for distinct quotes finds what it has to."""
    with reading(engine) as session:
        assert list(duplicates.faults(session)) == []
        for filters in FILTERS:
            days = [name for name in ("since", "before") if name in filters]
            asked = filters | {name: dt.datetime.fromisoformat(filters[name] + "T00:00:00Z") for name in days}
            search = QuoteSearch.of(**asked, distinct=True)
            for found in (find_by_rows(search), find_quotes(search, session)):
                distinct = session.scalars(found.select).all()
                assert len(distinct) == len(set(distinct))
                assert {quote.id for quote in distinct} == right(session, **asked), filters


def listed(client: FlaskClient, query: str) -> list[tuple[str, str, int]]:
    """Return what a list of quotes has: words, the outlet's letter, and how many copies."""
    items = client.get(f"/v1/quotes?sort=oldest&{query}").json["items"]
    return [(item["text"], item["article"]["publisher"]["name"][0], item["copies"]) for item in items]


SOLD, ASKED, ICE = "“We will not sell the harbour,”", "“Nobody asked us,”", "“The ice will decide,”"


@pytest.mark.usefixtures("wire")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [(SOLD, "a", 4), (ASKED, "a", 4), (ICE, "a", 3), (SOLD, "e", 0)]),
        ("q=ice", [(ICE, "a", 3)]),
        ("publisher=b.example", [(SOLD, "b", 4), (ASKED, "b", 4), (ICE, "b", 3)]),
        ("publisher=c.example", [(SOLD, "c", 4), (ASKED, "c", 4), (ICE, "c", 3)]),
        ("q=publisher:c.example", [(SOLD, "c", 4), (ASKED, "c", 4), (ICE, "c", 3)]),
        ("publisher=d.example&q=ice", [(ICE, "d", 3)]),
        ("from=2024-05-03&q=asked", [(ASKED, "b", 4)]),
        ("to=2024-05-03&q=asked", [(ASKED, "a", 4)]),
        ("copies_of=2&q=asked", [(ASKED, "a", 4)]),
        ("article=3", [(SOLD, "c", 4), (ASKED, "c", 4)]),
    ],
)
def test_quotes_of_copies_are_counted_once(client: FlaskClient, query: str, found: list[tuple[str, str, int]]) -> None:
    assert listed(client, f"distinct=true&{query}") == found
    facet = client.get(f"/v1/quotes?distinct=true&total=exact&facets=publisher&{query}").json
    assert (facet["total"]["value"], facet["counted"]) == (len(found), len(found))
    timeline = client.get(f"/v1/quotes/timeline?distinct=true&{query}").json["items"]
    assert sum(bucket["count"] for bucket in timeline) == sum(outlet != "d" for _, outlet, _ in found)
    assert client.get(f"/v1/quotes?format=ndjson&distinct=true&{query}").text.count("\n") == len(found)
    assert client.get(f"/v1/quotes.atom?distinct=true&{query}").text.count("<entry>") == len(found)


@pytest.mark.parametrize("sort", ["newest", "oldest", "relevance"])
@pytest.mark.parametrize(
    "query", ["q=harbour+OR+ice+OR+asked", "q=said:2024+OR+ice&publisher=c.example", "publisher=b.example"]
)
def test_pages_of_distinct_quotes(wire: Engine, client: FlaskClient, sort: str, query: str) -> None:
    del wire
    url = f"/v1/quotes?distinct=true&sort={sort}&{query}"
    whole, paged, next_ = client.get(url).json["items"], list[Any](), f"{url}&limit=1"
    while next_:
        page = client.get(next_).json
        paged, next_ = paged + page["items"], page["next"]
    assert paged == whole
    assert len(whole) > 1


def test_which_articles_carry_the_text(wire: Engine, client: FlaskClient) -> None:
    del wire
    assert [client.get(f"/v1/articles/{number}").json["copies"] for number in range(1, 7)] == [4, 4, 4, 4, 4, 0]
    others = client.get("/v1/articles?copies_of=3").json["items"]
    assert [article["id"] for article in others] == [5, 4, 2, 1]
    assert client.get("/v1/articles?copies_of=3&publisher=c.example").json["items"][0]["id"] == 4
    assert client.get("/v1/articles?copies_of=6").json["items"] == []
    assert client.get("/v1/articles?copies_of=99").json["items"] == []
    asked = client.get("/v1/quotes?q=asked&publisher=c.example&sort=oldest").json["items"][0]
    same = client.get(f"/v1/quotes?copies_of={asked['id']}").json["items"]
    assert {item["article"]["id"] for item in same} == {1, 2, 4, 5}
    assert client.get(f"/v1/quotes/{asked['id']}").json["copies"] == asked["copies"] == 4


def test_whatever_is_changed_quotes_are_counted_once(wire: Engine, writer: FlaskClient) -> None:
    consistent(wire)

    def change(path: str, **body: Any) -> None:
        tag = {"If-Match": writer.get(f"/v1/{path}").headers["ETag"]}
        response = (
            writer.patch(f"/v1/{path}", json=body, headers=tag) if body else writer.delete(f"/v1/{path}", headers=tag)
        )
        assert response.status_code in (200, 204), response.json
        consistent(wire)

    def quote(word: str, outlet: str) -> int:
        answer = writer.get(f"/v1/quotes?q={word}&publisher={outlet}.example&sort=oldest&status=any").json
        return int(answer["items"][0]["id"])

    def counted(word: str) -> list[tuple[str, int]]:
        return [(outlet, number) for _, outlet, number in listed(writer, f"distinct=true&q={word}")]

    assert counted("ice") == [("a", 3)]
    change(f"quotes/{quote('ice', 'a')}", status="rejected")  # the first: it is none, and the next one counts
    assert counted("ice") == [("b", 2)]
    change(f"quotes/{quote('ice', 'a')}", status="confirmed")
    assert counted("ice") == [("a", 3)]
    change(f"quotes/{quote('ice', 'a')}", speaker=1)  # somebody else said it, says one who should know
    assert counted("ice") == [("a", 0), ("b", 2)]
    change(f"quotes/{quote('ice', 'a')}", speaker=2)
    assert counted("ice") == [("a", 3)]
    change(f"quotes/{quote('ice', 'b')}", act="attitude")
    assert counted("ice") == [("a", 2)]
    change("articles/1", published="2024-05-01")
    assert counted("asked") == [("b", 4)]
    change("articles/1", published=None)
    assert counted("asked") == [("a", 4)]
    change(f"quotes/{quote('asked', 'a')}")  # rejected
    assert counted("asked") == [("c", 3)]
    change("articles/1")  # the one stored first, by which the others were compared
    assert [writer.get(f"/v1/articles/{number}").json["copies"] for number in (2, 3, 4, 5)] == [3, 3, 3, 3]
    change("articles/2")
    assert counted("asked") == [("c", 2)]
    added = writer.post("/v1/quotes", json={"article": 5, "content": [[0, 11]], "kind": "direct"}).json["id"]
    consistent(wire)
    again = writer.post("/v1/quotes", json={"article": 3, "content": [[0, 11]], "kind": "direct"}).json
    assert again["copies"] == 1
    change(f"quotes/{again['id']}")
    assert writer.get(f"/v1/quotes/{added}").json["copies"] == 0
    change("articles/3")
    change("articles/4")
    assert counted("asked") == [("d", 0)]


def test_speakers_that_are_merged(wire: Engine) -> None:
    """In one copy somebody else is meant; then both turn out to be one."""
    with writing(wire) as session:
        other = factory.speaker("J. Ruiz")
        session.add(other)
        session.flush()
        of_one = update(Quote).where(Quote.article_id == 2, Quote.terms.contains("ask us"))
        for speaker_id, count in ((other.id, 2), (2, 1)):
            session.execute(of_one.values(speaker_id=speaker_id))
            duplicates.deduplicate_quotes(session, [2])
            found = find_by_rows(QuoteSearch.of(q="asked", distinct=True))
            assert len(session.scalars(found.select).all()) == count
            assert list(duplicates.faults(session)) == []


@pytest.mark.parametrize("article", [1, 2, 3])
@pytest.mark.parametrize("text", [OTHER, f"{SPEECH} And more.", SPEECH.replace("Nobody asked us", "We were asked")])
def test_a_text_that_is_replaced(wire: Engine, article: int, text: str) -> None:
    with writing(wire) as session:
        row = session.get_one(Article, article)
        row.text, row.terms = text, terms(row.title or "", text)
        session.execute(delete(Quote).where(Quote.article_id == article))
        session.flush()
        duplicates.recompare(session, [article])
        session.commit()
    consistent(wire)
    with reading(wire) as session:
        assert len(duplicates.others(session, article)) == (0 if text is OTHER else 4)
        assert session.get_one(Article, 4).copies == (3 if text is OTHER else 4)


def test_copies_stored_at_once_know_each_other(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as threads:
        texts = [f"{SPEECH} Edition {number % 2}." for number in range(12)]
        list(
            threads.map(
                lambda n: put(engine, texts[n], url=f"https://a.example/{n}", published="2024-05-02"), range(12)
            )
        )
    consistent(engine)
    with reading(engine) as session:
        assert session.scalar(select(func.count(SameText.first_id.distinct()))) == 1
        assert len(session.scalars(find_by_rows(QuoteSearch(distinct=True)).select).all()) == 3
        assert session.scalar(select(func.count()).select_from(SameText)) == 12


def test_a_form_does_not_fill_the_index(engine: Engine) -> None:
    with writing(engine) as session:
        new = {}
        for number in range(2 * MAX_IN_BAND):
            text = WEATHER.format(
                "Harnby", f"{number}", number, number * 7, "west", number * 13, number * 17, number * 19
            )
            row = factory.article(text)
            session.add(row)
            session.flush()
            new[row.id] = duplicates.Fingerprint(None, row.terms)
        texts = duplicates.compare(session, new)
        assert len(set(texts.values())) == len(new)
        each = select(func.count()).select_from(TextBand).group_by(TextBand.band)
        assert max(session.scalars(each)) == MAX_IN_BAND
        assert list(duplicates.faults(session)) == []


def test_check_and_repair(wire: Engine, database_url: str) -> None:
    assert run("db", "check", url=database_url).exit_code == 0
    for statement, said in (
        (update(Quote).where(Quote.article_id == 4).values(copy_of_id=None), "has a wrong copy_of"),
        (delete(SameText).where(SameText.article_id == 3), "article 3 was not compared"),
        (delete(SameText), "article 1 was not compared"),
    ):
        with writing(wire) as session:
            session.execute(statement)
            session.commit()
        result = run("db", "check", url=database_url)
        assert result.exit_code == 1
        assert said in result.output
        assert run("db", "check", "--repair", url=database_url).exit_code == 0
        consistent(wire)
    with reading(wire) as session:
        counted, over = facets.count(session, find_by_rows(QuoteSearch(distinct=True)), ["publisher"])
        assert (over, [value.count for value in counted["publisher"]]) == (4, [1, 3][::-1])


def test_the_date_of_an_article_decides_which_quote_counts(wire: Engine) -> None:
    with writing(wire) as session:
        article = session.get_one(Article, 4)
        denormalised.set_published(session, article, intake.Published(dt.datetime(2020, 1, 1, tzinfo=dt.UTC), False))
        session.commit()
    consistent(wire)
    with reading(wire) as session:
        found = session.scalars(find_by_rows(QuoteSearch.of(q="ice", distinct=True)).select).one()
        [row] = columns.quotes(session.connection(), [found.id])
        assert (row.article_id, row.copies) == (4, 3)
