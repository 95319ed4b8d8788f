"""The values of api.enums are those of the engine and of the database."""

from __future__ import annotations

from typing import get_args

import pytest

from api import enums
from api.extraction import spans


@pytest.mark.parametrize(
    ("values", "literal"),
    [
        (enums.KINDS, spans.Kind),
        (enums.MEDIA, spans.Medium),
        (enums.ACTS, spans.Act),
        (enums.SPEAKER_KINDS, spans.SpeakerKind),
        (enums.HOWS, spans.How),
    ],
)
def test_the_engine_finds_what_can_be_stored(values: tuple[str, ...], literal: object) -> None:
    assert values == get_args(literal)
