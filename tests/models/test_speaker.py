"""Give speakers names and handles, and compare these byte by byte on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from api.database.engine import reading, writing
from api.models import Name, NameTail, Speaker
from tests import factory


@pytest.mark.parametrize(
    ("name", "others", "spellings"),
    [
        ("Ann Poe", (), ["Ann Poe"]),
        ("Poe", ("Zoe Poe", "Ann Poe"), ["Poe", "Ann Poe", "Zoe Poe"]),
        ("Ann Poe", ("Ann Poe", "ann poe", "ann poe"), ["Ann Poe", "ann poe"]),
    ],
)
def test_spellings_begin_with_the_shown_name(name: str, others: tuple[str, ...], spellings: list[str]) -> None:
    assert factory.speaker(name, *others).spellings == spellings


def test_a_name_that_stays_keeps_its_row(engine: Engine) -> None:
    with writing(engine) as session:
        ann = factory.speaker("Ann Poe", "A. Poe", "Annie Poe")
        session.add(ann)
        session.flush()
        before = {name.name: name.id for name in ann.names}
        ann.call("Annie Poe", ["Ann Poe", "Ann Roe"])
        session.commit()
    with reading(engine) as session:
        after = {name.name: name.id for name in session.scalars(select(Name))}
        assert session.scalars(select(Speaker.name)).one() == "Annie Poe"
    assert after.keys() == {"Ann Poe", "Annie Poe", "Ann Roe"}
    assert (after["Ann Poe"], after["Annie Poe"]) == (before["Ann Poe"], before["Annie Poe"])


@pytest.mark.parametrize(("handle", "folded"), [("@Ann_Poe", "ann_poe"), ("ANN", "ann"), ("", ""), (None, None)])
def test_a_handle_is_stored_folded_too(handle: str | None, folded: str | None) -> None:
    speaker = factory.speaker("Ann Poe", handle=handle)
    assert (speaker.handle, speaker.handle_folded) == (handle, folded)
    speaker.handle = "@Other"
    assert speaker.handle_folded == "other"


def test_names_and_handles_are_sorted_by_their_bytes(engine: Engine) -> None:
    with writing(engine) as session:
        for name in ("Anna Abe", "ann Zoe", "Ann", "Ānn abe", "ann-zoe b", "Z"):
            session.add(factory.speaker(name, handle="@" + name.replace("-", "_").replace(" ", "A")))
        session.commit()
    with reading(engine) as session:
        for column in (Name.folded, NameTail.folded, NameTail.written, Speaker.handle_folded):
            got = session.scalars(select(column).order_by(column)).all()
            assert got == sorted(got, key=lambda value: str(value).encode())
            assert len(set(got)) > 4
