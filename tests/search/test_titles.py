"""Match titles of roles by words, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.config import Settings
from api.database.engine import make_engine, writing
from api.models import Role
from api.search.filters import role_ids
from api.search.request import Office

TITLES = (
    "Minister",
    "Transport Minister",
    "Minister of Transport",
    "Prime Minister",
    "Deputy Prime Minister",
    "PM",
    "Foreign Minister",
    "CEO",
    "Chief Executive Officer",
    "Chief Executive",
    "Executive Chef",
    "Senator",
    "Sen.",
    "Chairwoman",
    "Ministerial Adviser",
    "Secretary of State",
    "MP for Harnby",
    "Member of Parliament",
    "100% Owner",
)


@pytest.fixture(scope="module")
def session(shared_database_url: str) -> Iterator[Session]:
    """Yield a session with a role of each title."""
    engine = make_engine(Settings(database_url=shared_database_url))
    with writing(engine) as session:
        session.add_all(Role.of(title) for title in TITLES)
        session.flush()
        yield session
    engine.dispose()


MINISTERS = ["Minister", "Transport Minister", "Minister of Transport", "Prime Minister", "Deputy Prime Minister"]
OF_TRANSPORT = ["Transport Minister", "Minister of Transport"]
PRIME = ["Prime Minister", "Deputy Prime Minister", "PM"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("minister", [*MINISTERS, "Foreign Minister"]),
        ("Ministers", [*MINISTERS, "Foreign Minister"]),
        ("transport minister", OF_TRANSPORT),
        ("minister of transport", OF_TRANSPORT),
        ("Minister for Transport", OF_TRANSPORT),
        ("prime minister", PRIME),
        ("PM", PRIME),
        ("P.M.", PRIME),
        ("deputy PM", ["Deputy Prime Minister"]),
        ("=prime minister", ["Prime Minister"]),
        ("= PM", ["PM"]),
        ("=minister", ["Minister"]),
        ("=", []),
        ("FM", ["Foreign Minister"]),
        ("CEO", ["CEO", "Chief Executive Officer", "Chief Executive"]),
        ("chief executive", ["CEO", "Chief Executive Officer", "Chief Executive"]),
        ("chief executive officers", ["CEO", "Chief Executive Officer", "Chief Executive"]),
        ("chief executive officer", ["CEO", "Chief Executive Officer", "Chief Executive"]),
        ("executive", ["Chief Executive Officer", "Chief Executive", "Executive Chef"]),
        ("Sen.", ["Senator", "Sen."]),
        ("senators", ["Senator"]),
        ("senator", ["Senator", "Sen."]),
        ("MP", ["MP for Harnby", "Member of Parliament"]),
        ("member of parliament", ["MP for Harnby", "Member of Parliament"]),
        ("chairwomen", ["Chairwoman"]),
        ("secretaries", ["Secretary of State"]),
        ("state secretary", ["Secretary of State"]),
        ("minist", []),
        ("of", []),
        ("%", []),
        ("100%", ["100% Owner"]),
        ("_", []),
        ("minister of nothing", []),
        ("minister " * 300, [*MINISTERS, "Foreign Minister"]),
    ],
)
def test_finds_roles_by_words_of_their_titles(session: Session, asked: str, found: list[str]) -> None:
    titles = session.scalars(select(Role.title).where(Role.id.in_(role_ids(Office(role=asked)))).order_by(Role.id))
    assert titles.all() == [title for title in TITLES if title in found]
