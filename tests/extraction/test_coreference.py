"""Weigh mentions as antecedents, and infer gender from pronouns."""

import re

import pytest

from api.extraction import genders
from api.extraction.coreference import OBLIQUE, OWNER, SAID, SUBJECT, UNCLEAR, UNNAMED, Focuses
from api.extraction.mentions import Reading
from api.extraction.names import Names
from api.extraction.roles import Roles
from api.extraction.spans import Span


def read(marked: str) -> tuple[Reading, Names, Focuses, list[Span]]:
    """Return the mentions of a text in which words said stand in []."""
    text, contents, start = "", [], 0
    for piece in re.split(r"([\[\]])", marked):
        if piece == "[":
            start = len(text)
        elif piece == "]":
            contents.append(Span(start, len(text)))
        else:
            text += piece
    reading = Reading(text)
    names = Names(reading, Roles(reading, frozenset()).statements(), ())
    return reading, names, Focuses(reading, names, contents), contents


@pytest.mark.parametrize(
    ("marked", "weights"),
    [
        # The first person of a sentence is taken for its subject, and so is each that "and" joins to it.
        ("Ann Roe met Bill Poe.", {"Ann Roe": SUBJECT, "Bill Poe": 1.0}),
        ("Ann Roe and Bill Poe came.", {"Ann Roe": SUBJECT, "Bill Poe": SUBJECT}),
        ("Ann Roe sat with Bill Poe.", {"Ann Roe": SUBJECT, "Bill Poe": OBLIQUE}),
        ("Ann Roe came. Bill Poe left.", {"Ann Roe": SUBJECT, "Bill Poe": SUBJECT}),
        # An owner counts less behind a subject, and leaves its place to one.
        ("Ann Roe read Bill Poe's plan.", {"Ann Roe": SUBJECT, "Bill Poe": OWNER}),
        ("Ann Roe's plan pleased Bill Poe.", {"Ann Roe": 1.0, "Bill Poe": SUBJECT}),
        # An organisation is no rival for the place of a person.
        ("Poe Airways met Ann Roe.", {"Poe Airways": SUBJECT, "Ann Roe": SUBJECT}),
        # Words said.
        ("Ann Roe said [Bill Poe would go].", {"Ann Roe": SUBJECT, "Bill Poe": SAID}),
        ("Ann Roe said [Bill Poe's plan failed].", {"Ann Roe": SUBJECT, "Bill Poe": SAID * OWNER}),
        # Who wrote the article is nobody in it.
        ("By Ann Roe\n\nBill Poe came.", {"Bill Poe": SUBJECT}),
    ],
)
def test_weighs_mentions(marked: str, weights: dict[str, float]) -> None:
    reading, _, focuses, _ = read(marked)
    assert {focus.span.of(reading.text): focus.weight for focus in focuses.mentions} == pytest.approx(weights)


@pytest.mark.parametrize(
    ("marked", "unnamed"),
    [
        ("The former governor laughed at Ann Roe.", {"former governor": SUBJECT}),
        ("A delegate from the city met Ann Roe.", {"delegate": SUBJECT}),
        ("Governor Ann Roe came.", {}),
        ("Ann Roe met the governor.", {}),  # the sentence has its subject
        ("Tom Roe met Bill Roe.\n\nThe older Roe laughed.", {"Roe": UNCLEAR}),
        ("Ann Roe said [the governor came].", {}),
    ],
)
def test_weighs_unnamed_people(marked: str, unnamed: dict[str, float]) -> None:
    reading, _, focuses, _ = read(marked)
    found = {focus.span.of(reading.text): focus.weight for focus in focuses.mentions if focus.entity == UNNAMED}
    assert found == unnamed


def test_ignores_distant_mentions() -> None:
    reading, _, focuses, _ = read("Ann Roe came. " + "It rained. " * 5 + "Bill Poe left. It rained. Then he spoke.")
    at = reading.text.index("he spoke")
    assert [focus.span.of(reading.text) for focus in focuses.before(at, [])] == ["Bill Poe"]
    assert [focus.span.of(reading.text) for focus in focuses.before(at - 20, [])] == ["Bill Poe", "Ann Roe"]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("Xan Roe opened the pier. She had built it.", "f"),
        ("Xan Roe opened the pier. He had built it.", "m"),
        ("Xan Roe, in his coat, opened the pier.", "m"),
        ("Xan Roe came.\n\nXan Roe opened the pier. She had built it.", "f"),
        ("Xan Roe and Poe Airways met. She wept.", "f"),  # an organisation is no other person
        ("Xan Roe opened the pier.", ""),
        ("She came. Then Xan Roe opened the pier.", ""),  # named only later
        ("Xan Roe met Zed Poe. She had built it.", ""),  # two people
        ("Xan Roe came with a nurse. She had built it.", "f"),
        ("A nurse sat. Xan Roe came. She had built it.", ""),  # someone without a name
        ("Xan Roe opened the pier with a neighbour. She had built it.", ""),  # kin
        ("Xan Roe came. She sat. He stood.", ""),  # both
        ("Xan Roe came. She sat.\n\nXan Roe left. He wept.", ""),  # paragraphs that disagree
        ("Xan Roe said: [“She had built it.”]", ""),  # inside words said
        ("Xan Roe came. They met him.", ""),  # an object
        ("Ann Roe came. He sat.", "f"),  # her name tells
    ],
)
def test_infers_gender_from_pronouns(marked: str, expected: str) -> None:
    reading, names, focuses, contents = read(marked)
    genders.infer(reading, names, focuses, contents)
    assert names.entities[0].gender == expected
