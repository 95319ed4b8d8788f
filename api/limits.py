"""Limits of answers. The OpenAPI document takes its numbers from here, so that its text cannot differ from the code.

Each has its reason where it is used. docs/limits.md lists all limits.
"""

from __future__ import annotations

MAX_PAGE_SIZE = 100  # rows of one page
# Rows of a list that are counted unless all are asked for. Nobody reads so many, and to count them takes about as long as
# to find a page.
COUNTED_ROWS = 10_000
FACETED_QUOTES = 30_000  # the newest matches, over which facets count unless all are asked for
TIMELINE_QUOTES = 50_000  # the newest matches that a timeline counts unless all are asked for
