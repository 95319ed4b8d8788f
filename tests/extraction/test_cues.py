import pytest

from api.extraction.cues import is_ahead, is_post, reported_act
from api.extraction.spans import Act

SPEECH, ATTITUDE = "speech", "attitude"


@pytest.mark.parametrize(
    ("cue", "content", "expected"),
    [
        ("said", "that the pier is shut", SPEECH),
        ("had warned", "that the pier would fall", SPEECH),
        ("called for", "the pier to be shut", SPEECH),
        ("According to", "the pier is shut", SPEECH),
        ("denied", "that the pier was shut", SPEECH),
        ("tweeted:", "the pier is shut", SPEECH),
        ("went on to say", "that the pier was shut", SPEECH),
        ("liked to say", "that the pier was hers", SPEECH),
        ("ordered", "the crews to leave", SPEECH),
        ("ordered", "two breakfasts", None),
        ("quoting", "reference 4471", None),
        ("made it clear", "that the pier was shut", SPEECH),
        ("continued", "the pier is shut", SPEECH),
        ("not only said", "the pier was shut", SPEECH),
        ("was quoted as saying", "the pier was shut", SPEECH),
        ("promise", "to shut the pier", SPEECH),
        ("hopes", "the pier will open", ATTITUDE),
        ("support", "the pier", ATTITUDE),
        ("wants to discuss", "the pier", ATTITUDE),
        ("launched a review to assess", "how the pier could be saved", ATTITUDE),
        ("met to discuss", "whether the pier should go", ATTITUDE),
        ("discussed", "whether the pier should go", SPEECH),
        ("is also preparing to review", "the pier", ATTITUDE),
        ("does not believe", "the pier is safe", ATTITUDE),
        ("is against", "the pier", ATTITUDE),
        ("is confident", "that the pier will open", ATTITUDE),
        ("would like", "the pier to open", ATTITUDE),
        ("refused", "to sell the pier", ATTITUDE),
        ("agreed", "that the pier is shut", SPEECH),
        ("agreed", "to shut the pier", ATTITUDE),
        ("was first reported by", "the pier is shut", SPEECH),
        # Who is asked does not ask, and nobody expects.
        ("was asked", "whether the pier was shut", None),
        ("would be told", "why the pier was shut", None),
        ("is expected", "to shut the pier", None),
        ("were read", "as a farewell", None),
        ("was seen", "to write that down", None),
        ("was widely ridiculed for", "his plan", None),
        ("is determined", "to shut the pier", ATTITUDE),
        # Pictures are no words.
        ("posted", "a picture of the pier", None),
        ("posted", "two short videos", None),
        ("posted", "that the pier was shut", SPEECH),
        # Not reports.
        ("called", "“moons”", None),
        ("to show", "unity", None),
        ("opened", "the pier", None),
        ("is", "the pier", None),
        (":", "the pier", None),
        ("", "", None),
        ("should say", "that the pier is shut", None),
        ("could say", "that the pier is shut", None),
        # Nothing said.
        ("did not say", "whether the pier was shut", None),
        ("didn't say", "whether the pier was shut", None),
        ("didn’t immediately respond to", "requests", None),
        ("never said", "that the pier was shut", None),
        ("declined to say", "whether the pier was shut", None),
        ("declined", "to comment", None),
        ("declined", "comment", None),
        ("refused", "to answer questions", None),
        ("has yet to say", "whether the pier is shut", None),
        ("made no statement", "on the pier", None),
        ("had no comment", "on the pier", None),
        ("said", "nothing about the pier", None),
        ("said", "nothing about “the pier”", None),
        # But in marks it is said.
        ("said", "“Nothing we do now will save the pier,”", SPEECH),
        ("says", "“none of this will stand”", SPEECH),
        ("stopped short of calling", "it shut", None),
        # Not denying says nothing, and not admitting neither.
        ("did not deny", "that the pier was shut", None),
        ("neither confirmed nor denied", "that the pier was shut", None),
        ("would neither confirm nor deny", "that the pier was shut", None),
        ("refused to admit", "that the pier was shut", None),
        ("refused to deny", "that the pier was shut", None),
    ],
)
def test_reported_act(cue: str, content: str, expected: Act | None) -> None:
    assert reported_act(cue, content) == expected


def test_an_unknown_cue_is_an_attitude_if_the_tagger_is_confident() -> None:
    assert reported_act("shrugged off", "the storm", belief=0.59) is None
    assert reported_act("shrugged off", "the storm", belief=0.6) == ATTITUDE


def test_negation_before_a_cue() -> None:
    assert reported_act("say", "that the pier was shut", before="The board did not yet ") is None
    assert reported_act("answer", "questions", before="The board refused to ") is None
    assert reported_act("denied", "that the pier was shut", before="The board neither confirmed nor ") is None
    assert reported_act("said", "the pier was shut", before="Ida May ") == SPEECH
    assert reported_act("said", "that the pier was shut", before="The board did not open. Maro ") == SPEECH


def test_negative_sources_say_nothing() -> None:
    assert reported_act("said", "that the pier was shut", source="No one") is None
    assert reported_act("said", "that the pier was shut", source="Neither Maro nor Pell") is None


@pytest.mark.parametrize(
    ("cue", "beside", "expected"),
    [
        ("tweeted:", "", True),
        ("wrote", " on Facebook that", True),
        ("said in a tweet", "", True),
        ("said", " on Friday", False),
        ("wrote", " on xylophones", False),
    ],
)
def test_is_post(cue: str, beside: str, expected: bool) -> None:
    assert is_post(cue, beside) is expected


def test_is_ahead() -> None:
    assert is_ahead("will announce", "The board ")
    assert is_ahead("announce", "The board will ")
    assert not is_ahead("announced", "The board that will rule has ")


def test_findings_of_documents_are_speech() -> None:
    assert reported_act("found", "the pier was unsafe", source="the inquiry") == SPEECH
    assert reported_act("found", "the pier was unsafe", source="Tom Pell") is None
    assert reported_act("showed", "that the pier was unsafe") == SPEECH


def test_any_cue_reports_a_quoted_sentence() -> None:
    assert reported_act("smiled", "“We will rebuild the pier,”", kind="direct") == SPEECH
    assert reported_act("wore", "“the red hat”", kind="direct") is None
    assert reported_act("never smiled", "“We will rebuild the pier,”", kind="direct") is None
    assert reported_act("was blunt:", "“Rubbish.”", kind="direct") == SPEECH
    assert reported_act("smiled", "“Rubbish,”", before="“Rubbish,” Pell ", kind="direct") == SPEECH
    assert reported_act("played", "“Hamlet.”", before="Pell ", kind="direct") is None


def test_questions_report_nothing() -> None:
    assert reported_act("say", "“Mind the second step.”", before="What did the note ", after="?", kind="direct") is None
    assert reported_act("accept", "that", before="Would he ", after=" that?") is None
    assert reported_act("asked", "the pier is shut", before="Is the pier shut, Pell ", after="?") == SPEECH
    assert reported_act("said", "that the pier was shut", before="What she ", after=" surprised Pell.") == SPEECH


def test_requests_for_anonymity_are_no_quotes() -> None:
    assert reported_act("asked", "not to be named", source="The man", belief=0.9) is None
    assert reported_act("spoke", "on condition of anonymity", source="The man", belief=0.9) is None
    assert reported_act("asked", "not to be paid", source="The man", belief=0.9) == SPEECH


def test_passing_questions_on_is_no_quote() -> None:
    assert reported_act("referred", "all questions to the mayor", source="Pell", belief=0.9) is None
    assert reported_act("directed", "further inquiries to the Trust", source="Pell", belief=0.9) is None
    assert reported_act("referred to", "questions about the pier as a trap", source="Pell", belief=0.9) is not None


def test_people_who_are_asked_are_not_the_source() -> None:
    assert reported_act("asked", "whether he would go", source="Tom Pell,", before="Tom Pell, ", belief=0.9) is None
    assert (
        reported_act(
            "Asked", "whether he would go", source="Tom Pell", after=" by a reader whether he would go", belief=0.9
        )
        is None
    )
    assert (
        reported_act(
            "Asked by", "whether he would go", source="Tom Pell", after=" a reader whether he would go", belief=0.9
        )
        is None
    )
    assert (
        reported_act("Asked", "whether he would go", source="a reader", after=" by a reader whether he would go")
        == SPEECH
    )
    assert reported_act("Asked", "whether he would go", before="") is None
    assert reported_act("asked", "whether he would go", before="The mayor ") == SPEECH
    assert reported_act("pressed about", "the debt", source="Tom Pell", before="When later ", belief=0.9) is None
    assert reported_act("later pressed about", "the debt", source="Tom Pell", before="When ", belief=0.9) is None
    assert reported_act("pressed about", "the debt", before="The mayor later ", belief=0.9) == SPEECH
    assert reported_act("told", "that the pier was shut", before="Pell was later ") is None
    assert reported_act("told", "that the pier was shut", before="As it is, Pell ") == SPEECH
