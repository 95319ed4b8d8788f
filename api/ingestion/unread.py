"""What is said of an article that the engine did not read, since it is not in English."""

from __future__ import annotations

from typing import Any

from api.extraction.language import ENGLISH

UNREAD = "none"  # the engine of such an article


def note(language: str | None) -> str:
    """Return the sentences for people about an article in a language (BCP 47), or in one that people changed since."""
    if language is None or is_english(language):
        return "This text was taken for another language than English. To have it read, send it again with language en."
    return (
        f"This text is in {language_name(language)}. Verbatim reads English only, so it has no quotes."
        " If it is English, send it again with language en."
    )


def is_english(tag: str) -> bool:
    """Return whether a language tag is that of English or one of its varieties."""
    return tag.partition("-")[0].lower() in ENGLISH


def language_name(tag: str) -> str:
    """Return the name of a language with its tag, such as "German (de)"; "language xx" where it has no name."""
    import pycountry  # takes a moment to load its tables

    primary = tag.partition("-")[0].lower()
    known: Any = pycountry.languages.get(**{"alpha_2" if len(primary) == 2 else "alpha_3": primary})
    return f"{known.name.partition(' (')[0]} ({tag})" if known else f"language {tag}"


def is_read_now(engine: str, language: str | None) -> bool:
    """Return whether an article that is stored unread comes again, now given as English."""
    return engine == UNREAD and language is not None and is_english(language)
