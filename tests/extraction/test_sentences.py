import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.extraction.sentences import paragraphs, sentences
from api.extraction.spans import Span

WRAPPED = """The harbour board met for the third time this week and
agreed that the old crane would have to come down in
the spring."""


def words(spans: list[Span], text: str) -> list[str]:
    return [span.of(text) for span in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n \n", []),
        ("One.\n\nTwo.", ["One.", "Two."]),
        ("One.\nTwo.\r\n\r\n  Three. ", ["One.", "Two.", "Three."]),
        ("One\u2028Two\u2029Three", ["One", "Two", "Three"]),
        (f"{WRAPPED}\n\nNobody objected.", [WRAPPED, "Nobody objected."]),
        ("Roses for sale\nTulips for sale\nTwo euros", ["Roses for sale", "Tulips for sale", "Two euros"]),
    ],
)
def test_paragraphs(text: str, expected: list[str]) -> None:
    assert words(paragraphs(text), text) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["The bridge is shut.", "It will reopen in May."],
        ["Dr. Ilse Maro met Mr. Tarn on Jan. 5 in St. Brannock.", "They talked."],
        ["The U.S. President left.", "He waved."],
        ["They flew to the U.S.", "The trip took a day."],
        ["J. K. Oduya and George W. Pell agreed.", "Nobody else did."],
        ["It began at 9 a.m. and ended at 5 p.m.", "She left."],
        ['"We are done," she said.', '"Go home."'],
        ['"Is it over?" he asked.', "Nobody answered."],
        ['"Is it over?" Pell asked.', "Nobody answered."],
        ["“It is over.”", "The crowd left."],
        ["‘It is over.’", "‘We know!’"],
        ["Wait...", "The lights are off."],
        ["It grew by 3.5 percent.", "Prices rose 2.1 percent."],
        ["He runs Tarn & Co. in Oslo.", "It is small."],
        ["(It was late.)", "They slept."],
        ["Come now!", "@tarn is here."],
    ],
)
def test_sentences(expected: list[str]) -> None:
    text = " ".join(expected)
    assert words(sentences(text), text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No stop here\nNor here", ["No stop here", "Nor here"]),
        ("“It is over.”The crowd left.", ["“It is over.”", "The crowd left."]),
        ("“It is over.”Mr. Pell left.", ["“It is over.”", "Mr. Pell left."]),
        ("それは終わった。彼は言った。", ["それは終わった。", "彼は言った。"]),
        ("Visit verbatim.example today. Thanks.", ["Visit verbatim.example today.", "Thanks."]),
    ],
)
def test_sentences_without_a_single_space_between(text: str, expected: list[str]) -> None:
    assert words(sentences(text), text) == expected


@given(st.text())
def test_spans_are_ordered_trimmed_and_complete(text: str) -> None:
    for spans in (paragraphs(text), sentences(text)):
        end = 0
        for span in spans:
            assert end <= span.start < span.end <= len(text)
            assert not text[end : span.start].strip()
            assert span.of(text) == span.of(text).strip()
            end = span.end
        assert not text[end:].strip()
