"""Extract quotation marks that other systems get wrong: a table for each failure, through the whole engine."""

import pytest

from tests.extraction.cases import Case, Office, Said, case, direct, indirect, outcome, parameters, post

TABLES: dict[str, list[Case]] = {
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
}


@pytest.mark.parametrize(("marked", "quotes", "listed"), parameters(TABLES))
def test_must_get_right(marked: str, quotes: tuple[Said, ...], listed: dict[str, Office]) -> None:
    assert outcome(marked, quotes, listed) == (marked, quotes, listed)
