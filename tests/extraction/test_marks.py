import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.extraction.marks import is_name, stretches
from api.extraction.sentences import paragraphs


def quoted(text: str) -> list[str]:
    return [stretch.span.of(text) for stretch in stretches(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('She said "go" and "stay".', ['"go"', '"stay"']),
        ("She said “go” and “stay”.", ["“go”", "“stay”"]),
        ("She said «go» and ‹stay›.", ["«go»", "‹stay›"]),
        ("She said »go« twice.", ["»go«"]),
        ("She said „go“ and „stay”.", ["„go“", "„stay”"]),
        ("She said ”go” twice.", ["”go”"]),
        ("She said ''go now,'' and ``stay''.", ["''go now,''", "``stay''"]),
        ("She said 「go」 twice.", ["「go」"]),
        ('She said “go now" and "stay here”.', ['“go now"', '"stay here”']),
        ("'Go now,' she said.", ["'Go now,'"]),
        ("‘Don’t go now,’ she said.", ["‘Don’t go now,’"]),
        ("'The dockers' union agreed,' she said.", ["'The dockers' union agreed,'"]),
        ("The dockers' union and the cooks' guild don't agree.", []),
        ("Rock 'n' roll of the '90s and the ’80s, 'tis said.", []),
        ("“She told me ‘go’ and I went,” he said.", ["“She told me ‘go’ and I went,”"]),
        ("\"She told me 'go' and I went,\" he said.", ["\"She told me 'go' and I went,\""]),
        ("‘She told me “go” and I went,’ he said.", ["‘She told me “go” and I went,’"]),
        ('A 12" pipe and a 5\'10" man.', []),
        ('"It is 12" she said.', ['"It is 12"']),
        ('(“go”) ["stay"] —"run"', ["“go”", '"stay"', '"run"']),
        ("😀“go”", ["“go”"]),
        # One in another of the same kind.
        ('"They said "go" to us," he said.', ['"They said "go" to us,"']),
        ("“They said “go” and “stay” to us,” he said.", ["“They said “go” and “stay” to us,”"]),
        # An odd number: what stays open ends where another opens, or with the paragraph.
        ('"Go now, she said. "Stay here," he said.', ['"Go now, she said.', '"Stay here,"']),
        ("“Go now, she said.\nNobody left.", ["“Go now, she said."]),
        ("“Go now.\n\n“Stay here.”", ["“Go now.", "“Stay here.”"]),
        ("‘Go now.\n\n‘Don’t stay.’", ["‘Go now.", "‘Don’t stay.’"]),
        ("She said: ‘Go now.\n\n‘Don’t stay.’", ["‘Go now.", "‘Don’t stay.’"]),
        ("'Go,' she said. 'They're late.\n\n'Don't stay.'", ["'Go,'", "'They're late.", "'Don't stay.'"]),
        ("The dockers of ‘Til Dawn and 'Round Noon.", []),
        ("Nothing opens here” at all.", []),
        ("", []),
    ],
)
def test_stretches(text: str, expected: list[str]) -> None:
    assert quoted(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She starred in “The Long Pier” last year.", True),
        ('Ida "Red" Maro built it.', True),
        ("They called it “a tragedy” twice.", False),
        ('They called it "Tragedy" twice.', False),
        ("She starred in “The Long Pier,” he said.", True),
        ("“The Long Pier,” she said.", False),
        ("She said “Stop” and left.", False),
    ],
)
def test_titles_and_nicknames_are_names(text: str, expected: bool) -> None:
    (stretch,) = stretches(text)
    assert is_name(text, stretch) is expected


@given(st.text(alphabet="\"'“”‘’«»„ ab.,\n5", max_size=60))
def test_stretches_are_disjoint_and_inside_paragraphs(text: str) -> None:
    split = paragraphs(text)
    end = 0
    for stretch in stretches(text):
        start, stop = stretch.span
        assert end <= start < stop <= len(text)
        assert any(paragraph.start <= start and stop <= paragraph.end for paragraph in split)
        assert stretch.span.of(text) == stretch.span.of(text).strip()
        end = stop
