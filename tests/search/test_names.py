"""Find speakers by misspelt or incomplete names, and count their quotes, in both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select, text, update
from sqlalchemy.orm import Session

from api.config import Settings
from api.database.engine import make_engine, writing
from api.folding import MAX_NAME_TAILS, MAX_SLIP_LETTERS, fold, skeleton, spelling_keys, tails
from api.models import Article, Name, NameTail, Quote, Speaker, spelling
from api.search import names
from tests import factory
from tests.answers import create, problem

SPEAKERS = (
    ("Volodymyr Zelenskyy", 5),
    ("Artem Zelenko", 1),
    ("Recep Tayyip Erdoğan", 4),
    ("Timur Erdogan", 9),
    ("Emmanuel Macron", 6),
    ("Oleksii Zalutskyi", 2, "Олексій Залуцький"),
    ("Fyodor Dostoyevsky", 1),
    ("Nikita Khrushchev", 1),
    ("Tomas Hankes", 3),
    ("Sanna Marin", 2),
    ("Ivan Petrov", 1),
    ("Anna Bernstein", 1),
    ("Anna Bornstein", 1),
    ("Lars Petersen", 2),
    ("Maja Petersen", 1),
    ("47th Brigade", 1),
    ("Ministry of Defence", 1),
)


def speaker(session: Session, name: str, *others: str, handle: str | None = None) -> Speaker:
    """Store a speaker."""
    made = factory.speaker(name, *others, handle=handle)
    session.add(made)
    session.flush()
    return made


@pytest.fixture(scope="module")
def base(shared_database_url: str) -> Iterator[Session]:
    """Yield a base of speakers to read."""
    engine = make_engine(Settings(database_url=shared_database_url))
    with writing(engine) as session:
        yes = factory.article()
        for name, quoted, *others in SPEAKERS:
            by = speaker(session, name, *others)
            session.add_all(factory.quote("Yes", by, yes) for _ in range(quoted))
        speaker(session, "Night Shift Nadia", handle="@Nadia_Nachts")
        session.flush()
        session.expire_all()
        yield session
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


ZELENSKYY, ERDOGAN, NADIA = "Volodymyr Zelenskyy", "Recep Tayyip Erdoğan", "Night Shift Nadia"


@pytest.mark.parametrize(
    ("asked", "called"),
    [
        ("Zelenskyy", [("exact", ZELENSKYY)]),
        ("volodymyr ZELENSKYY", [("exact", ZELENSKYY)]),
        ("Зеленський", [("fuzzy", ZELENSKYY)]),
        ("Залуцький", [("exact", "Oleksii Zalutskyi")]),
        ("Zelenski", [("fuzzy", ZELENSKYY)]),
        ("Zelensky", [("fuzzy", ZELENSKYY)]),
        ("Zelenskiy", [("fuzzy", ZELENSKYY)]),
        ("Zelenskyj", [("fuzzy", ZELENSKYY)]),
        ("Wolodymyr Zelensky", [("fuzzy", ZELENSKYY)]),
        ("Zelensky, Volodymyr", [("fuzzy", ZELENSKYY)]),
        ("Zelenskiy’s", [("fuzzy", ZELENSKYY)]),
        ("Zelesnkyy", [("fuzzy", ZELENSKYY)]),  # letters in wrong order
        ("Zelennskyy", [("fuzzy", ZELENSKYY)]),  # one doubled
        ("Zelemskyy", []),  # one wrong, in eight letters
        ("Volodymyr Zelemskyy", [("fuzzy", ZELENSKYY)]),  # but the other word says who it is
        ("Volodymyr Zelnskyy", [("fuzzy", ZELENSKYY)]),
        ("Volodimyr Zelnskyy", [("fuzzy", ZELENSKYY)]),
        ("Volodmyr Zelnskyy", []),  # two slips
        ("Artem Zelensky", []),  # each word stands or is spelled otherwise, but in no name together
        ("Selenskyj", []),
        ("Erdoğan", [("exact", ERDOGAN), ("folded", "Timur Erdogan")]),  # best first
        ("Erdogan", [("exact", "Timur Erdogan"), ("folded", ERDOGAN)]),
        ("tayyip erdogan", [("folded", ERDOGAN)]),
        ("Recep Erdogan", [("fuzzy", ERDOGAN)]),
        ("Erdohan", []),
        ("Recep Erdohan", [("fuzzy", ERDOGAN)]),
        ("Macron", [("exact", "Emmanuel Macron")]),
        ("Marcon", [("fuzzy", "Emmanuel Macron")]),
        ("Makron", []),
        ("Emanuel Makron", [("fuzzy", "Emmanuel Macron")]),
        ("Zalutsky", [("fuzzy", "Oleksii Zalutskyi")]),
        ("Zalutski", [("fuzzy", "Oleksii Zalutskyi")]),
        ("Dostoevsky", [("fuzzy", "Fyodor Dostoyevsky")]),
        ("Dostevsky", [("fuzzy", "Fyodor Dostoyevsky")]),  # nine are enough
        ("Khruschev", [("fuzzy", "Nikita Khrushchev")]),
        ("Chruschtschow", []),
        ("Hankes", [("exact", "Tomas Hankes")]),
        ("Bankes", []),  # the first letter is never a slip
        ("Tomas Bankes", []),
        ("Hanks", []),
        ("Marin", [("exact", "Sanna Marin")]),
        ("Martin", []),
        ("Sanna Martin", []),
        ("Petrova", []),  # nor the last
        ("Ivan Petrova", []),
        ("Ivanka Petrov", []),
        ("Bernstein", [("exact", "Anna Bernstein")]),
        ("Birnstein", []),  # Bernstein or Bornstein
        ("Anna Birnstein", []),
        ("Anna Brenstein", [("fuzzy", "Anna Bernstein")]),
        ("Petersen", [("exact", "Lars Petersen"), ("exact", "Maja Petersen")]),  # the most quoted first
        ("Peterson", []),
        ("Lars Peterson", [("fuzzy", "Lars Petersen")]),
        ("Petresen", [("fuzzy", "Lars Petersen"), ("fuzzy", "Maja Petersen")]),
        ("Ivan Petersen", []),
        ("48th Brigade", []),  # digits are no spelling
        ("Brigade 47th", [("fuzzy", "47th Brigade")]),
        ("Defense Ministry", [("fuzzy", "Ministry of Defence")]),
        ("Ministry of Defense", [("fuzzy", "Ministry of Defence")]),
        ("Zelenskyy " * 30, [("fuzzy", ZELENSKYY)]),
        (" ".join(f"Word{letter}" for letter in "abcdefghijkl"), []),
        ("@Nadia_Nachts", [("exact", NADIA)]),
        ("nadia_nachts", [("exact", NADIA)]),
        ("@NadiaNachts", []),
        ("Nadia", [("exact", NADIA)]),
        ("nachts", []),  # a handle is one word
        ("Vol", []),
        ("%", []),
        ("_", []),
        ("…", []),
        ("~", []),
        ("!", []),
        ("a" * 1000, []),
        ("a " * 500, []),
    ],
)  # fmt: skip
def test_resolves_names(base: Session, asked: str, called: list[tuple[str, str]]) -> None:
    ids, shown = names.resolve(base, asked)
    assert [(one.match, one.name) for one in shown] == called
    found = [one.id for one in shown]
    assert sorted(base.scalars(select(Speaker.id).where(Speaker.id.in_(ids)))) == sorted(found)


@pytest.mark.parametrize(
    ("asked", "worst", "called"),
    [
        (
            "Zelenskyy",
            "fuzzy",
            [
                ("exact", "Olena Zelenskyy"),
                ("exact", ZELENSKYY),
                ("fuzzy", "Zelensky"),
                ("fuzzy", "Volodymyr Zelenskiy"),
            ],
        ),
        (
            "Zelensky",
            "fuzzy",
            [
                ("exact", "Zelensky"),
                ("fuzzy", "Olena Zelenskyy"),
                ("fuzzy", "Volodymyr Zelenskiy"),
                ("fuzzy", ZELENSKYY),
            ],
        ),
        ("Volodymyr Zelenskyy", "fuzzy", [("exact", ZELENSKYY), ("fuzzy", "Volodymyr Zelenskiy")]),
        ("Zelenskyy", "folded", [("exact", "Olena Zelenskyy"), ("exact", ZELENSKYY)]),
        ("Zelenskyy", "exact", [("exact", "Olena Zelenskyy"), ("exact", ZELENSKYY)]),
        ("Recep Erdogan", "fuzzy", [("exact", "Recep Erdogan")]),  # with a word between it is another name
        ("Petersen", "fuzzy", [("exact", "Lars Petersen"), ("exact", "Maja Petersen")]),
        ("Ivan Petrov", "fuzzy", [("exact", "Ivan Petrov")]),  # not Petrov Ivan
    ],
)
def test_one_spelling_does_not_hide_another(
    base: Session, asked: str, worst: str, called: list[tuple[str, str]]
) -> None:
    nested = base.begin_nested()
    for name in ("Volodymyr Zelenskiy", "Zelensky", "Olena Zelenskyy", "Recep Erdogan", "Petrov Ivan", "Ivan Petrov"):
        if not base.scalar(select(Speaker).where(Speaker.name == name)):
            speaker(base, name)
    base.flush()
    ids, shown = names.resolve(base, asked, worst)
    assert sorted((one.match, one.name) for one in shown) == sorted(called)
    assert [one.match for one in shown] == sorted(one.match for one in shown)  # the best first
    assert sorted(base.scalars(select(Speaker.id).where(Speaker.id.in_(ids)))) == sorted(one.id for one in shown)
    nested.rollback()


def test_a_name_of_many_does_not_hide_another_spelling(session: Session) -> None:
    for number in range(names.MAX_SHOWN + 3):
        speaker(session, f"A{number} Zelenskyy")
    speaker(session, "Bo Zelensky")
    session.flush()
    ids, shown = names.resolve(session, "Zelenskyy")
    assert len(shown) == names.MAX_SHOWN
    assert len(session.scalars(select(Speaker.id).where(Speaker.id.in_(ids))).all()) == names.MAX_SHOWN + 4


@pytest.mark.parametrize(
    ("asked", "worst", "called"),
    [
        ("Erdogan", "exact", ["Timur Erdogan"]),
        ("tayyip erdogan", "exact", []),
        ("tayyip erdogan", "folded", [ERDOGAN]),
        ("Zelenski", "folded", []),
        ("Zelenski", "exact", []),
    ],
)
def test_worst_match(base: Session, asked: str, worst: str, called: list[str]) -> None:
    assert [one.name for one in names.resolve(base, asked, worst)[1]] == called
    matches, _ = names.listed(base, asked, worst)
    assert sorted(base.scalars(select(Speaker.name).where(matches))) == sorted(called)


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("z", [ZELENSKYY, "Oleksii Zalutskyi", "Artem Zelenko"]),  # the most quoted first
        ("ZEL", [ZELENSKYY, "Artem Zelenko"]),
        ("zelens", [ZELENSKYY]),
        ("Зел", [ZELENSKYY, "Artem Zelenko"]),
        ("erdo", ["Timur Erdogan", ERDOGAN]),
        ("recep t", [ERDOGAN]),
        ("tayyip erdogan", [ERDOGAN]),
        ("recep erd", []),
        ("peterse", ["Lars Petersen", "Maja Petersen"]),
        ("47", ["47th Brigade"]),
        ("n", ["Nikita Khrushchev", NADIA]),
        ("nadia", [NADIA]),
        ("@nad", [NADIA]),
        ("nadia_n", [NADIA]),
        ("nachts", []),
        ("zelenski", []),
        ("%", []),
        ("_", []),
        ("…", []),
        ("a" * 300, []),
    ],
)
@pytest.mark.parametrize("many", [1, 1000])  # both ways to look
def test_completes_names(base: Session, many: int, prefix: str, found: list[str]) -> None:
    by_use = select(Speaker.name).order_by(Speaker.quoted.desc(), Speaker.id)
    assert list(base.scalars(by_use.where(names.beginning(base, prefix, many=many)))) == found


def test_shows_at_most_max_shown(session: Session) -> None:
    everybody = {speaker(session, f"Ana Rossi {number}").id for number in range(names.MAX_SHOWN + 2)}
    ids, shown = names.resolve(session, "rossi")
    assert len(shown) == names.MAX_SHOWN
    assert set(session.scalars(select(Speaker.id).where(Speaker.id.in_(ids)))) == everybody


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("macron", ["macon", "macrn", "macron", "maron", "mcron"]),
        ("marin", ["marin"]),
        ("Mari", []),
        ("g20summit", []),
    ],
)
def test_keys(name: str, keys: list[str]) -> None:
    assert spelling_keys(fold(name)) == keys


@pytest.mark.parametrize(
    "spelled",
    [
        "Zelenski Zelensky Zelenskyy Zelenskiy Zelenskyj Zelenskii",
        "Zalutsky Zalutskyi Zalutski",
        "Dostoevsky Dostoyevsky Dostoyevskiy Dostojewski",
        "Tchaikovsky Chaikovsky Tchaikowsky",
        "Sergei Sergey Sergej",
        "Aleksandr Alexandr",
        "Yeltsin Eltsin",
        "Gorbachev Gorbatchev",
        "Khodorkovsky Hodorkovski",
        "Netanyahu Netanjahu",
        "Mohammed Mohamed",
        "Stefan Stephan",
        "Schevchenko Shevchenko",
    ],
)
def test_transliterations_have_one_skeleton(spelled: str) -> None:
    assert len({skeleton(fold(word)) for word in spelled.split()}) == 1


@pytest.mark.parametrize(
    "pair",
    [
        "Banks Hanks", "Marin Martin", "Miller Hiller", "Mario Maria", "Paolo Paola", "Antonio Antonia", "Ivanov Ivanova",
        "Kowalski Kowalska", "Roberts Robert", "Parker Barker", "Morris Norris", "Hansen Hanson", "Jensen Jansen",
        "Walker Walter", "Carter Cartier", "Foster Forster", "Porter Potter", "Hunter Hunger", "Larsen Larson",
        "Harman Hartman", "Gardner Garner", "Spicer Spiker", "Walters Waters", "Burton Barton", "Palmer Parmer",
        "Weston Winston", "Obama Osama", "Biden Baden", "Putin Rutin", "Kallas Dallas", "Merkel Markel", "Scholz Schulz",
        "Rossi Russo", "Khan Han", "Lee Le", "Wang Vang", "Moore More", "Johnson Johnston", "Petersen Peterson",
    ],
)  # fmt: skip
def test_keeps_similar_surnames_apart(pair: str) -> None:
    one, other = (fold(name) for name in pair.split())
    alike = skeleton(one) == skeleton(other) and spelling_keys(one)
    assert not alike
    assert not names.one_slip(skeleton(one), skeleton(other), alone=True)


@given(st.text(max_size=400))
def test_the_index_of_a_name_is_bounded(name: str) -> None:
    found = tails(name)
    assert len(found) <= MAX_NAME_TAILS
    assert all(len(tail.folded) <= 300 and len(tail.written) <= 300 for tail in found)
    assert [tail.folded.split(" ")[0] for tail in found] == [word[:300] for word in fold(name).split()[:MAX_NAME_TAILS]]
    for word in fold(name).split():
        keys = spelling_keys(word)
        assert len(keys) <= MAX_SLIP_LETTERS
        assert all(len(key) <= 128 for key in keys)


def quoted(session: Session) -> dict[str, int]:
    """Return the stored counts, which must equal a new count."""
    session.flush()
    assert list(names.faults(session)) == []
    return dict(session.execute(select(Speaker.name, Speaker.quoted).order_by(Speaker.id)).all())


def test_counts_quotes_of_speakers(session: Session) -> None:
    """Count after each way to add, change and delete a quote; `faults` counts again each time."""
    ann, bob, yes = speaker(session, "Ann"), speaker(session, "Bob"), factory.article()
    session.add_all(factory.quote("Yes", by, yes) for by in (ann, ann, bob, None))
    session.add_all([factory.quote("Yes", ann, yes, act="attitude"), factory.quote("Yes", bob, yes, status="rejected")])
    assert quoted(session) == {"Ann": 2, "Bob": 1}
    first, second, third, nobodys, wish, wrong = session.scalars(select(Quote).order_by(Quote.id))
    first.speaker = bob
    assert quoted(session) == {"Ann": 1, "Bob": 2}
    first.speaker, second.status = ann, "rejected"
    assert quoted(session) == {"Ann": 1, "Bob": 1}
    wish.act, wrong.status, wrong.speaker = "speech", "corrected", ann
    assert quoted(session) == {"Ann": 3, "Bob": 1}
    nobodys.speaker, third.speaker = bob, None
    assert quoted(session) == {"Ann": 3, "Bob": 1}
    session.execute(update(Quote).where(Quote.speaker_id == ann.id).values(speaker_id=bob.id))  # as a merge does
    assert quoted(session) == {"Ann": 0, "Bob": 4}
    session.delete(first)
    assert quoted(session) == {"Ann": 0, "Bob": 3}
    session.execute(delete(Article).where(Article.id == yes.id))  # the database deletes its quotes
    assert quoted(session) == {"Ann": 0, "Bob": 0}


def test_finds_a_merged_name(session: Session) -> None:
    ann, bob = speaker(session, "Ann Zalutsky"), speaker(session, "Bob Poe")
    session.execute(update(Name).where(Name.speaker_id == ann.id).values(speaker_id=bob.id))
    session.expire_all()
    assert [one.id for one in names.resolve(session, "Zalutskyi")[1]] == [bob.id]
    assert list(names.faults(session)) == []


def test_forgets_a_removed_name(session: Session) -> None:
    ann = speaker(session, "Emmanuel Macron", "Emmanuel Marcon")
    assert [one.match for one in names.resolve(session, "marcon")[1]] == ["exact"]
    ann.call("Emmanuel Macron", [])
    session.flush()
    assert [one.match for one in names.resolve(session, "marcon")[1]] == ["fuzzy"]
    ann.call("Jean Dupont", [])
    session.flush()
    assert names.resolve(session, "marcon") == names.resolve(session, "macron") == ([], [])
    session.delete(ann)
    session.flush()
    assert session.scalar(select(func.count()).select_from(NameTail)) == 0
    assert list(names.faults(session)) == []


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("DELETE FROM name_tail WHERE folded = 'poe'", "the index of names is out of date for name"),
        ("UPDATE name_tail SET written = 'x' WHERE folded = 'poe'", "the index of names is out of date for name"),
        ("DELETE FROM spelling WHERE key = 'andersen'", "the index of spellings is out of date for andersen"),
        ("UPDATE speaker SET quoted = 7", "has 1 quotes, and its count is 7"),
    ],
)
def test_reports_faults_of_the_index(session: Session, damage: str, says: str) -> None:
    session.add(factory.quote("Yes", speaker(session, "Ann Andersen Poe"), factory.article()))
    assert quoted(session) == {"Ann Andersen Poe": 1}
    session.execute(text(damage))
    assert [says in fault for fault in names.faults(session)] == [True]


def test_the_largest_speaker_is_indexed(session: Session) -> None:
    """Index the largest speaker that a request may bring: 1,000 names of 150 words."""
    everything = [f"{number} " + "ab cdefghi " * 27 for number in range(1000)]
    speaker(session, "Ann", *everything)
    assert session.scalar(select(func.count()).select_from(NameTail)) == 1 + 1000 * MAX_NAME_TAILS
    assert session.scalar(select(func.count()).select_from(spelling)) == 6
    assert [one.name for one in names.resolve(session, everything[7])[1]] == ["Ann"]


def test_finds_misspelt_speakers_over_http(writer: FlaskClient, engine: Engine) -> None:
    create(writer, "speakers", kind="person", name="Recep Tayyip Erdoğan")
    create(writer, "speakers", kind="person", name="Timur Erdogan")
    create(writer, "speakers", kind="person", name="Emmanuel Macron", handle="@EmmanuelMacron")
    create(writer, "speakers", kind="organisation", name="Erdogan Institute")

    def found(query: str) -> list[tuple[str, str]]:
        items = writer.get(f"/v1/speakers?{query}").json["items"]
        return [(item["name"], item.get("match", "")) for item in items]

    both = [("Erdogan Institute", "exact"), ("Timur Erdogan", "exact"), ("Recep Tayyip Erdoğan", "folded")]
    assert found("q=Erdogan") == both
    assert found("q=Erdogan&match=folded") == both
    assert found("q=Erdogan&match=exact") == both[:2]
    assert found("q=erdogan&kind=person") == both[1:]
    assert found("q=Marcon") == [("Emmanuel Macron", "fuzzy")]
    assert found("q=Marcon&match=folded") == found("q=Marcon&match=exact") == []
    assert found("q=Erdogan -timur") == [both[0], both[2]]
    assert found("q=-erdogan -role:mayor") == [("Emmanuel Macron", "")]  # no name is asked for that could match
    assert writer.get("/v1/speakers?q=“Timur Erdogan” -zebra").json["query"]["without"][0]["folded"] == "zebra"
    assert found("prefix=erdo&kind=person") == [("Timur Erdogan", ""), ("Recep Tayyip Erdoğan", "")]
    with writing(engine) as session:
        session.add(factory.quote("Yes", session.get_one(Speaker, 1), factory.article()))
        session.commit()
    assert found("q=Erdogan") == both
    assert found("prefix=erdo&kind=person") == [("Recep Tayyip Erdoğan", ""), ("Timur Erdogan", "")]
    assert writer.get("/v1/speakers/1").json["counts"]["quotes"] == 1
    pages, url = [], "/v1/speakers?q=Erdogan&limit=1"
    while url:
        page = writer.get(url).json
        pages += [(item["name"], item["match"]) for item in page["items"]]
        url = page["next"]
    assert pages == both
    problem(writer.get("/v1/speakers?q=a&match=best"), 422, "invalid")
    problem(writer.get("/v1/speakers?prefix=%20"), 422, "invalid")


def test_finds_quotes_of_misspelt_speakers_over_http(writer: FlaskClient, engine: Engine) -> None:
    with writing(engine) as session:
        yes = factory.article()
        yes.published = dt.datetime(2022, 3, 24, tzinfo=dt.UTC)
        session.add_all(
            factory.quote("Yes", speaker(session, name), yes) for name in ("Volodymyr Zelenskyy", "Emmanuel Macron")
        )
        session.commit()

    def answer(query: str) -> tuple[list[str], list[tuple[str, str]] | None]:
        body = writer.get(f"/v1/quotes?{query}").json
        called = body.get("speaker")
        said = [item["speaker"]["name"] for item in body["items"]]
        return said, called and [(one["name"], one["match"]) for one in called]

    assert answer("speaker=Zelenskyy") == ([ZELENSKYY], [(ZELENSKYY, "exact")])
    assert answer("speaker=Zelenski") == ([ZELENSKYY], [(ZELENSKYY, "fuzzy")])
    assert answer("speaker=Zelenski&match=folded") == ([], [])
    assert answer("speaker=Marcon&q=yes") == (["Emmanuel Macron"], [("Emmanuel Macron", "fuzzy")])
    assert answer("speaker=Nobody") == ([], [])
    assert answer("speaker=1") == ([ZELENSKYY], None)
    assert answer("")[1] is None
