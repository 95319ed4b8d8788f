"""What other systems are known to get wrong, a table for each: text in, quotes and speakers out, through the whole engine.

A text has its quotes marked in it: [content], <cue>, {source}; where it has several, a raised number before each part says
whose it is, and a part that two quotes share has both. The engine is given the text without the marks, its quotes are marked
in the same way, and the two must be one. After the text stand the speakers of its quotes, None where it does not say who.
What fails has its reason beside it, and what is at fault: the tagger or a rule. All people are invented.
"""

import datetime as dt
import re
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import pycountry
import pytest

from api.extraction import Extraction, Quote, Speaker, extract
from api.extraction.lexicon import table
from api.extraction.spans import Span
from tests.extraction.marked import SIGNS

WEDNESDAY = dt.date(2024, 5, 8)  # the day on which every text came out
NUMBERS = "¹²³⁴⁵⁶⁷⁸⁹"

Said = dict[str, Any]
Office = tuple[str, str | None, str | None]  # title, organisation, country


class Case(NamedTuple):
    """A marked text, what is expected of each quote, people listed with an office, and why it fails."""

    marked: str
    quotes: tuple[Said, ...]
    listed: dict[str, Office]
    fails: str


def by(speaker: str | None, **details: object) -> Said:
    """A quote of `speaker`, with whatever else is to be looked at."""
    return {"speaker": speaker, **details}


def case(marked: str, *quotes: str | Said | None, listed: dict[str, Office] | None = None, fails: str = "") -> Case:
    expected = tuple(each if isinstance(each, dict) else by(each) for each in quotes)
    return Case(marked, expected, listed or {}, fails)


direct = partial(by, kind="direct", act="speech")
mixed = partial(by, kind="mixed", act="speech")
indirect = partial(by, kind="indirect", act="speech")
attitude = partial(by, act="attitude")
post = partial(by, medium="post", act="speech")
organisation = partial(by, speaker_kind="organisation")


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
    "an odd number of quotation marks": [
        case("[“The tunnel is dry,] {Nora Quill} <said>.", direct("Nora Quill")),
        case(
            "[The tunnel is dry,”] {Emil Brandt} <said>.",
            direct("Emil Brandt"),
        ),
        case(
            'The "old tunnel was shut for years.\n\n["We found bats in it,"] {Petra Solano} <said>.',
            direct("Petra Solano"),
        ),
        case(
            "¹[“I saw the lamp go out,] ¹{the keeper, Abel Mwangi,} ¹<said>.\n\n²[“Then the horn stopped,”] ²{he} ²<added>.",
            direct("Abel Mwangi"),
            direct("Abel Mwangi"),
        ),
        case(
            '["The train,] {Lucia Fenn} <said>, ["was never late."]',
            direct("Lucia Fenn"),
        ),
        case(
            "{Otto Varga} <said:> [“The road is open. We cleared it in the night.]",
            direct("Otto Varga"),
        ),
    ],
    "curly, single, angle and mixed marks": [
        case("[‘The bell is cracked,’] {Otto Varga} <said>.", direct("Otto Varga")),
        case("[«The bell rang twice»], {Otto Varga} <said>.", direct("Otto Varga")),
        case("[»We heard it in the valley«], <said> {Selma Haugen}.", direct("Selma Haugen")),
        case("[„It was cast in 1610,“] {Lucia Fenn} <said>.", direct("Lucia Fenn")),
        case('["Nobody has the key,”] {Emil Brandt} <said>.', direct("Emil Brandt")),
        case("[``Nobody climbs up there,''] {Emil Brandt} <said>.", direct("Emil Brandt")),
        case(
            "¹[“The bell is cracked,”] ¹{Otto Varga} ¹<said>.\n\n²['It rang all the same,'] ²{Selma Haugen} ²<said>.",
            direct("Otto Varga"),
            direct("Selma Haugen"),
        ),
    ],
    "apostrophes": [
        case("['The girls' boat hasn't sunk,'] {Nora Quill} <said>.", direct("Nora Quill")),
        case("[‘It’s the keepers’ lamp, so we’ll light it,’] {Abel Mwangi} <said>.", direct("Abel Mwangi")),
        case("{Emil Brandt} <said> [the drivers’ strike wouldn’t end before Easter].", indirect("Emil Brandt")),
        case("{Siobhán O'Dreary} <said> [the '90s were over for rock 'n' roll].", indirect("Siobhán O'Dreary")),
        case("{Lucia Fenn’s lawyer} <said> [that his client’s case wasn’t over].", indirect(None)),
    ],
    "a quote over several paragraphs": [
        case(
            "{Nora Quill} <said:> [“The first boat left at six.]\n\n[“The second never came back.]\n\n"
            "[“We are still looking.”]\n\nThe search goes on.",
            direct("Nora Quill"),
        ),
        case(
            "[“I was born on this street,”] {Otto Varga} <said>. [“My father baked bread here.]\n\n"
            "[“Then the mill shut and he drove a bus.”]\n\nThe bakery is a bank now.",
            direct("Otto Varga"),
        ),
        case(
            '{Petra Solano} <told> parliament: ["We counted every vote.]\n\n'
            '["We counted them twice.]\n\n["The result stands."]',
            direct("Petra Solano"),
        ),
        case(
            "[“The water rose in an hour.]\n\n[“By ten it was in the kitchen,”] {Rosa Delgado} <said>.\n\n"
            "She has moved to her sister’s.",
            direct("Rosa Delgado"),
        ),
        case(
            "{Lucia Fenn} <wrote:> [‘I won’t sell the mill.]\n\n[‘It isn’t mine to sell.’]\n\nThe council meets on Monday.",
            direct("Lucia Fenn"),
        ),
    ],
    "floating quotes with no cue in the sentence": [
        case(
            "¹[“The roof went first,”] ¹{Rosa Delgado} ¹<said>.\n\n"
            "²[“Then the chimney fell into the yard.”]\n\nNobody was hurt.",
            direct("Rosa Delgado"),
            direct("Rosa Delgado"),
        ),
        case(
            "Selma Haugen shook her head.\n\n[“I will not sing that song again.”]\n\nShe put on her coat.",
            direct("Selma Haugen"),
        ),
        case(
            "¹{Jonah Reyes} ¹<said> ¹[the case was closed]. He did not smile. ²[“It has cost me nine years.”]",
            indirect("Jonah Reyes"),
            direct("Jonah Reyes"),
        ),
        case(
            "¹[“It was red,”] ¹{Emil Brandt} ¹<said>.\n\n²[“It was green,”] ²{Nora Quill} ²<said>.\n\n"
            "³[“And it was moving fast towards the pier.”]",
            "Emil Brandt",
            "Nora Quill",
            "Nora Quill",
        ),
        case(
            "¹{Abel Mwangi} ¹<said> ¹[the lamp had burnt all night].\n\n"
            "²[“I never left the stairs.”]\n\nThe inquiry opens in June.",
            "Abel Mwangi",
            "Abel Mwangi",
        ),
        case(
            "¹{Abel Mwangi} ¹<said> ¹[that Otto Varga had been asleep].\n\n"
            "²[“I never left the stairs.”]\n\nThe inquiry opens in June.",
            "Abel Mwangi",
            None,
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
    "nested quotes": [
        case("[“My father said ‘keep the light on’ and we did,”] {Abel Mwangi} <said>.", direct("Abel Mwangi")),
        case(
            "[‘The sign says “no swimming”, so I did not swim,’] {Jonah Reyes} <told> the court.",
            direct("Jonah Reyes"),
        ),
        case("{Selma Haugen} <said> [that Otto Varga had told her the yard was lost].", indirect("Selma Haugen")),
        case(
            "[“He told us, ‘Go home.’ Then he said, ‘Come back.’ We did neither,”] {Rosa Delgado} <said>.",
            direct("Rosa Delgado"),
        ),
        case(
            '["The clerk said "come tomorrow" every day for a year,"] {Emil Brandt} <said>.',
            direct("Emil Brandt"),
        ),
    ],
    "scare quotes and titles in marks that are no quotes": [
        case("The “smart” bins were emptied by hand."),
        case("Her novel “The Glass Ferry” won the prize, and “Low Tide” is out in May."),
        case("Otto “Bun” Varga sells rolls called “moons” and “half-moons”."),
        case("The word “ferry” comes from an old verb for carrying."),
        case("{Lucia Fenn} <said> [she had read “The Glass Ferry” in one night].", indirect("Lucia Fenn")),
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
            fails="rule: an organisation that has not spoken yet is not found for “it”",
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
    "emoji and combining characters before a quote": [
        case("🚢🌊 [“The boat is in,”] {Nora Quill} <said>. 👋", direct("Nora Quill")),
        case("👩‍👩‍👧 🇳🇴 [“We won 🏆 and we’ll win again,”] {Selma Haugen} <said>.", direct("Selma Haugen")),
        case(
            "In Are\u0301valo, {Ine\u0301s Moreau} <said> [the cafe\u0301s would reopen].",
            indirect("Ine\u0301s Moreau"),
        ),
        case("1️⃣ 👍🏽 [“Vote early,”] {Emil Brandt} <tweeted>.", post("Emil Brandt", kind="direct")),
        case("{Abel Mwangi} <said> [the prize went to Zoe\u0308].", indirect("Abel Mwangi")),
        case(
            "🚢 ¹[“The boat is in,”] ¹{Nora Quill} ¹<said>.\n\n⚓ ²[“She came in at nine,”] ²{Emil Brandt} ²<said>.\n\n"
            "🌊 ³[“The sea was flat,”] ³{Selma Haugen} ³<said>.",
            direct("Nora Quill"),
            direct("Emil Brandt"),
            direct("Selma Haugen"),
        ),
        case("¡¿👀?! [“Who has the key?”] {Otto Varga} <asked>.", direct("Otto Varga")),
    ],
    "an empty text": [case(""), case("\n\n \t\u00a0\n"), case("\ufeff"), case("\u200b\u200d\u0301")],
    "a text with no quote at all": [
        case("The train left at nine. It was full, and it was late by noon."),
        case("Boil the rice, chop the leeks and wait. Then add the saffron: a pinch will do."),
        case("Rovers 3, Dockside 1. Goals: Brandt 12, Varga 40, Reyes 77. Sent off: Fenn."),
        case("“The Glass Ferry” opens on Friday at the Old Mint. Tickets cost 12 crowns."),
        case("Petra Solano was born in Faro in 1961 and studied law. She has two sons and keeps bees."),
    ],
}


def parameters() -> Iterator[Any]:
    for failure, cases in TABLES.items():
        for number, (marked, quotes, listed, fails) in enumerate(cases, start=1):
            marks = [pytest.mark.xfail(strict=True, reason=fails)] if fails else []
            yield pytest.param(marked, quotes, listed, marks=marks, id=f"{failure} {number}")


def plain(marked: str) -> str:
    """The text without its marks."""
    return re.sub(rf"[{NUMBERS}]*[\[<{{]|[\]>}}]", "", marked)


def written(text: str, found: Extraction) -> str:
    """`text` with the quotes that were found marked in it."""
    parts: dict[tuple[Span, str], str] = {}
    for number, quote in enumerate(found.quotes):
        for part in SIGNS:
            for span in getattr(quote, part):
                parts[span, part] = parts.get((span, part), "") + NUMBERS[number % 9]
    signs = []
    for (span, part), numbers in parts.items():
        first, last = SIGNS[part]
        signs += [(span.end, 0, last), (span.start, 1, (numbers if len(found.quotes) > 1 else "") + first)]
    out, end = [], 0
    for place, _, sign in sorted(signs):
        out += [text[end:place], sign]
        end = place
    return "".join(out) + text[end:]


def office(speaker: Speaker, role: int | None) -> Office | None:
    if role is None:
        return None
    held = speaker.roles[role]
    return held.title, held.organisation, held.country


def details(found: Extraction, quote: Quote) -> Said:
    speaker = None if quote.speaker is None else found.speakers[quote.speaker]
    return {
        "speaker": speaker and speaker.name,
        "speaker_kind": speaker and speaker.kind,
        "handle": speaker and speaker.handle,
        "role": speaker and office(speaker, quote.role),
        "kind": quote.kind,
        "medium": quote.medium,
        "act": quote.act,
        "said": quote.said,
    }


@pytest.mark.parametrize(("marked", "quotes", "listed"), list(parameters()))
def test_must_get_right(marked: str, quotes: tuple[Said, ...], listed: dict[str, Office]) -> None:
    text = plain(marked)
    found = extract(text, published=WEDNESDAY)
    assert written(text, found) == marked
    for quote, expected in zip(found.quotes, quotes, strict=True):
        got = details(found, quote)
        assert {key: got[key] for key in expected} == expected
    offices = {speaker.name: office(speaker, 0) for speaker in found.speakers if speaker.roles}
    assert {name: offices.get(name) for name in listed} == listed


NEWS = "“The boat is in,” Nora Quill said.\n\n"


@pytest.mark.parametrize(
    ("filler", "copies"),
    [
        ("a" * 1_000_000 + "\n\n", 1),  # one word
        ("\n" * 1_000_000, 1),
        ("🚢" * 1_000_000 + "\n\n", 1),
        ("\n\n" + "0123456789" * 200 + "\n\n", 500),  # data between the news
    ],
)
def test_a_text_of_a_megabyte(filler: str, copies: int) -> None:
    text = (filler + NEWS) * copies
    assert len(text) > 1_000_000
    found = extract(text)
    places = range(len(filler), len(text), len(filler + NEWS))
    assert [quote.content for quote in found.quotes] == [(Span(place, place + 17),) for place in places]
    assert [quote.source for quote in found.quotes] == [(Span(place + 18, place + 28),) for place in places]
    assert [(speaker.name, len(speaker.mentions)) for speaker in found.speakers] == [("Nora Quill", copies)]


def test_every_failure_has_three_cases_or_more() -> None:
    assert {failure for failure, cases in TABLES.items() if len(cases) < 3} == set()


NOBODY_LIVES_THERE = {"BV", "GS", "HM", "TF", "UM"}
NO_WORD_FOR_ITS_PEOPLE = {"MF", "PM", "SJ"}


def short_names(country: Any) -> set[str]:
    """How ISO 3166-1 calls a country without its ceremony: "Congo, The Democratic Republic of the" either way round."""
    name = re.sub(r" \(.*?\)", "", country.name)
    head, _, tail = name.partition(", ")
    return {getattr(country, "common_name", name), name, head, f"{tail} {head}".removeprefix("The ").strip()}


@pytest.mark.parametrize(
    "country",
    [
        pytest.param(
            country,
            id=country.alpha_2,
            marks=[pytest.mark.xfail(strict=True, reason="countries.tsv has no adjective for it")]
            if country.alpha_2 in NO_WORD_FOR_ITS_PEOPLE
            else [],
        )
        for country in pycountry.countries
    ],
)
def test_every_country_has_its_code_its_short_name_and_a_word_for_its_people(country: Any) -> None:
    rows = [(group, phrase) for code, group, phrase in table("countries") if code == country.alpha_2]
    assert short_names(country) & {phrase for group, phrase in rows if group == "name"}
    assert any(group != "name" for group, _ in rows) or country.alpha_2 in NOBODY_LIVES_THERE
