"""The JSON of an extraction: as the engine writes it, and as an article may bring it along."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import marshmallow as ma
from marshmallow import fields

from api import enums
from api.schemas.base import Choice, CountryCode, Date, Integer, Line, List, Schema, String, TextOrNull
from api.schemas.messages import Range
from api.schemas.places import MAX_NAMED_PLACES, Places, Words
from api.schemas.refs import HANDLE, ORGANISATION, SpeakerKind
from api.schemas.spans import CONTENT, CUE, SOURCE, SpanField, Spans, is_span

# What fields of several schemas mean
WORDS = "the words of `content`, joined by …"
CUE_TEXT = "the words of `cue`, joined by …; empty where it has none"
SOURCE_TEXT = "the words of `source`, joined by …; empty where it has none"
CONFIDENCE = "how likely it is that the quote and its speaker are right, from 0 to 1"
EVIDENCE = "how the source leads to the speaker, one link after the other"
RULE = "the rule of the engine that made the link"
SAID = "day on which it was said; null where the text does not give it"

MAX_ITEMS = 10_000  # quotes, and speakers, of a text: more than a million code points have
MAX_ANNOTATIONS = (
    100_000  # mentions of a speaker, and links of a quote: as many as one name fits into a million code points
)
MAX_JOINT = 100  # speakers beside the first of a quote
MAX_FAULTS = 1000  # looked for: an answer lists 100 of them
MAX_NAME = 10_000  # code points: the engine cuts no name, storage does
_RULE = re.compile(r"(?=.{1,100}\Z)[a-z]+(?:[ -][a-z]+)*")  # as the engine calls its rules


class Number(fields.Float):
    """A JSON number. Strings of digits are errors."""

    def _validated(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Day(Date):
    """A date. The engine gives it as a string already."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> Any:  # noqa: ARG002 - marshmallow's
        return value


class Annotations(List):
    """A list of objects of `schema`, which have a span and a word under the key `word`.

    They are three in five of the objects in a seed article. A list is taken as it stands, without the schema, if `is_word`
    accepts the word of each object. Otherwise the schema says of each object what is wrong.
    """

    def __init__(self, schema: type[Schema], word: str, is_word: Callable[[Any], Any], **more: Any) -> None:
        super().__init__(fields.Nested(schema), longest=MAX_ANNOTATIONS, **more)
        self.keys = {"span", word}
        self.word = word
        self.is_word = is_word

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if isinstance(value, list) and len(value) <= MAX_ANNOTATIONS and all(map(self._is_usual, value)):
            return value
        return super()._deserialize(value, attr, data, **more)

    def _is_usual(self, item: Any) -> bool:
        if type(item) is not dict or item.keys() != self.keys:
            return False
        return is_span(item["span"]) and type(item[self.word]) is str and bool(self.is_word(item[self.word]))


def Kind(**more: Any) -> fields.String:
    """Return a field for the kind of a quote."""
    return Choice(enums.KINDS, "direct (wholly in quotation marks), mixed (partly) or indirect (not)", **more)


def Medium(**more: Any) -> fields.String:
    """Return a field for the medium of a quote."""
    return Choice(enums.MEDIA, "speech, post (in a social network) or document (a poll, a report, a letter)", **more)


def Act(*others: str, **more: Any) -> fields.String:
    """Return a field for the act of a quote. `others` are values that it takes besides."""
    description = "speech (said, wrote, posted) or attitude (thinks, wants, fears)"
    return Choice([*enums.ACTS, *others], f"{description}{''.join(f', or {other}' for other in others)}", **more)


def Polarity(**more: Any) -> fields.String:
    """Return a field for the polarity of a quote."""
    description = (
        "how the source puts the content forward: asserted, denied, questioned, or hedged (only held possible)"
    )
    return Choice(enums.POLARITIES, description, **more)


def How() -> fields.String:
    """Return the field for how a mention refers to its speaker."""
    description = "how the span refers to the speaker: by full name, part of a name, pronoun or description"
    return Choice(enums.HOWS, description, required=True)


class ExtractedRole(Schema):
    """A role as the text states it."""

    title = Line(longest=MAX_NAME, required=True, metadata={"description": "title of the role, as the text states it"})
    organisation = Line(longest=MAX_NAME, required=True, allow_none=True, metadata={"description": ORGANISATION})
    country = CountryCode(required=True, allow_none=True)
    span = SpanField(required=True)


class ExtractedMention(Schema):
    """A span that refers to the speaker."""

    span = SpanField(required=True)
    how = How()


class ExtractedSpeaker(Schema):
    """A speaker of the text."""

    name = Line(longest=MAX_NAME, required=True, metadata={"description": "name of the speaker"})
    kind = SpeakerKind(required=True)
    handle = Line(longest=MAX_NAME, required=True, allow_none=True, metadata={"description": HANDLE})
    mentions = Annotations(
        ExtractedMention,
        "how",
        enums.HOWS.__contains__,
        required=True,
        metadata={"description": "every span that refers to the speaker"},
    )
    roles = List(
        fields.Nested(ExtractedRole),
        longest=MAX_ITEMS,
        required=True,
        metadata={"description": "roles of the speaker, in this text"},
    )


class ExtractedLink(Schema):
    """One link of the chain from the source as it stands in the text to the speaker."""

    span = SpanField(required=True)
    rule = Line(longest=100, required=True, metadata={"description": RULE})


class ExtractedQuote(Schema):
    """A quote of the text. `speaker` is an index into the speakers, `role` into the roles of that speaker.

    A quote that is given without `polarity` gets the one that its cue shows.
    """

    kind = Kind(required=True)
    medium = Medium(required=True)
    act = Act(required=True)
    polarity = Polarity()
    text = String(longest=2_000_000, required=True, metadata={"description": WORDS})
    said = Day(required=True, allow_none=True, metadata={"description": SAID})
    content = Spans(CONTENT, least=1, required=True)
    cue = Spans(CUE, required=True)
    source = Spans(SOURCE, required=True)
    cue_text = String(longest=2_000_000, shortest=0, metadata={"description": CUE_TEXT})
    source_text = String(longest=2_000_000, shortest=0, metadata={"description": SOURCE_TEXT})
    speaker = Integer(
        least=0,
        required=True,
        allow_none=True,
        metadata={"description": "index into `speakers`, from 0; null where the speaker is unknown"},
    )
    joint = List(
        Integer(least=0),
        longest=MAX_JOINT,
        metadata={
            "description": "indexes into `speakers` of those who speak together with the speaker, in the order named"
        },
    )
    role = Integer(
        least=0,
        required=True,
        allow_none=True,
        metadata={"description": "index into the speaker's `roles`, from 0; null where the text states none"},
    )
    confidence = Number(required=True, validate=Range(min=0, max=1), metadata={"description": CONFIDENCE})
    evidence = Annotations(ExtractedLink, "rule", _RULE.fullmatch, required=True, metadata={"description": EVIDENCE})


class GivenQuote(ExtractedQuote):
    """A quote that an article brings along: as the engine finds it, but its places may be named by their words."""

    content = Places(CONTENT, least=1, required=True)
    cue = Places(CUE, required=True)
    source = Places(SOURCE, required=True)


def place(text: str, quotes: Sequence[dict[str, Any]]) -> None:
    """Replace the places that quotes name by their words by spans. Raise ValidationError, with each fault in its place."""
    named = sum(isinstance(each, dict) for quote in quotes for part in enums.PARTS for each in quote[part])
    if not named:
        return
    if named > MAX_NAMED_PLACES:
        raise ma.ValidationError({"quotes": [f"At most {MAX_NAMED_PLACES:,} places by their words: give spans."]})
    words, faults = Words(text), dict[int, Any]()
    for index, quote in enumerate(quotes):
        for part in enums.PARTS:
            try:
                quote[part] = words.spans(quote[part])
            except ma.ValidationError as error:
                faults.setdefault(index, {})[part] = error.messages
    if faults:
        raise ma.ValidationError({"quotes": faults})


class ExtractionSchema(Schema):
    """The speakers and quotes of one text."""

    language = TextOrNull("language of a text that is not English, and so has no quotes; null for English")
    note = fields.String(metadata={"description": "why there are no quotes; only where the text is not in English"})
    speakers = fields.List(
        fields.Nested(ExtractedSpeaker), required=True, metadata={"description": "the speakers of the text"}
    )
    quotes = fields.List(
        fields.Nested(ExtractedQuote), required=True, metadata={"description": "the quotes of the text"}
    )


def check(text: str, found: Mapping[str, Any]) -> None:
    """Raise ValidationError unless `found` (as ExtractionSchema loads it) fits the text.

    The error has the faults in their places, at most MAX_FAULTS.
    Spans must lie in the text and begin and end with words. Those of one quote must not overlap. Indexes must exist.
    """
    faults: dict[str, Any] = {}
    for *path, last, detail in islice(_faults(text, found), MAX_FAULTS):
        inner = faults
        for step in path:
            inner = inner.setdefault(step, {})
        inner.setdefault(last, []).append(detail)
    if faults:
        raise ma.ValidationError(faults)


def _faults(text: str, found: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the path to each value that does not fit, with what is wrong as its last item."""
    speakers = found["speakers"]
    for number, speaker in enumerate(speakers):
        for field in ("mentions", "roles"):
            for place, item in enumerate(speaker[field]):
                for detail in _misplaced(text, item["span"]):
                    yield "speakers", number, field, place, "span", detail
    for number, quote in enumerate(found["quotes"]):
        spans = [(span, (part, place)) for part in enums.PARTS for place, span in enumerate(quote[part])]
        end = 0
        for span, where in sorted(spans):
            for detail in _misplaced(text, span):
                yield "quotes", number, *where, detail
            if span[0] < end:
                yield "quotes", number, *where, "Overlaps another span of the quote."
            end = max(end, span[1])
        for place, link in enumerate(quote["evidence"]):
            for detail in _misplaced(text, link["span"]):
                yield "quotes", number, "evidence", place, "span", detail
        yield from (("quotes", number, "joint", *fault) for fault in _not_joint(quote, len(speakers)))
        if quote["speaker"] is not None and quote["speaker"] >= len(speakers):
            yield "quotes", number, "speaker", f"There are {len(speakers)} speakers, counted from 0."
        elif quote["role"] is not None:
            roles = 0 if quote["speaker"] is None else len(speakers[quote["speaker"]]["roles"])
            if quote["role"] >= roles:
                yield "quotes", number, "role", f"The quote's speaker has {roles} roles, counted from 0."


def _not_joint(quote: Mapping[str, Any], speakers: int) -> Iterator[tuple[int, str]]:
    """Yield each of a quote's joint speakers that cannot be one, by its place, with what is wrong. There are `speakers`."""
    known = [quote["speaker"]]
    for place, index in enumerate(quote.get("joint", ())):
        if quote["speaker"] is None:
            yield place, "Only a speaker speaks together with others: give the speaker too."
        elif index >= speakers:
            yield place, f"There are {speakers} speakers, counted from 0."
        elif index in known:
            yield place, "This speaker is one of the quote already."
        known.append(index)


def _misplaced(text: str, span: list[int]) -> Iterator[str]:
    start, end = span
    if end > len(text):
        yield f"The text ends at {len(text)}."
    elif text[start].isspace() or text[end - 1].isspace():
        yield "Begins or ends with white space."
