"""The links of an export."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Links:
    """What links of an export begin with, and the URLs of the export itself.

    - `base`: the URL of the service, with a slash at its end.
    - `here`: the URL of this export.
    - `complete`: the URL of the export from its beginning, without a cursor.
    - `resumed`: whether this export goes on after a cursor.
    """

    base: str
    here: str
    complete: str
    resumed: bool = False

    def to(self, noun: str, row_id: int) -> str:
        """Return the URL of a row; `noun` is as in paths: "quotes"."""
        return f"{self.base}v1/{noun}/{row_id}"
