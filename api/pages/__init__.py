"""The page for journalists: HTML made here by the functions that the API calls. It works without scripts."""

from api.pages import article, front, paste, revisions, search, speaker
from api.pages.site import init_app

__all__ = ["article", "front", "init_app", "paste", "revisions", "search", "speaker"]
