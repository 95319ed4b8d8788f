"""Resolve speakers across articles: decide who is the same speaker as one that is stored.

The same folded name and kind, or the same handle, is the same speaker. If several share the name, it is the one who has held
a role that the article gives. If that does not decide, the article gets a new speaker: two speakers can be merged later, but
a mix-up is hard to see.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database.bulk import among
from api.folding import names_line
from api.ingestion.rows import SpeakerRow
from api.models import Name, Speaker, Tenure


class RoleHeld(NamedTuple):
    """A role, by its id, and the status in which it is held."""

    role_id: int
    status: str


@dataclass(slots=True, eq=False)
class KnownTenure:
    """A tenure as it is stored, or will be: `id` is 0 until then."""

    id: int
    first_seen: dt.date | None = None
    last_seen: dt.date | None = None

    def see(self, day: dt.date) -> bool:
        """Extend first_seen and last_seen to this day. Return True if that changed either."""
        before = self.first_seen, self.last_seen
        self.first_seen, self.last_seen = min(before[0] or day, day), max(before[1] or day, day)
        return before != (self.first_seen, self.last_seen)


@dataclass(slots=True, eq=False)
class KnownSpeaker:
    """A speaker as it is stored, or will be: `id` is 0 until then. `names` are in order."""

    id: int
    kind: str
    handle: str | None
    names: dict[str, None] = field(default_factory=dict)
    tenures: dict[RoleHeld, KnownTenure] = field(default_factory=dict)

    @property
    def indexed(self) -> str:
        """Return the column `names` of this speaker's quotes."""
        return names_line([*self.names, self.handle or ""])


class NewName(NamedTuple):
    """A name to add to a speaker, with its folded form."""

    speaker: KnownSpeaker
    name: str
    folded: str


class NewTenure(NamedTuple):
    """A tenure to add to a speaker."""

    speaker: KnownSpeaker
    held: RoleHeld
    tenure: KnownTenure


class Sighting(NamedTuple):
    """A span of an article that proves a tenure."""

    tenure: KnownTenure
    article_id: int
    start: int
    end: int


class Resolver:
    """Resolve the speakers of articles that are stored together, and collect the rows to write.

    What one article adds is known to the next. Dicts serve as sets that keep their order.
    """

    def __init__(self, session: Session, found: Sequence[SpeakerRow]) -> None:
        """Load the stored speakers with the names or handles of those found, and their tenures."""
        self.by_name: dict[str, list[KnownSpeaker]] = defaultdict(list)  # by folded name, the first stored first
        self.by_handle: dict[str, KnownSpeaker] = {}
        self.new_speakers: list[KnownSpeaker] = []
        self.new_names: list[NewName] = []
        self.new_tenures: list[NewTenure] = []
        self.renamed: dict[KnownSpeaker, None] = {}  # stored speakers that got a name or a handle
        self.new_handles: dict[KnownSpeaker, None] = {}  # stored speakers that got a handle
        self.redated: dict[KnownTenure, None] = {}  # stored tenures that got another date
        self.sightings: dict[Sighting, None] = {}
        known = self._load_speakers(session, found)
        if known:
            _load_details(session, known)

    def _load_speakers(self, session: Session, found: Sequence[SpeakerRow]) -> dict[int, KnownSpeaker]:
        known: dict[int, KnownSpeaker] = {}

        def met(speaker_id: int, kind: str, handle: str | None) -> KnownSpeaker:
            return known.setdefault(speaker_id, KnownSpeaker(speaker_id, kind, handle))

        named = select(Name.folded, Speaker.id, Speaker.kind, Speaker.handle).join(Name.speaker).distinct()
        if keys := {speaker.names[0][1] for speaker in found if speaker.names[0][1]}:
            for row in session.execute(named.where(among(Name.folded, keys)).order_by(Speaker.id)):
                self.by_name[row.folded].append(met(row.id, row.kind, row.handle))
        handled = select(Speaker.id, Speaker.kind, Speaker.handle).order_by(Speaker.id.desc())
        if handles := {speaker.handle for speaker in found if speaker.handle}:
            for stored in session.execute(handled.where(among(Speaker.handle, handles))):
                self.by_handle[stored.handle or ""] = met(stored.id, stored.kind, stored.handle)
        return known

    def resolve(
        self, found: Sequence[SpeakerRow], roles: Sequence[Sequence[RoleHeld]], before: Collection[int] = ()
    ) -> list[KnownSpeaker]:
        """Return who each speaker of an article is, known or new, and add the names and handles that are new.

        `roles` are each one's roles in the article. `before` are the ids of the speakers whom an earlier text of the article
        quoted: they come first among speakers of one name.
        """
        resolved: list[KnownSpeaker] = []
        for each, held in zip(found, roles, strict=True):
            speaker = self.by_handle.get(each.handle) if each.handle else None
            if speaker is None or speaker in resolved:
                named = self.by_name[each.names[0][1]] if each.names[0][1] else []
                same = [s for s in named if s.kind == each.kind and s not in resolved]
                quoted = [s for s in same if s.id in before]
                speaker = _only(quoted or same, {role for role, _ in held})
            if speaker is None:
                speaker = KnownSpeaker(0, each.kind, None)
                self.new_speakers.append(speaker)
            self._add_names(speaker, each)
            resolved.append(speaker)
        return resolved

    def _add_names(self, speaker: KnownSpeaker, found: SpeakerRow) -> None:
        """Add the names and the handle of a found speaker to the speaker that it is."""
        changed = False
        if found.handle and not speaker.handle:
            speaker.handle, changed = found.handle, True
            self.by_handle.setdefault(found.handle, speaker)
            if speaker.id:
                self.new_handles[speaker] = None
        for name, folded in found.names:
            if name not in speaker.names:
                changed = True
                speaker.names[name] = None
                self.new_names.append(NewName(speaker, name, folded))
                if folded and speaker not in self.by_name[folded]:
                    self.by_name[folded].append(speaker)
        if changed and speaker.id:
            self.renamed[speaker] = None

    def add_tenures(
        self,
        article_id: int,
        published: dt.datetime | None,
        found: Iterable[SpeakerRow],
        resolved: Iterable[KnownSpeaker],
        roles: Iterable[Sequence[RoleHeld]],
    ) -> None:
        """Record that each speaker of the article held each role, and the spans that prove it."""
        day = published.astimezone(dt.UTC).date() if published else None
        for each, speaker, held in zip(found, resolved, roles, strict=True):
            for (_, _, start, end), key in zip(each.roles, held, strict=True):
                tenure = speaker.tenures.get(key)
                if tenure is None:
                    tenure = speaker.tenures[key] = KnownTenure(0)
                    self.new_tenures.append(NewTenure(speaker, key, tenure))
                if day and tenure.see(day) and tenure.id:
                    self.redated[tenure] = None
                self.sightings[Sighting(tenure, article_id, start, end)] = None


def _load_details(session: Session, known: dict[int, KnownSpeaker]) -> None:
    """Load the names and tenures of known speakers."""
    names = select(Name.speaker_id, Name.name).where(among(Name.speaker_id, known)).order_by(Name.id)
    for speaker_id, name in session.execute(names):
        known[speaker_id].names[name] = None
    seen = (Tenure.first_seen, Tenure.last_seen)
    tenures = select(Tenure.speaker_id, Tenure.role_id, Tenure.status, Tenure.id, *seen)
    for row in session.execute(tenures.where(among(Tenure.speaker_id, known))):
        tenure = KnownTenure(row.id, row.first_seen, row.last_seen)
        known[row.speaker_id].tenures[RoleHeld(row.role_id, row.status)] = tenure


def _only(same: Sequence[KnownSpeaker], roles: set[int]) -> KnownSpeaker | None:
    """Return the only speaker of a name, else the only one of them who has held one of the roles; None if neither."""
    if len(same) > 1 and roles:
        same = [speaker for speaker in same if any(held.role_id in roles for held in speaker.tenures)]
    return same[0] if len(same) == 1 else None
