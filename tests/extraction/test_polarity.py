"""Check how contents are put forward: each row is a marked sentence with invented people, and the polarity of its content."""

import pytest

from api.extraction.kinds import kind
from api.extraction.marks import stretches
from api.extraction.polarity import polarity
from api.extraction.sentences import sentences
from api.extraction.spans import Polarity
from tests.extraction.marked import unmarked

CASES: dict[Polarity, list[str]] = {
    "asserted": [
        "Ida Maro <said> [that the pier was shut].",
        "Tom Pell <accused> [the board of lying].",
        "Tom Pell <claimed> [that the board had lied].",
        "Tom Pell <alleges> [the board lied].",
        "Ida Maro <did not only say> [that the pier was shut].",
        "Ida Maro <complained> [that the board denied everything].",
        "Ida Maro <said> [the pier may have been shut].",
        "Ida May <said> [that the pier was shut].",
        "Ida Maro <said in May> [that the pier was shut].",
        "The bill, which may fail, is unfair, Ida Maro <said>, and [it is too long].",
        # A denial in a quotation of its own is in the speaker's words already.
        "[“I never did it,”] Tom Pell <denied>.",
        "Tom Pell <denied it>: [“I was never there.”]",
        "Tom Pell <denied everything>. [“I was never there at all.”]",
        "[“I,”] Tom Pell <denied>, [“was never there.”]",
        "Tom Pell <rejected the charge>, [“It is a lie.”]",
        "[“We could close it,”] Ida Maro <suggested>.",
        # Requests and proposals.
        "Ida Maro <asked> [the board to reopen it].",
        "Ida Maro <asked for> [the pier to be reopened].",
        "[“Sit down, please,”] Ida Maro <asked>.",
        "Ida Maro <suggested> [closing the pier].",
        # Double negations.
        "Ida Maro <does not doubt> [that the pier is safe].",
        "Ida Maro <has no doubt> [that the pier is safe].",
        "Tom Pell <dismissed as> [nonsense] what the board had found.",
        "Ida Maro <condemned> [the closure].",
        "Ida Maro <fell silent>. [“It is shut.”]",
    ],
    "denied": [
        "Ida Maro <denied> [that the pier was shut].",
        "Ida Maro <denies> [any wrongdoing].",
        "Ida Maro <has always denied> [having taken the money].",
        "Ida Maro <denied> [“any wrongdoing”].",
        "Ida Maro <denied> [“knowingly taking public money.”]",
        "Ida Maro <denied> [that the board had “lied to everyone.”]",
        "It was <denied by> Ida Maro [that the pier was shut].",
        "[The pier is shut], a claim <denied by> Ida Maro.",
        "[“The pier is shut,”] <denied> by Ida Maro.",
        "Ida Maro <rejected> [claims that the pier was shut].",
        "Ida Maro <disputes> [that the pier was shut].",
        "Ida Maro <refuted> [the suggestion that she had lied].",
        "Ida Maro <dismissed> [reports that the pier was shut].",
        "Ida Maro <rebutted> [the accusation of fraud].",
        "Ida Maro <ruled out> [closing the pier].",
        "Ida Maro <ruled> [out closing the pier].",
        "Ida Maro <was quoted as denying> [that the pier was shut].",
        "Ida Maro <issued a denial> [that the pier was shut].",
        "In a statement Ida Maro <denied and refuted> [the claims].",
        "Ida Maro <reportedly denied> [that the pier was shut].",
        "Ida Maro <appeared to deny> [that the pier was shut].",
        "Ida Maro <denied that> [she had never been paid].",
        "Ida Maro <does not believe> [the pier is safe].",
        "Ida Maro does not <believe> [the pier is safe].",
        "Ida Maro <doesn't want> [the pier to close].",
        "Ida Maro <has no plans to> [close the pier].",
        "Ida Maro <refused> [to sell the pier].",
        "Ida Maro <opposes> [the sale of the pier].",
        "Ida Maro <warned against> [closing the pier].",
        "Ida Maro <disagreed> [that the pier was safe].",
        "Ida Maro <mocked> [the idea that the pier was safe].",
        "Ida Maro <hit back at> [claims that the pier was unsafe].",
        "Ida Maro <did not agree> [that the pier was safe].",
        "Ida Maro <does not fear> [that the pier will fall].",
    ],
    "questioned": [
        "Ida Maro <asked> [whether the pier was shut].",
        "Ida Maro <asked> [why the pier was shut].",
        "Ida Maro <wondered> [if the pier was shut].",
        "Ida Maro <questioned> [the decision to shut the pier].",
        "Ida Maro <inquired about> [the pier].",
        "Ida Maro <asked about> [the pier].",
        "Ida Maro <demanded to know> [why the pier was shut].",
        "[“Is the pier shut?”] Ida Maro <asked>.",
        "[Was the pier shut], Ida Maro <asked>.",
        "Ida Maro <doubted> [that the pier was safe].",
        "Ida Maro <is sceptical> [that the pier is safe].",
        "Ida Maro <cast doubt on> [the safety of the pier].",
        "The board <discussed> [whether the pier should go].",
        "The board <does not know> [whether the pier is safe].",
        "Ida Maro <reportedly asked> [whether the pier was shut].",
    ],
    "hedged": [
        "Ida Maro <suggested> [that the pier was shut].",
        "Ida Maro <hinted> [that the pier could close].",
        "Ida Maro <feared> [the pier would close].",
        "Ida Maro <is afraid> [that the pier will close].",
        "Ida Maro <implied> [that the board had lied].",
        "Ida Maro <may have said> [that the pier was shut].",
        "Ida Maro may have <said> [that the pier was shut].",
        "Ida Maro <reportedly said> [that the pier was shut].",
        "[“The pier is shut,”] Ida Maro <reportedly said>.",
        "Ida Maro <allegedly told> friends [that the pier was shut].",
        "Ida Maro <is said to have told> friends [that the pier was shut].",
        "Ida Maro is believed to have <told> friends [that the pier was shut].",
        "Ida Maro <seemed to confirm> [that the pier was shut].",
        "The board <could announce> [the closure of the pier].",
        # Not to deny leaves possible.
        "Ida Maro <did not rule out> [closing the pier].",
        "Ida Maro <cannot rule out> [that the pier will close].",
        "Ida Maro <does not oppose> [the sale of the pier].",
        "Ida Maro <refused to rule out> [closing the pier].",
        "Ida Maro <played down> [fears that the pier would close].",
    ],
}


@pytest.mark.parametrize(("expected", "marked"), [(each, marked) for each, rows in CASES.items() for marked in rows])
def test_polarity(expected: Polarity, marked: str) -> None:
    text, tags = unmarked(marked)
    cue = next(tag.span for tag in tags if tag.part == "cue")
    content = tuple(tag.span for tag in tags if tag.part == "content")
    sentence = next(each for each in sentences(text) if each.start <= cue.start < each.end)
    assert polarity(text, content, cue, sentence, kind(text, content, stretches(text))) == expected
