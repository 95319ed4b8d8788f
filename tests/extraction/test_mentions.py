"""Find names, countries, organisations, titles and accounts in a text, each with its exact span."""

import pytest

from api.extraction.mentions import Reading
from api.extraction.sources import read_source
from api.extraction.spans import Span
from api.extraction.tagging import Entity, EntityKind


def units(text: str) -> list[tuple[str, str]]:
    return [(unit.kind, unit.span.of(text)) for unit in Reading(text).units]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Yesterday Maria Roe spoke.", "Maria Roe"),
        ("They met José Manuel de la Cruz there.", "José Manuel de la Cruz"),
        ("They met Ursula van der Roe there.", "Ursula van der Roe"),
        ("They met Bashar al-Roe there.", "Bashar al-Roe"),
        ("They met Muhammad bin Roe there.", "Muhammad bin Roe"),
        ("They met Anna M. Roe there.", "Anna M. Roe"),
        ("They met J.K. Roe there.", "J.K. Roe"),
        ("They met Jean-Luc O’Roe there.", "Jean-Luc O’Roe"),
        ("They met Zoe\u0308 D'Arcy there.", "Zoe\u0308 D'Arcy"),
        ("They met Martin Luther King Jr. there.", "Martin Luther King Jr."),
        ("They met Martin Roe, Jr. there.", "Martin Roe, Jr."),
        ("They met Mr. Roe there.", "Roe"),
        ("They met Dame Helen Roe there.", "Helen Roe"),
        ("They met Rev. Dr. Paul Roe there.", "Paul Roe"),
        ("They met Michael Jordan there.", "Michael Jordan"),
        ("They met Georgia Roe there.", "Georgia Roe"),
        ("Bruno de Roe spoke.", "Bruno de Roe"),
        ("They met George Will there.", "George Will"),
        ("They met M. Dane Waters there.", "M. Dane Waters"),
        ("They met Daniel Porter Jordan III there.", "Daniel Porter Jordan III"),
        ("That is what von der Roe wanted.", "von der Roe"),
        ("🙂 Łukasz Żółw spoke.", "Łukasz Żółw"),
        ("They met haulier Dean Roe there.", "Dean Roe"),
        ("Plumber Dean Roe came.", "Dean Roe"),
        ("They met the city’s Commissioner for Digital Policy Matthieu Roe there.", "Matthieu Roe"),
        ("They met Harvard Dean Ann Roe there.", "Ann Roe"),
        ("Center Ann Roe scored.", "Ann Roe"),
    ],
)
def test_finds_people(text: str, name: str) -> None:
    assert ("person", name) in units(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the Roe Institute for Public Policy said", "Roe Institute for Public Policy"),
        (
            "the Organisation for Trade and Co-operation in Europe said",
            "Organisation for Trade and Co-operation in Europe",
        ),
        ("the Council on Foreign Relations said", "Council on Foreign Relations"),
        ("the Health and Safety Authority said", "Health and Safety Authority"),
        ("the University of Tartu said", "University of Tartu"),
        ("they sued Roe & Poe over it", "Roe & Poe"),
        ("they sued Poe Widgets, Inc. over it", "Poe Widgets, Inc"),
        ("it was the Deep Sea Skippers’ Federation that", "Deep Sea Skippers’ Federation"),
        ("it was the Daily Courant that", "Daily Courant"),
        ("they left NATO over it", "NATO"),
        ("it was the WHO’s idea", "WHO"),
        ("they asked the White House about it", "White House"),
        ("it was the French interior ministry that", "French interior ministry"),
        ("it was Estonia's defence ministry that", "Estonia's defence ministry"),
        ("it was the U.S. Supreme Court that", "U.S. Supreme Court"),
        ("it was General Motors that", "General Motors"),
        ("it was Poe Sport that", "Poe Sport"),
    ],
)
def test_finds_organisations(text: str, name: str) -> None:
    assert ("organisation", name) in units(text)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("the Deputy Prime Minister spoke", "Deputy Prime Minister"),
        ("the Secretary of State for Health spoke", "Secretary of State for Health"),
        ("the Health and Social Care Secretary spoke", "Health and Social Care Secretary"),
        ("the chief of staff spoke", "chief of staff"),
        ("the ex-president spoke", "ex-president"),
        ("the acting foreign minister spoke", "acting foreign minister"),
        ("the Secretary-General spoke", "Secretary-General"),
        ("the professor of law spoke", "professor of law"),
        ("the chairman and chief executive spoke", "chairman and chief executive"),
        ("the Commissioner for Digital Policy Matthieu Roe spoke", "Commissioner for Digital Policy"),
        ("the Emergency Management Minister spoke", "Emergency Management Minister"),
    ],
)
def test_finds_titles(text: str, title: str) -> None:
    assert ("title", title) in units(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nothing happened. Before noon it rained, and after that nobody came.",
        "On Thursday in March it rained.",
        "In June 2022 it rained, on 4 April too, and then June 5 was dry.",
        "Preventing this depends on it.",
        "They said so. She’ll say so too.",
        "officials and experts of the town",
    ],
)
def test_finds_no_name(text: str) -> None:
    assert [kind for kind, _ in units(text) if kind != "title"] == []


def test_a_headline_does_not_run_into_its_names() -> None:
    text = "Maria Roe Defends Plan While Critics Call for Vote\n\nMaria Roe spoke."
    assert [words for kind, words in units(text) if kind == "person"] == ["Maria Roe", "Maria Roe"]


def test_finds_accounts() -> None:
    assert units("so wrote (@maria_roe)") == [("account", "@maria_roe")]


def test_finds_the_codes_of_countries() -> None:
    text = "Dutch and South Korean ministers left the UK for Côte d’Ivoire."
    found = [unit.country for unit in Reading(text).units if unit.kind == "country"]
    assert found == ["NL", "KR", "GB", "CI"]


def source(phrase: str) -> tuple[str, str | None]:
    text = phrase + " said so."
    single = [0] if " " not in phrase else []
    read = read_source(Reading(text, single), [Span(0, len(phrase))])
    return read.kind, read.unit.span.of(text) if read.unit else None


@pytest.mark.parametrize(
    ("phrase", "kind", "unit"),
    [
        ("Maria Roe", "name", "Maria Roe"),
        ("the NATO Secretary Jens Roe", "name", "Jens Roe"),
        ("Vince Roe, who replaced Ann Poe in July,", "name", "Vince Roe"),
        ("Hugh Roe, a doctor,", "name", "Hugh Roe"),
        ("Susan Roe, then Poe's literary agent", "name", "Susan Roe"),
        ("Lee Roe of The Courier", "name", "Lee Roe"),
        ("the bureau's director, James B. Roe,", "name", "James B. Roe"),
        ("A top strategist, John Roe,", "name", "John Roe"),
        ("One of the authors of that report, Ari Roe,", "name", "Ari Roe"),
        ("a retired academic named Eric Roe, who is running for mayor", "name", "Eric Roe"),
        ("his wife Melania", "name", "Melania"),
        ("Conservative columnist and Fox News contributor George Roe", "name", "George Roe"),
        ("Committee Chairman Rep. Jason Roe, R-Utah,", "name", "Jason Roe"),
        ("Judicial Watch", "name", "Judicial Watch"),
        ("Roe's", "name", "Roe"),
        ("Roe himself", "name", "Roe"),
        ("the Kremlin", "name", "Kremlin"),
        ("Germany", "name", "Germany"),
        ("a spokesman for the Kremlin", "spokesperson", "Kremlin"),
        ("a Kremlin spokesman", "spokesperson", "Kremlin"),
        ("a spokeswoman for the French interior ministry", "spokesperson", "French interior ministry"),
        ("Roe's spokeswoman", "nobody", None),
        ("a spokesman for Ann Roe", "nobody", None),
        ("the Roe campaign", "called", "Roe"),
        ("he", "pronoun", None),
        ("they", "pronoun", None),
        ("who", "relative", None),
        ("UK Prime Minister", "office", "Prime Minister"),
        ("the Estonian leader", "office", "leader"),
        ("a minister", "nobody", "minister"),
        ("the company", "body", None),
        ("I", "author", None),
        ("we", "nobody", None),
        ("officials", "nobody", None),
        ("U.S. officials", "nobody", None),
        ("NATO leaders", "nobody", None),
        ("the French", "nobody", None),
        ("Democrats", "nobody", None),
        ("representatives of the Red Cross", "nobody", None),
        ("Ann Roe and Bill Poe", "several", None),
        ("Roe supporters", "nobody", None),
        ("Tom Pell, the owner, and Ann Roe, the manager,", "several", None),
        ("Tom Pell, who saw it, and left,", "name", "Tom Pell"),
        ("Doe's mother, Ann Doe,", "name", "Ann Doe"),
        ("experts like Paul Roe, a geologist,", "nobody", None),
        ("the president and Ann Roe", "nobody", None),
        ("both him and Roe", "nobody", None),
        ("Hispanic Americans", "nobody", None),
        ("the Clean Rivers Act", "nobody", None),
        ("a new poll by Roe Research", "document", None),
        ("members of his party, including his deputy, Majority Leader Kevin Roe,", "nobody", None),
        ("the 34-year-old", "epithet", None),
        ("the Dutch", "nobody", None),
        ("his sister", "kin", None),
        ("a spokesman for the company", "spokesperson", None),
        ("their union", "body", None),
    ],
)
def test_classifies_sources(phrase: str, kind: str, unit: str | None) -> None:
    assert source(phrase) == (kind, unit)


@pytest.mark.parametrize(
    ("kind", "score", "expected"),
    [
        ("organization", 0.9, "organisation"),
        ("location", 0.9, "place"),
        ("person", 0.9, "name"),
        ("misc", 0.9, "name"),
        ("organization", 0.7, "name"),  # not sure enough
    ],
)
def test_the_tagger_classifies_unknown_names(kind: EntityKind, score: float, expected: str) -> None:
    text = "They visited Norsund. Ida Maro stayed."
    span = Span(text.index("Norsund"), text.index("Norsund") + len("Norsund"))
    found = Reading(text, (), [Entity(kind, span, score)]).units
    assert [(unit.kind, unit.span.of(text)) for unit in found] == [(expected, "Norsund"), ("person", "Ida Maro")]


@pytest.mark.parametrize(
    ("text", "name", "kind", "found"),
    [
        ("They told CNN Philippines no.", "CNN Philippines", "organization", [("organisation", "CNN Philippines")]),
        ("The United Cranes agreed.", "United Cranes", "organization", [("organisation", "United Cranes")]),
        (
            "He asked New Energy Finance.",
            "New Energy Finance",
            "organization",
            [("organisation", "New Energy Finance")],
        ),
        ("In Riga Norsund they met.", "Riga Norsund", "location", [("place", "Riga Norsund")]),
        (
            "The Lund Sheriff's Office asked.",
            "Lund Sheriff's Office",
            "organization",
            [("organisation", "Lund Sheriff's Office")],
        ),
        (
            "A Lund Times/New Energy Finance poll.",
            "Lund Times/New Energy Finance",
            "organization",
            [("organisation", "Lund Times"), ("organisation", "New Energy Finance")],
        ),
        (  # an office before a name
            "Riga Mayor Tom Roe went.",
            "Riga Mayor Tom Roe",
            "organization",
            [("place", "Riga"), ("title", "Mayor"), ("person", "Tom Roe")],
        ),
        ("In Riga Roe left.", "Riga R", "organization", [("place", "Riga"), ("name", "Roe")]),  # half a word
    ],
)
def test_a_body_that_the_tagger_sees_whole_is_one_name(
    text: str, name: str, kind: EntityKind, found: list[tuple[str, str]]
) -> None:
    start = text.index(name)
    read = Reading(text, (), [Entity(kind, Span(start, start + len(name)), 0.9)]).units
    assert [(unit.kind, unit.span.of(text)) for unit in read] == found


def test_the_surname_of_a_named_source_is_no_organisation() -> None:
    text = "Xolo Brund came. Brund said no."
    person, body = Entity("person", Span(0, 10), 0.9), Entity("organization", Span(17, 22), 0.9)
    found = Reading(text, (17,), [person, body]).units
    assert [(unit.kind, unit.span.of(text)) for unit in found] == [("name", "Xolo Brund"), ("name", "Brund")]
    found = Reading(text, (17,), [body]).units  # nobody says that Xolo Brund is a person
    assert [(unit.kind, unit.span.of(text)) for unit in found] == [("name", "Xolo Brund"), ("organisation", "Brund")]
