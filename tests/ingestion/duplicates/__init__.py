"""Tests of duplicates, and the texts that they share."""

from __future__ import annotations

from tests import GOLD

REPORT = (GOLD / "a08-cod-quota.txt").read_text()
OTHER = (GOLD / "a14-namibia-rates.txt").read_text()
OWN = "Readers of this newspaper in the northern districts have followed the matter for weeks, and it fills two pages today."
WEATHER = (
    "Harnby will have light rain on {} with a high of {} degrees and a low of {}, the weather service said. Winds "
    "from the {} will reach {} kilometres an hour along the coast. The chance of rain is {} percent in the morning "
    "and {} percent after noon. Roads in the hills may be icy before nine, and drivers are asked to leave more time. "
    "The outlook for the rest of the week is published each evening at six."
)
