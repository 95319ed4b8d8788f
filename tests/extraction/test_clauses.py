"""Repair torn reporting clauses: tags in, repaired tags out, marked as [content], <cue>, {source}."""

import pytest

from api.extraction.clauses import repair
from api.extraction.linking import Document
from api.extraction.marks import stretches
from api.extraction.sentences import paragraphs, sentences
from tests.extraction.marked import marked, unmarked


def repaired(torn: str) -> str:
    text, tags = unmarked(torn)
    split = paragraphs(text)
    found = repair(Document(text, sentences(text), split, stretches(text)), tags)
    assert found == sorted(found, key=lambda tag: tag.span)
    return marked(text, found)


TABLES = {
    "a source cut short or missed": [
        # A source cut short of its relative clause.
        (
            "{Vera Lund}, who leads the patrol and is no kin of his, <warned> [that it fell].",
            "{Vera Lund, who leads the patrol and is no kin of his,} <warned> [that it fell].",
        ),
        # A source missed altogether.
        (
            "It rained. Vera Lund, 44, whose father built it, <warned> [that it fell].",
            "It rained. {Vera Lund, 44, whose father built it,} <warned> [that it fell].",
        ),
        (
            "The harbour master, who built it, <said> [that it fell].",
            "{The harbour master, who built it,} <said> [that it fell].",
        ),
        ("Its chair, Vera Lund, <promised> [to wait].", "{Its chair, Vera Lund,} <promised> [to wait]."),
        ("Vera Lund, the chair, <promised> [to wait].", "{Vera Lund, the chair,} <promised> [to wait]."),
        ("In May, the chair, <promised> [to wait].", "In May, the chair, <promised> [to wait]."),
        # Its title taken for a content.
        (
            "[“It fell,”] [the union's chair], {Vera Lund,} <said>.",
            "[“It fell,”] {the union's chair, Vera Lund,} <said>.",
        ),
        # A name cut at its head.
        ("Vera {Lund, a diver,} <said> [it fell].", "{Vera Lund, a diver,} <said> [it fell]."),
        ("Vera van {Lund} <said> [it fell].", "Vera van {Lund} <said> [it fell]."),
        ("Yesterday {Lund} <said> [it fell].", "Yesterday {Lund} <said> [it fell]."),
        ("On Monday {Lund} <said> [it fell].", "On Monday {Lund} <said> [it fell]."),
        # One source or cue over two paragraphs.
        ("Photo: {Pell\n\nVera Lund} <said> [it fell].", "Photo: Pell\n\n{Vera Lund} <said> [it fell]."),
        ("[It fell], <said> {Vera Lund\n\nThe} end.", "[It fell], <said> {Vera Lund}\n\nThe end."),
        # A participial aside, and its comma, left out.
        ("{Vera Lund,} asked about it, <said> [it fell].", "{Vera Lund}, asked about it, <said> [it fell]."),
        # Behind the cue.
        ("[“It,”] <says> {Lund}, who drew it, [“fell.”]", "[“It,”] <says> {Lund, who drew it,} [“fell.”]"),
        ("[It fell], <said> {Lund}, who drew it.", "[It fell], <said> {Lund, who drew it}."),
        ("<According to> {Lund}, who drew it, [it fell].", "<According to> {Lund, who drew it,} [it fell]."),
        ("<According to> {Lund}, who drew it, it was old.", "<According to> {Lund, who drew it,} [it was old.]"),
        ("<According to> {Lund}, it was old.", "<According to> {Lund}, [it was old.]"),
        ("[It fell], <according to> [a letter of Lund].", "[It fell], <according to> {a letter of Lund}."),
    ],
    "a clause read the wrong way round": [
        ("{Pell,} <says> [Vera Lund, is late].", "[Pell], <says> {Vera Lund}, [is late]."),
        ("{The pier,} <said> [the old diver, had fallen].", "[The pier], <said> {the old diver}, [had fallen]."),
        ("{Tom Pell, Lund} <told> us, [had lied].", "[Tom Pell], {Lund} <told> us, [had lied]."),
        # Not inverted.
        (
            "{Pell, the mayor,} <said> [Lund, a diver, was late].",
            "{Pell, the mayor,} <said> [Lund, a diver, was late].",
        ),
        ("{Pell} <said> [Lund, was late].", "{Pell} <said> [Lund, was late]."),
        ("{Pell, Lund} <said> [it was late].", "{Pell, Lund} <said> [it was late]."),
    ],
    "the object of a verb of addressing": [
        ("{Lund} <urged> the old town [to wait].", "{Lund} <urged> [the old town to wait]."),
        ("{Lund} <has asked> neighbours [not to wait].", "{Lund} <has asked> [neighbours not to wait]."),
        ("{Lund} <accused> Pell [of haste].", "{Lund} <accused> [Pell of haste]."),
        # No object: an addressee before a clause or a quotation, an adverb, another cue.
        ("{Lund} <told> reporters [that it fell].", "{Lund} <told> reporters [that it fell]."),
        ("{Lund} <told> reporters: [“To wait is best.”]", "{Lund} <told> reporters: [“To wait is best.”]"),
        ("{Lund} <promised> Pell [to wait].", "{Lund} <promised> Pell [to wait]."),
        ("{Lund} <asked> [to wait].", "{Lund} <asked> [to wait]."),
    ],
    "a cue": [
        ("{Lund} <said>: [“It fell.]", "{Lund} <said:> [“It fell.]"),
        ("{Lund} <told> us: [“It fell.”]", "{Lund} <told> us: [“It fell.”]"),
        ("{Lund} <had asked> [for time].", "{Lund} <had asked for> [time]."),
        ("{Lund} <said> [for years it fell].", "{Lund} <said> [for years it fell]."),
        ("{Lund} <called> [forests old].", "{Lund} <called> [forests old]."),
        (
            "{Lund} <said> [that it fell and added that it was old].",
            "{Lund} <said> [that it fell] and <added> [that it was old].",
        ),
        # Pumps blame nobody; a council may, and so may whoever has a name or stands in for one.
        (
            "{Lund} <said> [the pumps had failed and blamed the board].",
            "{Lund} <said> [the pumps had failed] and <blamed> [the board].",
        ),
        *(
            (f"{{Lund}} <said> [{whole}].",) * 2
            for whole in (
                "the council had lied and blamed the board",
                "Pell had lied and blamed the board",
                "it had lied and blamed the board",
                "the protesters had lied and blamed the board",
                "a report was late and blamed the board",
                "his wife had lied and blamed the board",
                "the Trust had lied and blamed the board",
                "they had lied and blamed the board",
                "its ministers had lied and accused the board",
                "“it fell” and blamed the board",
            )
        ),
        # Another's words before: it may be Pell who added.
        (
            "{Lund} <said> [that Pell warned us and added that it was old].",
            "{Lund} <said> [that Pell warned us and added that it was old].",
        ),
    ],
    "the subject of an interrupted clause": [
        ("Pell, {she} <added>, [knew her plan].", "[Pell], {she} <added>, [knew her plan]."),
        ("The old pier, {she} <said>[, had fallen].", "[The old pier], {she} <said>[, had fallen]."),
        ("The old pier, <said> {Lund}, [had fallen].", "[The old pier], <said> {Lund}, [had fallen]."),
        # Not the head of the clause, or none interrupted.
        ("On Monday, {she} <said>, [was late].", "On Monday, {she} <said>, [was late]."),
        (
            "After the storm, {she} <said> [the pier had fallen].",
            "After the storm, {she} <said> [the pier had fallen].",
        ),
        ("A diver, {Lund} <said>, [the pier had fallen].", "A diver, {Lund} <said>, [the pier had fallen]."),
        ("{Lund} <said>, [had fallen].", "{Lund} <said>, [had fallen]."),
        ("", ""),
    ],
}


@pytest.mark.parametrize(
    ("torn", "whole"),
    [pytest.param(*case, id=f"{rule}-{case[0]}") for rule, cases in TABLES.items() for case in cases],
)
def test_repairs_torn_clauses(torn: str, whole: str) -> None:
    assert repaired(torn) == whole
