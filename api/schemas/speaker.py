"""Speakers in JSON."""

from __future__ import annotations

from marshmallow import fields

from api import enums
from api.schemas.base import (
    Created,
    DateOrNull,
    Line,
    List,
    Name,
    PageQuery,
    Pattern,
    Schema,
    TextOrNull,
    Updated,
    page_of,
)
from api.schemas.filters import QUERY_LANGUAGE
from api.schemas.refs import HANDLE, MATCH, MATCHED, RoleRef, SpeakerKind, SpeakerRef
from api.schemas.results import UNDERSTOOD
from api.schemas.tenure import ENDED, FIRST_SEEN, LAST_SEEN, STARTED

WIKIDATA = "id of the Wikidata item, such as Q42"
HANDLE_PATTERN = Pattern(
    r"^@[A-Za-z0-9_][A-Za-z0-9_.\-]{0,62}(@[A-Za-z0-9.\-]{1,35})?$", error="Not a handle such as @name."
)
WIKIDATA_PATTERN = Pattern(r"^Q[1-9][0-9]{0,18}$", error="Not a Wikidata item such as Q42.")
MAX_NAMES = 1000  # far more than anyone has; it bounds the work of a request


class SpeakerPatch(Schema):
    """What can be changed of a speaker. `name` is always one of `names`, and is added to them where it is missing."""

    kind = SpeakerKind()
    name = Name(metadata={"description": "the name to show; the former one stays among the names"})
    handle = fields.String(allow_none=True, validate=HANDLE_PATTERN, metadata={"description": HANDLE})
    wikidata = fields.String(allow_none=True, validate=WIKIDATA_PATTERN, metadata={"description": WIKIDATA})
    names = List(
        Name(),
        longest=MAX_NAMES,
        metadata={"description": "every name, in place of the stored ones"},
    )


class SpeakerNew(SpeakerPatch):
    """A speaker to store."""

    kind = SpeakerKind(required=True)
    name = Name(required=True, metadata={"description": "name to show"})


class SpeakerItem(SpeakerRef):
    """A speaker in a list, with all names, the one to show first."""

    handle = TextOrNull(HANDLE)
    wikidata = TextOrNull(WIKIDATA)
    names = fields.List(
        fields.String(),
        attribute="spellings",
        required=True,
        metadata={"description": "every spelling of the name that was met, the one to show first"},
    )


class SpeakerFound(SpeakerItem):
    """A speaker in a list, and how well it matches."""

    match = fields.String(validate=MATCH, metadata={"description": f"with `q`: {MATCHED}"})


class SpeakerRoleSchema(Schema):
    """A role of a speaker, and when it was held: as stated, and by the dates of the articles that say so."""

    role = fields.Nested(RoleRef, required=True, metadata={"description": "role that the speaker held"})
    status = fields.String(required=True, metadata={"description": "how the role is held: held, acting or former"})
    started = DateOrNull(STARTED)
    ended = DateOrNull(ENDED)
    first_seen = DateOrNull(FIRST_SEEN)
    last_seen = DateOrNull(LAST_SEEN)


class CountsSchema(Schema):
    """How often a speaker is quoted and mentioned."""

    quotes = fields.Integer(
        required=True,
        metadata={
            "description": "quotes of act speech, without rejected ones and those of which another is the first speaker"
        },
    )
    articles = fields.Integer(required=True, metadata={"description": "articles that mention or quote the speaker"})


class SpeakerSchema(SpeakerItem):
    """A speaker with its roles over time and its counts."""

    roles = fields.List(
        fields.Nested(SpeakerRoleSchema),
        required=True,
        metadata={"description": "roles that the speaker held, and when"},
    )
    counts = fields.Nested(
        CountsSchema, required=True, metadata={"description": "how often the speaker is quoted and mentioned"}
    )
    created = Created(required=True)
    updated = Updated(required=True)


class SpeakerQuery(PageQuery):
    """Which speakers: ordered by name; with `q` the best match first, with `prefix` the most quoted."""

    q = Line(
        longest=300,
        metadata={
            "description": "words of a name or their beginnings, or the beginning of a handle, in any spelling; "
            f"or the query language: {QUERY_LANGUAGE}"
        },
    )
    prefix = Line(
        longest=300,
        metadata={"description": "the beginning of a name, from any of its words on, or of a handle: for completion"},
    )
    match = fields.String(
        validate=MATCH, load_default=enums.MATCHES[-1], metadata={"description": "the worst match of `q` to accept"}
    )
    kind = SpeakerKind("what the speakers to list are")


SpeakerPage = page_of(SpeakerFound, query=UNDERSTOOD)
