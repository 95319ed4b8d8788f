"""Find speakers."""

from __future__ import annotations

import pytest

from api.search.speakers import find_speakers
from tests.search.corpus import Corpus


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
        ("polarity:denied medium:post", "fuzzy", "Ruiz"),
        ("polarity:denied kind:indirect", "fuzzy", ""),
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
def test_finds_speakers(same_corpus: Corpus, q: str, worst: str, surnames: str) -> None:
    found = same_corpus.session.scalars(find_speakers(same_corpus.session, q, worst).select)
    assert " ".join(sorted(each.name.split()[-1] for each in found)) == surnames
