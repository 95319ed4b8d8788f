"""Texts that are not English are told, and English ones stay English."""

from __future__ import annotations

import json

import pytest

from api.extraction import extract
from api.extraction.language import foreign_language
from tests import GOLD, SEEDS, SHARED
from tests.foreign import FOREIGN

NAMES = "Kaja Kallas, Zuzana Čaputová, Emmanuel Macron, Jüri Ratas, François Bayrou, Íñigo Urkullu, Đilas Ćosić"


@pytest.mark.parametrize("code", FOREIGN)
def test_tells_other_languages(code: str) -> None:
    assert foreign_language(FOREIGN[code]) == code
    assert foreign_language(FOREIGN[code], "en") is None
    assert extract(FOREIGN[code]).as_json(FOREIGN[code]) == {"language": code, "speakers": [], "quotes": []}


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("", None, None),
        ("Nein.", None, None),
        ("Das ist gut, sagte Holm.", None, None),  # too short to tell
        (NAMES, None, None),
        ("a" * 10_000, None, None),
        ("1. Svensson, Göteborg 2:31\n2. Müller, München 2:33\n3. Lefèvre, Orléans 2:40", None, None),
        ("https://kanal-europa.example/de/nachrichten/strassenverkehr-ueber-die-bruecke-ist-gesperrt", None, None),
        ("#strassenverkehr #bruecke @buergermeisterin_holm #gesperrt #endlichwiederoffen #wirwarten", None, None),
        ("THE PIER IS SHUT, SAID IDA MARO ON TUESDAY AFTER THE STORM THAT CAME FROM THE NORTH", None, None),
        ("“Wir schaffen das,” said Greta Holm of the bridge, which the storm had torn from its piers.", None, None),
        ("“Plus jamais ça, mes amis,” Odile Marchais told the crowd outside the town hall on Friday.", None, None),
        ("Pier shut. Boats stuck. Crews wait.", "de", "de"),
        ("Pier shut. Boats stuck. Crews wait.", "EN-gb", None),
        ("Pier shut. Boats stuck. Crews wait.", "und", None),
        (FOREIGN["de"], "und", "de"),
        (FOREIGN["de"].upper(), None, None),
    ],
)
def test_doubt_and_what_is_given_decide(text: str, given: str | None, expected: str | None) -> None:
    assert foreign_language(text, given) == expected


def test_our_own_english_stays_english() -> None:
    files = [*GOLD.glob("*.txt"), *SEEDS.glob("*.txt")]
    assert len(files) > 50
    assert [file.name for file in files if foreign_language(file.read_text(encoding="utf-8"))] == []


@pytest.mark.shared
def test_english_news_stay_english() -> None:
    lines = [line for file in SHARED.glob("*/*.jsonl") for line in file.read_text(encoding="utf-8").splitlines()]
    texts = [text for line in lines if isinstance(text := json.loads(line).get("text"), str)]
    assert len(texts) > 1000
    assert [text[:80] for text in texts if foreign_language(text)] == []
