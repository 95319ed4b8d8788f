"""From a record to stored rows: one pipeline for every way in."""
