"""Speakers in JSON."""

from __future__ import annotations

from marshmallow import fields, validate

from api.enums import MATCHES, SPEAKER_KINDS
from api.schemas.base import Line, Moment, Name, PageQuery, Pattern, Schema, page_of
from api.schemas.quote import LANGUAGE_OF_Q, MATCH, MATCHED, READ, RoleRef, SpeakerRef

KIND = validate.OneOf(SPEAKER_KINDS)
HANDLE = Pattern(r"^@[A-Za-z0-9_][A-Za-z0-9_.\-]{0,62}(@[A-Za-z0-9.\-]{1,35})?$", error="Not a handle such as @name.")
WIKIDATA = Pattern(r"^Q[1-9][0-9]{0,18}$", error="Not a Wikidata item such as Q42.")
MOST_NAMES = 1000  # far above what anyone is called; it bounds a request's work


class SpeakerPatch(Schema):
    """What can be changed of a speaker. `name` is always one of `names`: it is added where it is left out."""

    kind = fields.String(validate=KIND)
    name = Name(metadata={"description": "the name to show; the one shown before stays among the names"})
    handle = fields.String(allow_none=True, validate=HANDLE)
    wikidata = fields.String(allow_none=True, validate=WIKIDATA)
    names = fields.List(
        Name(),
        validate=validate.Length(max=MOST_NAMES),
        metadata={"description": "every name, in place of those before"},
    )


class SpeakerNew(SpeakerPatch):
    """A speaker to store."""

    kind = fields.String(validate=KIND, required=True)
    name = Name(required=True)


class SpeakerItem(SpeakerRef):
    """A speaker in a list, with every name it goes by, the shown one first."""

    handle = fields.String(required=True, allow_none=True)
    wikidata = fields.String(required=True, allow_none=True)
    names = fields.List(fields.String(), attribute="spellings", required=True)


class SpeakerFound(SpeakerItem):
    """A speaker in a list, and how what was asked for matches it."""

    match = fields.String(validate=MATCH, metadata={"description": f"with `q`: {MATCHED}"})


class SpeakerRoleSchema(Schema):
    """A role of a speaker, and when it was held: as stated, and as articles show."""

    role = fields.Nested(RoleRef, required=True)
    status = fields.String(required=True)
    started = fields.Date(required=True, allow_none=True)
    ended = fields.Date(required=True, allow_none=True)
    first_seen = fields.Date(required=True, allow_none=True)
    last_seen = fields.Date(required=True, allow_none=True)


class CountsSchema(Schema):
    """How much there is of a speaker."""

    quotes = fields.Integer(required=True, metadata={"description": "of act speech, without the rejected"})
    articles = fields.Integer(required=True, metadata={"description": "that mention or quote the speaker"})


class SpeakerSchema(SpeakerItem):
    """A speaker with its roles over time and what there is of it."""

    roles = fields.List(fields.Nested(SpeakerRoleSchema), required=True)
    counts = fields.Nested(CountsSchema, required=True)
    created = Moment(required=True)
    updated = Moment(required=True)


class SpeakerQuery(PageQuery):
    """Which speakers: ordered by name; with `q` the best match first, with `prefix` the most quoted."""

    q = Line(
        longest=300,
        metadata={
            "description": "words of one of the names, or their beginnings, or that of the handle, in any spelling; "
            f"or in the language of a search: {LANGUAGE_OF_Q}"
        },
    )
    prefix = Line(
        longest=300,
        metadata={
            "description": "how a name begins, from any of its words on, or the handle: for completing what is typed"
        },
    )
    match = fields.String(
        validate=MATCH, load_default=MATCHES[-1], metadata={"description": "the worst match of `q` that is wanted"}
    )
    kind = fields.String(validate=KIND)


SpeakerPage = page_of(SpeakerFound, query=READ)
