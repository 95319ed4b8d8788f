"""Verbatim: who said what, when, in which role, and the proof.

This package loads nothing on import, so that `api.extraction` can be used without Flask or SQLAlchemy.
"""
