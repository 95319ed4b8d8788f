"""Get right what users of other systems report: wrong people, false quotes, labels, wrapped lines, dates in names.

A table for each kind of fault, through the whole engine.
"""

import datetime as dt

import pytest

from tests.extraction.cases import (
    Case,
    Office,
    Said,
    by,
    case,
    direct,
    indirect,
    organisation,
    outcome,
    parameters,
    post,
)

MONDAY, SUNDAY = dt.date(2024, 5, 6), dt.date(2024, 5, 5)

TABLES: dict[str, list[Case]] = {
    "the wrong person beside the right one": [
        case(
            "{Olga Brandt}, whom Tom Pell called “a liar”, <said> [the pier was safe].",
            "Olga Brandt",
        ),
        case("Nora Quill met Tom Pell. [“The door is open.”] Pell nodded.", None),
        case(
            "¹{Mayor Tom Pell} ¹<said> ¹[that the pier was safe], ²[a statement] ²<rejected> by ²{the Harbour Board}.",
            by("Tom Pell"),
            organisation("Harbour Board"),
        ),
        case(
            "Mayor Nora Quill came. ¹{Nurse Olga Hill} ¹<said> ¹[the ward was full]. ²[“We had no beds,”] ²{she} ²<said>.",
            "Olga Hill",
            by("Olga Hill", role=("Nurse", None, None)),
        ),
        case(
            "{A press release from the Lund Port Authority} <said> [the crane was safe].",
            organisation("Lund Port Authority"),
        ),
        case("{A news release from Oda Lind} <said> [the crane was safe].", "Oda Lind"),
        case("[“The crane is safe,”] {Oda Lind} <told> the Lund Echo.", "Oda Lind"),
        case("[“The crane is safe,”] {Oda Lind}, <told> the Lund Echo.", "Oda Lind"),
        case("[“The crane is safe,”] {Oda Lind} <was quoted as saying> by the Echo.", direct("Oda Lind")),
        case("What she says: [“The crane is safe,”] {Oda Lind} <said> on the quay.", direct("Oda Lind")),
    ],
    "someone quoted in a clause about another": [
        case(
            "²{Tom Pell}, who ¹{Nora Quill} ¹<said> ¹[was a friend], ²<denied> ²[the charge].", "Nora Quill", "Tom Pell"
        ),
        case("[“The crane is safe,”] the Echo quoted {Oda Lind} <as saying>.", "Oda Lind"),
        case("{Oda Lind} <was quoted> by the Echo as saying [the crane was safe].", "Oda Lind"),
    ],
    "no quote": [
        case("The bank denied the firm a loan."),
        case("{Ida Maro} <denied> [the right had been sold].", "Ida Maro"),
        case("The guard denied the visitors entry to the hall."),
        case("The board denied him bail."),
        case("Ida Maro denied them access to the files."),
        case("{Ida Maro} <denied> [misuse of funds].", "Ida Maro"),
        case("Ida Maro pointed at the open door."),
        case("She Said, He Said: Two Lives on the Pier"),
        case("The town grew slower than she had expected."),
        case("Jurors heard that the boat was seen at dawn."),
        case("Lund Crown Court heard that the boat was seen at dawn."),
    ],
    "labels and introductions": [
        case("¹{VIDEO}: ¹[“The ferry is full.”]\n\n²{UNIDENTIFIED WOMAN}: ²[“We waited for a day.”]", None, None),
        case(
            "And from {Mayor Oda Lind}:\n\n[“The boat is ours, and we will sail it.”]",
            by("Oda Lind", role=("Mayor", None, None)),
        ),
        case("<In the words of> {Oda Lind}: [“It was a good year.”]", "Oda Lind"),
        case(
            "Speaking on the quay, {pilot Oda Lind, 61}: [“The boat is ours.”]",
            by("Oda Lind", role=("pilot", None, None)),
        ),
        case("{Oda Lind}: [We lost the boat and we lost the nets. It is done.”]", direct("Oda Lind")),
        case("[‘We lost it all’]: {Oda Lind} on the storm", direct("Oda Lind")),
        case(
            "{OLGA BRANDT, FERRY PILOT (through translator)}: [“We will add a boat.”]",
            by("OLGA BRANDT", role=("FERRY PILOT", None, None)),
        ),
        case("Oda Lind was not amused. [“It is a farce.”]", "Oda Lind"),
        case(
            "¹[“It is a farce,”] ¹{Oda Lind} ¹<says>.\n\n"
            "- Oda Lind on her boat, where she was born\n\n²[“They come in May. Nobody asks us what it costs.”]",
            "Oda Lind",
            "Oda Lind",
        ),
    ],
    "transcripts without marks, Markdown, and statements signed below": [
        case(
            "¹{BRANDT}: ¹[The crane is shut].\n\n²{OLGA LIND, HARBOUR MASTER}: ²[Who asks?]\n\n³{BRANDT}: ³[The board does].",
            by("BRANDT", speaker_kind="person"),
            by("OLGA LIND", role=("HARBOUR MASTER", None, None)),
            "BRANDT",
            fails="The learnt choice doubts a name in capitals.",
        ),
        case("WHERE: the pier at Lund.\n\nCOST: nothing at all."),
        case("[“We are sorry. The crane will be mended.”]\n\n{Oda Lind, Director, Port of Lund}", "Oda Lind"),
        case("**{Oda Lind}** <said:> [“The crane is old.”]", "Oda Lind"),
        case("The *Echo* asked. {Oda Lind} <said:> [“The crane is old.”]", "Oda Lind"),
    ],
    "spans": [
        case(
            "[“The crane stood there,”] {Oda Lind} <said>, [“and the boat lay below,”] while the band played on.",
            direct("Oda Lind"),
        ),
        case(
            "[“The crane is old. Nobody was hurt.]\n\n[It will be mended in June.”]\n\n– {Oda Lind, director of the Port Fund}",
            direct("Oda Lind"),
            fails="The tagger reads each paragraph by itself, and the second opens with no mark.",
        ),
        case("{The Harbour Wire} <reports>, citing Oda Lind, [that the crane is old].", organisation("Harbour Wire")),
        case("{Oda Lind} <said> [the firm broke Art. 7 of the law and that nobody cared].", "Oda Lind"),
        case("{Oda Lind} <said> [that 5 U.S.C. § 552 did not apply].", "Oda Lind"),
        case("{Oda Lind} <said> [that Brandt et al. (2019) had measured the ice].", "Oda Lind"),
        case("¹{Oda Lind} ¹<said> ¹[no]. ²[“It is gone,”] ²{Tom Pell} ²<said>.", "Oda Lind", "Tom Pell"),
        case("OSLO - [Norway will mend the crane], {Oda Lind} <said>.", "Oda Lind"),
        case("[The nets] <have been described as> [“a danger”] by {Oda Lind}.", "Oda Lind"),
    ],
    "wrapped lines": [
        case(
            "¹{Oda Lind} ¹<said> ¹[the crane was\nold]. ²[“We will mend\nit,”] ²{she} ²<said>.", "Oda Lind", "Oda Lind"
        ),
        case("[“The crane is old,”]\n{Oda Lind} <said>.", direct("Oda Lind")),
        case("Crane shut\n{Oda Lind} <said> [the crane was old].", "Oda Lind"),
    ],
    "dates and places of saying": [
        case("{Oda Lind} <told> The Sunday Echo [the crane was old].", by("Oda Lind", said=None)),
        case("{Oda Lind} <told> the paper on Sunday [the crane was old].", by("Oda Lind", said=SUNDAY)),
        case(
            "Talking on Monday’s breakfast show in Lund, {Oda Lind} <said> [the crane was old].",
            by("Oda Lind", said=MONDAY),
        ),
        case("[“The crane is old,”] <read> {a post on the port’s Instagram page}.", post(None)),
        case("{Olga Brandt} <divulged> [that the crane was old].", indirect("Olga Brandt")),
    ],
}


@pytest.mark.parametrize(("marked", "quotes", "listed"), parameters(TABLES))
def test_get_right(marked: str, quotes: tuple[Said, ...], listed: dict[str, Office]) -> None:
    assert outcome(marked, quotes, listed) == (marked, quotes, listed)
