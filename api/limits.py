"""Limits of answers. The OpenAPI document takes its numbers from here, so that its text cannot differ from the code.

Each has its reason where it is used. docs/limits.md lists all limits.
"""

from __future__ import annotations

MAX_PAGE_SIZE = 100  # rows of one page
# Rows of a list that are counted unless all are asked for. Nobody reads so many, and to count them takes about as long as
# to find a page.
COUNTED_ROWS = 10_000
# The newest matches, over which facets and a timeline count unless all are asked for. A timeline reads no rows of quotes, so
# it can count more. Decisions 0014, 0022 and 0025 have the measurements.
FACETED_QUOTES = 30_000
TIMELINE_QUOTES = 50_000
# Characters of a text that is read for a client without a key: about 3,000 words, half a second. Longer ones take half a
# minute, during which all else is slower.
MAX_OPEN_CHARACTERS = 20_000
