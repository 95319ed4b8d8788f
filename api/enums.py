"""The values that a column or a parameter may have, each list once: constraints, schemas and commands take them from here.

The engine has its own types for what it finds (api.extraction.spans); a test holds them to these.
"""

from __future__ import annotations

# A quote
KINDS = ("direct", "mixed", "indirect")
MEDIA = ("speech", "post")
ACTS = ("speech", "attitude")
STATUSES = ("extracted", "given", "confirmed", "corrected", "rejected", "added")
REVISED = ("added", "rewording", "reworded", "dropped")  # what a revision of its article did with it
PARTS = ("source", "cue", "content")  # what its spans mark

# A speaker
SPEAKER_KINDS = ("person", "organisation", "account")
HOWS = ("full", "partial", "pronoun", "description")  # how a mention refers to one
MATCHES = ("exact", "folded", "fuzzy")  # how a name matches, best first

# A tenure, and the role in which a quote was said
ROLE_STATUSES = ("held", "acting", "former")

# An import and its records
IMPORT_STATES = ("queued", "running", "done", "cancelled")
OUTCOMES = ("new", "unchanged", "changed", "failed")
ITEM_STATES = ("queued", *OUTCOMES)

# A search
FIELDS = ("speaker", "role", "country", "publisher", "kind", "cue", "said")  # of the language of `q`
SORTS = ("newest", "oldest", "relevance")

# The rest
DELIVERY_STATES = ("pending", "delivered", "dead")
ACTIONS = ("created", "changed", "deleted")  # of the change log
SCOPES = ("read", "write", "admin")  # of a key; each includes those before it
