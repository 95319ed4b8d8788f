"""Regular expressions of phrases that can be sources, for the rules about clauses and quotations in marks."""

from __future__ import annotations

NAME = r"(?:(?:[A-Z][\w.'’&-]*|of|the|for|de|da|van|von|der|al|bin|and|in)\s){0,9}[A-Z](?:[\w'’&-]|\.(?=\w))*"
"""A capitalised name: "Ida Maro", "the Harbour Board of Lund"."""

DESCRIBED = r"(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er|[Ii]ts|[Tt]heir|[Oo]ne|[Aa]nother)\s(?:[\w.'’-]+\s){0,6}?[\w'’-]+"
"""A noun phrase behind a determiner: "the old diver", "its chair"."""
