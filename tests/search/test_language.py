"""Parse queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.folding import fold
from api.search.language import MAX_QUERY_FIELDS, MAX_QUERY_WORDS, Field, Part, Words, parse


def plain(part: Part) -> str:
    """A part as it is easily read: "words that stand together", a beginning*, field:value [first day, day after)."""
    if isinstance(part, Words):
        return " ".join(part.folded) + ("*" if part.prefix else "")
    bounds = f" [{part.since or ''}, {part.before or ''})" if part.name == "said" else ""
    return f"{part.name}:{part.value}{bounds}"


@pytest.mark.parametrize(
    ("q", "wanted", "without"),
    [
        ("", "", ""),
        ("Living  COSTS", "living & costs", ""),
        ("“cost of living” «Kyiv’s centre»", "cost of living & kyiv centre", ""),
        ("'cost of living' don't", "cost of living & dont", ""),
        ("living living", "living", ""),
        ("well-known", "well known", ""),
        ("bridge OR border", "bridge | border", ""),
        ("a bridge OR border OR “the river” b", "a & bridge | border | the river & b", ""),
        ("(bridge OR border) toll", "bridge | border & toll", ""),
        ("well-known OR famous", "well known | famous", ""),
        ("famous OR well-known x", "famous | well known & x", ""),
        ("bridge or border", "bridge & or & border", ""),
        ("“OR” a", "or & a", ""),
        ("a AND b NOT c", "a & b", "c"),
        ("bridge AND shut", "bridge & shut", ""),
        ("bridge and shut", "bridge & shut", ""),
        ("bridge And shut AND", "bridge & shut", ""),
        ("rock and", "rock & and", ""),
        ("and", "and", ""),
        ("“rock and roll”", "rock and roll", ""),
        ("a OR b and c", "a | b & c", ""),
        ("a and OR b", "a & and | b", ""),
        ("a AND OR b", "a | b", ""),
        ("speaker:Ilves AND -toll", "speaker:Ilves", "toll"),
        ("a AND NOT speaker:Ilves b", "a & b", "speaker:Ilves"),
        ("a not b", "a & not & b", ""),
        ("a NOT", "a", ""),
        ("-NOT a", "a", "not"),
        ("162-metre bridge", "162 metre & bridge", ""),
        ("(re-open)", "re open", ""),
        ("bridge(s) shut", "bridges & shut", ""),
        ("[We] ran", "we & ran", ""),
        ("“[We] ran”", "we ran", ""),
        ("[w]e ran", "we & ran", ""),
        ("“[W]e ran”", "we ran", ""),
        ("re(open)ed {shut}", "re open ed & shut", ""),
        ("(bridge OR border)", "bridge | border", ""),
        ("re-op*", "re op*", ""),
        ("a OR a", "a", ""),
        ("sanct*", "sanct*", ""),
        ("“cost of liv*” x", "cost of liv* & x", ""),
        ("“cost* of”", "cost of", ""),
        ("a*b", "a* & b", ""),
        ("½*", "1 & 2*", ""),
        ("-toll", "", "toll"),
        ("a -toll b", "a & b", "toll"),
        ("a −toll (-road)", "a", "toll | road"),
        ("a -“road toll” -well-known -x*", "a", "road toll | well known | x*"),
        ("-speaker:Ruiz -said:2022", "", "speaker:Ruiz | said:2022 [2022-01-01, 2023-01-01)"),
        ("a – b —c d-e", "a & b & c & d e", ""),
        ("speaker:Ilves", "speaker:Ilves", ""),
        ("Speaker:“Märta Ilves” role:'prime minister' x", "speaker:Märta Ilves & role:prime minister & x", ""),
        ("speaker:Ilves, toll", "speaker:Ilves & toll", ""),
        ("(speaker:Ilves)", "speaker:Ilves", ""),
        ("speaker:@marta speaker:12", "speaker:@marta & speaker:12", ""),
        ("speaker:Ilves OR speaker:Ruiz", "speaker:Ilves | speaker:Ruiz", ""),
        ("bridge OR speaker:Ilves", "bridge | speaker:Ilves", ""),
        ("country:ee kind:Mixed cue:“called for”", "country:EE & kind:mixed & cue:called for", ""),
        ("publisher:courier.example", "publisher:courier.example", ""),
        ("said:2022", "said:2022 [2022-01-01, 2023-01-01)", ""),
        ("said:2022-02", "said:2022-02 [2022-02-01, 2022-03-01)", ""),
        ("said:2022-12-31", "said:2022-12-31 [2022-12-31, 2023-01-01)", ""),
        ("said:2022-03..2022-06", "said:2022-03..2022-06 [2022-03-01, 2022-07-01)", ""),
        ("said:2022-03..", "said:2022-03.. [2022-03-01, )", ""),
        ("said:..2022-03-24", "said:..2022-03-24 [, 2022-03-25)", ""),
        ("said:9999 said:9999-12-31", "said:9999 [9999-01-01, ) & said:9999-12-31 [9999-12-31, )", ""),
        # What cannot be meant is read as well as it can be.
        ("“cost of living", "cost of living", ""),
        ("nobody “cost of speaker:x", "nobody & cost of speaker x", ""),
        ("“”", "", ""),
        ('""cost of living""', "cost of living", ""),
        ("OR", "", ""),
        ("OR a OR OR b OR", "a | b", ""),
        ("a OR … OR b", "a | b", ""),
        ("a OR -b OR c", "a & c", "b"),
        ("- a -- b ---", "a & b", ""),
        ("--a -", "a", ""),
        ("* ** a **", "a", ""),
        ("foo:bar terms:living", "foo & bar & terms & living", ""),
        ("xspeaker:Ilves", "xspeaker & ilves", ""),
        ("speaker: Ilves", "speaker & ilves", ""),
        ("speaker:… speaker:", "speaker", ""),
        ("said:soon said:2022-13 said:..", "said & soon & 2022 13", ""),
        ("said:2022-02-30 said:٢٠٢٢ said:0000", "said & 2022 02 30 & 2022 & 0000", ""),
        ("Polarity:DENIED medium:post, x", "polarity:denied & medium:post & x", ""),
        ("polarity:no medium:radio", "polarity & no & medium & radio", ""),
        ("kind:loud country:Ruritania", "kind & loud & country & ruritania", ""),
        ("country:Estonia OR country:“the Netherlands”", "country:EE | country:NL", ""),
        (
            "country:Türkiye country:russia country:U.K. country:usa",
            "country:TR & country:RU & country:GB & country:US",
            "",
        ),
        ("-country:“Côte d’Ivoire” country:xx", "country:XX", "country:CI"),
        ("-kind:“very loud”", "", "kind very loud"),
        ("\\ ' ` ; { } [ ] ^ ~ ? ! 😀", "", ""),
    ],
)
def test_parse(q: str, wanted: str, without: str) -> None:
    query = parse(q)
    assert " & ".join(" | ".join(map(plain, group)) for group in query.wanted) == wanted
    assert " | ".join(map(plain, query.without)) == without
    assert query.ignored == 0
    assert bool(query) == bool(wanted or without)


@pytest.mark.parametrize(
    ("q", "variants"),
    [
        ("sanctions", ["sanction", "sanctions"]),
        ("ice", ["ice"]),
        ("“living costs”", ["live cost", "living costs"]),
        ("liv*", ["liv*"]),
        ("politic*", ["politic*", "polit"]),
        ("“living cost*”", ["live cost*", "living cost*"]),
        ("re-open", ["re open", "reopen"]),
        ("reopened", ["reopen", "reopened", "re open", "re opened"]),
        ("re-op*", ["re op*", "reop*"]),
        ("bridge(s)", ["bridg", "bridges"]),
        ("[W]e", ["we"]),
        ("“re-open the bridge”", ["re open the bridg", "re open the bridge", "reopen the bridg", "reopen the bridge"]),
        ("“reopen it”", ["reopen it", "re open it"]),
        ("non-profit", ["non profit", "nonprofit"]),
        ("nonprofit", ["nonprofit", "non profit"]),
        ("report", ["report"]),
        ("162-metre", ["162 metr", "162 metre"]),
    ],
)
def test_variants(q: str, variants: list[str]) -> None:
    [part] = parse(q).words
    assert [" ".join(sequence) + ("*" if begins else "") for sequence, begins in part.variants] == variants


def test_field_row() -> None:
    rows = {
        "speaker:12": 12,
        "speaker:0": "0",
        "speaker:9999999999999999999": "9999999999999999999",
        "speaker:x1": "x1",
    }
    for q, row in rows.items():
        [[part]] = parse(q).wanted
        assert isinstance(part, Field)
        assert part.row == row


def test_parse_has_limits() -> None:
    many = parse(" ".join(f"w{number}" for number in range(MAX_QUERY_WORDS + 7)))
    assert (len(many.words), many.ignored) == (MAX_QUERY_WORDS, 7)
    long = parse('"' + " ".join(f"w{number}" for number in range(MAX_QUERY_WORDS + 7)) + '" speaker:x')
    assert ([len(part.folded) for part in long.words], long.ignored) == ([MAX_QUERY_WORDS], 7)
    assert plain(long.wanted[1][0]) == "speaker:x"
    fields = parse(" OR ".join(f"speaker:x{number}" for number in range(MAX_QUERY_FIELDS + 3)) + " bridge")
    assert (len(fields.wanted[0]), fields.ignored) == (MAX_QUERY_FIELDS, 3)
    assert plain(fields.wanted[1][0]) == "bridge"


pieces = st.lists(
    st.sampled_from(
        [
            '"',
            "“",
            "'",
            " ",
            "a",
            "b*",
            "-",
            "OR",
            " OR ",
            "(",
            "said:",
            "2022",
            "..",
            "speaker:",
            "U.S.",
            "½",
            "\0",
            "x:",
            "é",
        ]
    ),
    max_size=20,
).map("".join)


@given(st.text() | pieces)
def test_parse_any_text(q: str) -> None:
    query = parse(q)
    for group in query.wanted:
        assert group
    for part in [*query.without, *(part for group in query.wanted for part in group)]:
        if isinstance(part, Words):
            assert part.folded
            assert all(word.isascii() and word.isalnum() for word in part.folded)
            for sequence, _ in part.variants:
                assert all(word.isascii() and word.isalnum() for word in sequence)
            assert part.prefix or fold(" ".join(part.folded)) == " ".join(part.folded)
        elif part.name == "said":
            assert part.since or part.before or part.value.endswith("9999")
