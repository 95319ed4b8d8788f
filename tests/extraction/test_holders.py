"""Tell who holds a title that stands away from any name, and use it: as a role, and for whom a source means."""

import pytest

from api.extraction import Extraction, extract, holders
from api.extraction.attribution import attributions
from api.extraction.mentions import Reading
from api.extraction.names import Names
from api.extraction.roles import Roles
from api.extraction.speakers import Resolver
from api.extraction.tagging import tag


def roles(found: Extraction, name: str) -> set[tuple[str, str | None]]:
    return {
        (role.title, role.organisation) for speaker in found.speakers if speaker.name == name for role in speaker.roles
    }


def speakers(found: Extraction) -> list[str | None]:
    return [None if quote.speaker is None else found.speakers[quote.speaker].name for quote in found.quotes]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("Mayor Ida Pell left. The former senator stayed.", ["former senator"]),
        ("Ida Pell, the mayor of Lund, left.", []),
        ("The mayor left, and so did the painter.", ["mayor", "painter"]),
        ("Her husband left.", []),
        ("They called for the father's head.", []),
        ("The Lund Board's head left.", ["head"]),
        ("Author: Ann Roe", []),
        ("", []),
    ],
)
def test_titles_that_stand_by_themselves(text: str, titles: list[str]) -> None:
    reading = Reading(text)
    of = Roles(reading, frozenset())
    names = Names(reading, of.statements(), ())
    assert [title.office.title for title in holders.titles(reading, of, names)] == titles


@pytest.mark.parametrize(
    ("text", "name", "role"),
    [
        (
            "Ida Pell bought the old pier on Monday. The businesswoman said she would open it in May.",
            *("Ida Pell", ("businesswoman", None)),
        ),
        (
            "Ida Pell, 41, went to court in Lund on Tuesday. The retired nurse wants her garden back.",
            *("Ida Pell", ("retired nurse", None)),
        ),
    ],
)
def test_a_title_by_itself_is_a_role(text: str, name: str, role: tuple[str, str | None]) -> None:
    assert role in roles(extract(text), name)


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("Ida Pell bought the old pier on Monday. “It will open in May,” the businesswoman said.", "Ida Pell"),
        ("Ida Pell bought the old pier on Monday. “It will open in May,” a passer-by said.", None),
    ],
)
def test_a_title_by_itself_tells_who_speaks(text: str, speaker: str | None) -> None:
    assert speakers(extract(text)) == [speaker]


@pytest.mark.parametrize(
    "text",
    [
        "Ida Pell came with her lawyer. Every mayor in Lund knows Pell.",
        "Tom Roe spoke. A spokesman declined to comment on the next governor.",
    ],
)
def test_a_title_of_nobody_is_no_role(text: str) -> None:
    assert [role for speaker in extract(text).speakers for role in speaker.roles] == []


def test_what_rules_know_is_surer() -> None:
    text = "Latvian minister Ida Pell and Estonian minister Tom Roe met. “No,” the Latvian minister said."
    tagged = tag(text)
    resolver = Resolver(text, attributions(text, None, tagged.tags), tagged.entities)
    [title] = holders.titles(resolver.reading, resolver.roles, resolver.names)
    pell, roe = (next(i for i, e in enumerate(resolver.names.entities) if e.words[0] == n) for n in ("Ida", "Tom"))
    resolver.hold(holders.Holder(title, roe, 0.99))
    assert (resolver.holders, len(resolver.names.entities[roe].roles)) == ({}, 1)
    resolver.hold(holders.Holder(title, pell, 0.99))
    assert list(resolver.holders) == [title.unit]
