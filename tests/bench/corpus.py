"""Build a corpus of made-up quotes for the benchmarks of search: of any size, always the same, on either database.

Words are drawn by their frequencies in English (wordfreq; Zipf's law with its true head). Speakers, publishers and countries
follow Zipf's law, and days cover twenty years. Nine of ten articles are stored in the order in which they were published. The
others come late, as from an archive. Rows are written in bulk, into the tables and columns that api.ingestion.store writes.
Mentions and sightings are left out, since no search reads them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import numpy as np
from sqlalchemy import Engine, text
from wordfreq import top_n_list, word_frequency

from api.folding import BORDER, fold, names_line, stem, terms
from api.models import now
from api.models.quote import UNDATED
from api.search.index.postgresql import STORAGE
from tests.bench.names import build as build_speakers
from tests.bench.names import people

SPEAKERS = 50_000
WORDS = 40_000
PUBLISHERS = 300
COUNTRIES = (
    "US", "GB", "FR", "DE", "UA", "RU", "PL", "IN", "CN", "BR", "JP", "IT", "ES", "TR", "IL", "EE", "SE", "NO", "FI", "LT",
    "LV", "NL", "BE", "IE", "CA", "AU", "NZ", "ZA", "NG", "KE", "EG", "MX", "AR", "CL",
)  # fmt: skip
TITLES = (
    "President",
    "Prime Minister",
    "Foreign Minister",
    "Finance Minister",
    "Mayor",
    "Governor",
    "Senator",
    "Judge",
)
QUOTES_OF_AN_ARTICLE = 4
FIRST, DAYS = dt.datetime(2005, 1, 1, tzinfo=dt.UTC), 20 * 365
BLOCK = 1_000  # articles of one transaction

COLUMNS = {
    "article": "id publisher_id url title language published published_has_time text text_hash engine terms version created"
    " updated",
    "quote": "id article_id publisher_id speaker_id role_id role_status kind medium act text cue said at confidence evidence"
    " status terms names version created updated",
    "quote_span": "quote_id part position start end",
}
Row = tuple[object, ...]


def by_zipf(ranks: int, shift: float = 0) -> np.ndarray:
    """Return the cumulated shares of so many ranks. `shift` makes the first ones less frequent."""
    share = 1 / (np.arange(1, ranks + 1) + shift)
    return np.cumsum(share / share.sum())


@dataclass(frozen=True)
class Vocabulary:
    """English words of letters alone, the most frequent first, with the share of each."""

    words: list[str]
    shares: np.ndarray

    @classmethod
    def english(cls) -> Vocabulary:
        words = [word for word in top_n_list("en", WORDS) if word.isascii() and word.isalpha()]
        shares = np.array([word_frequency(word, "en") for word in words])
        return cls(words, shares / shares.sum())

    def matching(self, share: float, length: float = 20.0, many: int = 8) -> list[str]:
        """Return words that each stand in about this share of quotes of that length. No other word has their stems."""
        expected = 1 - (1 - self.shares) ** length
        stems: dict[str, int] = {}
        for word in self.words:
            stems[stem(word)] = stems.get(stem(word), 0) + 1
        near = np.argsort(abs(np.log(expected / share)))
        return [self.words[i] for i in near[: many * 20] if stems[stem(self.words[i])] == 1][:many]


class Corpus:
    """So many quotes, their speakers and the rest; `blocks` gives the rows, the same each time."""

    def __init__(self, quotes: int) -> None:
        self.quotes = quotes
        self.vocabulary = Vocabulary.english()
        self.speakers = people(SPEAKERS)
        draw = np.random.default_rng(1)
        self.order = draw.permutation(SPEAKERS)  # whoever is quoted most has any id
        countries = np.searchsorted(by_zipf(len(COUNTRIES)), draw.random(SPEAKERS))
        # Two of five speakers have held an office, for four years somewhere in the twenty.
        self.offices: dict[int, tuple[int, int]] = {}
        for index in np.flatnonzero(draw.random(SPEAKERS) < 0.4):
            role = int(countries[index]) * len(TITLES) + int(draw.integers(len(TITLES)))
            self.offices[int(index)] = (role + 1, int(draw.integers(DAYS - 1400)))

    def speaker(self, rank: int) -> str:
        """Return the name of the speaker who is quoted most (0), next (1), and so on."""
        return self.speakers[int(self.order[rank])]

    def blocks(self) -> Iterator[dict[str, list[Row]]]:
        """Yield the rows of each block by table. Moments are datetimes."""
        draw = np.random.default_rng(2)
        words, stems = self.vocabulary.words, [stem(word) for word in self.vocabulary.words]
        cumulated, ranks, outlets = np.cumsum(self.vocabulary.shares), by_zipf(SPEAKERS), by_zipf(PUBLISHERS, 5)
        names = [names_line([name]) for name in self.speakers]
        stemmed = [" ".join(map(stem, fold(name).split())) for name in self.speakers]
        moment, articles = now(), -(-self.quotes // QUOTES_OF_AN_ARTICLE)
        quote_id = 0
        for first in range(0, articles, BLOCK):
            many = min(BLOCK, articles - first)
            lengths = np.maximum(draw.poisson(20, (many, QUOTES_OF_AN_ARTICLE)), 3)
            picked = iter(np.searchsorted(cumulated, draw.random(int(lengths.sum()))).clip(max=len(words) - 1).tolist())
            who = self.order[np.searchsorted(ranks, draw.random((many, QUOTES_OF_AN_ARTICLE)))].tolist()
            where = (np.searchsorted(outlets, draw.random(many)) + 1).tolist()
            day = (np.arange(first, first + many) * DAYS // articles).tolist()
            late, chance = draw.random(many) < 0.1, draw.random((many, QUOTES_OF_AN_ARTICLE, 4)).tolist()
            elsewhere, minute = draw.integers(DAYS, size=many).tolist(), draw.integers(1440, size=many).tolist()
            rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
            for n in range(many):
                article_id, on = first + n + 1, elsewhere[n] if late[n] else day[n]
                timed = minute[n] % 2 == 0
                at = FIRST + dt.timedelta(days=on, minutes=minute[n] if timed else 0)
                at = UNDATED if chance[n][0][3] < 0.02 else at
                body, article_terms = "", []
                for k in range(QUOTES_OF_AN_ARTICLE):
                    if quote_id == self.quotes:
                        break
                    quote_id += 1
                    said = list(islice(picked, int(lengths[n, k])))
                    quoted, quote_terms = " ".join(words[i] for i in said), " ".join(stems[i] for i in said)
                    speaker, luck = who[n][k], chance[n][k]
                    role, began = self.offices.get(speaker, (None, 0))
                    states_role = role is not None and began <= on < began + 1400 and luck[0] < 0.5
                    start = len(body)
                    body += f"“{quoted},” {self.speakers[speaker]} said.\n\n"
                    content = (start, start + len(quoted) + 3)
                    source = (content[1] + 1, content[1] + 1 + len(self.speakers[speaker]))
                    cue = (source[1] + 1, source[1] + 5)
                    article_terms.append(f"{quote_terms} {stemmed[speaker]} said")
                    rows["quote"].append((
                        quote_id, article_id, where[n], speaker + 1, role if states_role else None, "held",
                        "direct" if luck[1] < 0.6 else "indirect", "speech", "speech" if luck[2] < 0.93 else "attitude",
                        f"“{quoted},”", "said", None, at, 0.9, json.dumps([{"span": source, "rule": "full-name"}]),
                        "extracted" if luck[1] > 0.01 else "rejected", quote_terms, names[speaker], 1, moment, moment,
                    ))  # fmt: skip
                    rows["quote_span"] += [
                        (quote_id, part, 0, *span)
                        for part, span in (
                            ("content", content), ("source", source), ("cue", cue), ("context", (start, cue[1] + 1)),
                        )
                    ]  # fmt: skip
                undated = at == UNDATED
                rows["article"].append((
                    article_id, where[n], f"https://outlet-{where[n]}.example/{article_id}", f"Article {article_id}", "en",
                    None if undated else at, timed and not undated, body, f"{article_id:064x}", "bench",
                    f"articl {article_id} {BORDER} {' '.join(article_terms)}", 1, moment, moment,
                ))  # fmt: skip
            yield rows

    def write(self, engine: Engine) -> None:
        """Migrate the database and write the corpus into it, its speakers and roles first."""
        build_speakers(engine, self.speakers)
        moment = now()
        sqlite = engine.dialect.name == "sqlite"
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO publisher (id, name, folded, domain, version, created, updated)"
                    " VALUES (:id, :name, :folded, :domain, 1, :now, :now)"
                ),
                [
                    {
                        "id": i,
                        "name": f"Outlet {i}",
                        "folded": f"outlet {i}",
                        "domain": f"outlet-{i}.example",
                        "now": moment,
                    }
                    for i in range(1, PUBLISHERS + 1)
                ],
            )
            roles = [(title, country) for country in COUNTRIES for title in TITLES]
            connection.execute(
                text(
                    "INSERT INTO role (id, title, country, folded, title_folded, version, created, updated)"
                    " VALUES (:id, :title, :country, :folded, :title_folded, 1, :now, :now)"
                ),
                [
                    {"id": i, "title": title, "country": country, "title_folded": fold(title), "now": moment,
                     "folded": f"{fold(title)}||{country}"}
                    for i, (title, country) in enumerate(roles, 1)
                ],
            )  # fmt: skip
            connection.execute(
                text(
                    "INSERT INTO tenure (speaker_id, role_id, status, first_seen, last_seen, version, created, updated)"
                    " VALUES (:speaker, :role, 'held', :first, :last, 1, :now, :now)"
                ),
                [
                    {"speaker": speaker + 1, "role": role, "now": moment, "first": (FIRST + dt.timedelta(began)).date(),
                     "last": (FIRST + dt.timedelta(began + 1399)).date()}
                    for speaker, (role, began) in self.offices.items()
                ],
            )  # fmt: skip
        with _without_triggers(engine):
            for rows in self.blocks():
                with engine.begin() as connection:
                    if not sqlite:
                        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers
                    for table, columns in COLUMNS.items():
                        put = _put_in_sqlite if sqlite else _copy
                        put(connection.connection.driver_connection, table, columns.split(), rows[table])
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not sqlite:
                for table in ("publisher", "role", "speaker", "name", "article", "quote"):
                    connection.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))
            connection.execute(text("ANALYZE" if sqlite else "VACUUM ANALYZE"))


@contextmanager
def _without_triggers(engine: Engine) -> Iterator[None]:
    """Write rows without triggers and full-text indexes, and do the work of these at the end, at once."""
    sqlite = engine.dialect.name == "sqlite"
    kept = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('article', 'quote')"
    triggers: Sequence[Row] = ()
    with engine.begin() as connection:
        if sqlite:
            triggers = [tuple(row) for row in connection.exec_driver_sql(kept)]
        for statement in [f"DROP TRIGGER {name}" for name, _ in triggers] if sqlite else _DROPPED:
            connection.exec_driver_sql(statement)
    yield
    with engine.begin() as connection:
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '1GB'")
        connection.exec_driver_sql(
            "UPDATE speaker SET quoted = (SELECT count(*) FROM quote WHERE speaker_id = speaker.id"
            " AND act = 'speech' AND status <> 'rejected')"
        )
        for statement in [*_REBUILT, *(str(sql) for _, sql in triggers)] if sqlite else _MADE:
            connection.exec_driver_sql(statement)


_REBUILT = [f"INSERT INTO {table}_fts ({table}_fts) VALUES ('rebuild')" for table in ("quote", "article")]
_DROPPED = [f"DROP INDEX {table}_fts" for table in ("quote", "article")]
_MADE = [f"CREATE INDEX {t}_fts ON {t} USING gin (full_text) WITH ({STORAGE})" for t in ("quote", "article")]


def _put_in_sqlite(connection: object, table: str, columns: Sequence[str], rows: list[Row]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    plain = [tuple(_plain(value) for value in row) for row in rows]
    connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", plain)  # type: ignore[attr-defined]  # sqlite3's


def _plain(value: object) -> object:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f").zfill(26) if isinstance(value, dt.datetime) else value


def _copy(connection: object, table: str, columns: Sequence[str], rows: list[Row]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:  # type: ignore[attr-defined]  # psycopg's
        for row in rows:
            copy.write_row(row)


def check(corpus: Corpus) -> None:
    """Raise AssertionError unless the rows have the terms and names that ingest would write."""
    rows = next(corpus.blocks())
    columns = COLUMNS["quote"].split()
    for row in rows["quote"][:50]:
        quote = dict(zip(columns, row, strict=True))
        assert quote["terms"] == terms(str(quote["text"])), quote
    columns = COLUMNS["article"].split()
    for row in rows["article"][:10]:
        article = dict(zip(columns, row, strict=True))
        assert article["terms"] == terms(str(article["title"]), str(article["text"])), article
