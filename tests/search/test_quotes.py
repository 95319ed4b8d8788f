"""Find the same quotes in the same order on both databases."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.models import Role, Tenure
from tests.search.corpus import Corpus


@pytest.mark.parametrize(
    ("q", "keys"),
    [
        ("living", ["cost", "living"]),
        ("LIVES costs", ["cost", "living"]),  # stems
        ("cost living", ["cost", "living"]),  # in any order
        ('"cost of living"', ["cost"]),
        ("“cost of living”", ["cost"]),
        ("„cost of living“", ["cost"]),
        ("«cost of living»", ["cost"]),
        ("'cost of living'", ["cost"]),
        ("‘cost of living’", ["cost"]),
        ('"living costs"', ["living"]),
        ('"living cost" nobody', []),
        ('nobody "cost of', ["cost"]),  # not closed
        ('""cost of living""', ["cost"]),
        ("cafe", ["cafe"]),
        ("CAFÉS", ["cafe"]),
        ("cafe\u0301s kyiv", ["cafe"]),
        ("Kyiv's", ["cafe"]),
        ("Kyiv’s centre", ["cafe"]),
        ("dont", ["cafe"]),
        ("don´t", ["cafe"]),
        ("U.S.", ["sanctions"]),
        ("US banks", ["sanctions"]),
        ("U.S.’s banking", ["sanctions"]),
        ("ilves", ["cost"]),  # the speaker's names too
        ("märta worries", ["cost"]),  # one word there, one in the words
        ("Marta Ilves", ["cost"]),
        ('"Märta Ilves"', ["cost"]),
        ('"Ilves Märta"', []),
        ('"Ilves M"', []),  # from one name into the next
        ('"Ilves Ilves"', []),
        ('"Ruiz Ortega"', ["sanctions", "cafe"]),
        ('"ruiz jose"', []),
        ('"work jose"', []),  # from the words into a name
        ("harbour", ["undated", "living"]),  # by its speaker
        ("martailves", ["cost"]),  # by its speaker's handle
        ("nobody harbour", ["undated"]),
        ("the", ["undated", "cost", "sanctions", "living"]),  # there are no stop words
        ("of the", ["cost", "living"]),
        ("liv", []),  # whole words only
        ("liv*", ["cost", "living"]),
        ("sanct*", ["sanctions"]),
        ("ministe* wor*", []),
        ("ilv* wor*", ["cost"]),  # of a name too
        ('"cost of liv*"', ["cost"]),
        ('"of liv*" -minister', ["cost"]),
        ("froze OR sanctions", ["undated", "sanctions"]),
        ("froze OR “cost of living” OR caf*", ["undated", "cost", "cafe"]),
        ("nobody froze OR living", ["undated", "cost"]),
        ("the -living", ["undated", "sanctions"]),
        ("living -“cost of living”", ["living"]),
        ("living -cos*", []),
        ("-the", ["cafe"]),
        ("-the -café", []),
        ("-zebra", ["undated", "cost", "sanctions", "cafe", "living"]),
        ("-ruiz", ["undated", "cost", "living"]),
        ("speaker:ruiz", ["sanctions", "cafe"]),
        ("speaker:“Märta Ilves” living", ["cost"]),
        ("speaker:@martailves", ["cost"]),
        ("speaker:ilves OR speaker:ruiz", ["cost", "sanctions", "cafe"]),
        ("froze OR speaker:ilves", ["undated", "cost"]),
        ("froze OR caf* OR speaker:ilves", ["undated", "cost", "cafe"]),
        ("-speaker:ruiz", ["undated", "cost", "living"]),
        ("the -speaker:ilves -cue:“according to”", ["undated", "sanctions"]),
        ("role:mayor", ["sanctions"]),  # not what a former mayor said
        ("role:mayor country:gb", ["sanctions"]),
        ("role:mayor country:EE", []),
        ("role:mayor OR country:EE", ["cost", "sanctions"]),
        ("-country:GB", ["undated", "cost", "cafe", "living"]),
        ("-role:mayor -role:chair", ["undated", "cost", "cafe"]),
        ("publisher:courier.example", ["cost", "cafe"]),
        ("-publisher:“The Baltic Courier”", ["undated", "sanctions", "living"]),
        ("kind:mixed", ["cafe"]),
        ("-kind:direct", ["sanctions", "cafe"]),
        ("polarity:denied", ["cafe"]),
        ("polarity:hedged OR medium:post", ["cafe"]),
        ("-polarity:asserted", ["cafe"]),
        ("-polarity:denied cost", ["cost", "living"]),
        ("medium:post polarity:asserted", []),
        ("cue:“called for”", ["cafe"]),
        ("cue:for OR cue:to", ["cafe", "living"]),
        ("said:2022", ["cost", "sanctions"]),
        ("said:2022-03-24", ["cost"]),
        ("said:2022-03-25..2023", ["sanctions", "cafe"]),
        ("said:..2022-03-25", ["cost", "sanctions"]),
        ("said:2023..", ["cafe", "living"]),
        ("said:0001..9999", ["cost", "sanctions", "cafe", "living"]),
        ("-said:2022", ["undated", "cafe", "living"]),
        ("said:2024 OR froze", ["undated", "living"]),
        ("living said:yesterday", []),  # words: it cannot be a date
        ("speaker:nobody", []),
        ("OR living OR", ["cost", "living"]),
        ("living - cost", ["cost", "living"]),
        ("“cost of living” -“", ["cost"]),
        ("zebra", []),
        ("living zebra", []),
        # The databases' own syntax is words like any other.
        ("*", []),
        ('"', []),
        ("'", []),
        ('"""', []),
        ("\\", []),
        ("NEAR(cost living)", []),
        ("near(", []),
        ("cost:living", ["cost", "living"]),
        ("terms:living", []),
        ("names:ilves", []),
        ("terms : living", []),
        ("{terms} : living", []),
        ("^living", ["cost", "living"]),
        ("living + cost", ["cost", "living"]),
        ("living AND cost", ["cost", "living"]),  # "and" is a word that stands there
        ("living OR zebra", ["cost", "living"]),
        ("living NOT cost", []),
        ("living & cost | zebra", []),
        ("living & !cost <-> of", ["cost", "living"]),
        ("living:*", ["cost", "living"]),
        ("'; DROP TABLE quote; --", []),
        ("living'; --", ["cost", "living"]),
        ("living' OR '1'='1", []),
        ("%", []),
        ("_", []),
        (":param ? $1 %s", []),
        ("... — !", []),
        ("😀", []),
        ("😀 living", ["cost", "living"]),
        ("\u202eliving\u202c", ["cost", "living"]),
        ("شعب حر", []),
        ("ß", []),  # the border between names is no word
        ("x " * 500, []),
        ("living " * 140, ["cost", "living"]),
        (" ".join(f"w{number}" for number in range(200)), []),
        ('"' + "a " * 490 + '"', []),
    ],
)
def test_finds_quotes_by_words(same_corpus: Corpus, q: str, keys: list[str]) -> None:
    assert same_corpus.found(q=q) == keys


def test_finds_words_with_brackets_and_hyphens_in_them_however_written(corpus: Corpus) -> None:
    corpus.say("quote", "“[W]e ran the numbers, and the bridge(s) will be (re)opened or re-built.”")
    asked = {
        "“we ran the numbers”": True,
        "“[W]e ran the numbers”": True,
        "[we] ran": True,
        "“bridges will”": True,
        "“the bridge will be reopened”": True,
        "bridge(s) re-opened": True,
        "re-built": True,
        "wer": False,
    }
    assert {q: corpus.found(q=q) == ["quote"] for q in asked} == asked


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ({}, ["undated", "cost", "sanctions", "cafe", "living"]),
        ({"speaker": "Märta Ilves"}, ["cost"]),
        ({"speaker": "marta ILVES"}, ["cost"]),
        ({"speaker": "ilves"}, ["cost"]),
        ({"speaker": "M Ilves Kask"}, ["cost"]),
        ({"speaker": "Marta"}, ["cost"]),  # whole words of a name
        ({"speaker": "Mart"}, []),
        ({"speaker": "@martailves"}, ["cost"]),
        ({"speaker": "MartaIlves"}, ["cost"]),
        ({"speaker": "jose ruiz ortega"}, ["sanctions", "cafe"]),
        ({"speaker": "…"}, []),
        ({"speaker": "%"}, []),
        ({"speaker": 2**63 - 1}, []),
        ({"role": "prime minister"}, ["cost"]),
        ({"role": "Mayor"}, ["sanctions"]),  # not what a former mayor said
        ({"organisation": "harbour board"}, ["living"]),
        ({"organisation": "City of Harnby", "role": "mayor", "country": "GB"}, ["sanctions"]),
        ({"organisation": "City of Harnby", "role": "Chair"}, []),
        ({"country": "EE"}, ["cost"]),
        ({"country": "SE"}, []),
        ({"publisher": "the baltic courier"}, ["cost", "cafe"]),
        ({"publisher": "senal"}, ["sanctions"]),
        ({"publisher": "www.Senal.example"}, ["sanctions"]),
        ({"publisher": "?"}, []),
        ({"kind": "mixed"}, ["cafe"]),
        ({"medium": "post"}, ["cafe"]),
        ({"polarity": "denied"}, ["cafe"]),
        ({"polarity": "asserted", "q": "cost"}, ["cost", "living"]),
        ({"polarity": "hedged"}, []),
        ({"q": "cafe", "polarity": "denied"}, ["cafe"]),
        ({"polarity": "denied", "distinct": True}, ["cafe"]),
        ({"act": "attitude"}, ["wish"]),
        ({"act": "any"}, ["undated", "cost", "sanctions", "wish", "cafe", "living"]),
        ({"cue": "said"}, ["cost"]),
        ({"cue": "Called  for"}, ["cafe"]),
        ({"cue": "for"}, ["cafe"]),
        ({"cue": "warn"}, []),  # whole words
        ({"cue": "to according"}, []),
        ({"cue": "%"}, []),
        ({"status": "rejected"}, ["wrong"]),
        ({"status": "any"}, ["undated", "cost", "sanctions", "wrong", "cafe", "living"]),
        ({"status": "confirmed"}, []),
        ({"since": "2022-03-25T18:30"}, ["sanctions", "cafe", "living"]),
        ({"since": "2022-03-25T18:31"}, ["cafe", "living"]),
        ({"before": "2022-03-25T18:30"}, ["cost"]),
        ({"since": "2022-03-24T00:00", "before": "2023-01-01T00:00"}, ["cost", "sanctions"]),
        ({"since": "0001-01-01T00:00"}, ["cost", "sanctions", "cafe", "living"]),
        ({"since": "2024-01-01T00:00", "before": "2023-01-01T00:00"}, []),
        ({"q": "nobody", "speaker": "ilves", "country": "EE", "publisher": "courier.example", "cue": "said"}, ["cost"]),
        ({"q": "nobody", "speaker": "jose ruiz"}, []),
    ],
)
def test_filters_quotes(same_corpus: Corpus, asked: dict[str, Any], keys: list[str]) -> None:
    for bound in ("since", "before"):
        if bound in asked:
            asked = asked | {bound: dt.datetime.fromisoformat(asked[bound]).replace(tzinfo=dt.UTC)}
    assert same_corpus.found(**asked) == keys


def test_filters_quotes_by_id(same_corpus: Corpus) -> None:
    corpus = same_corpus
    quote = corpus.quotes["sanctions"]
    assert quote.article.publisher_id is not None
    assert corpus.found(speaker=quote.speaker_id) == ["sanctions", "cafe"]
    assert corpus.found(role=quote.role_id) == ["sanctions"]
    assert corpus.found(role=quote.role_id, country="EE") == []
    assert corpus.found(publisher=quote.article.publisher_id) == ["sanctions"]
    assert corpus.found(article=quote.article_id) == ["sanctions"]


@pytest.mark.parametrize(
    ("at", "tenures", "columns", "held"),
    [
        ("2021-07-01T09:00", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {}, True),
        ("2020-01-10T00:00", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {}, True),
        ("2022-05-01T23:59", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {}, True),
        ("2020-01-09T23:59", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {}, False),
        ("2022-05-02T00:00", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {}, False),
        (
            "2019-07-01T00:00",
            [{"started": "2019-06-01", "first_seen": "2020-01-10", "last_seen": "2022-05-01"}],
            {},
            True,
        ),
        (
            "2023-07-01T00:00",
            [{"ended": "2023-08-01", "first_seen": "2020-01-10", "last_seen": "2022-05-01"}],
            {},
            True,
        ),
        (
            "2021-07-01T00:00",
            [{"ended": "2021-06-30", "first_seen": "2020-01-10", "last_seen": "2022-05-01"}],
            {},
            False,
        ),
        ("2021-07-01T00:00", [{"status": "acting", "first_seen": "2021-01-10", "last_seen": "2022-05-01"}], {}, True),
        ("2021-07-01T00:00", [{}], {}, False),  # nobody says when
        (None, [{"ended": "2022-05-01"}], {}, False),  # nor when it was said
        ("2021-07-01T00:00", [{"ended": "2022-05-01"}], {}, True),
        # A former holder, as articles around that day say, or by the dates that are stated.
        ("2021-07-01T00:00", [{"status": "former", "first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {}, False),
        ("2021-07-01T00:00", [{"status": "former", "started": "2021-01-01", "ended": "2021-12-31"}], {}, True),
        (
            "2021-07-01T00:00",
            [
                {"first_seen": "2020-01-10", "last_seen": "2022-05-01"},
                {"status": "former", "first_seen": "2021-06-01", "last_seen": "2021-08-01"},
            ],
            {},
            False,
        ),
        (
            "2021-05-01T00:00",
            [
                {"first_seen": "2020-01-10", "last_seen": "2022-05-01"},
                {"status": "former", "first_seen": "2021-06-01", "last_seen": "2021-08-01"},
            ],
            {},
            True,
        ),
        # What the article says comes first.
        ("2030-01-01T00:00", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {"role": "governor"}, True),
        (
            "2021-07-01T00:00",
            [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}],
            {"role": "governor", "role_status": "former"},
            False,
        ),
        ("2021-07-01T00:00", [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}], {"role": "professor"}, True),
        (
            "2021-07-01T00:00",
            [{"first_seen": "2020-01-10", "last_seen": "2022-05-01"}],
            {"role": "professor", "role_status": "former"},
            True,
        ),
    ],
)
def test_finds_quotes_by_the_role_held_that_day(
    corpus: Corpus, at: str | None, tenures: list[dict[str, str]], columns: dict[str, Any], held: bool
) -> None:
    saar, other = corpus.speaker("Juhan Saar"), corpus.speaker("Ann Poe")
    roles = {"governor": Role.of("Governor", "Bank of Viru", "FI"), "professor": Role.of("Professor", "Harnby College")}
    corpus.session.add_all(roles.values())
    corpus.session.flush()
    for tenure in tenures:
        dates = {name: dt.date.fromisoformat(date) for name, date in tenure.items() if name != "status"}
        corpus.session.add(Tenure(speaker=saar, role=roles["governor"], status=tenure.get("status", "held"), **dates))
    if "role" in columns:
        columns = columns | {"role": roles[columns["role"]]}
    corpus.say("saar", "Rates will rise", saar, at=at, **columns)
    corpus.say("other", "Rates will rise", other, at=at)
    for asked in (
        {"role": "governor"},
        {"role": roles["governor"].id},
        {"organisation": "bank of viru"},
        {"country": "FI"},
        {"role": "governor", "organisation": "Bank of Viru", "country": "FI"},
        {"q": "rates role:governor"},
        {"q": "country:fi"},
        {"q": "country:fi", "role": "governor"},
        {"q": "zebra OR role:governor"},
    ):
        assert corpus.found(**asked) == (["saar"] if held else []), asked
    assert corpus.found(q="rates -country:FI -speaker:poe") == ([] if held else ["saar"])
    assert corpus.found(role="governor", country="EE") == []


pieces = st.lists(
    st.sampled_from(
        ['"', "“", "'", " ", " ", "living", "costs", "harbour", "th*", "liv*", "i", "*", " -", " OR ", "(", "said:", "2022",
         "..", "speaker:", "ruiz", "country:", "EE", "U.S.", "½", "\0", "x:", "cue:for", "5e1", "0x1f", "the", "of", "&", "!",
         "ß", "1e5*"]
    ),
    max_size=16,
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.text() | pieces)
def test_both_databases_give_the_same_answer(both: list[Corpus], q: str) -> None:
    for sort in ("newest", "relevance"):
        in_sqlite, in_postgresql = (corpus.found(sort=sort, q=q) for corpus in both)
        assert in_sqlite == in_postgresql
    in_sqlite, in_postgresql = (corpus.found_articles(q) for corpus in both)
    assert in_sqlite == in_postgresql
