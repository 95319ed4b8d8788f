"""Find direct quotes by rules where the tagger finds nothing."""

import pytest

from api.extraction.direct import add_quotations
from api.extraction.marks import stretches
from api.extraction.sentences import paragraphs, sentences
from api.extraction.spans import Span
from api.extraction.tagging import Tag


def found(text: str) -> list[tuple[str, str]]:
    split = paragraphs(text)
    tags = add_quotations(text, [], stretches(text), sentences(text), split)
    return [(tag.part, tag.span.of(text)) for tag in tags]


@pytest.mark.parametrize(
    ("text", "source", "cue"),
    [
        ("“The pier is shut,” she said.", "she", "said"),
        ("“The pier is shut,” said Ida Maro.", "Ida Maro", "said"),
        ("“The pier is shut,” Ida van der Maro has said.", "Ida van der Maro", "has said"),
        ("“Is the pier shut?” Mr. Pell asked.", "Mr. Pell", "asked"),
        ("“The pier is shut,” the harbour master told reporters.", "the harbour master", "told"),
        ("“The pier is shut,” Hugh Tarn, a doctor, added.", "Hugh Tarn, a doctor,", "added"),
        ("“The pier is shut,” Ida Maro (Lund) later wrote.", "Ida Maro (Lund)", "later wrote"),
    ],
)
def test_finds_a_clause_after_the_quotation(text: str, source: str, cue: str) -> None:
    assert found(text) == [
        ("content", text[: text.index("”") + 1]),
        *sorted([("source", source), ("cue", cue)], key=lambda p: text.index(p[1], 20)),
    ]


@pytest.mark.parametrize(
    ("text", "source", "cue"),
    [
        ("Ida Maro said: “The pier is shut.”", "Ida Maro", "said:"),
        ("Ida Maro told the board in Lund, “The pier is shut.”", "Ida Maro", "told"),
        ("Ida Maro, who replaced Tom Pell, said, “The pier is shut.”", "Ida Maro, who replaced Tom Pell,", "said"),
        ("The board explained: “The pier is shut.”", "The board", "explained:"),
    ],
)
def test_finds_a_clause_before_the_quotation(text: str, source: str, cue: str) -> None:
    assert found(text) == [("source", source), ("cue", cue), ("content", text[text.index("“") :])]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("“The pier is shut.” – Commissioner Ida Maro", "Commissioner Ida Maro"),
        ("“The pier is shut.” — Ida Maro, mayor of Lund.", "Ida Maro, mayor of Lund"),
        ("“The pier is shut.” -- Ida Maro", "Ida Maro"),
    ],
)
def test_finds_a_name_after_a_dash(text: str, source: str) -> None:
    assert found(text) == [("content", "“The pier is shut.”"), ("source", source)]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Ida Maro: “The pier is shut.”", "Ida Maro"),
        ("Commissioner for Harbours Ida Maro: “The pier is shut.”", "Commissioner for Harbours Ida Maro"),
        ("Ida Maro, mayor of Lund: “The pier is shut.”", "Ida Maro, mayor of Lund"),
        ("But Maro had an answer, too: “The pier is shut.”", "Maro"),
        ("The Harbour Board: “The pier is shut.”", "The Harbour Board"),
        ("She was blunt: “The pier is shut.”", "She"),
    ],
)
def test_a_colon_is_the_cue_where_no_verb_is(text: str, source: str) -> None:
    assert found(text) == [("source", source), ("cue", ":"), ("content", "“The pier is shut.”")]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("In the words of Ida Maro, “the pier is shut for good.”", "Ida Maro"),
        ("In the words of Ida Maro, mayor of Lund, “the pier is shut for good.”", "Ida Maro, mayor of Lund"),
        ("The pier is, in the words of harbour master Ida Maro, “shut for good”.", "harbour master Ida Maro"),
        ("The “old” pier is, in the words of the Harbour Board, “shut for good”.", "the Harbour Board"),
    ],
)
def test_finds_in_the_words_of(text: str, source: str) -> None:
    cue = "n the words of"
    at = text.index(cue)
    content = text[text.index("“", at) : text.index("”", at) + 1]
    assert found(text) == [("cue", text[at - 1 : at + len(cue)]), ("source", source), ("content", content)]


def test_a_quoted_paragraph_is_a_content() -> None:
    assert found("“The pier is shut.”") == [("content", "“The pier is shut.”")]


@pytest.mark.parametrize(
    "text",
    [
        "The “old pier” is shut.",
        "She starred in “The Long Pier,” he said.",
        "Experts, “experts” and others left.",
        "“The pier is shut,” the sign in the window of the red house by the water.",
        "“The pier” — Ida Maro said — is shut.",
        "“Stop.”",
        "The sign on the red door: “We are shut today.”",
        "Now: “The pier is shut.”",
        "Then, after a while: “The pier is shut.”",
        "The pier is, in the words of a song, “shut for good”.",
        "In the words of Ida Maro it was a pier, “old” and grey.",
        "",
    ],
)
def test_finds_no_quotation(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('"The pier, Ida Maro said, "is shut."', ['"The pier,', "Ida Maro", "said", '"is shut."']),
        (
            "“The pier is shut, the keeper, Ida Maro, said.\n\n“It fell,” he added.",
            ["“The pier is shut,", "the keeper, Ida Maro,", "said"],
        ),
        # At a paragraph's end without a name: it may be speech inside speech.
        ("“The pier is shut, he said.\n\n“It fell,” he added.", ["“The pier is shut, he said."]),
    ],
)
def test_splits_a_content_without_closing_mark_at_its_clause(text: str, parts: list[str]) -> None:
    split = paragraphs(text)
    tags = add_quotations(text, [Tag("content", split[0], 0.5)], stretches(text), sentences(text), split)
    assert [tag.span.of(text) for tag in tags if tag.span.end <= split[0].end] == parts


def test_cuts_a_content_at_its_reporting_clause() -> None:
    text = "“The pier is shut,” Ida Maro said on Tuesday."
    split = paragraphs(text)
    tags = add_quotations(text, [Tag("content", Span(0, len(text) - 1), 0.5)], stretches(text), sentences(text), split)
    assert [(tag.part, tag.span.of(text)) for tag in tags] == [
        ("content", "“The pier is shut,”"),
        ("source", "Ida Maro"),
        ("cue", "said"),
    ]


def test_splits_a_quoted_transcript_into_turns() -> None:
    text = '"QUILL: Will the ferry run?\n\n"MARO: It will, in May. The board wants it.\n\n"That is all."'
    tags = add_quotations(text, [Tag("content", Span(0, 26), 0.9)], stretches(text), sentences(text), paragraphs(text))
    assert [(tag.part, tag.span.of(text)) for tag in tags][:6] == [
        ("source", "QUILL"),
        ("cue", ":"),
        ("content", "Will the ferry run?"),
        ("source", "MARO"),
        ("cue", ":"),
        ("content", "It will, in May. The board wants it."),
    ]


def test_one_line_with_a_colon_is_no_transcript() -> None:
    text = "“UPDATE: The ferry will run in May.”"
    tags = add_quotations(text, [], stretches(text), sentences(text), paragraphs(text))
    assert [(tag.part, tag.span.of(text)) for tag in tags] == [("content", text)]


@pytest.mark.parametrize("heading", ["'Still Waters Run Cold.'", "“Lantern in the Harbour.”"])
def test_a_heading_in_marks_is_no_quotation(heading: str) -> None:
    text = f"“The pier is shut,” Ida Maro said.\n\n{heading}\n\nIn May it was open."
    tags = add_quotations(text, [], stretches(text), sentences(text), paragraphs(text))
    assert [tag.span.of(text) for tag in tags if tag.part == "content"] == ["“The pier is shut,”"]


def test_finds_the_source_after_an_inverted_verb() -> None:
    text = "Nobody came. Said Pell: “The pier is shut, and it will stay so.”"
    given = [Tag("cue", Span(13, 17), 0.9), Tag("source", Span(18, 22), 0.9)]
    tags = add_quotations(text, given, stretches(text), sentences(text), paragraphs(text))
    assert [(tag.part, tag.span.of(text)) for tag in tags][:2] == [("cue", "Said"), ("source", "Pell")]
