import itertools

from api.extraction.tagging import WINDOW, Tag, tagged

SENTENCE = "“The pier is shut,” Ida Maro said on Tuesday. "


def tags(text: str) -> list[Tag]:
    return tagged(text).tags


def parts(text: str) -> list[tuple[str, str]]:
    return [(tag.part, tag.span.of(text)) for tag in tags(text)]


def test_tags_are_spans_with_probabilities() -> None:
    found = tags(SENTENCE)
    assert [(tag.part, tag.span.of(SENTENCE)) for tag in found] == [
        ("content", "“The pier is shut,”"),
        ("source", "Ida Maro"),
        ("cue", "said"),
    ]
    assert all(0.5 < tag.score <= 1 for tag in found)


def test_a_text_of_no_words_has_none() -> None:
    assert tags("") == tags(" \n\t ") == tags("\u200b\u0301\0") == []


def test_windows_hold_whole_paragraphs_so_that_others_far_away_change_nothing() -> None:
    filler = "The crane stood on the quay and nobody looked at it. " * 25  # a window of its own
    first = f"{filler}\n\n{SENTENCE}\n\n{filler}"
    assert parts(first)[-3:] == parts(f"{filler}\n\n" + first)[-3:]


def test_a_paragraph_longer_than_a_window_is_cut_between_sentences() -> None:
    text = SENTENCE * WINDOW
    spans = [tag.span for tag in tags(text)]
    assert spans == sorted(spans)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    assert {span.of(text) for span in spans} >= {"“The pier is shut,”", "Ida Maro", "said"}


def test_a_sentence_longer_than_a_window_is_cut_anywhere() -> None:
    assert isinstance(tags("pier " * 3 * WINDOW), list)
    assert isinstance(tags("x" * 10_000), list)


def test_names_are_spans_with_their_kinds() -> None:
    text = "Ida Maro said in Lisbon that the pier was shut."
    found = [(entity.kind, entity.span.of(text)) for entity in tagged(text).entities]
    assert found == [("person", "Ida Maro"), ("location", "Lisbon")]
