import pytest

from api.extraction.kinds import kind
from api.extraction.marks import stretches
from api.extraction.spans import Span


@pytest.mark.parametrize(
    ("contents", "text", "expected"),
    [
        (["“The pier is shut,”"], "“The pier is shut,” she said.", "direct"),
        (["“The pier,”", "“is shut.”"], "“The pier,” she said, “is shut.”", "direct"),
        (["“The pier is shut.”"], "She said “The pier is shut.”", "direct"),
        (['"The pier is shut,'], '"The pier is shut, she said.', "direct"),
        (["The pier is shut,”"], "The pier is shut,” she said.", "direct"),
        (["the pier was “shut”"], "She said the pier was “shut”.", "mixed"),
        (["“The pier,”", "it was shut"], "“The pier,” she said, it was shut.", "mixed"),
        (["the pier was shut"], "She said the pier was shut.", "indirect"),
        (["she liked “The Long Pier” best"], "He said she liked “The Long Pier” best.", "indirect"),
        (['Ida "Red" Maro built a 12" pipe'], 'He said Ida "Red" Maro built a 12" pipe.', "indirect"),
        (["“The Long Pier”"], "She named it “The Long Pier”.", "direct"),
        (
            ["the dockers' pier and the cooks' barge"],
            "She said the dockers' pier and the cooks' barge sank.",
            "indirect",
        ),
    ],
)
def test_kind(contents: list[str], text: str, expected: str) -> None:
    spans = tuple(Span(text.index(words), text.index(words) + len(words)) for words in contents)
    assert kind(text, spans, stretches(text)) == expected
