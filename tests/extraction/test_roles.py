"""Read roles from the words around a name: title as it stands, organisation, country, and the span that proves them."""

import pytest

from api.extraction.mentions import Reading
from api.extraction.roles import Roles
from api.extraction.words import same_title


def stated(text: str) -> list[tuple[str, str, str | None, str | None]]:
    reading = Reading(text)
    return [
        (reading.units[s.unit].span.of(text), s.role.title, s.role.organisation, s.role.country)
        for s in Roles(reading, frozenset()).stated()
    ]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Estonian Prime Minister Kaja Roe spoke.", ("Kaja Roe", "Prime Minister", None, "EE")),
        ("The U.S. President Joe Roe spoke.", ("Joe Roe", "President", None, "US")),
        ("The Turkish president Recep Tayyip Roe spoke.", ("Recep Tayyip Roe", "president", None, "TR")),
        ("Later President Roe spoke.", ("Roe", "President", None, None)),
        ("The NATO Secretary Jens Roe spoke.", ("Jens Roe", "Secretary", "NATO", None)),
        ("Former French president Jean Roe spoke.", ("Jean Roe", "Former president", None, "FR")),
        ("Poland's former foreign minister Jan Roe spoke.", ("Jan Roe", "former foreign minister", None, "PL")),
        ("Acting Mayor Ann Roe spoke.", ("Ann Roe", "Acting Mayor", None, None)),
        ("Ireland’s Deputy Prime Minister Ann Roe spoke.", ("Ann Roe", "Deputy Prime Minister", None, "IE")),
        ("Secretary of State Madeleine Roe spoke.", ("Madeleine Roe", "Secretary of State", None, None)),
        ("Texas Sen. Ted Roe spoke.", ("Ted Roe", "Sen.", "Texas", None)),
        ("London Mayor Sadiq Roe spoke.", ("Sadiq Roe", "Mayor", "London", None)),
        ("White House press secretary Sean Roe spoke.", ("Sean Roe", "press secretary", "White House", None)),
        (
            "Democratic National Committee Chair Debbie Roe spoke.",
            ("Debbie Roe", "Chair", "Democratic National Committee", None),
        ),
        (
            "President of the European Commission Ursula Roe spoke.",
            ("Ursula Roe", "President", "European Commission", None),
        ),
        ("Hamas leader Ismail Roe spoke.", ("Ismail Roe", "leader", "Hamas", None)),
        ("The historian Jane Roe spoke.", ("Jane Roe", "historian", None, None)),
        ("Longtime pollster Pat Roe spoke.", ("Pat Roe", "pollster", None, None)),
        ("Retired neurosurgeon Ben Roe spoke.", ("Ben Roe", "Retired neurosurgeon", None, None)),
        ("The bureau's director, James Roe, spoke.", ("James Roe", "director", None, None)),
        ("The president of Latvia, Jana Roe, spoke.", ("Jana Roe", "president", None, "LV")),
        ("Jane Roe, the foreign minister of France, spoke.", ("Jane Roe", "foreign minister", None, "FR")),
        ("Jane Roe, Estonia's prime minister, spoke.", ("Jane Roe", "prime minister", None, "EE")),
        ("Jane Roe, mayor of Riga, spoke.", ("Jane Roe", "mayor", "Riga", None)),
        ("Jane Roe, head of the WHO's Europe office, spoke.", ("Jane Roe", "head", "WHO's Europe office", None)),
        (
            "Jane Roe, a professor of law at Poe University, spoke.",
            ("Jane Roe", "professor of law", "Poe University", None),
        ),
        ("Jane Roe, 45, a teacher from Leeds, spoke.", ("Jane Roe", "teacher", None, None)),
        ("Chancellor Angela Roe of Germany spoke.", ("Angela Roe", "Chancellor", None, "DE")),
        ("Senator Ted Roe of Texas spoke.", ("Ted Roe", "Senator", "Texas", None)),
        ("Poultry magnate Ron Roe spoke.", ("Ron Roe", "magnate", None, None)),
        ("Republican U.S. House Speaker Paul Roe spoke.", ("Paul Roe", "Speaker", "House", "US")),
        ("That is the reason President Roe spoke.", ("Roe", "President", None, None)),
        ("It was a call highlighting Sen. Roe again.", ("Roe", "Sen.", None, None)),
        ("Jane Roe, a lawyer in Poetown, spoke.", ("Jane Roe", "lawyer", None, None)),
        (
            "Jane Roe, WHO Regional Director for Europe, spoke.",
            ("Jane Roe", "Regional Director for Europe", "WHO", None),
        ),
        (
            "Jane Roe, the Foreign Office minister responsible for it, spoke.",
            ("Jane Roe", "minister", "Foreign Office", None),
        ),
        ("Jane Roe, Minister of Health of Romania\n\n“So it is.”", ("Jane Roe", "Minister of Health", None, "RO")),
        ("Jane Roe, Minister of Health of Romania, spoke.", ("Jane Roe", "Minister of Health", None, "RO")),
        ("Hugh Roe, a doctor, spoke.", ("Hugh Roe", "doctor", None, None)),
        ("Jane Roe, who chairs the committee, spoke.", ("Jane Roe", "chair", None, None)),
        (
            "Jane Roe, who chairs the Senate Budget Committee, spoke.",
            ("Jane Roe", "chair", "Senate Budget Committee", None),
        ),
        ("Jane Roe, who commands the Poe Brigade, spoke.", ("Jane Roe", "commander", "Poe Brigade", None)),
        ("Jane Roe, who heads the Poe Institute, spoke.", ("Jane Roe", "head", "Poe Institute", None)),
        ("Jane Roe, who was ambassador to Chile, spoke.", ("Jane Roe", "ambassador to Chile", None, None)),
        ("Jane Roe, the U.S. ambassador to Chile, spoke.", ("Jane Roe", "ambassador to Chile", None, "US")),
        ("Jane Roe is the mayor of Riga.", ("Jane Roe", "mayor", "Riga", None)),
        ("Xandra Roe became governor of Poe Bank on Monday.", ("Xandra Roe", "governor", "Poe Bank", None)),
        ("Jane Roe was sworn in as prime minister of Latvia on Tuesday.", ("Jane Roe", "prime minister", None, "LV")),
        ("Jane Roe was elected mayor of Riga in May.", ("Jane Roe", "mayor", "Riga", None)),
        ("Jane Roe was named as the head of Poe Bank.", ("Jane Roe", "head", "Poe Bank", None)),
        ("Jane Roe has been deputy mayor for six years.", ("Jane Roe", "deputy mayor", None, None)),
        ("Jane Roe had been Norway’s trade minister for a day.", ("Jane Roe", "trade minister", None, "NO")),
        ("Jane Roe became governor of the Czech National Bank.", ("Jane Roe", "governor", "Czech National Bank", None)),
        ("Jane Roe has served as mayor of Riga since May.", ("Jane Roe", "mayor", "Riga", None)),
        ("Jane Roe took office as mayor of Riga.", ("Jane Roe", "mayor", "Riga", None)),
        ("His deputy, Jane Roe, is acting interior minister.", ("Jane Roe", "acting interior minister", None, None)),
        ("Jane Roe, until last autumn chief of staff, left.", ("Jane Roe", "chief of staff", None, None)),
        ("Jane Roe, who used to be a trade minister, left.", ("Jane Roe", "trade minister", None, None)),
        (
            "Jane Roe, who presides over the Riga port authority, left.",
            ("Jane Roe", "president", "Riga port authority", None),
        ),
        (
            "Jane Roe, who chairs the Poe Bank’s ethics committee, left.",
            ("Jane Roe", "chair", "Poe Bank’s ethics committee", None),
        ),
        (
            "Jane Roe, who commands the district’s rescue service and is not his sister, left.",
            ("Jane Roe", "commander", None, None),
        ),
        ("Riga Town sacked manager Jane Roe on Monday.", ("Jane Roe", "manager", None, None)),
        ("The sacked manager Jane Roe left.", ("Jane Roe", "manager", None, None)),
        (
            "The Pier Owners’ Union is cross. Its chair, Jane Roe, left.",
            ("Jane Roe", "chair", "Pier Owners’ Union", None),
        ),
        (
            "The Union of Pier Owners is cross. “No,” said its chair, Jane Roe.",
            ("Jane Roe", "chair", "Union of Pier Owners", None),
        ),
        ("They met the Poe Bank and Poe Union. Its chair, Jane Roe, left.", ("Jane Roe", "chair", None, None)),
        (
            "The Poe Union is cross.\n\nNothing fell.\n\nThe union’s chair, Jane Roe, left.",
            ("Jane Roe", "chair", "Poe Union", None),
        ),
        ("The Poe Union met the Doe Union. The union’s chair, Jane Roe, left.", ("Jane Roe", "chair", None, None)),
        ("The pilots’ union is cross. The union’s chair, Jane Roe, left.", ("Jane Roe", "chair", None, None)),
        (
            "Russian foreign ministry spokeswoman Maria Roe spoke.",
            ("Maria Roe", "foreign ministry spokeswoman", None, "RU"),
        ),
        (
            "Russian Foreign Ministry spokeswoman Maria Roe spoke.",
            ("Maria Roe", "spokeswoman", "Foreign Ministry", "RU"),
        ),
        (
            "Jane Roe, who chairs the harbour fees committee, left.",
            ("Jane Roe", "chair", "harbour fees committee", None),
        ),
        ("Jane Roe, who chairs the committee, left.", ("Jane Roe", "chair", None, None)),
        ("Jane Roe, chair of the finance committee, left.", ("Jane Roe", "chair", "finance committee", None)),
        ("Jane Roe, head of commodities at Poe Bank, left.", ("Jane Roe", "head of commodities", "Poe Bank", None)),
        ("Jane Roe, head of lending, left.", ("Jane Roe", "head of lending", None, None)),
        ("Jane Roe, head of the agency, left.", ("Jane Roe", "head", None, None)),
        ("Jane Roe, head of research at Poe Bank, left.", ("Jane Roe", "head of research", "Poe Bank", None)),
        ("Poe State coach Jane Roe left. They love Poe State.", ("Jane Roe", "coach", "Poe State", None)),
        ("Fiscal Officer Jane Roe left.", ("Jane Roe", "Fiscal Officer", None, None)),
        ("Council member Jane Roe left.", ("Jane Roe", "Council member", None, None)),
        ("Jane Roe, festival director, left.", ("Jane Roe", "festival director", None, None)),
        ("UN envoy Jane Roe left.", ("Jane Roe", "envoy", "UN", None)),
        ("Jane Roe, the harbour master, left.", ("Jane Roe", "harbour master", None, None)),
        ("Jane Roe, a climber, left.", ("Jane Roe", "climber", None, None)),
    ],
)
def test_reads_one_role(text: str, role: tuple[str, str, str | None, str | None]) -> None:
    assert stated(text) == [role]


@pytest.mark.parametrize(
    "text",
    [
        "The Estonian leader Kaja Roe spoke.",
        "Mr. Roe, Dr. Jane Roe and Sir John Roe spoke.",
        "His wife Jane Roe and her brother, Bill Roe, spoke.",
        "Jane Roe, of Leeds, spoke. Jane Roe, a Leeds resident, spoke.",
        "After meeting Jane Roe, the president spoke.",
        "Jane Roe asked whether the doctor had come.",
        "The president greeted Jane Roe.",
        "A district judge in Poetown, Va. ruled.",
        "The Plan Fails in a Major Way Again",
        "Jane Roe, a Democrat, spoke.",
        "His neighbour, Jane Roe, spoke. Jane Roe, a neighbour, spoke.",
        "Jane Roe, his deputy, left. His deputy, Jane Roe, left.",
        "Tom Poe’s deputy, Jane Roe, left.",
        "The mayor’s aide and Jane Roe, wished the new governor well.",
    ],
)
def test_reads_no_role(text: str) -> None:
    assert stated(text) == []


def test_reads_two_roles_of_one_name() -> None:
    text = "Jane Roe, chair of the Poe Foundation and former director of the Beta Institute, spoke."
    assert stated(text) == [
        ("Jane Roe", "chair", "Poe Foundation", None),
        ("Jane Roe", "former director", "Beta Institute", None),
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Sen. Ida Pell (R-Vt.) said no.", "Vt."),
        ("Sen. Ida Pell (D- Mich.) said no.", "Mich."),
        ("Rep. Ida Pell, R-S.C., said no.", "S.C."),
        ("Rep. Ida Pell (D., Ohio) said no.", "Ohio"),
        ("Sen. Ida Pell (Tex.) said no.", "Tex."),
        ("Senator Ida Pell, Republican of South Carolina, said no.", "South Carolina"),
        ("Senator Ida Pell, an independent from New Vale, said no.", "New Vale"),
        ("Rep. Ida Pell, a California Democrat who left, said no.", "California"),
        ("Senator Ida Pell from Vermont said no.", "Vermont"),
        ("Sen. Ida Pell (R) said no.", None),
        ("Sen. Ida Pell (CNN) said no.", None),
        ("Mayor Ida Pell (R-Lund) said no.", None),
        ("Sen. Ida Pell, a friend of Tom Roe, said no.", None),
    ],
)
def test_members_are_of_the_place_that_elected_them(text: str, place: str | None) -> None:
    [(_, _, organisation, _)] = stated(text)
    assert organisation == place


@pytest.mark.parametrize(
    ("text", "organisation"),
    [
        ("Tom Poe, communications director for Ann Roe's campaign, left.", "Ann Roe's campaign"),
        (
            "Tom Poe, chief strategist on Ann Roe's 2012 presidential campaign, left.",
            "Ann Roe's 2012 presidential campaign",
        ),
        ("The Roe campaign communications director Tom Poe left.", "Roe campaign"),
        ("Tom Poe, the Roe campaign's national political director, left.", "Roe campaign"),
        ("Ann Roe came. Roe's campaign manager Tom Poe left.", "Roe's campaign"),
        ("Tom Poe, an adviser to the Lund Mosquito Control Association, left.", "Lund Mosquito Control Association"),
        ("Tom Poe, an adviser to Ann Roe, left.", None),
        ("Immunologist Tom Poe of the Lund Research Institute left.", "Lund Research Institute"),
        ("Tom Poe, Scotland's transport secretary, left.", "Scotland"),
        ("First Minister of Scotland Tom Poe left.", "Scotland"),
        ("The Scottish minister Tom Poe left.", None),
    ],
)
def test_organisation_of_an_office(text: str, organisation: str | None) -> None:
    assert [each[2] for each in stated(text) if each[0] == "Tom Poe"] == [organisation]


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        (
            "Ann Roe, president and publisher of the Harbour Post, left.",
            [("Ann Roe", "president", "Harbour Post", None), ("Ann Roe", "publisher", "Harbour Post", None)],
        ),
        ("President and CEO Ann Roe left.", [("Ann Roe", "President", None, None), ("Ann Roe", "CEO", None, None)]),
        (
            "Ann Roe, an Illinois delegate and activist, left.",
            [("Ann Roe", "delegate", "Illinois", None), ("Ann Roe", "activist", None, None)],
        ),
        (  # fields are no offices
            "Health and Social Care Minister Ann Roe left.",
            [("Ann Roe", "Health and Social Care Minister", None, None)],
        ),
    ],
)
def test_a_title_may_join_two_offices(text: str, roles: list[tuple[str, str, str | None, str | None]]) -> None:
    assert stated(text) == roles


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        (
            "Sens. Ida Pell of Illinois and Tom Roe of Maine left.",
            [("Ida Pell", "Sen.", "Illinois", None), ("Tom Roe", "Sen.", "Maine", None)],
        ),
        (
            "They met the actors Dan Roe, Ron Pell and Ida Maro.",
            [("Dan Roe", "actor", None, None), ("Ron Pell", "actor", None, None), ("Ida Maro", "actor", None, None)],
        ),
        (
            "Former presidents Ida Roe and Tom Poe met.",
            [("Ida Roe", "Former president", None, None), ("Tom Poe", "Former president", None, None)],
        ),
        (
            "Senators Ida Pell (R-Ohio) and Tom Roe (R-Iowa) left.",
            [("Ida Pell", "Senator", "Ohio", None), ("Tom Roe", "Senator", "Iowa", None)],
        ),
        (
            "The actresses Ida Roe and Ann Poe left.",
            [("Ida Roe", "actress", None, None), ("Ann Poe", "actress", None, None)],
        ),
        ("She met senators like Ida Roe.", [("Ida Roe", "senator", None, None)]),
        (
            "Three former secretaries, including Ida Roe and Tom Poe, left.",
            [("Ida Roe", "former secretary", None, None), ("Tom Poe", "former secretary", None, None)],
        ),
        ("The chairwomen such as Ida Roe left.", [("Ida Roe", "chairwoman", None, None)]),
        ("She told senators, Ida Roe said.", []),
        ("The senators met Ida Roe and Tom Poe.", []),
        ("The actors said Ida Roe and Tom Poe left.", []),
        ("Senators Ida Pell said and Tom Roe left.", []),
    ],
)
def test_a_plural_is_each_ones_office(text: str, roles: list[tuple[str, str, str | None, str | None]]) -> None:
    assert stated(text) == roles


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("Ann Roe, the press officer for the Lund Ferry Company said no.", ["press officer"]),  # opens the sentence
        ("“No,” said Ann Roe, a clerk currently in Lund.", ["clerk"]),
        ("They met Ann Roe, a pollster working for the board.", ["pollster"]),
        ("They met Ann Roe, editor of the Riga’s paper.", ["editor"]),
        ("They met Ann Roe, who is chair of the Ferry Board said Tom Poe.", ["chair"]),
        ("According to Ann Roe, the minister lied.", []),
        ("Thanks to Ann Roe, the mayor of Lund lied.", []),
        ("With Ann Roe, the director left.", []),
    ],
)
def test_what_follows_an_office_behind_a_name(text: str, roles: list[str]) -> None:
    assert [title for name, title, _, _ in stated(text) if name == "Ann Roe"] == roles


def test_a_title_between_two_names_belongs_to_the_second() -> None:
    text = "After meeting Bob Roe, the president of France, Jean Poe, spoke."
    assert stated(text) == [("Jean Poe", "president", None, "FR")]


def test_the_span_of_a_role_covers_its_verb() -> None:
    text = "Jane Roe, who heads the regional office’s vaccination service, left."
    spans = [s.role.span.of(text) for s in Roles(Reading(text), frozenset()).stated()]
    assert spans == ["heads the regional office’s vaccination service"]


@pytest.mark.parametrize(
    ("text", "past"),
    [
        ("Jane Roe, who was mayor until May, spoke.", True),
        ("Jane Roe, until last autumn mayor of Riga, spoke.", True),
        ("Jane Roe, who is mayor, spoke.", False),
        ("Jane Roe was sworn in as mayor.", False),
    ],
)
def test_tells_past_roles_from_current_ones(text: str, past: bool) -> None:
    assert [s.past for s in Roles(Reading(text), frozenset()).stated()] == [past]


def test_spans_cover_title_and_country() -> None:
    text = "They met former French president Jean Roe, now head of the Poe Institute, in Riga."
    spans = [s.role.span.of(text) for s in Roles(Reading(text), frozenset()).stated()]
    assert spans == ["former French president", "head of the Poe Institute"]


def test_a_surname_before_a_title_is_no_organisation() -> None:
    text = "Roe spokesman Nick Poe spoke."
    roles = Roles(Reading(text), frozenset({"roe"})).stated()
    assert [(s.role.title, s.role.organisation) for s in roles] == [("spokesman", None)]


def test_reads_an_office_after_a_name() -> None:
    assert stated("Ann Roe MP spoke.") == [("Ann Roe", "MP", None, None)]
    assert stated("Ann Roe td spoke of the Ann Roe MP Fund.") == []
    assert stated("Shadow minister Ann Roe MP, the chair of the Lund Trust, spoke.") == [
        ("Ann Roe", "MP", None, None),
        ("Ann Roe", "Shadow minister", None, None),
        ("Ann Roe", "chair", "Lund Trust", None),
    ]


def test_reads_a_list_of_names_with_their_offices() -> None:
    text = "They met Ann Roe, the mayor of Riga, Bill Poe, the mayor of Tartu, and others."
    assert stated(text) == [("Ann Roe", "mayor", "Riga", None), ("Bill Poe", "mayor", "Tartu", None)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Prime Minister", "prime minister", True),
        ("PM", "prime minister", True),
        ("Sen.", "Senator", True),
        ("secretary-general", "Secretary General", True),
        ("president", "vice president", False),
        ("former president", "president", False),
        ("CFO", "Chief Financial Officer", True),
        ("group CEO", "Group Chief Executive Officer", True),
        ("CEO", "chief financial officer", False),
    ],
)
def test_same_title(one: str, other: str, same: bool) -> None:
    assert same_title(one, other) is same
