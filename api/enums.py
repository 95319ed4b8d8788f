"""The values that tables, API and command line share, each list written once. docs/architecture.md explains them."""

from __future__ import annotations

# A quote
KINDS = ("direct", "mixed", "indirect")
MEDIA = ("speech", "post", "document")  # a post in a social network; a poll, a report, a letter
ACTS = ("speech", "attitude")
POLARITIES = ("asserted", "denied", "questioned", "hedged")  # how a quote's content is put forward
STATUSES = ("extracted", "given", "confirmed", "corrected", "rejected", "added")
SETTABLE_STATUSES = ("extracted", "confirmed", "corrected", "rejected")  # the others say how a quote came in
PARTS = ("source", "cue", "content")  # the spans that prove a quote
SPAN_PARTS = (*PARTS, "context")  # as stored: context is the sentences around it
REVISED = ("added", "rewording", "reworded", "dropped")  # what a revision of its article did with a quote

# A speaker, a mention, a tenure
SPEAKER_KINDS = ("person", "organisation", "account")
HOWS = ("full", "partial", "pronoun", "description")  # how a mention refers to a speaker
ROLE_STATUSES = ("held", "acting", "former")  # of a tenure, and of the role in which something was said

# A search
# Fields of the query language: kind:direct
FIELDS = ("speaker", "role", "country", "publisher", "kind", "medium", "polarity", "cue", "said")
MATCHES = ("exact", "folded", "fuzzy")  # how well a name matches, the best first
SORTS = ("newest", "oldest", "relevance")
TOTALS = ("bounded", "exact", "none")  # how far a list is counted
RELATIONS = ("eq", "gte")  # of a total to the true number: equal, or no more than it
FACETS = ("speaker", "role", "country", "publisher", "kind", "medium", "polarity", "cue", "month", "year")
INTERVALS = ("day", "week", "month", "year")  # of a timeline
SPLITS = ("speaker", "publisher")  # of a timeline

# An export
QUOTE_FORMATS = ("ndjson", "csv", "jsonld", "annotation")
ARTICLE_FORMATS = ("ndjson", "csv", "jsonld")

# Keys, imports, webhooks and the change log
SCOPES = ("read", "write", "admin")  # of an API key: each includes those before it
IMPORT_STATES = ("queued", "running", "done", "cancelled")
OUTCOMES = ("new", "unchanged", "changed", "failed")  # of a record
ITEM_STATES = ("queued", *OUTCOMES)  # a record that waits, or its outcome
DELIVERY_STATES = ("pending", "delivered", "dead")
NOUNS = ("article", "quote", "speaker", "role", "publisher", "tenure")  # tables whose changes are logged
ACTIONS = ("created", "changed", "deleted")  # what the change log says of a row
