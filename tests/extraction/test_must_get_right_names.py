"""Read names that are words as well, names of many peoples, letters behind names, ranks before them, and offices.

A table for each kind of fault that users of other systems report, through the whole engine.
"""

import datetime as dt

import pytest

from tests.extraction.cases import Case, Office, Said, by, case, organisation, outcome, parameters

SUNDAY = dt.date(2024, 5, 5)

TABLES: dict[str, list[Case]] = {
    "surname that is a word": [
        case("{Greta Park, a baker,} <said> [the oven was cold].", "Greta Park"),
        case(
            "¹{Oskar Lake} ¹<said> ¹[the boats were late]. ²[“They never came,”] ²{Lake} ²<added>.",
            "Oskar Lake",
            "Oskar Lake",
        ),
        case(
            "¹{Deputy Mayor Nora March} ¹<said> ¹[the hall was full]. ²[“We need chairs,”] ²{March} ²<said>.",
            by("Nora March", role=("Deputy Mayor", None, None)),
            "Nora March",
        ),
        case("{Mayor Ivo May} <told> the board [that the ferry was late].", by("Ivo May", role=("Mayor", None, None))),
        case("{Dr Peter King Jr.} <said> [the clinic was shut].", "Peter King Jr."),
        case("{Rose Tower, the head of the school,} <said> [the roof leaked].", "Rose Tower"),
        case("{Alma Church, a nurse,} <said> [the ward was full].", by("Alma Church", speaker_kind="person")),
        case("[“We are ready,”] {Tilda Street, the coach of Lund,} <said>.", "Tilda Street"),
    ],
    "first name that is a word": [
        case("{Monday Okeke} <said> [the market was shut].", by("Monday Okeke", said=None)),
        case("{Precious Adu} <said> [the bus was late].", "Precious Adu"),
        case("{Cooper Lund} <said> [the well was dry].", by("Cooper Lund", role=None)),
        case("{Chad Pell} <said> [the fence had fallen].", "Chad Pell"),
        case("{Faith Nunn} <said> [the shop was sold].", "Faith Nunn"),
        case("{Paris Vane, the owner of the kiosk,} <said> [trade was slow].", "Paris Vane"),
        case("Ola Brandt runs the mill. On Sunday {Brandt} <said> [it would close].", by("Ola Brandt", said=SUNDAY)),
    ],
    "surname that is a first name": [
        case("Ida Harris runs the ferry. {Harris} <said> [it would sail].", "Ida Harris"),
        case("Tom Christie keeps bees. [“They swarm in May,”] {Christie} <said>.", "Tom Christie"),
        case("Nora Kay Henry leads the union. {Henry} <said> [members would vote].", "Nora Kay Henry"),
        case("Al Brandt met the board. {Brandt} <said> [the board had agreed].", "Al Brandt"),
    ],
    "short names of bodies": [
        case("The Lantern Theatre is shut. {The Lantern} <said> [it would open].", organisation("Lantern Theatre")),
        case("HWC (Harbour Watch Council) met. {HWC} <said> [it would open].", organisation("Harbour Watch Council")),
    ],
    "names of many peoples": [
        case("Park Seo-yun sells fish. {Ms Park} <said> [prices had doubled].", "Park Seo-yun"),
        case("Tran Thi Hoa mends nets. {Tran} <said> [the nets were old].", "Tran Thi Hoa"),
        case("Ana Ruiz y Vela owns the bar. [“We pay on Fridays,”] {Ruiz} <said>.", "Ana Ruiz y Vela"),
        case(
            "¹{Minister Yusuf el-Tahan} ¹<said> ¹[the dam held]. ²[“It is safe,”] ²{Tahan} ²<said>.",
            "Yusuf el-Tahan",
            "Yusuf el-Tahan",
        ),
        case("Datuk Seri Wong Mei Lan opened the hall. {Wong} <said> [it had cost little].", "Wong Mei Lan"),
        case(
            "Te Aroha Mere Pita met the board. [“It is our land,”] {Te Aroha} <said>.",
            by("Te Aroha Mere Pita", speaker_kind="person"),
        ),
        case(
            "¹{Chinedu (Big) Okafor, the captain,} ¹<said> ¹[the boat had sunk]. ²{Okafor} ²<said> ²[it was old].",
            "Chinedu (Big) Okafor",
            "Chinedu (Big) Okafor",
        ),
        case(
            "{K.L.M. Stroud, the clerk,} <said> [the book was lost].", by("K.L.M. Stroud", role=("clerk", None, None))
        ),
        case(
            "¹{Eva Lind–Falk} ¹<said> ¹[the lift was stuck]. ²[“It is old,”] ²{Lind-Falk} ²<said>.",
            "Eva Lind–Falk",
            "Eva Lind–Falk",
        ),
    ],
    "nicknames and letters in marks": [
        case(
            "{Oda Lind, Ph.D., the mayor of Lund,} <said> [it was shut].", by("Oda Lind", role=("mayor", "Lund", None))
        ),
    ],
    "letters behind a name, ranks and styles before it": [
        case("{Dara Quinlan TD} <said> [the bill was dead].", by("Dara Quinlan", role=("TD", None, None))),
        case("{MLC Petra Voss} <said> [the vote was close].", by("Petra Voss", role=("MLC", None, None))),
        case("{Hugh Tarn KC} <said> [his client was ill].", "Hugh Tarn"),
        case(
            "{Olga Brandt, MBA, the director of the fund,} <said> [it had lost money].",
            by("Olga Brandt", role=("director", None, None)),
        ),
        case("{WPC Nell Corrie} <said> [the road was shut].", "Nell Corrie"),
        case("{Chief Insp Nell Corrie} <said> [the road was shut].", "Nell Corrie"),
        case("{Cllr Ivo Brandt} <said> [the bins were full].", by("Ivo Brandt", role=("Cllr", None, None))),
        case("{Her Honour Judge Olga Tarn} <said> [he must pay].", by("Olga Tarn", role=("Judge", None, None))),
        case(
            "{His Excellency Ambassador Ivo Renn} <said> [the talks went well].",
            by("Ivo Renn", role=("Ambassador", None, None)),
        ),
        case("{Madam Speaker Nora Quill} <said> [order must be kept].", by("Nora Quill", role=("Speaker", None, None))),
        case("{Tan Sri Ahmad Rahim} <said> [the bridge would be built].", "Ahmad Rahim"),
    ],
    "offices": [
        case("At 4:15 pm {actor Tom Pell} <said> [he was ready].", by("Tom Pell", role=("actor", None, None))),
        case(
            "{Harbour board spokeswoman Oda Lind} <said> [the tide would rise].",
            by("Oda Lind", role=("Harbour board spokeswoman", None, None)),
        ),
        case(
            "{Brightwell finance director Oda Lind} <said> [the sum was small].",
            by("Oda Lind", role=("finance director", "Brightwell", None)),
        ),
        case(
            "{Outgoing mayor Oda Lind} <said> [the sum was small].", by("Oda Lind", role=("Outgoing mayor", None, None))
        ),
        case(
            "{The finance minister of the small kingdom, Oda Lind,} <said> [the sum was small].",
            by("Oda Lind", role=("finance minister", None, None)),
        ),
        case("{Director of Sales, Oda Lind,} <said> [the sum was small].", by("Oda Lind")),
        case(
            "{Oda Lind, Regional Sales Manager,} <said> [the sum was small].",
            by("Oda Lind", role=("Regional Sales Manager", None, None)),
        ),
        case(
            "{Oda Lind, cabinet member for housing,} <said> [the sum was small].",
            by("Oda Lind", role=("cabinet member for housing", None, None)),
        ),
        case(
            "{Minister for Rivers and Fisheries Oda Lind} <said> [the sum was small].",
            by("Oda Lind", role=("Minister for Rivers and Fisheries", None, None)),
        ),
        case(
            "The case at the Lund Court against Norway’s president, Oda Lind, was dropped.",
            listed={"Oda Lind": ("president", None, "NO")},
        ),
    ],
    "a firm of one word": [
        case(
            "¹{Vellora} ¹<said> ¹[it would shut two shops]. ²{The retailer} ²<said> ²[sales were weak].",
            organisation("Vellora"),
            organisation("Vellora"),
        ),
        case(
            "¹{Brandtec} ¹<says> ¹[its pumps are safe]. ²{The company} ²<said> ²[no pump had failed].",
            organisation("Brandtec"),
            organisation("Brandtec"),
        ),
    ],
}


@pytest.mark.parametrize(("marked", "quotes", "listed"), parameters(TABLES))
def test_get_right(marked: str, quotes: tuple[Said, ...], listed: dict[str, Office]) -> None:
    assert outcome(marked, quotes, listed) == (marked, quotes, listed)
