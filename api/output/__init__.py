"""Quotes and articles as JSON, CSV, JSON-LD, Atom, and the change log."""
