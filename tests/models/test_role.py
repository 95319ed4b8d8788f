"""Tell offices apart, and name the office that a speaker had then."""

from __future__ import annotations

import pytest

from api.models import Role
from api.models.quote import title_then


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("Mayor", "Harnby"), ("mayor", "HARNBY"), True),
        (("Président", None, "FR"), ("president", None, "FR"), True),
        (("president", None, "EE"), ("president", None, "FI"), False),
        (("president", None, "EE"), ("president",), False),
        (("mayor", "Harnby"), ("mayor",), False),
        (("mayor", "Harnby"), ("mayor Harnby",), False),
        (("chair", "Ee"), ("chair", None, "EE"), False),
    ],
)
def test_one_office_has_one_folded_form(one: tuple[str], other: tuple[str], same: bool) -> None:
    assert (Role.of(*one).folded == Role.of(*other).folded) is same


def test_a_redefined_role_is_folded_anew() -> None:
    role = Role.of("Mayor", "Harnby", "GB")
    role.define("Chair", None, None)
    other = Role.of("Chair")
    columns = ("title", "organisation", "country", "folded", "title_folded", "organisation_folded")
    assert [getattr(role, column) for column in columns] == [getattr(other, column) for column in columns]


@pytest.mark.parametrize(
    ("status", "title"), [("held", "Mayor"), ("acting", "acting Mayor"), ("former", "former Mayor")]
)
def test_the_title_of_then(status: str, title: str) -> None:
    assert title_then("Mayor", status) == title
