"""Find who made a text: the author in "By Ann Roe" above it or "Ann Roe is a nurse in Lund." below it, whom "I" means."""

from __future__ import annotations

from api.extraction.lexicon import word_list
from api.extraction.mentions import Reading, Unit

_CREDITS = word_list("credits")
_MAX_ABOVE, _MAX_BELOW = 3, 2  # paragraphs at the top and at the end in which a note may stand
_MAX_BYLINE = 8  # words


def credit_lines(reading: Reading) -> frozenset[int]:
    """Return the numbers of the paragraphs above a text that only say who made it: "By Ann Roe", "Photo: Tom Poe"."""
    found = []
    for index in reading.breaks:
        number = reading.paragraph(reading.words[index].start) if index < len(reading.words) else reading.opening
        opens = index == 0 or reading.paragraph(reading.words[index - 1].start) < number
        if number < reading.opening and opens and reading.low(index) in _CREDITS:
            found.append(number)
    return frozenset(found)


def note(reading: Reading) -> Unit | None:
    """Return the name of the text's author in a note above or below it, or None without such a note."""
    last = reading.paragraph(len(reading.text))
    found: dict[str, Unit] = {}
    for unit in reading.units:
        if unit.kind not in ("person", "name"):
            continue
        number = reading.paragraph(unit.span.start)
        opens = unit.first == 0 or reading.paragraph(reading.words[unit.first - 1].start) < number
        by = reading.low(unit.first - 1) == "by" and (
            unit.first == 1 or reading.paragraph(reading.words[unit.first - 2].start) < number
        )
        ends = _words_to_end(reading, unit, number)
        if number < _MAX_ABOVE and by and ends <= _MAX_BYLINE:
            found.setdefault("above", unit)
        if number > last - _MAX_BELOW and number > 0 and opens and _is_introduced(reading, unit):
            found["below"] = unit
    return found.get("above") or found.get("below")


def _words_to_end(reading: Reading, unit: Unit, number: int) -> int:
    """Return how many words of paragraph `number` follow a unit, at most _MAX_BYLINE + 1."""
    index = unit.last
    while index < min(len(reading.words), unit.last + _MAX_BYLINE + 1):
        if reading.paragraph(reading.words[index].start) > number:
            break
        index += 1
    return index - unit.last


def _is_introduced(reading: Reading, unit: Unit) -> bool:
    """Return whether "is" follows a name, or an apposition between commas and then "is"."""
    index = unit.last
    if reading.low(index) == ",":
        index += 1
        while index not in reading.breaks and index < unit.last + 20 and reading.low(index) not in (",", ""):
            index += 1
        index += 1
    return reading.low(index) == "is" and index not in reading.breaks
