"""Check the word lists: sorted, each entry once, every country there, words spelt as they are looked up."""

import re
from pathlib import Path
from typing import Any

import pycountry
import pytest

from api.extraction import lexicon
from api.extraction.lexicon import alternatives, grouped, lines, table, word_list
from api.extraction.words import (
    COUNTRIES,
    FIRST_NAMES,
    GIVEN_NAMES,
    HONORIFICS,
    ORGANISATION_HEADS,
    TITLES,
    is_capital,
    match,
    words_of,
)

FILES = sorted(Path(lexicon.__file__).parent.glob("*.t*"))
# Files with one entry on several lines, which differ in the columns after it: a verb may be speech and attitude.
SEVERAL = {"countries.tsv", "cue_nouns.tsv", "cue_verbs.tsv", "narrower_titles.tsv", "sort_nouns.tsv"}
MAX_LINE = 128  # code points: a longer line holds more than one entry


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_is_sorted_with_one_entry_a_line(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert text.endswith("\n")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    rows = text.splitlines()[len(comments) :]
    assert rows == lines(file.name)
    assert rows == sorted(set(rows))
    assert max(map(len, rows)) <= MAX_LINE
    assert file.suffix == ".tsv" or not any(mark in row for row in rows for mark in "\t|")
    if file.name not in SEVERAL:
        entries = [row.split("\t")[0] for row in rows]
        assert sorted(set(entries)) == sorted(entries)


@pytest.mark.parametrize("file", [file for file in FILES if file.suffix == ".tsv"], ids=lambda file: file.name)
def test_table_columns(file: Path) -> None:
    rows = table(file.stem)
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows[0]) > 1
    assert all(cell.strip() == cell != "" for row in rows for cell in row)
    assert all(value != "" for row in rows for cell in row for value in cell.split(";"))


@pytest.mark.parametrize("file", [file for file in FILES if file.suffix == ".txt"], ids=lambda file: file.name)
def test_no_duplicate_lists(file: Path) -> None:
    others = [other for other in FILES if other.suffix == ".txt" and other != file]
    assert not [other.name for other in others if word_list(other.stem) == word_list(file.stem)]


def test_groups_a_table_by_either_column() -> None:
    assert "accuse" in grouped("cue_verbs")["speech"]
    assert "attitude" in grouped("cue_verbs", by=0)["agree"]


def test_alternatives_match_the_longest_entry_first() -> None:
    assert alternatives(frozenset({"other", "a.m"}), frozenset({"others"})) == r"others|other|a\.m"


def test_every_country_of_iso_3166_1_has_a_name() -> None:
    codes = {code for code, group, _ in table("countries") if group == "name"}
    assert codes == {country.alpha_2 for country in pycountry.countries}
    assert codes == {code for code, _, _ in table("countries")}


def test_no_name_or_adjective_means_two_countries() -> None:
    seen: dict[str, str] = {}
    for code, _, phrase in table("countries"):
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
def test_finds_countries_by_short_names(phrase: str, code: str) -> None:
    entry = match(COUNTRIES, words_of(phrase), 0)
    assert entry is not None
    assert (entry.value, len(entry.words)) == (code, len(words_of(phrase)))


def test_a_pronoun_is_no_country() -> None:
    assert match(COUNTRIES, words_of("us"), 0) is None


@pytest.mark.parametrize("name", ["groups", "function_words", "calendar", "particles", "adjectives", "prepositions"])
def test_lists_are_in_lower_case(name: str) -> None:
    assert all(word == word.casefold() for word in word_list(name))


def test_known_classes() -> None:
    assert {group for _, group, _ in table("titles")} == {"office", "occupation", "leader", "prefix", "standing"}
    assert {group for _, group in table("title_words")} == {"status", "rank", "field", "party"}
    assert set(ORGANISATION_HEADS.values()) == {"state", "body", "suffix"}
    assert {group for _, group, _ in table("countries")} == {"name", "adjective", "people"}
    assert set(grouped("abbreviations")) == {"open", "rank", "closing", "numbered"}


def test_sorts_of_organisations_are_known() -> None:
    sorts = {sort for sort, _, _ in table("organisation_sorts")}
    wider = {wide for _, wide, _ in table("organisation_sorts")} - {"-"}
    of_heads = {sort for _, _, own, _ in table("organisation_heads") for sort in own.split(";")} - {"-"}
    assert wider | of_heads <= sorts
    assert set(grouped("sort_nouns")) == sorts


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
def test_gender_of_given_names(name: str, gender: str) -> None:
    assert GIVEN_NAMES[name] == gender


def test_gender_of_first_names() -> None:
    assert (FIRST_NAMES["brunhilde"], FIRST_NAMES["ignatius"]) == ("f", "m")
    assert not FIRST_NAMES.keys() & GIVEN_NAMES.keys()
    assert set(FIRST_NAMES.values()) == {"m", "f"}


def test_gender_of_honorifics_and_titles() -> None:
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


NOBODY_LIVES_THERE = {"BV", "GS", "HM", "TF", "UM"}
NO_WORD_FOR_ITS_PEOPLE = {"MF", "PM", "SJ"}


def short_names(country: Any) -> set[str]:
    """Return the short names of a country in ISO 3166-1: "Congo, The Democratic Republic of the" either way round."""
    name = re.sub(r" \(.*?\)", "", country.name)
    head, _, tail = name.partition(", ")
    return {getattr(country, "common_name", name), name, head, f"{tail} {head}".removeprefix("The ").strip()}


@pytest.mark.parametrize(
    "country",
    [
        pytest.param(
            country,
            id=country.alpha_2,
            marks=[pytest.mark.xfail(strict=True, reason="countries.tsv has no adjective for it")]
            if country.alpha_2 in NO_WORD_FOR_ITS_PEOPLE
            else [],
        )
        for country in pycountry.countries
    ],
)
def test_every_country_has_a_short_name_and_an_adjective(country: Any) -> None:
    rows = [(group, phrase) for code, group, phrase in table("countries") if code == country.alpha_2]
    assert short_names(country) & {phrase for group, phrase in rows if group == "name"}
    assert any(group != "name" for group, _ in rows) or country.alpha_2 in NOBODY_LIVES_THERE
