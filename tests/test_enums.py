"""The lists of words that tables, API, command line and engine share."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from sqlalchemy import CheckConstraint

from api import enums
from api.extraction import spans
from api.models import Base
from api.output import stream


@pytest.mark.parametrize(
    ("words", "engine"),
    [
        (enums.KINDS, spans.Kind),
        (enums.MEDIA, spans.Medium),
        (enums.POLARITIES, spans.Polarity),
        (enums.ACTS, spans.Act),
        (enums.SPEAKER_KINDS, spans.SpeakerKind),
        (enums.HOWS, spans.How),
    ],
)
def test_the_engine_has_the_same(words: tuple[str, ...], engine: Any) -> None:
    assert words == get_args(engine)


def test_every_format_is_written() -> None:
    assert tuple(stream.QUOTES) == enums.QUOTE_FORMATS
    assert tuple(stream.ARTICLES) == enums.ARTICLE_FORMATS


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        ("quote", "status", enums.STATUSES),
        ("quote_span", "part", enums.SPAN_PARTS),
        ("tenure", "status", enums.ROLE_STATUSES),
        ("delivery", "state", enums.DELIVERY_STATES),
        ("import", "state", enums.IMPORT_STATES),
        ("import_item", "state", enums.ITEM_STATES),
        ("api_key", "scope", enums.SCOPES),
        ("change", "action", (*enums.ACTIONS, "pruned")),
    ],
)
def test_the_database_takes_no_others(table: str, column: str, words: tuple[str, ...]) -> None:
    checks = [check for check in Base.metadata.tables[table].constraints if isinstance(check, CheckConstraint)]
    listed = ", ".join(f"'{word}'" for word in words)
    assert f"{column} IN ({listed})" in [str(check.sqltext) for check in checks]
