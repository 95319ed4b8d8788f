import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.extraction.dates import stated

THURSDAY = dt.date(2022, 3, 24)


@pytest.mark.parametrize(
    ("text", "published", "expected"),
    [
        ("said on Thursday", THURSDAY, dt.date(2022, 3, 24)),
        ("said Friday", THURSDAY, dt.date(2022, 3, 18)),
        ("said yesterday", THURSDAY, dt.date(2022, 3, 23)),
        ("said this morning", THURSDAY, dt.date(2022, 3, 24)),
        ("said on March 3", THURSDAY, dt.date(2022, 3, 3)),
        ("said on 3rd of March", THURSDAY, dt.date(2022, 3, 3)),
        ("said on Dec. 30", THURSDAY, dt.date(2021, 12, 30)),
        ("said on December 30, 2020", None, dt.date(2020, 12, 30)),
        ("said on 2020-12-30", None, dt.date(2020, 12, 30)),
        ("said on Friday", None, None),
        ("said on March 3", None, None),
        ("will hold until Friday", THURSDAY, None),
        ("said by next Friday", THURSDAY, None),
        ("said on February 31", THURSDAY, None),
        ("said in May", THURSDAY, None),
        ("said Friday", dt.date(1, 1, 1), dt.date(1, 1, 1)),
        ("", THURSDAY, None),
    ],
)
def test_reads_a_stated_date(text: str, published: dt.date | None, expected: dt.date | None) -> None:
    dated = stated(text, 0, len(text), published)
    assert (dated.date if dated else None) == expected


@given(st.from_regex(r"\A[0-9]{1,4}[ -](May|Feb|1[0-9])[ -][0-9]{1,5}\Z"), st.dates())
def test_no_date_after_publication_without_a_stated_year(text: str, published: dt.date) -> None:
    dated = stated(text, 0, len(text), published)
    assert dated is None or dated.date <= published or str(dated.date.year) in text
