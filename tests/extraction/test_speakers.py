"""Give each attribution its speaker and role, with the chain of evidence, or nobody."""

import pytest

from api.extraction.spans import Attribution, Kind, Medium, Span, Speaker
from api.extraction.speakers import Identity, identify

Solved = tuple[str, tuple[Speaker, ...], tuple[Identity, ...]]


def solve(marked: str, *, kind: Kind = "direct", medium: Medium = "speech") -> Solved:
    """Return the identities in a text in which each quote's source is marked ⟨⟩ and its content [].

    A source belongs to the nearest free content before it in its paragraph, else to the one after it.
    """
    text, opened = "", [0]
    sources: list[Span] = []
    contents: list[Span] = []
    for char in marked:
        if char in "⟨[":
            opened.append(len(text))
        elif char in "⟩]":
            (sources if char == "⟩" else contents).append(Span(opened.pop(), len(text)))
        else:
            text += char
    pairs: dict[Span, Span] = {}
    for source in sources:
        before = [
            c for c in contents if c.end <= source.start and c not in pairs and "\n" not in text[c.end : source.start]
        ]
        after = [c for c in contents if c.start >= source.end and c not in pairs]
        pairs[before[-1] if before else after[0]] = source
    found = [
        Attribution((c,), (), (pairs[c],) if c in pairs else (), kind, medium, "speech", None, 1.0) for c in contents
    ]
    return text, *identify(text, found)


def names(solved: Solved) -> list[str | None]:
    _, speakers, identities = solved
    return [None if i.speaker is None else speakers[i.speaker].name for i in identities]


def chain(solved: Solved, number: int = -1) -> list[tuple[str, str]]:
    text, _, identities = solved
    return [(link.span.of(text), link.rule) for link in identities[number].evidence]


# The speakers of all quotes of a text.
ALL_SPEAKERS = {
    "names": [
        ("⟨Maria Roe⟩ said: [“Go.”] Later ⟨Roe⟩ said: [“Stay.”]", ["Maria Roe", "Maria Roe"]),
        ("The talks bored Biden Poe. ⟨Poe⟩ said [“no”].", ["Biden Poe"]),
        ("[“Go,”] ⟨Sánchez⟩ said. They had met Pedro Sanchez before.", ["Pedro Sanchez"]),
        ("Vladimir Zelenski came. [“Go,”] ⟨Zelenskyy⟩ said.", ["Vladimir Zelenski"]),
        ("Ursula von der Roe came. [“Go,”] ⟨von der Roe⟩ said.", ["Ursula von der Roe"]),
        ("Kaja Roe came. [“Go,”] ⟨Kaja⟩ said.", ["Kaja Roe"]),
        ("⟨Mr. Roe⟩ said [“no”]. John Roe and Mary Roe had met.", ["John Roe"]),
        ("John Roe met Mary Roe. [“No,”] ⟨Mrs. Roe⟩ said.", ["Mary Roe"]),
        ("John Roe met Mary Roe. [“No,”] ⟨Roe⟩ said.", [None]),
        ("John Roe came with his wife, Mary Roe.\n\nHe sat.\n\nIt rained.\n\n[“No,”] ⟨Roe⟩ said.", ["John Roe"]),
        ("Striker Tom Holland came. [“No,”] ⟨Holland⟩ said.", ["Tom Holland"]),
        ("Striker Ann Finn came. [“No,”] ⟨Finn⟩ said.", ["Ann Finn"]),
        ("Striker Nadia Fox came. [“No,”] ⟨Fox⟩ said.", ["Nadia Fox"]),
        ("Angus King came. [“No,”] ⟨King⟩ said.", ["Angus King"]),
        ("Striker Tom Holland was born in Holland. [“No,”] ⟨Holland⟩ said.", [None]),
        ("[“No,”] ⟨Holland⟩ said. Then Tom Holland came.", ["Holland"]),
        ("Ann Harding came. ⟨Harding, who is 30,⟩ said [“no”].", ["Ann Harding"]),
        ("⟨Ann Roe, who runs the port, and who met Bill Poe,⟩ said [“no”].", ["Ann Roe"]),
        ("⟨Ann Roe, who has, and Bill Poe says she has, a boat,⟩ said [“no”].", ["Ann Roe"]),
        ("⟨Ann Roe MP⟩ said [“no”]. ⟨The Lund MP⟩ said [“never”].", ["Ann Roe", "Ann Roe"]),
        ("⟨The Lund MP⟩ said [“no”].", [None]),
        ("⟨Ann Roe KC⟩ said [“no”]. ⟨Roe⟩ said [“never”].", ["Ann Roe", "Ann Roe"]),
        ("⟨Dr Ann Roe, PhD,⟩ said [“no”]. ⟨Roe⟩ said [“never”].", ["Ann Roe", "Ann Roe"]),
        ("Singer Ann Roe came. ⟨The star⟩ said [“no”].", ["Ann Roe"]),
        # Whoever was described is no rival to herself.
        (
            "Ann Roe, a nurse, came. ⟨The nurse⟩ said [“no”]. ⟨The mother of two⟩ said [“never”].",
            ["Ann Roe", "Ann Roe"],
        ),
        ("Ann Roe met a nurse. ⟨The mother of the bride⟩ said [“no”].", [None]),
        ("Sir Edwin Roe came. ⟨Sir Edwin⟩ said [“no”].", ["Edwin Roe"]),
        ("Mr. Edwin Roe came. ⟨Mr. Edwin⟩ said [“no”].", [None]),
        ("⟨Poe Gas, whose sales director, Ann Roe,⟩ said [“no”].", ["Ann Roe"]),
        ("Poe Gas, ⟨whose director Ann Roe⟩ said [“no”], fell.", ["Ann Roe"]),
        ("⟨Ann Roe, whose son, Bill Roe, drowned,⟩ said [“no”].", ["Ann Roe"]),
        ("Ben Osei came. [“No,”] ⟨Osei⟩ said.", ["Ben Osei"]),
        ("Adam Ben Roe came. [“No,”] ⟨Ben Roe⟩ said.", ["Adam Ben Roe"]),
        ("⟨The report’s author, Professor Ann Roe of the University of Lund,⟩ wrote [“no”].", ["Ann Roe"]),
        ("Charles Roe Jr. met Charles Roe III. [“No,”] ⟨Charles Roe III⟩ said.", ["Charles Roe III"]),
        ("President Ann Roe met senator Bill Roe. [“No,”] ⟨President Roe⟩ said.", ["Ann Roe"]),
        ("Crooked Hillary Roe, they say. Hillary Roe came. [“No,”] ⟨Hillary Roe⟩ said.", ["Hillary Roe"]),
        (
            "⟨The Institute for Public Policy (IPP)⟩ said [“no”]. ⟨IPP⟩ said [“yes”].",
            ["Institute for Public Policy"] * 2,
        ),
        ("[“No,”] said ⟨a spokesman for the Kremlin⟩.", ["Kremlin"]),
        ("[“No,”] said ⟨a Poe Ministry spokeswoman⟩.", ["Poe Ministry"]),
        ("Ann Roe slept. [“No,”] said ⟨a spokesman for Ann Roe⟩.", [None]),
        ("Ann Roe slept. [“No,”] said ⟨the Roe campaign⟩. [“Yes,”] said ⟨Roe's campaign⟩.", ["Roe campaign"] * 2),
        ("⟨Vince Roe, who replaced Ann Poe in July,⟩ said [“no”].", ["Vince Roe"]),
        ("⟨Officials⟩ said [“no”]. ⟨Experts⟩ said [“yes”]. [“No,”] said ⟨NATO leaders⟩.", [None, None, None]),
        ("Ann Roe came. [“No,”] ⟨I⟩ said. [“So,”] ⟨we⟩ said.", [None, None]),
        ("“Fine,” ⟨WALLACE⟩: [“Go.”] Chris Wallace sat.", ["Chris Wallace"]),
        ("⟨Germany⟩ said [“no”].", ["Germany"]),
        ("⟨Will⟩ said [“no”]. Will Roe came.", ["Will Roe"]),
        ("John Roe came. Bill Roe left. [“No,”] ⟨Roe⟩ said.", [None]),
        ("John Roe came.\n\nBill Roe left. [“No,”] ⟨Roe⟩ said.", ["Bill Roe"]),
        ("John Roe came.\n\nIt rained.\n\nBill Roe left.\n\n[“No,”] ⟨Roe⟩ said.", [None]),
        ("John Roe came. [“No,”] ⟨the other Roe⟩ said.", [None]),
        ("They sued Poe Systems of Dublin. ⟨Poe⟩ said [“no”].", ["Poe Systems"]),
        ("⟨Blue Strait⟩ said [“no”]. They sued Blue Strait Shipping.", ["Blue Strait Shipping"]),
        ("They sued Poe Systems. Ann Poe came. ⟨Poe⟩ said [“no”].", ["Ann Poe"]),
        ("They sued Poe Systems and Poe Airlines. ⟨Poe⟩ said [“no”].", ["Poe"]),
        ("⟨The pilots’ association, Poe Havbruk,⟩ said [“no”].", ["Poe Havbruk"]),
        ("They met the head of the union, Xan Roe. ⟨Roe⟩ said [“no”].", ["Xan Roe"]),
    ],
    "quotations without a source": [
        ("[“No,”] said ⟨Ann Roe⟩.\n\n[“Never.”]", ["Ann Roe", "Ann Roe"]),
        ("[“No,”] said ⟨Ann Roe⟩. [“Never.”]", ["Ann Roe", "Ann Roe"]),
        ("[“No,”] said ⟨Ann Roe⟩.\n\nBill Poe smiled.\n\n[“Never.”]", ["Ann Roe", None]),
        ("[“No,”] said ⟨Ann Roe⟩.\n\nBill Poe smiled. [“Never.”]", ["Ann Roe", None]),
        ("[“No,”] said ⟨Ann Roe⟩.\n\nIt rained.\n\n[“Never.”]", ["Ann Roe", None]),
        ("[“No,”] said ⟨a voter⟩.\n\n[“Never.”]", [None, None]),
        ("[“Never.”]", [None]),
        ("Ann Roe shrugged.\n\n[“Never.”]", ["Ann Roe"]),
        ("Ann Roe left.\n\n[“Never.”]", [None]),
        ("[“No,”] said ⟨Ann Roe⟩. Bill Poe shook his head. [“Never.”]", ["Ann Roe", None]),
    ],
}


@pytest.mark.parametrize(
    ("marked", "expected"),
    [pytest.param(*case, id=f"{rule}-{case[0]}") for rule, cases in ALL_SPEAKERS.items() for case in cases],
)
def test_identifies_each_speaker(marked: str, expected: list[str | None]) -> None:
    assert names(solve(marked)) == expected


# The speaker of the last quote, by how its source refers to it.
RESOLVED = {
    "pronouns": [
        ("Ann Roe came in. ⟨She⟩ said [“no”].", "Ann Roe"),
        ("Ann Roe met Bill Poe. ⟨She⟩ said [“no”].", "Ann Roe"),
        ("Ann Roe met Bill Poe. ⟨He⟩ said [“no”].", "Bill Poe"),
        ("Mr. Roe met Ms. Poe. ⟨She⟩ said [“no”].", "Poe"),
        ("Spokeswoman Sasha Roe met Kim Poe. ⟨She⟩ said [“no”].", "Sasha Roe"),
        ("John Roe came in.\n\nIt was late, and it rained.\n\n[“No,”] ⟨he⟩ said.", "John Roe"),
        ("⟨John Roe⟩ said [that Bill Poe would go]. [“No,”] ⟨he⟩ said.", "John Roe"),
        ("Ann Roe came in. [“No,”] ⟨he⟩ said.", None),
        ("John Roe and Bill Poe and Tom Doe came in. ⟨He⟩ sat; [“no,”] one said.", None),
        ("[“No,”] ⟨he⟩ said.", None),
        ("Judge Orri Brychtová met Judge Orri Roe. [“No,”] ⟨he⟩ said.", "Orri Roe"),
        ("Judge Orri Roe came. ⟨He⟩ said [“no”].\n\nRoe sat. ⟨She⟩ said [“never”].", None),
        ("John Roe came. A delegate from the city was there. ⟨He⟩ said [“no”].", None),
        ("The talks in Riga began. ⟨He⟩ said [“no”].", None),
        ("⟨Poe Bank⟩ said [“no”]. ⟨It⟩ said [“yes”].", "Poe Bank"),
        ("⟨Ann Roe⟩ said [“no”]. ⟨They⟩ said [“yes”].", None),
        ("They met John Roe, ⟨who⟩ said [“no”].", "John Roe"),
        ("They met John Roe, 76, ⟨who⟩ said [“no”].", "John Roe"),
        ("They met John Roe (76), ⟨who⟩ said [“no”].", "John Roe"),
        ("They met John Roe, of the group Clean Rivers Trust, ⟨who⟩ said [“no”].", "John Roe"),
        ("They met John Roe, Clean Rivers Trust, ⟨who⟩ said [“no”].", "Clean Rivers Trust"),
        ("They met John Roe, then the Clean Rivers Trust, ⟨which⟩ said [“no”].", "Clean Rivers Trust"),
        ("Xan Roe came with her plan. Later, Zed Poe rose. ⟨He⟩ said [“no”].", None),
        ("Xan Roe came with her plan.\n\nXan Roe met Judge Zed Poe. ⟨He⟩ said [“no”].", "Zed Poe"),
        ("Xan Roe came with her plan.\n\nXan Roe and Ann Doe sat. ⟨He⟩ said [“no”].", None),
        ("Xan Roe came with his mother, and she sat.\n\nXan Roe rose. ⟨She⟩ said [“no”].", None),
        ("Ann Roe and Joan Poe came in. ⟨She⟩ said [“no”].", None),
        ("Xan Roe met Zed Poe. ⟨She⟩ said [“no”].", None),
        ("[“So you have it?”] ⟨Ann Roe⟩ asked.\n\n[“A draft,”] ⟨Tom Poe⟩ said.\n\n⟨⟩[“Is it good?”]", None),
        ("Wilhelmina Roe sewed. [“No,”] ⟨Ignatius Poe⟩ said.\n\n⟨She⟩ said [“so”].", "Wilhelmina Roe"),
        ("John Roe met Bill Roe.\n\nThe older Roe laughed. ⟨He⟩ said [“no”].", None),
        (
            "⟨John Roe⟩ said [“so”]. Bill Roe left.\n\n[Sun] — ⟨John Roe (@roe)⟩\n\nThen the older Roe laughed. "
            "[“No,”] ⟨he⟩ said.",
            None,
        ),
        ("Bill Roe won. And the other Roe? Gary, 59, sat there. ⟨He⟩ said [“no”].", "Gary"),
        ("Judge Xan Novotná met Judge Zed Poe. ⟨She⟩ said [“no”].", "Xan Novotná"),
        ("John Roe came. A porter from the bank sat. ⟨He⟩ said [“no”].", None),
        ("John Roe came. A spokesman for the Poe Bank rose. ⟨He⟩ said [“no”].", None),
        ("They met a man ⟨who⟩ said [“no”].", None),
        ("They met John Roe and 76 ⟨who⟩ said [“no”].", None),
    ],
    "offices and organisations": [
        ("They met the British Prime Minister Boris Roe. [“No,”] ⟨UK Prime Minister⟩ said.", "Boris Roe"),
        (
            "British Prime Minister Boris Roe met French President Jean Poe. [“No,”] ⟨the prime minister⟩ said.",
            "Boris Roe",
        ),
        (
            "Estonian Prime Minister Kaja Roe met Polish Prime Minister Jan Poe. ⟨The Polish premier⟩ said [“no”].",
            "Jan Poe",
        ),
        ("Estonian Prime Minister Kaja Roe met Polish Prime Minister Jan Poe. ⟨The prime minister⟩ said [“no”].", None),
        ("Estonian Prime Minister Kaja Roe met Jan Poe. ⟨The Estonian leader⟩ said [“no”].", "Kaja Roe"),
        ("Estonian Prime Minister Kaja Roe met Jan Poe. ⟨The Latvian leader⟩ said [“no”].", None),
        ("Texas Gov. Ann Roe met Bill Poe. ⟨The governor⟩ said [“no”].", "Ann Roe"),
        ("Prime Minister Ann Roe came. [“No,”] ⟨a minister⟩ said.", None),
        ("Prime Minister Ann Roe came. [“No,”] ⟨a former prime minister⟩ said.", None),
        ("Deputy Prime Minister Ann Roe came. [“No,”] ⟨the prime minister⟩ said.", None),
        ("Deputy Infrastructure Minister Ann Roe came. [“No,”] ⟨the deputy minister⟩ said.", "Ann Roe"),
        ("[“No,”] ⟨the minister⟩ said. Interior Minister Ann Roe came later.", None),
        # Of two ministers the one who is not another country's, also from further off; who comes later is none of them yet.
        (
            "Trade Minister Ann Roe spoke. Bill Poe, Malaysia’s trade minister, laughed. It rained. It hailed. It snowed. "
            "⟨The Estonian minister⟩ said [“no”]. Prime Minister Jan Coe came later.",
            "Ann Roe",
        ),
        (
            "Trade Minister Ann Roe spoke. It rained. It hailed. It snowed. It froze. ⟨The Estonian minister⟩ said [“no”].",
            None,
        ),
        ("[“No,”] ⟨the Estonian minister⟩ said. Estonian Interior Minister Ann Roe came later.", "Ann Roe"),
        ("Ann Roe became governor of the Poe Bank in May. ⟨The new governor⟩ said [“no”].", "Ann Roe"),
        (
            "Ann Roe was sworn in as prime minister of Estonia.\n\nShe sat. ⟨The new prime minister⟩ said [“no”].\n\n"
            "Latvia’s prime minister, Bill Poe, left.",
            "Ann Roe",
        ),
        ("The aide, Bill Poe, wished the new governor well. ⟨The new governor⟩ said [“no”].", None),
        ("Ann Roe, who was mayor until May, met the crowd. ⟨The mayor⟩ said [“no”].", None),
        ("Ann Roe, who was mayor until May, met the crowd. ⟨The former mayor⟩ said [“no”].", "Ann Roe"),
        ("The Union of Pier Owners fell. ⟨The union⟩ said [“no”].", "Union of Pier Owners"),
        ("The railway company Poemotion fell. ⟨The company⟩ said [“no”].", "Poemotion"),
        ("Poe Widgets Inc. fell. ⟨The company⟩ said [“no”].", "Poe Widgets Inc"),
        ("The Budget Committee met the FBI. ⟨The committee⟩ said [“no”].", "Budget Committee"),
        ("The Islamic State advanced. ⟨The campaign⟩ said [“no”].", None),
        ("Ann Roe came. ⟨The campaign⟩ said [“no”].", None),
    ],
    "descriptions by sort": [
        # a body by its sort, what the text calls it, or its head word; two of one sort are left open
        ("Norland Foods cut jobs. ⟨The brewer⟩ said [“no”].", "Norland Foods"),
        ("Tessaly, the brewer, cut jobs. ⟨The company⟩ said [“no”].", "Tessaly"),
        ("Tessaly is a Riga-based software company. ⟨The firm⟩ said [“no”].", "Tessaly"),
        ("The brewer Tessaly cut jobs. ⟨A spokeswoman for the company⟩ said [“no”].", "Tessaly"),
        ("Ann Roe, chief executive of Tessaly, left. ⟨The company⟩ said [“no”].", "Tessaly"),
        ("Poe Airways and Doe Airlines merged. ⟨The airline⟩ said [“no”].", None),
        ("Poe Airways and the Pilots' Union met. ⟨The airline⟩ said [“no”].", "Poe Airways"),
        ("Poe Airways and the Pilots' Union met. ⟨The union⟩ said [“no”].", "Pilots' Union"),
        ("Poe Airways met the Cabin Staff Association. ⟨The company⟩ said [“no”].", "Poe Airways"),
        ("The Ministry of Health met the Ministry of Justice. ⟨The ministry⟩ said [“no”].", None),
        ("The Ministry of Health met Poe Airways. ⟨A ministry spokesman⟩ said [“no”].", "Ministry of Health"),
        ("Lund City Council met. ⟨A council spokeswoman⟩ said [“no”].", "Lund City Council"),
        ("The European Central Bank met. ⟨The bank⟩ said [“no”].", "European Central Bank"),
        ("Riverside Hospital shut. ⟨The hospital⟩ said [“no”].", "Riverside Hospital"),
        ("The Data Protection Authority fined Poe Systems. ⟨The regulator⟩ said [“no”].", "Data Protection Authority"),
        ("The Data Protection Authority fined Poe Systems. ⟨The authority⟩ said [“no”].", "Data Protection Authority"),
        ("The Data Protection Authority fined Poe Systems. ⟨The company⟩ said [“no”].", "Poe Systems"),
        ("The Lund Daily Herald shut. ⟨The newspaper⟩ said [“no”].", "Lund Daily Herald"),
        ("Clean Rivers Trust sued. ⟨The charity⟩ said [“no”].", "Clean Rivers Trust"),
        ("Norden FC won. ⟨The club⟩ said [“no”].", "Norden FC"),
        ("Ann Roe, 34, a nurse, came. Bill Poe, 51, sat. ⟨The 34-year-old⟩ said [“no”].", "Ann Roe"),
        ("Ann Roe, 34, a nurse, came. Bill Poe, 51, sat. ⟨The 40-year-old⟩ said [“no”].", None),
        ("Swedish striker Ann Roe came. ⟨The Swede⟩ said [“no”].", "Ann Roe"),
        ("Ann Roe met Bill Poe. ⟨The Swede⟩ said [“no”].", None),
        ("Swedish striker Ann Roe came. ⟨The striker⟩ said [“no”].", "Ann Roe"),
        ("Ann Roe, leader of the Green Harvest Party, came. ⟨The party leader⟩ said [“no”].", "Ann Roe"),
        ("Ann Roe, chief executive of Tessaly, left. ⟨The Tessaly boss⟩ said [“no”].", "Ann Roe"),
        ("Ann Roe, a passenger, came. ⟨The passenger⟩ said [“no”].", "Ann Roe"),
        ("Ann Roe, a retired teacher, came. ⟨The teacher⟩ said [“no”].", "Ann Roe"),
        ("Professor Ann Roe came. ⟨The professor⟩ said [“no”].", "Ann Roe"),
        ("Professor Ann Roe came. ⟨The researcher⟩ said [“no”].", "Ann Roe"),
        ("Ann Roe, a geologist, met Bill Poe, a biologist. ⟨The scientist⟩ said [“no”].", None),
        ("Senator Ann Roe came. ⟨The lawmaker⟩ said [“no”].", "Ann Roe"),
        ("Ann Roe, general secretary of the Pilots' Union, came. ⟨The union leader⟩ said [“no”].", "Ann Roe"),
        ("Bill Poe came with his wife, Ann Roe. ⟨His wife⟩ said [“no”].", "Ann Roe"),
        ("Bill Poe came with his lawyer, Ann Roe. ⟨His lawyer⟩ said [“no”].", "Ann Roe"),
        ("Interior Minister Ann Roe met Justice Minister Bill Poe. ⟨The interior minister⟩ said [“no”].", "Ann Roe"),
        ("Interior Minister Ann Roe met Justice Minister Bill Poe. ⟨The minister⟩ said [“no”].", None),
        ("Tessaly's chief executive, Ann Roe, left. ⟨A Tessaly spokesman⟩ said [“no”].", "Tessaly"),
        ("Poe Bank wept. ⟨A spokesperson for the bank⟩ said [“no”].", "Poe Bank"),
        ("Poe Bank sued a rival bank. ⟨The bank⟩ said [“no”].", None),
        (
            "Ann Roe, head of emergency care at Riverside Hospital, came. ⟨A hospital spokesman⟩ said [“no”].",
            "Riverside Hospital",
        ),
        ("The Lund Tram Foundation met. ⟨The Foundation⟩ said [“no”].", "Lund Tram Foundation"),
        (
            "Kenyan Foreign Minister Ann Roe met Ugandan Foreign Minister Bill Poe. ⟨The Kenyan minister⟩ said [“no”].",
            "Ann Roe",
        ),
        ("Tessaly Energy, Poe Gas and Doe Oil met. ⟨The companies⟩ said [“no”].", None),
        ("The Office for Rail came. ⟨The office⟩ said [“no”].", "Office for Rail"),
        ("The Office for Rail came. ⟨The regulator⟩ said [“no”].", "Office for Rail"),
        ("Ann Roe, whose son drowned, came. ⟨The mother⟩ said [“no”].", None),
        ("Ann Roe, spokeswoman for the Pilots' Union, came. ⟨The spokeswoman⟩ said [“no”].", "Ann Roe"),
        ("The Pilots' Union struck. ⟨A union spokeswoman⟩ said [“no”].", "Pilots' Union"),
        ("Bill Roe came. Ann Roe sat. ⟨His sister⟩ said [“no”].", "Ann Roe"),
        ("Bill Roe came. Ann Poe sat. ⟨His sister⟩ said [“no”].", None),
        ("[“No,”] ⟨their union⟩ said.\n\nThe Rail Workers' Federation met.", "Rail Workers' Federation"),
        ("[“No,”] ⟨their union⟩ said.\n\nThe Rail Federation met the Port Federation.", None),
        ("Ann Roe told the BBC so. ⟨The prime minister’s office⟩ said [“no”].", None),
        ("LUND (Reuters) - It rained. ⟨The port authority⟩ said [“no”].", None),
        ("LUND — It rained. ⟨The authority⟩ said [“no”].", None),
        ("LUND, Sweden, May 3 (AP) -- It rained. ⟨The company⟩ said [“no”].", None),
        ("Ann Roe told Reuters so. ⟨The company⟩ said [“no”].", None),
        ("The BBC cut jobs. ⟨The broadcaster⟩ said [“no”].", "BBC"),
        ("Acting labour minister Ann Roe came. ⟨The minister⟩ said [“no”].", "Ann Roe"),
        ("Deputy labour minister Ann Roe came. ⟨The minister⟩ said [“no”].", None),
        ("Ann Roe, deputy governor of Poe Bank, came. ⟨Its deputy⟩ said [“no”].", "Ann Roe"),
    ],
}


@pytest.mark.parametrize(
    ("marked", "expected"),
    [pytest.param(*case, id=f"{rule}-{case[0]}") for rule, cases in RESOLVED.items() for case in cases],
)
def test_identifies_the_last_speaker(marked: str, expected: str | None) -> None:
    assert names(solve(marked))[-1] == expected


def test_evidence_from_pronoun_to_description_to_name() -> None:
    solved = solve("The British Prime Minister Boris Roe came. ⟨The prime minister⟩ said [“no”]. ⟨He⟩ said [“never”].")
    assert chain(solved) == [
        ("He", "pronoun"),
        ("The prime minister", "office"),
        ("British Prime Minister", "title"),
        ("Boris Roe", "full name"),
    ]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("⟨Ann Roe⟩ said [“no”].", [("Ann Roe", "full name")]),
        ("Ann Roe came. ⟨Roe⟩ said [“no”].", [("Roe", "surname"), ("Ann Roe", "full name")]),
        ("Ann Roe came. ⟨Ann⟩ said [“no”].", [("Ann", "first name"), ("Ann Roe", "full name")]),
        ("[“No,”] said ⟨a Kremlin spokesman⟩.", [("Kremlin", "spokesperson")]),
        (
            "Ann Roe came. Then ⟨Roe⟩ said [“no”]. ⟨She⟩ said [“never”].",
            [("She", "pronoun"), ("Roe", "surname"), ("Ann Roe", "full name")],
        ),
        (
            "[“No,”] said ⟨Ann Roe⟩.\n\n[“Never.”]",
            [("“Never.”", "goes on from the quote before"), ("Ann Roe", "full name")],
        ),
    ],
)
def test_gives_the_chain_of_evidence(marked: str, expected: list[tuple[str, str]]) -> None:
    assert chain(solve(marked)) == expected


@pytest.mark.parametrize(
    ("marked", "titles"),
    [
        ("Ann Roe, a doctor, came. ⟨Senator Ann Roe⟩ said [“no”]. ⟨Roe⟩ said [“never”].", ["Senator", "Senator"]),
        ("⟨Roe⟩ said [“no”]. Ann Roe, a doctor, left.", ["doctor"]),
        (
            "Mayor Ann Roe came. She was once the judge Ann Roe. ⟨The mayor⟩ said [“no”]. ⟨She⟩ said [“never”].",
            ["Mayor", "judge"],
        ),
        ("President Roe came. U.S. President Ann Roe left. ⟨Roe⟩ said [“no”].", ["President"]),
        ("⟨Ann Roe⟩ said [“no”].", [None]),
        ("Mayor Ann Roe, who was a judge until May, came. ⟨Roe⟩ said [“no”].", ["Mayor"]),
        ("Ann Roe, who was a judge until May, came. ⟨Roe⟩ said [“no”].", ["judge"]),
        ("Fire Chief Ann Roe came. ⟨Roe, who has been chief for a year,⟩ said [“no”].", ["Fire Chief"]),
    ],
)
def test_gives_the_role_of_each_quote(marked: str, titles: list[str | None]) -> None:
    _, speakers, identities = solve(marked)
    roles = [speakers[i.speaker or 0].roles[i.role].title if i.role is not None else None for i in identities]
    assert roles == titles


def test_merges_a_role_stated_twice() -> None:
    text, speakers, _ = solve("President Roe came. U.S. President Ann Roe left. ⟨Roe⟩ said [“no”].")
    assert [(r.title, r.country, r.span.of(text)) for r in speakers[0].roles] == [("President", "US", "U.S. President")]


def test_lists_people_with_a_role_in_order_of_mention() -> None:
    marked = "Poe slept. Ann Doe sat by Judge Tom Poe. The Budget Office of Riga paid. [“No,”] ⟨Ann Roe⟩ said."
    _, speakers, identities = solve(marked)
    assert [(s.name, s.kind) for s in speakers] == [("Tom Poe", "person"), ("Ann Roe", "person")]
    assert identities[0].speaker == 1


def test_mentions_have_a_form_and_a_rule() -> None:
    text, speakers, _ = solve("Mayor Ann Roe came. Roe sat. ⟨The mayor⟩ said [“no”]. ⟨She⟩ said [“never”]. Ann left.")
    assert [(m.span.of(text), m.how, m.rule) for m in speakers[0].mentions] == [
        ("Ann Roe", "full", "full name"),
        ("Roe", "partial", "surname"),
        ("The mayor", "description", "office"),
        ("She", "pronoun", "pronoun"),
        ("Ann", "partial", "first name"),
    ]
    assert all(0.5 <= m.confidence <= 1 for m in speakers[0].mentions)


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("[Rain again 🙂] — ⟨Meriem (@nina)⟩ May 2, 2021", ("Meriem", "account", "@nina")),
        ("Ann Roe came. [Rain again] — ⟨Ann Roe (@ann_roe)⟩ May 2, 2021", ("Ann Roe", "person", "@ann_roe")),
        ("Blue Ridge burnt. [Rain] — ⟨Blue Ridge Fire (@blue)⟩ May 2, 2021", ("Blue Ridge Fire", "account", "@blue")),
        ("[Rain again] — ⟨@nina⟩ May 2, 2021", ("@nina", "account", "@nina")),
    ],
)
def test_names_accounts_of_posts(marked: str, expected: tuple[str, str, str]) -> None:
    _, speakers, identities = solve(marked, medium="post")
    speaker = speakers[identities[0].speaker or 0]
    assert identities[0].speaker is not None
    assert (speaker.name, speaker.kind, speaker.handle) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "\ud800", "🙂" * 50, "e\u0301" * 50, "Mr. " * 50, "@ (@) @@", "‏مرحبا בעולם"]
)
def test_accepts_any_text(text: str) -> None:
    whole = Span(0, len(text))
    attribution = Attribution((whole,), (), (whole,), "direct", "post", "speech", None, 1.0)
    assert identify(text, [])[1] == ()
    attributions = [attribution] if text.strip() else []
    assert len(identify(text, attributions)[1]) == len(attributions)


def test_spans_are_code_points_after_emoji_and_combining_marks() -> None:
    text, speakers, identities = solve("🙂🏽 Zoe\u0308 Roe\u0301 came. ⟨Roe\u0301⟩ said [“no”].")
    assert speakers[0].name == "Zoe\u0308 Roe\u0301"
    assert [m.span.of(text) for m in speakers[0].mentions] == ["Zoe\u0308 Roe\u0301", "Roe\u0301"]
    assert identities[0].speaker == 0
