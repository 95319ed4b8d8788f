"""Tell texts that are not English, so that the engine, which knows English alone, does not read them.

Nearly all texts are told by their English function words, for no time. Only the others ask py3langid, whose model takes a
second to load: decision 0035.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from api.extraction.lexicon import word_list

ENGLISH = ("en", "eng")  # ISO 639-1 and 639-2
UNKNOWN = ("und", "mul", "mis", "zxx")  # undetermined, multiple, uncoded, no linguistic content: no language was given
SAMPLE_CHARACTERS = 5000  # code points at the beginning of a text that tell its language
# Share of a text's words that are among _ENGLISH_WORDS. Of 1,354 English texts 1,352 have more, of 31 others none has 0.04.
MIN_ENGLISH_SHARE = 0.12
# Letters in words without a capital. Less is a few words, a list of names, or a table: no language is told from that. Of
# 53,935 English sentences with as many, none was mistaken.
MIN_LETTERS = 40
MAX_ENGLISH_PROBABILITY = 0.05  # of a text that is taken for another language. In all 31 others it is below 0.001.

_ENGLISH_WORDS = word_list("english_words")
_WORD = re.compile(r"[^\W\d_]+")
_NO_WORDS = re.compile(r"\S*(?:://|www\.)\S*|[@#]\w+")  # URLs, handles and hashtags


def foreign_language(text: str, given: str | None = None) -> str | None:
    """Return the language of a text that is not English, as an ISO 639 code, and None for English and for doubt.

    A `given` BCP 47 tag is believed.
    """
    if given and (primary := given.partition("-")[0].lower()) not in UNKNOWN:
        return None if primary in ENGLISH else given
    sample = _NO_WORDS.sub(" ", text[:SAMPLE_CHARACTERS])
    words = _WORD.findall(sample)
    # A single word tells nothing, however long it is.
    if sum(min(len(word), MIN_LETTERS - 1) for word in words if not word[0].isupper()) < MIN_LETTERS:
        return None
    if sum(word.lower() in _ENGLISH_WORDS for word in words) > MIN_ENGLISH_SHARE * len(words):
        return None
    ranked: list[tuple[str, float]] = _identifier().rank(sample)
    return None if dict(ranked).get("en", 0.0) > MAX_ENGLISH_PROBABILITY else ranked[0][0]


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
