"""Places in a text that people name by their words instead of by offsets, as a W3C TextQuoteSelector does."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, ClassVar

import marshmallow as ma

from api.schemas.base import Schema, String
from api.schemas.spans import SpanField, Spans, in_order

MAX_EXACT = 100_000  # code points of the words themselves
MAX_AROUND = 200  # code points of the words before or after them
MAX_NAMED_PLACES = 1000  # of one article: each is looked for in the whole text
_WIDE_SPACE = re.compile(r"\s{2,}")
_SPACE = re.compile(r"\s+")


class TextQuote(Schema):
    """Words of a text: `exact`, and where they stand more than once the words before and after."""

    exact = String(longest=MAX_EXACT, required=True, metadata={"description": "the words, as they stand in the text"})
    prefix = String(longest=MAX_AROUND, load_default="", metadata={"description": "the words right before them"})
    suffix = String(longest=MAX_AROUND, load_default="", metadata={"description": "the words right after them"})


_TEXT_QUOTE = TextQuote()
_DESCRIBED = {name: field.metadata["description"] for name, field in _TEXT_QUOTE.fields.items()}
_SHAPE = {
    "type": "object",
    "properties": {
        name: {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_EXACT if name == "exact" else MAX_AROUND,
            "description": description,
        }
        for name, description in _DESCRIBED.items()
    },
    "required": ["exact"],
    "additionalProperties": False,
}


class Place(SpanField):
    """A span, or the words that stand there. Loads as a pair, or as a dict that `Words.place` takes."""

    SHAPE: ClassVar[dict[str, Any]] = {"anyOf": [SpanField.SHAPE, _SHAPE]}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        return _TEXT_QUOTE.load(value) if isinstance(value, dict) else super()._deserialize(value, attr, data, **more)


class Places(Spans):
    """The places of one part of a quote to store: in order, without overlap, which `Words.spans` checks of those by words."""

    ITEM = Place

    def __init__(self, description: str, **more: Any) -> None:
        super().__init__(f"{description}; each as a span, or by its words", **more)


class Words:
    """Finds words in a text. White space counts as one space, however much there is."""

    def __init__(self, text: str) -> None:
        self._line = _SPACE.sub(" ", text)
        self._wide: list[
            int
        ] = []  # where in the line a space stands for several, and how much longer the text is by then
        self._longer: list[int] = []
        longer = 0
        for match in _WIDE_SPACE.finditer(text):
            self._wide.append(match.start() - longer)
            longer += match.end() - match.start() - 1
            self._longer.append(longer)

    def spans(self, places: Sequence[Any]) -> list[list[int]]:
        """Return the places as spans. Raise ValidationError, with the index of each fault, and unless they are in order."""
        found: list[list[int]] = []
        faults: dict[int, list[str]] = {}
        for index, place in enumerate(places):
            try:
                found.append(self.place(**place) if isinstance(place, dict) else place)
            except ma.ValidationError as error:
                faults[index] = [str(message) for message in error.messages]
        if faults:
            raise ma.ValidationError(faults)
        in_order(found)
        return found

    def place(self, exact: str, prefix: str = "", suffix: str = "") -> list[int]:
        """Return the span of the only place with these words. Raise ValidationError where there is none or more than one."""
        words, before, after = (_SPACE.sub(" ", part).strip() for part in (exact, prefix, suffix))
        if not words:
            raise ma.ValidationError("Is only white space.")
        found: list[int] = []
        start = self._line.find(words)
        while start >= 0 and len(found) < 2:
            if self._has_around(start, start + len(words), before, after):
                found.append(start)
            start = self._line.find(words, start + 1)
        if not found:
            raise ma.ValidationError("The article's text does not have these words: give them as they stand there.")
        if len(found) > 1:
            raise ma.ValidationError("These words stand there more than once: give more of `prefix` and `suffix`.")
        return [self._offset(found[0]), self._offset(found[0] + len(words) - 1) + 1]

    def _has_around(self, start: int, end: int, before: str, after: str) -> bool:
        has_before = self._line[max(start - len(before) - 1, 0) : start].rstrip().endswith(before)
        return has_before and self._line[end : end + len(after) + 1].lstrip().startswith(after)

    def _offset(self, at: int) -> int:
        """Return where in the text a character of the line stands."""
        index = bisect_left(self._wide, at)
        return at + (self._longer[index - 1] if index else 0)
