"""Extract reporting clauses that other systems get wrong: a table for each failure, through the whole engine."""

import datetime as dt

import pytest

from tests.extraction.cases import (
    Case,
    Office,
    Said,
    attitude,
    by,
    case,
    direct,
    indirect,
    mixed,
    organisation,
    outcome,
    parameters,
    post,
)

TABLES: dict[str, list[Case]] = {
    "two quotes of one speaker in one sentence": [
        case(
            "¹²{Nora Quill} ¹<said> ¹[that the ferry was full] and ²<added> ²[that another would sail at noon].",
            indirect("Nora Quill"),
            indirect("Nora Quill"),
        ),
        case(
            "¹²{The mayor of Brno, Zdena Kubíková,} ¹<blamed> ¹[the builder for the delay] and "
            "²<promised> ²[that the bridge would open in spring].",
            by("Zdena Kubíková", role=("mayor", "Brno", None)),
            by("Zdena Kubíková", role=("mayor", "Brno", None)),
        ),
        case(
            "¹[“It is late,”] ¹²{Emil Brandt} ¹<said>, and ²<asked:> ²[“Who has the key?”]",
            direct("Emil Brandt"),
            direct("Emil Brandt"),
        ),
        case(
            "¹²{Lucia Fenn} ¹<told> the council ¹[that the roof was “rotten to the beam”] and "
            "²<urged> ²[it to close the hall].",
            mixed("Lucia Fenn"),
            indirect("Lucia Fenn"),
        ),
        case(
            "¹²{Otto Varga} ¹<denied> ¹[that the well was poisoned] but ²<warned> ²[that it would run dry by July].",
            indirect("Otto Varga"),
            indirect("Otto Varga"),
        ),
    ],
    "a called-for, not only said": [
        case("{Petra Solano} <called for> [a ban on night flights].", indirect("Petra Solano")),
        case(
            "{The rail union Ferrum} <has called for> [two drivers in every cab].",
            organisation("Ferrum", act="speech"),
        ),
        case(
            "In a letter to parliament, {the Bulgarian health minister, Radka Tsoneva,} <called for> "
            "[hospitals to share their blood and for the army to deliver it].",
            indirect("Radka Tsoneva", role=("health minister", None, "BG")),
        ),
        case(
            "{Emil Brandt} <called on> [shipowners to slow down near the reef].",
            indirect("Emil Brandt"),
        ),
        case("{Selma Haugen} <again called for> [“an honest count” of the votes].", mixed("Selma Haugen")),
    ],
    "a tweet with its handle and date": [
        case(
            "The bridge is down.\n\n[Three lanes shut since five this morning, and not one sign! #bridge] https://t.co/q8Zr "
            "— {Jonah (@jonahrides)} April 30, 2024",
            post("Jonah", kind="direct", said=dt.date(2024, 4, 30), speaker_kind="account", handle="@jonahrides"),
        ),
        case(
            "Energy Minister Greta Halvard arrived at noon.\n\n[Power is back in all nine districts 💡] https://t.co/aa1b "
            "— {Greta Halvard (@ghalvard)} May 6, 2024",
            post(
                "Greta Halvard",
                said=dt.date(2024, 5, 6),
                speaker_kind="person",
                handle="@ghalvard",
                role=("Energy Minister", None, None),
            ),
        ),
        case(
            "[My neighbour says “move the bins” and then parks on them. Fed up 😤]\n— {Bin Watch (@binwatch)} 2 May 2024",
            post("Bin Watch", kind="direct", said=dt.date(2024, 5, 2), speaker_kind="account"),
        ),
        case(
            "{Greta Halvard} <tweeted> on Monday [that the lights would stay on].",
            post("Greta Halvard", kind="indirect", said=dt.date(2024, 5, 6)),
        ),
        case(
            "[“No one was hurt,”] {the Lisbon Fire Brigade} <wrote> on Facebook.",
            post("Lisbon Fire Brigade", kind="direct"),
        ),
        case("[“Doors open at six,”] {Lucia Fenn (@lfenn)} <posted> on X.", post("Lucia Fenn", kind="direct")),
    ],
    "attitudes, never of act speech": [
        case(
            "{The Harbour Workers’ Union} <supports> [the new timetable].",
            attitude("Harbour Workers’ Union"),
        ),
        case("{Emil Brandt} <fears> [that the reef will not recover].", attitude("Emil Brandt")),
        case("{Selma Haugen} <wants> [the vote to be held in autumn].", attitude("Selma Haugen")),
        case("{Farmers in the valley} <oppose> [the dam].", attitude(None)),
        case("{Alpine League ministers} <favour> [a cut in output].", attitude(None)),
        case("{Jonah Reyes} <believes> [the map is wrong].", attitude("Jonah Reyes")),
        case(
            "¹{Lucia Fenn} ¹<backs> ¹[the plan]. ²[“It is time,”] ²{she} ²<said>.",
            attitude("Lucia Fenn"),
            direct("Lucia Fenn"),
        ),
    ],
    "a quote interrupted by its cue": [
        case("[“Give me the map,”] {Lucia Fenn} <said>, [“and I will find the well.”]", direct("Lucia Fenn")),
        case(
            "[“The map,”] <says> {Jonah Reyes, who drew it,} [“was never meant for sailors.”]",
            direct("Jonah Reyes"),
        ),
        case("[The old mill], {Petra Solano} <said>, [would be sold by June].", indirect("Petra Solano")),
        case(
            "[“The mill is sold,”] {Petra Solano} <said> on Friday. [“The money goes to the school.”]",
            direct("Petra Solano", said=dt.date(2024, 5, 3)),
        ),
        case("[“Yes,”] {Otto Varga} <said>. [“There is no doubt. I was there.”]", direct("Otto Varga")),
    ],
    "an aside between speaker and cue": [
        case(
            "{Selma Haugen, who took over from Otto Varga in March,} <said> [the yard would hire again].",
            "Selma Haugen",
        ),
        case(
            "{Nora Quill}, speaking after a visit to Emil Brandt’s farm, <said> [the wells were clean].", "Nora Quill"
        ),
        case("{The judge, whose sister had married Jonah Reyes,} <said> [the hearing would be public].", None),
        case("[“I was not asked,”] {Rosa Delgado, the sister of Abel Mwangi,} <said>.", "Rosa Delgado"),
        case(
            "{Petra Solano}, asked about the letter from Lucia Fenn, <said> [it had been lost].",
            "Petra Solano",
        ),
    ],
    "a descriptive clause": [
        case(
            "[“The tide turned early,”] {Abel Mwangi, a pilot for thirty years,} <said>.",
            by("Abel Mwangi", role=("pilot", None, None)),
        ),
        case(
            "{Rosa Delgado, 52, a nurse from Cádiz,} <said> [the ward had two doctors].",
            by("Rosa Delgado", role=("nurse", None, None)),
        ),
        case("[“They never rang,”] <said> {Otto Varga, a retired baker who lives above the shop}.", "Otto Varga"),
        case("{Lucia Fenn, the museum’s director,} <told> reporters [that the vase was a copy].", "Lucia Fenn"),
        case(
            "{Jonah Reyes, one of four divers who reached the wreck,} <said> [its hull was whole].",
            "Jonah Reyes",
        ),
    ],
    "press-release forms": [
        case(
            "[“Clean rivers are not a luxury. Today we vote for them.”] – {Commissioner Anneli Saarva}",
            direct("Anneli Saarva", role=("Commissioner", None, None)),
        ),
        case(
            "[“Every village will have a doctor by 2030.”] — {Radka Tsoneva, Minister of Health}",
            direct("Radka Tsoneva", role=("Minister of Health", None, None)),
        ),
        case(
            "{Commissioner for Transport Joris Wendel}: [“Night trains are back, and they are here to stay.”]",
            direct("Joris Wendel", role=("Commissioner for Transport", None, None)),
        ),
        case(
            "BRUSSELS – The Commission opened a fund for ports today.\n\n"
            "[“Ports feed us all, and they will run on clean power.”]\n– {Anneli Saarva, Commissioner for Fisheries}",
            direct("Anneli Saarva", role=("Commissioner for Fisheries", None, None)),
        ),
        case(
            "¹{Nell Tarrant} ¹<said> ¹[the choir would sing].\n\n²[“The hall was never for sale, and it is not for sale now.”]"
            "\n\n— ²{Hugh Brandt, in a letter to members}\n\nThe hall is from 1911.",
            indirect("Nell Tarrant"),
            direct("Hugh Brandt"),
        ),
        case(
            "¹{Nell Tarrant} ¹<said> ¹[the choir would sing].\n\n²[“The hall was never for sale, and it is not for sale now.”]"
            "\n\n— The hall is from 1911.",
            indirect("Nell Tarrant"),
            direct("Nell Tarrant"),
        ),
    ],
    "according to": [
        case(
            "[Nine boats were lost], <according to> {Harbour Master Abel Mwangi}.",
            indirect("Abel Mwangi", role=("Harbour Master", None, None)),
        ),
        case(
            "<According to> {the Rail Safety Agency}, [the brakes had not been tested].",
            organisation("Rail Safety Agency", kind="indirect"),
        ),
        case("[The mill], <according to> {Petra Solano}, [was sold twice in a year].", indirect("Petra Solano")),
        case(
            "[The wells are “as clean as they ever were”], <according to> {two engineers who took part}.", mixed(None)
        ),
        case(
            "<According to> {Lucia Fenn, who restored it,} [the vase was dug up in 1911].",
            indirect("Lucia Fenn"),
        ),
        case("The teams were sorted according to age and weight."),
    ],
    "a text with no quote at all": [
        case("The train left at nine. It was full, and it was late by noon."),
        case("Boil the rice, chop the leeks and wait. Then add the saffron: a pinch will do."),
        case("Rovers 3, Dockside 1. Goals: Brandt 12, Varga 40, Reyes 77. Sent off: Fenn."),
        case("“The Glass Ferry” opens on Friday at the Old Mint. Tickets cost 12 crowns."),
        case("Petra Solano was born in Faro in 1961 and studied law. She has two sons and keeps bees."),
    ],
}


@pytest.mark.parametrize(("marked", "quotes", "listed"), parameters(TABLES))
def test_must_get_right(marked: str, quotes: tuple[Said, ...], listed: dict[str, Office]) -> None:
    assert outcome(marked, quotes, listed) == (marked, quotes, listed)
