"""The search that a page's URL asks for, and the URLs of searches that differ from it by a filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for

from api.http.parsing import load_parameters
from api.schemas.base import Query
from api.schemas.filters import QuoteFilters, QuotePageQuery

# The parameters that narrow a search, in the order in which pages list them. `q` is in the box.
FILTERS = (
    "speaker", "role", "organisation", "country", "publisher", "from", "to", "kind", "medium", "polarity", "cue", "act",
    "status", "revised", "article", "copies_of", "distinct", "match",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a search as the URL has them, without its cursor."""

    values: Mapping[str, str]

    @classmethod
    def here(cls) -> Asked:
        """Return those of the present request."""
        return cls({name: value for name, value in request.args.items() if name != "cursor"})

    def loaded(self, schema: type[Query] = QuoteFilters) -> dict[str, Any]:
        """Return the parameters as the schema loads them. Raise Problem (422)."""
        names = schema().load_fields
        known = {field.data_key or name for name, field in names.items()}
        return load_parameters(schema, {name: value for name, value in self.values.items() if name in known})

    def more(self, **values: object) -> Asked:
        """Return the search with these parameters too, in place of its own of the same name. `_from` stands for from."""
        return Asked({**self.values, **{name.lstrip("_"): str(value) for name, value in values.items()}})

    def less(self, *names: str) -> Asked:
        """Return the search without these parameters."""
        return Asked({name: value for name, value in self.values.items() if name not in names})

    def href(self, endpoint: str = "pages.search") -> str:
        """Return the URL of the page of this search, or of what else takes its parameters."""
        values: dict[str, Any] = dict(self.values)
        if endpoint not in ("pages.search", "pages.filters"):  # the API's exports have neither
            values = {name: value for name, value in values.items() if name not in ("sort", "limit")}
        return url_for(endpoint, **values)

    @property
    def saved(self) -> str:
        """Return the search as saved searches have it: the parameters that choose quotes."""
        return urlencode({name: value for name, value in self.values.items() if name not in ("sort", "limit")})

    def without(self, *names: str) -> str:
        """Return the URL of the search without these parameters."""
        return self.less(*names).href()


def query_here() -> tuple[dict[str, Any], Asked]:
    """Return the search of the present request as the schema loads it, and as the URL has it. Raise Problem (422)."""
    return load_parameters(QuotePageQuery), Asked.here()
