"""Link given tags, which [content], <cue> and {source} mark in the text."""

import pytest

from api.extraction.linking import Document, link
from api.extraction.marks import stretches
from api.extraction.sentences import paragraphs, sentences
from tests.extraction.marked import unmarked


def links(marked: str) -> list[tuple[str | None, str | None, list[str]]]:
    text, tags = unmarked(marked)
    split = paragraphs(text)
    document = Document(text, sentences(text), split, stretches(text))
    return [
        (
            found.source.of(text) if found.source else None,
            found.cue.of(text) if found.cue else None,
            [span.of(text) for span in found.content],
        )
        for found in link(document, tags)
    ]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{Maro} <said> [that it fell].", [("Maro", "said", ["that it fell"])]),
        # Two quotes of one source in one sentence.
        (
            "{Maro} <said> [that it fell] and <added> [that it rose].",
            [("Maro", "said", ["that it fell"]), ("Maro", "added", ["that it rose"])],
        ),
        # A report ends with its sentence, unless marks or a colon hold it open.
        ("{Maro} <said> [it had “failed”. Pell was kinder].", [("Maro", "said", ["it had “failed”"])]),
        ("{Maro} <said> [it had “failed. It did.”]", [("Maro", "said", ["it had “failed. It did.”"])]),
        ("{Maro} <said>: [It failed. Pell was kinder].", [("Maro", "said", ["It failed. Pell was kinder"])]),
        # "Who" speaks where nothing parts it from the cue, even if the tagger saw another source only.
        ("{Maro} thanked Pell, who a day before <promised> [rain].", [("who", "promised", ["rain"])]),
        ("{Maro}, who is old, <promised> [rain].", [("Maro", "promised", ["rain"])]),
        # Behind a clause with "who" it is the one before again.
        (
            "{Maro}, {who} <said> [it fell], <warned> [of rain].",
            [("who", "said", ["it fell"]), ("Maro", "warned", ["of rain"])],
        ),
        (
            "{Maro} – {who} <said> [it fell] – <warned> [of rain].",
            [("who", "said", ["it fell"]), ("Maro", "warned", ["of rain"])],
        ),
        (
            "{Maro}, {who} <said> [it fell] and <warned> [of rain], left.",
            [("who", "said", ["it fell"]), ("who", "warned", ["of rain"])],
        ),
        # A sentence that begins with a name and its cue has that name for its source.
        ("It fell. Ms. Fenn-Maro <said> [it rose].", [("Ms. Fenn-Maro", "said", ["it rose"])]),
        ("Then <said> [it rose].", [(None, "said", ["it rose"])]),
        ("It fell, Ms. Maro <said> [it rose].", [(None, "said", ["it rose"])]),
        # The nearest cue, not the next one.
        (
            "[“It fell,”] {Maro} <said>. [“It rose,”] {Pell} <said>.",
            [("Maro", "said", ["“It fell,”"]), ("Pell", "said", ["“It rose,”"])],
        ),
        ("[“It,”] {Maro} <said>, [“fell.”]", [("Maro", "said", ["“It,”", "“fell.”"])]),
        # What the tagger left out of an interrupted clause, but no clause of another's.
        ("[The pier], {Maro} <said>, is gone.", [("Maro", "said", ["The pier", "is gone"])]),
        ("[The pier], <said> {Maro}, is gone.", [("Maro", "said", ["The pier", "is gone"])]),
        ("[The pier fell], {Maro} <said>, and walked away.", [("Maro", "said", ["The pier fell"])]),
        ("[The pier fell], {Maro} <said>, was {Pell} <told>.", [("Maro", "said", ["The pier fell"])]),
        ("As {Maro} <put> [it], [“it fell”].", [("Maro", "put", ["“it fell”"])]),
        # A quotation that goes on after its cue's stop is not the next cue's.
        (
            "[“It fell,”] <said> {Ida Maro of the Open Water League in Lund}. [“It was old.”] {Pell} <wants> [a new one].",
            [
                ("Ida Maro of the Open Water League in Lund", "said", ["“It fell,”", "“It was old.”"]),
                ("Pell", "wants", ["a new one"]),
            ],
        ),
        (
            "{Maro} <said> [that it fell]. [“It was old.”] {Pell} <wants> [a new one].",
            [("Maro", "said", ["that it fell"]), (None, None, ["“It was old.”"]), ("Pell", "wants", ["a new one"])],
        ),
        # Nor, over a sentence between, one with words without marks.
        (
            "{Maro} <said> [that it fell]. She paused. [“It was old.”]",
            [("Maro", "said", ["that it fell"]), (None, None, ["“It was old.”"])],
        ),
        # The next cue has a content of its own.
        (
            "{Maro} <told> the town [that it fell] and <urged> [it to wait].",
            [("Maro", "told", ["that it fell"]), ("Maro", "urged", ["it to wait"])],
        ),
        (
            "{Maro} <said> late on Friday [that it fell], though {she} <hoped> [it stood].",
            [("Maro", "said", ["that it fell"]), ("she", "hoped", ["it stood"])],
        ),
        # A question or what trails off is whoever's name stands behind it.
        (
            "[“A lot,”] {Maro} <said>. [“Of boats?”] {Pell} <repeated>.",
            [("Maro", "said", ["“A lot,”"]), ("Pell", "repeated", ["“Of boats?”"])],
        ),
        (
            "[“A lot…”] {Maro} <said>. [“Of boats?”] {Pell} <repeated>.",
            [("Maro", "said", ["“A lot…”"]), ("Pell", "repeated", ["“Of boats?”"])],
        ),
        # Words of a sentence that the cue does not stand in, when it reports others.
        (
            "[Crews had come]. [“We heard in May,”] <said> {Maro}. [“Not how.”]",
            [("Maro", "said", ["“We heard in May,”", "“Not how.”"])],
        ),
        ("{Maro} <said> [they would go]. Nobody had [questions].", [("Maro", "said", ["they would go"])]),
        ("{Maro} <asks> [that towns]:\n\n[count boats]", [("Maro", "asks", ["that towns", "count boats"])]),
        # What is done behind a semicolon others do.
        (
            "{Maro} <fears> [a fall]; her old mother <fears> [a rise].",
            [("Maro", "fears", ["a fall"]), (None, "fears", ["a rise"])],
        ),
        # A source of another sentence is none; a cue without content is no quote.
        ("{Maro} left. <According to> the log, [it fell].", [(None, "According to", ["it fell"])]),
        ("{Maro} <spoke>.", []),
        # Contents are snapped to the marks around them, and lose stray punctuation.
        ("“[It fell],” {Maro} <said>.", [("Maro", "said", ["“It fell,”"])]),
        ("[“It fell], and it rose,” {Maro} <said>.", [("Maro", "said", ["“It fell, and it rose,”"])]),
        ("“It fell, [and it rose,”] {Maro} <said>.", [("Maro", "said", ["“It fell, and it rose,”"])]),
        ("[“It fell], and [it rose],” {Maro} <said>.", [("Maro", "said", ["“It fell, and it rose,”"])]),
        ("{Maro} <said> [that it fell.]", [("Maro", "said", ["that it fell"])]),
        ("{Maro} <said>[, it fell, ]yes.", [("Maro", "said", ["it fell"])]),
        ("[“It fell,”] {Maro} <said>. [“]", [("Maro", "said", ["“It fell,”"])]),
        (
            "LUND, May 3 (Wire) - It fell, {Maro} <said>.".replace("LUND", "[LUND").replace("It fell,", "It fell],"),
            [("Maro", "said", ["It fell"])],
        ),
        ("[Would it fall? “It fell,”] {Maro} <said>.", [("Maro", "said", ["“It fell,”"])]),
        ("[🚢 “It fell,”] {Maro} <said>.", [("Maro", "said", ["“It fell,”"])]),
        # Over paragraphs.
        (
            "{Maro} <said>: [“It fell.]\n\n[“It rose.”]\n\nNobody came.",
            [("Maro", "said", ["“It fell.", "“It rose.”"])],
        ),
        # A closing mark is missing: each paragraph has a clause of its own.
        (
            "[“It fell], {Maro} <said>.\n\n[“It rose,”] {Pell} <said>.",
            [("Maro", "said", ["“It fell"]), ("Pell", "said", ["“It rose,”"])],
        ),
        ("{Maro} <said>:\n\n[“It fell.”]", [("Maro", "said", ["“It fell.”"])]),
        ("{Maro} <said> [it fell].\n\n[it rose]", [("Maro", "said", ["it fell"])]),
        # Alone.
        ("{Maro} <said> [it fell].\n\n[“It rose.”]", [("Maro", "said", ["it fell"]), (None, None, ["“It rose.”"])]),
        ("{Maro} <said> [it fell].\n\n[“the rise”] began.", [("Maro", "said", ["it fell"])]),
        ("Nobody spoke.\n\n[“It rose.”]", []),
        ("Maro sighed.\n\n[“It rose.”]", [(None, None, ["“It rose.”"])]),
        (
            "[“It fell,”] {Maro} <said>. Pell shook his head. [“It rose.”]",
            [("Maro", "said", ["“It fell,”"]), (None, None, ["“It rose.”"])],
        ),
        # Signed.
        ("[“It fell.”] — {Commissioner Maro}", [("Commissioner Maro", None, ["“It fell.”"])]),
        ("[“It fell.”]\n— {Commissioner Maro}.", [("Commissioner Maro", None, ["“It fell.”"])]),
        ("", []),
    ],
)
def test_link(marked: str, expected: list[tuple[str | None, str | None, list[str]]]) -> None:
    assert links(marked) == expected
