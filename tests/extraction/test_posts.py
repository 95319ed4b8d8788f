import datetime as dt

import pytest

from api.extraction.posts import posts
from api.extraction.sentences import paragraphs

DAY = dt.date(2023, 5, 9)


@pytest.mark.parametrize(
    ("text", "content", "source", "said"),
    [
        ("The pier is gone! https://t.co/x1 — Ida (@idamaro) May 9, 2023", "The pier is gone!", "Ida (@idamaro)", DAY),
        (
            "The pier is gone. #pier 😢 pic.twitter.com/a1 — Ida (@idamaro) May 9, 2023",
            "The pier is gone. #pier 😢",
            "Ida (@idamaro)",
            DAY,
        ),
        ("The pier is gone\n— Ida Maro 🌊 (@idamaro) 9 May 2023", "The pier is gone", "Ida Maro 🌊 (@idamaro)", DAY),
        ("The pier is gone\n\n– Ida (@ida@sea.example) 2023-05-09", "The pier is gone", "Ida (@ida@sea.example)", DAY),
        (
            "The pier - once ours - is gone. - Ida (@idamaro) 3:15 PM · May 9, 2023",
            "The pier - once ours - is gone.",
            "Ida (@idamaro)",
            DAY,
        ),
        ("The pier is gone — Ida-Lena (@idamaro)", "The pier is gone", "Ida-Lena (@idamaro)", None),
        (
            "See https://t.co/x1 and weep https://t.co/x2 — Ida (@i) May 9, 2023 at 5",
            "See https://t.co/x1 and weep",
            "Ida (@i)",
            DAY,
        ),
    ],
)
def test_finds_a_signed_post(text: str, content: str, source: str, said: dt.date) -> None:
    (post,) = posts(text, paragraphs(text))
    assert (post.content.of(text), post.source.of(text), post.said) == (content, source, said)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The mayor — Ida Maro (@idamaro) — said the pier was gone.",
        "Ida Maro (@idamaro) May 9, 2023",
        "— Ida Maro (@idamaro) May 9, 2023",
        "Write to ida (@idamaro) now.",
        "The pier is gone — Ida (@idamaro) February 31, 2023",
    ],
)
def test_finds_no_post(text: str) -> None:
    assert posts(text, paragraphs(text)) == []


def test_finds_two_posts_in_one_paragraph() -> None:
    text = "Gone! — Ida (@ida) May 9, 2023 Not yet. — Tom (@tom) May 8, 2023"
    assert [(post.content.of(text), post.source.of(text)) for post in posts(text, paragraphs(text))] == [
        ("Gone!", "Ida (@ida)"),
        ("Not yet.", "Tom (@tom)"),
    ]
