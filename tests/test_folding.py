"""Folding: what people write in different ways becomes the same words, which both databases read alike."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, text

from api.folding import (
    BORDER,
    MAX_INDEXED_WORDS,
    MAX_NAME_WORDS,
    MAX_OCCURRENCES,
    fold,
    fold_words,
    names_line,
    stem,
    stem_words,
    terms,
)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("", ""),
        ("Recep Tayyip Erdoğan", "recep tayyip erdogan"),
        ("Volodymyr Zelenskyy", "volodymyr zelenskyy"),
        ("Pedro Sánchez", "pedro sanchez"),
        ("Pedro Sa\u0301nchez", "pedro sanchez"),  # a letter and a combining accent
        ("ÅNGSTRÖM Łódź Þór Œuvre straße", "angstrom lodz thor oeuvre strasse"),
        ("Київ Αθήνα София", "kiiv athina sofiya"),
        ("北京", "beijing"),
        ("مُحَمَّد", "muhamad"),  # vowel marks stay in their word
        ("شعب", "shb"),  # so do letters that transliterate as a mark
        ("हिन्दी", "hindi"),
        ("ｆｕｌｌ ﬁne", "full fine"),
        ("co\u00adoperation", "cooperation"),
        ("don't don’t don`t", "dont dont dont"),
        ("O'Brien O’Brien D‘Arcy", "obrien obrien darcy"),
        ("Ukraine's Ukraine’s UKRAINE'S James' workers’", "ukraine ukraine ukraine james workers"),
        ("the U.S. and the U.K., the U.S.'s, the U.S", "the us and the uk the us the us"),
        ("e.g. 9 a.m.", "eg 9 am"),
        ("Ph.D. no.I vitamin C. I", "ph d no i vitamin c i"),
        ("J.K.Rowling", "jk rowling"),
        ("“words” ‘said’ «here» 'now'", "words said here now"),
        ("well-known snake_case a/b", "well known snake case a b"),
        ("[W]e ran, [h]e want[ed]: [I]", "we ran he wanted i"),
        ("bridge(s) class(es) (re)open (un)happy all(y)s", "bridges classes reopen unhappy allys"),
        (
            "Smith(D) (AP)The said[sic] said[1] CO(2) (a)(b) word[edit]",
            "smith d ap the said sic said 1 co 2 a b word edit",
        ),
        ("10,000 3.5 ½ CO₂ 1st", "10 000 3 5 1 2 co2 1st"),
        ("5e10 5e10z 12e5", "n5e10 n5e10z n12e5"),
        ("@kaja_kallas #StandWithUkraine", "kaja kallas standwithukraine"),
        ("https://t.co/Ab", "https t co ab"),
        ("😀 … — *\"'", ""),
        ("\u202eabc\u202c", "abc"),
        ("x" * 80, "x" * 64),
        ("5e" + "1" * 80, "n5e" + "1" * 61),
    ],
)
def test_fold(written: str, folded: str) -> None:
    assert fold(written) == folded
    assert fold(folded) == folded


@pytest.mark.parametrize(
    ("written", "stemmed"),
    [
        ("The ministers were warning of sanctions", "the minist were warn of sanction"),
        ("Sanctioned, SANCTIONS’", "sanction sanction"),
    ],
)
def test_terms(written: str, stemmed: str) -> None:
    assert terms(written) == stemmed


def test_words_keep_their_places() -> None:
    written = "😀 Estonia’s “U.S.” friends"
    assert [(written[w.start : w.end], w.folded) for w in fold_words(written)] == [
        ("Estonia’s", "estonia"),
        ("U.S.", "us"),
        ("friends", "friends"),
    ]


def test_names_are_kept_apart() -> None:
    assert names_line(["Boris Johnson", "BORIS JOHNSON", "…", "Mr Johnson"]) == "ß boris johnson ß mr johnson"
    assert len(names_line([f"Name {number}" for number in range(5000)]).split()) == MAX_NAME_WORDS


def test_terms_are_bounded() -> None:
    assert len(terms("a b " * MAX_INDEXED_WORDS).split()) == MAX_INDEXED_WORDS
    assert terms("again " * 300).split() == ["again"] * MAX_OCCURRENCES + [BORDER] * (300 - MAX_OCCURRENCES)


@given(st.text())
def test_every_text_folds_to_plain_words_in_order(written: str) -> None:
    found = fold_words(written)
    assert all(re.fullmatch("[a-z0-9]{1,64}", word.folded) for word in found)
    assert all(re.fullmatch("[a-z0-9]{1,64}", stem(word.folded)) for word in found)
    assert fold(fold(written)) == fold(written)
    assert all(0 <= word.start < word.end <= len(written) for word in found)
    assert all(a.end <= b.start or a[:2] == b[:2] for a, b in pairwise(found))


@pytest.fixture(scope="module")
def postgres(postgresql: str) -> Iterator[Connection]:
    engine = create_engine(postgresql.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


READ = text(
    "SELECT word, position FROM unnest(to_tsvector('simple', :line)) AS t (word, positions, weights), "
    "unnest(positions) AS position"
)

lines = st.lists(
    st.one_of(
        st.text(), st.text("0123456789eExX.-+ aßnwh/@:", max_size=12), st.sampled_from(["www", "http", "U.S.", "1e5"])
    ),
    max_size=8,
).map(" ".join)


@given(lines)
@example("1e5 5e10z 0x1f 1e 12e5e5 007 -1 10e10.5")
@example("http www a.b.example.com a@b.example /etc/passwd <b> &amp; 1.2.3")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_both_databases_read_folded_words_as_these_words(postgres: Connection, line: str) -> None:
    for stored in (fold(line), terms(line), names_line([line, line[:5]])):
        wanted = list(enumerate(stored.split()))
        assert in_postgresql(postgres, stored) == wanted
        assert in_sqlite(stored) == wanted


def in_postgresql(connection: Connection, line: str) -> list[tuple[int, str]]:
    """Return the words of the line as to_tsvector reads them, with their places."""
    return sorted((position - 1, word) for word, position in connection.execute(READ, {"line": line}))


def in_sqlite(line: str) -> list[tuple[int, str]]:
    """Return the words of the line as FTS5 reads them, with their places."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(line, tokenize='ascii')")
    connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    connection.execute("INSERT INTO t VALUES (?)", (line,))
    found = connection.execute("SELECT offset, term FROM v ORDER BY offset").fetchall()
    connection.close()
    return found


def test_postgresql_places_every_occurrence_that_is_indexed(postgres: Connection) -> None:
    line = terms("again and " * 300)
    places = {place for place, word in in_postgresql(postgres, line) if word == "again"}
    assert places == {place for place, word in enumerate(line.split()) if word == "again"}


@pytest.mark.parametrize("most", [3, 100])
def test_stems_stand_where_their_words_do(most: int) -> None:
    line = "“½ of U.S. bridges’ tolls,” Erdoğan’s minister said: don't close Noël’s ㎏ [b]ridge(s)."
    stems, places = stem_words(line, most)
    found = fold_words(line, most)
    assert stems == [stem(word.folded) for word in found]
    assert [place.span() for place in places] == [(word.start, word.end) for word in found]
