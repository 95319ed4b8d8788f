"""The word lists: every country is there, no line is malformed, what is looked up is spelt as it is looked up."""

import pycountry
import pytest

from api.extraction.lexicon import table, words
from api.extraction.words import (
    COUNTRIES,
    FIRST_NAMES,
    GIVEN_NAMES,
    GRAMMAR,
    HONORIFICS,
    TITLES,
    is_capital,
    match,
    words_of,
)


def test_every_country_of_iso_3166_1_has_one_line() -> None:
    codes = [row[0] for row in table("countries.tsv")]
    assert sorted(codes) == sorted(country.alpha_2 for country in pycountry.countries)


def test_no_name_or_adjective_means_two_countries() -> None:
    seen: dict[str, str] = {}
    for code, *columns in table("countries.tsv"):
        for phrase in {phrase for column in columns for phrase in column.split(";") if phrase}:
            assert seen.setdefault(phrase, code) == code, phrase


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("US", "US"),
        ("U.S.", "US"),
        ("American", "US"),
        ("United States of America", "US"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("Britain", "GB"),
        ("British", "GB"),
        ("Scottish", "GB"),
        ("Holland", "NL"),
        ("Dutch", "NL"),
        ("Estonian", "EE"),
        ("Côte d’Ivoire", "CI"),
        ("St. Lucia", "LC"),
        ("South Korean", "KR"),
        ("North Korean", "KP"),
        ("Democratic Republic of Congo", "CD"),
        ("Congolese", "CD"),
        ("Türkiye", "TR"),
        ("Saudi", "SA"),
        ("Bosnia-Herzegovina", "BA"),
    ],
)
def test_countries_are_found_under_their_short_forms(phrase: str, code: str) -> None:
    entry = match(COUNTRIES, words_of(phrase), 0)
    assert entry is not None
    assert (entry.value, len(entry.words)) == (code, len(words_of(phrase)))


def test_a_short_form_in_capitals_is_no_pronoun() -> None:
    assert match(COUNTRIES, words_of("us"), 0) is None


@pytest.mark.parametrize(
    ("name", "columns"),
    [("titles.tsv", 3), ("title_words.tsv", 2), ("organisations.tsv", 2), ("honorifics.tsv", 2), ("kinship.tsv", 2)],
)
def test_tables_have_their_columns_and_no_empty_entry(name: str, columns: int) -> None:
    for row in table(name):
        assert len(row) == columns
        assert all(entry.strip() == entry and entry for entry in row[-1].split(";"))


def test_grammar_gives_each_class_once() -> None:
    assert len(GRAMMAR) == len(table("grammar.tsv"))


@pytest.mark.parametrize(
    "name", ["groups.txt", "function_words.txt", "calendar.txt", "particles.txt", "adjectives.txt"]
)
def test_lists_are_in_lower_case(name: str) -> None:
    assert all(word == word.casefold() for word in words(name))


@pytest.mark.parametrize(
    ("name", "gender"),
    [
        ("kaja", "f"),
        ("élise", "f"),
        ("recep", "m"),
        ("jens", "m"),
        ("ngozi", "f"),
        ("sasha", ""),
        ("kim", ""),
        ("chen", ""),
    ],
)
def test_given_names_tell_a_gender_or_none(name: str, gender: str) -> None:
    assert GIVEN_NAMES[name] == gender


def test_first_names_tell_a_gender_where_given_names_do_not() -> None:
    assert (FIRST_NAMES["brunhilde"], FIRST_NAMES["ignatius"]) == ("f", "m")
    assert not FIRST_NAMES.keys() & GIVEN_NAMES.keys()
    assert set(FIRST_NAMES.values()) == {"m", "f"}


def test_honorifics_and_titles_tell_a_gender() -> None:
    assert (HONORIFICS["mrs"], HONORIFICS["mr"], HONORIFICS["dr"]) == ("f", "m", "")
    assert {entry.words: entry.value for entry in TITLES["spokeswoman"]} == {("spokeswoman",): "f"}


@pytest.mark.parametrize(
    ("word", "capital"),
    [
        ("Roe", True),
        ("al-Masri", True),
        ("d’Arcy", True),
        ("Lopez-Cantera", True),
        ("Élise", True),
        ("roe", False),
        ("London-based", False),
        ("vice-president", False),
        ("", False),
        ("-", False),
        ("7", False),
    ],
)
def test_capitalised_words(word: str, capital: bool) -> None:
    assert is_capital(word) is capital


def test_words_keep_apostrophes_hyphens_and_combining_marks() -> None:
    text = "Zoe\u0308 O’Brien’s @zoe.b U.S.-led 🙂 Jean-Luc"
    assert [word.text for word in words_of(text)] == [
        "Zoe\u0308", "O’Brien", "’s", "@zoe.b", "U.S.", "-", "led", "🙂", "Jean-Luc",
    ]  # fmt: skip
    assert all(text[word.start : word.end] == word.text for word in words_of(text))
