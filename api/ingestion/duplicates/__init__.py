"""Duplicates: articles that carry the same text, and quotes that repeat another in such articles.

An agency's report appears in many outlets, some with the end cut off or with a line of their own. `minhash` compares two
texts, and `articles` keeps for each article the first stored one with its text. `quotes` deduplicates quotes: the same words
by the same speaker in the same text were said once. Decision 0020 has the measurements and reasons.

Code that changes quotes calls `deduplicate_quotes`. Code that changes an article's text calls `recompare`. Both calls belong in
the transaction of the change, under api.database.locks.lock_identity. `faults` finds where a call was forgotten, and `repair`
mends it.
"""

from api.ingestion.duplicates.articles import compare, compare_missing, faults, has_text_of, others, recompare, repair
from api.ingestion.duplicates.minhash import Fingerprint
from api.ingestion.duplicates.quotes import QuoteKey, deduplicate_quotes, find_duplicates, repoint

__all__ = [
    "Fingerprint",
    "QuoteKey",
    "compare",
    "compare_missing",
    "deduplicate_quotes",
    "faults",
    "find_duplicates",
    "has_text_of",
    "others",
    "recompare",
    "repair",
    "repoint",
]
