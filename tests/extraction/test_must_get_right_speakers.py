"""Identify speakers and roles that other systems get wrong: a table for each failure, through the whole engine."""

import datetime as dt

import pytest

from tests.extraction.cases import Case, Office, Said, by, case, direct, indirect, organisation, outcome, parameters

TABLES: dict[str, list[Case]] = {
    "surname to full name": [
        case(
            "Nora Quill has run the ferry line since March. {Quill} <said> [the night boat would be kept].",
            "Nora Quill",
        ),
        case(
            "[“We sail at dawn,”] {Brandt} <said>. It was the first time that Emil Brandt had spoken since the storm.",
            "Emil Brandt",
        ),
        case(
            "Education Minister Petra Solano opened the school in Faro.\n\nThe gym is still without a roof.\n\n"
            "{Solano} <promised> [that it would be finished by autumn].",
            by("Petra Solano", role=("Education Minister", None, None)),
        ),
        case(
            "The prize went to Lucia Fenn-Harrow. {Ms. Fenn-Harrow} <said> [she would give the money away].",
            "Lucia Fenn-Harrow",
        ),
        case("Joost van Rijnen came late. [“The dike held,”] {Van Rijnen} <said>.", "Joost van Rijnen"),
    ],
    "role to a person named paragraphs earlier": [
        case(
            "The Dutch foreign minister, Anouk Terweel, landed in Oslo on Monday.\n\n"
            "Talks ran past midnight and ended without a text.\n\n"
            "[“We are close,”] {the Netherlands’ foreign minister} <said>.",
            by("Anouk Terweel", role=("foreign minister", None, "NL")),
        ),
        case(
            "In Bern they were met by the Swiss President Ruedi Amstad.\n\nThe lake was frozen, and the guests walked.\n\n"
            "{The president of Switzerland} <said> [that the treaty would be signed in June].",
            by("Ruedi Amstad", role=("President", None, "CH")),
        ),
        case(
            "American Trade Secretary Dale Whitcomb and Mexican Trade Secretary Rocío Bernal shook hands.\n\n"
            "The tariff stays for now.\n\n{The U.S. trade secretary} <said> [the tariff could fall within weeks].",
            by("Dale Whitcomb", role=("Trade Secretary", None, "US")),
        ),
        case(
            "Ilze Vanaga, prime minister of Latvia, and Tomas Greivys, prime minister of Lithuania, toured the port.\n\n"
            "A ship had docked that morning.\n\n[“This berth is ours to share,”] {Latvia’s prime minister} <said>.",
            by("Ilze Vanaga", role=("prime minister", None, "LV")),
        ),
        case(
            "German Chancellor Rolf Ehlert met Austrian Chancellor Doris Lachner.\n\nThe pass was under snow.\n\n"
            "{The chancellor} <said> [the tunnel would be dug].",
            None,
        ),
    ],
    "people with roles but no quote": [
        case(
            "The Irish President, Fergus Tallon, did not make a statement to the press. He left by the back door with the "
            "Maltese Prime Minister Carmela Zerafa.",
            listed={"Fergus Tallon": ("President", None, "IE"), "Carmela Zerafa": ("Prime Minister", None, "MT")},
        ),
        case(
            "Finance Minister Henk Oosterling declined to comment. Police chief Aino Rautio did not return calls.",
            listed={"Henk Oosterling": ("Finance Minister", None, None), "Aino Rautio": ("Police chief", None, None)},
        ),
        case(
            "Croatian Foreign Minister Vedran Lukač greeted the Slovak ambassador, Zuzana Hrivnáková, and the two posed for a "
            "picture.",
            listed={"Vedran Lukač": ("Foreign Minister", None, "HR"), "Zuzana Hrivnáková": ("ambassador", None, "SK")},
        ),
        case(
            "{Nora Quill} <said> [the line would be sold]. Its chairman, Abel Mwangi, refused to say who the buyer was. Its "
            "lawyer, Rosa Delgado, was not available for comment.",
            "Nora Quill",
            listed={"Abel Mwangi": ("chairman", None, None), "Rosa Delgado": ("lawyer", None, None)},
        ),
        case(
            "Harbour master Iva Petkova has yet to say when the channel will open.",
            listed={"Iva Petkova": ("Harbour master", None, None)},
        ),
    ],
    "pronouns over sentences and paragraphs": [
        case(
            "Rosa Delgado runs the ward at night. It has twelve beds. [“We need twenty,”] {she} <said>.", "Rosa Delgado"
        ),
        case(
            "Abel Mwangi climbed the tower at dusk.\n\nThe lamp was cold and the door stood open.\n\n"
            "{He} <said> [the oil had been stolen].",
            "Abel Mwangi",
        ),
        case(
            "Nora Quill met Emil Brandt on the quay. ¹{He} ¹<said> ¹[the crew would be paid]. "
            "²{She} ²<said> ²[the boat would be sold].",
            "Emil Brandt",
            "Nora Quill",
        ),
        case(
            "Nora Quill and Lucia Fenn walked in together. [“The lift is broken,”] {she} <said>.",
            None,
        ),
        case(
            "¹[“The mill is ours,”] ¹{Petra Solano} ¹<said>.\n\n²{She} ²<added> ²[that no bid would be heard].\n\n"
            "³[“Not a single one,”] ³{she} ³<said>.",
            "Petra Solano",
            "Petra Solano",
            "Petra Solano",
        ),
        case(
            "The Rail Safety Agency closed the line.\n\n{It} <said> [the bridge had moved by a hand’s width].",
            organisation("Rail Safety Agency"),
        ),
    ],
    "two people of one surname": [
        case(
            "Karin Lindqvist and Nils Lindqvist own the yard. ¹[“I keep the books,”] ¹{Karin} ¹<said>. "
            "²[“I keep the boats,”] ²{Nils} ²<said>.",
            "Karin Lindqvist",
            "Nils Lindqvist",
        ),
        case("Karin Lindqvist and Nils Lindqvist own the yard. [“It is not for sale,”] {Lindqvist} <said>.", None),
        case(
            "Dario Conti and his wife, Elena Conti, were in the car. {Mrs. Conti} <said> [the road was dry].",
            "Elena Conti",
        ),
        case(
            "Judge Amos Tarrant is no relation of the police chief, Wes Tarrant. ¹[“The file is thin,”] ¹{Judge Tarrant} "
            "¹<said>. ²{The police chief} ²<said> ²[it would grow].",
            by("Amos Tarrant", role=("Judge", None, None)),
            by("Wes Tarrant", role=("police chief", None, None)),
        ),
        case(
            "¹[“I keep the books,”] ¹{Karin Lindqvist} ¹<said>.\n\n²{Nils Lindqvist} ²<said> ²[the boats were his].\n\n"
            "³[“She has never sailed,”] ³{Mr. Lindqvist} ³<said>.",
            "Karin Lindqvist",
            "Nils Lindqvist",
            "Nils Lindqvist",
        ),
        case(
            "Dario Conti came home at nine. His wife had waited. {Mrs. Conti} <said> [the road was dry].",
            "Conti",
        ),
    ],
    "organisations and spokespeople": [
        case(
            "[“The talks are off,”] <said> {a spokesman for the Norlin Shipping Company}.",
            organisation("Norlin Shipping Company"),
        ),
        case(
            "{A Health Ministry spokeswoman} <said> [the vaccine had arrived].",
            organisation("Health Ministry"),
        ),
        case(
            "{Norlin Ferries} <said> [it would refund all tickets].",
            organisation("Norlin Ferries"),
        ),
        case(
            "{Norlin Ferries spokeswoman Ines Moreau} <said> [no one was aboard].",
            by("Ines Moreau", speaker_kind="person", role=("spokeswoman", "Norlin Ferries", None)),
        ),
        case(
            "The plant belongs to Norlin Chemicals. {A company spokesman} <said> [the leak had been closed].",
            organisation("Norlin Chemicals"),
        ),
        case("{Union officials} <said> [the depot would stay open].", None),
    ],
    "“we” and “I” inside a quote": [
        case("[“I asked for help and we got none,”] {Rosa Delgado} <said>.", direct("Rosa Delgado")),
        case("[“We say the lamp is ours, and I told them so,”] {Abel Mwangi} <said>.", direct("Abel Mwangi")),
        case(
            "Emil Brandt and Nora Quill spoke in turn. ¹[“I think we should sail,”] ¹{Brandt} ¹<said>. "
            "²[“I warned we would sink,”] ²{Quill} ²<said>.",
            direct("Emil Brandt"),
            direct("Nora Quill"),
        ),
        case(
            "{Otto Varga} <told> the court: [“I said the oven was hot.]\n\n[“We all said so.”]\n\nThe trial goes on.",
            direct("Otto Varga"),
        ),
        case("We met Selma Haugen on the quay. {She} <said> [the yard would hire again].", indirect("Selma Haugen")),
    ],
    "a byline or agency name that is no speaker": [
        case(
            "By Jonah Reyes\n\nLISBON, May 7 (Meridian Press) - "
            "[The lift in the tower has failed again], {its keeper} <said> on Tuesday.",
            by(None, said=dt.date(2024, 5, 7)),
        ),
        case(
            "By Selma Haugen and Otto Varga, Coastline News\n\n[“The catch is down by half,”] {Emil Brandt} <said>.",
            "Emil Brandt",
        ),
        case(
            "{Nora Quill} <said> [the line would reopen in June].\n\n"
            "(Reporting by Jonah Reyes; editing by Lucia Fenn; Meridian Press)",
            "Nora Quill",
        ),
        case(
            "By Dario Conti\n\nThe yard has closed after ninety years.\n\n[“There is no more steel,”] {he} <said>.",
            None,
        ),
        case(
            "Words by Petra Solano, pictures by Dario Conti\n\nThe yard is shut.\n\n[“There is no steel,”] {he} <said>.",
            None,
        ),
        case(
            "Photo: Rosa Delgado / Meridian Press\n\n{Petra Solano} <said> [the fire was out].",
            "Petra Solano",
        ),
    ],
}


@pytest.mark.parametrize(("marked", "quotes", "listed"), parameters(TABLES))
def test_must_get_right(marked: str, quotes: tuple[Said, ...], listed: dict[str, Office]) -> None:
    assert outcome(marked, quotes, listed) == (marked, quotes, listed)
