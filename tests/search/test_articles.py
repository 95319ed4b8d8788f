"""Find articles."""

from __future__ import annotations

import pytest

from api.folding import terms
from tests.search.corpus import Corpus, assert_index_is_whole


@pytest.mark.parametrize(
    ("q", "keys"),
    [
        ("living", ["cost", "living"]),
        ("“cost of living” OR froze", ["cost", "undated"]),
        ("the -living", ["sanctions", "undated", "wish", "wrong"]),
        ("harb*", ["undated", "wish", "wrong"]),
        ("ilves", []),  # a name that the text does not say
        ("speaker:ilves", ["cost"]),  # of act speech, not rejected
        ("speaker:ruiz kind:mixed", ["cafe"]),
        ("polarity:denied medium:Post", ["cafe"]),
        ("speaker:ruiz -kind:mixed", ["sanctions"]),
        ("-speaker:ruiz the said:2020..", ["cost", "living"]),
        ("role:mayor OR froze", ["sanctions", "undated"]),
        ("publisher:courier.example", ["cost", "cafe"]),
        ("publisher:courier.example -café", ["cost"]),
        ("...", []),
    ],
)
def test_finds_articles(same_corpus: Corpus, q: str, keys: list[str]) -> None:
    assert same_corpus.found_articles(q) == keys


def test_finds_articles_by_title(corpus: Corpus) -> None:
    corpus.say("titled", "Snow fell on it", title="The old bridge")
    assert corpus.found_articles("bridge") == corpus.found_articles("bridge snow") == ["titled"]
    assert corpus.found_articles("“bridge snow”") == []  # from the title into the text
    article = corpus.quotes["titled"].article
    article.terms = terms("The new road", article.text)
    corpus.session.flush()
    assert corpus.found_articles("bridge") == []
    assert corpus.found_articles("road") == ["titled"]
    corpus.session.delete(article)
    corpus.session.flush()
    assert corpus.found_articles("road") == []
    assert_index_is_whole(corpus.session)


def test_all_fields_match_one_quote(corpus: Corpus) -> None:
    first, ruiz = corpus.quotes["cost"], corpus.quotes["cafe"].speaker
    second = corpus.say("second", "Nothing else", ruiz, kind="mixed")
    second.article = first.article
    corpus.session.flush()
    assert corpus.found_articles("worry speaker:ilves kind:direct speaker:ilves") == [
        "second"
    ]  # the later key of the two
    assert corpus.found_articles("worry speaker:ilves kind:mixed") == []
    assert corpus.found_articles("worry speaker:ruiz kind:mixed") == ["second"]
    second.role = corpus.quotes["sanctions"].role
    corpus.session.flush()
    assert corpus.found_articles("worry role:mayor country:GB") == ["second"]
    assert corpus.found_articles("worry role:mayor country:EE") == []  # the first one's country
