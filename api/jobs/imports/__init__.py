"""Imports: records come in, workers lease them and store their articles, each exactly once whatever dies when.

1. `begin`, `receive` and `complete` store the records of a request (`receive`). No worker takes any before all have come: of a
   body that breaks off nothing is imported, and the import says so (`abandon`).
2. `work` leases some records, extracts outside of any transaction, and stores each article together with its record's outcome
   in one transaction (`worker`). A worker that dies leaves records whose lease runs out, and another takes them. One that was
   only slow finds that it no longer holds the lease, and stores nothing (`leases`).
3. `counts` are counted from the records, so that they cannot differ from what is stored (`control`).
"""

from api.jobs.imports.control import Counts, cancel, counts, finish, forget, retry
from api.jobs.imports.leases import tend
from api.jobs.imports.receive import Cancelled, abandon, begin, complete, receive
from api.jobs.imports.worker import work

__all__ = [
    "Cancelled",
    "Counts",
    "abandon",
    "begin",
    "cancel",
    "complete",
    "counts",
    "finish",
    "forget",
    "receive",
    "retry",
    "tend",
    "work",
]
