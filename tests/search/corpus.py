"""A corpus of a few quotes, and how tests look into the indexes of their database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from api.models import Article, Quote, Role, Speaker
from api.search import ranking
from api.search.articles import find_articles
from api.search.language import parse
from api.search.quotes import find_by_rows, find_quotes
from api.search.request import QuoteSearch
from tests import factory


class Corpus:
    """Quotes in a session, each under a key."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.quotes: dict[str, Quote] = {}

    def say(self, key: str, words: str, speaker: Speaker | None = None, **columns: Any) -> Quote:
        """Store a quote that is an article by itself, with this title and publisher."""
        of_article = {name: columns.pop(name, None) for name in ("title", "publisher")}
        quote = factory.quote(words, speaker, factory.article(words, **of_article), **columns)
        self.session.add(quote)
        self.session.flush()
        self.quotes[key] = quote
        return quote

    def speaker(self, *names: str, **columns: Any) -> Speaker:
        """Store a speaker."""
        made = factory.speaker(*names, **columns)
        self.session.add(made)
        self.session.flush()
        return made

    def found(self, sort: str = "oldest", *, most: int = ranking.MAX_SCORED, **asked: Any) -> list[str]:
        """Return the keys of the quotes that these parameters find, in order."""
        return self.matches(QuoteSearch.of(**asked), sort, most=most)

    def matches(self, search: QuoteSearch, sort: str = "oldest", *, most: int = ranking.MAX_SCORED) -> list[str]:
        """Return the keys of the quotes that a search finds, in its order; both statements must agree."""
        keys = {quote.id: key for key, quote in self.quotes.items()}
        answers: list[list[str]] = []
        for found in (find_quotes(search, self.session), find_by_rows(search)):
            listed = ranking.ordered(found, sort, most=most)
            answers.append([keys[quote_id] for quote_id in self.session.scalars(listed.sorted())])
        assert answers[0] == answers[1]
        return answers[0]

    def found_articles(self, q: str) -> list[str]:
        """Return the keys of the quotes whose articles a query finds."""
        found = find_articles(parse(q)).select.order_by(Article.id)
        keys = {quote.article_id: key for key, quote in self.quotes.items()}
        return [keys[article.id] for article in self.session.scalars(found)]


def filled(session: Session) -> Corpus:
    """Return a corpus of seven quotes, of three speakers and of nobody."""
    corpus = Corpus(session)
    ilves = corpus.speaker("Märta Ilves", "Ilves", "M. Ilves-Kask", handle="@MartaIlves")
    ruiz = corpus.speaker("José Ruiz", "Jose Ruiz Ortega", "Sir José")
    board = corpus.speaker("Harbour Board", kind="organisation")
    courier = factory.publisher("The Baltic Courier", "courier.example")
    wire = factory.publisher("Señal", "senal.example")
    minister, mayor = Role.of("Prime Minister", None, "EE"), Role.of("Mayor", "City of Harnby", "GB")
    chair = Role.of("Chair", "Harbour Board")
    session.add_all([courier, wire, minister, mayor, chair])
    say = corpus.say
    say("cost", "The cost of living is our first worry, said nobody twice.", ilves, role=minister, publisher=courier,
        cue="said", at="2022-03-24T00:00", kind="direct")  # fmt: skip
    say("sanctions", "New sanctions on the U.S. banks would not work", ruiz, role=mayor, publisher=wire, cue="had warned",
        at="2022-03-25T18:30", kind="indirect")  # fmt: skip
    say("cafe", "“Cafés in Kyiv’s centre don’t close”", ruiz, role=mayor, role_status="former", publisher=courier,
        cue="called for", at="2023-01-01T00:00", kind="mixed", medium="post", polarity="denied")  # fmt: skip
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


def assert_index_is_whole(session: Session) -> None:
    """Assert that SQLite's full-text index has what the table has. PostgreSQL's cannot differ."""
    if session.get_bind().dialect.name == "sqlite":
        for fts in ("quote_fts", "article_fts"):
            session.execute(text(f"INSERT INTO {fts} ({fts}, rank) VALUES ('integrity-check', 1)"))


def explained(session: Session, statement: Select[Any]) -> str:
    """Return SQLite's plan of a statement."""
    written = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    return "\n".join(
        " ".join(map(str, row)) for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {written}")
    )
