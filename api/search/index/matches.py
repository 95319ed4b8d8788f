"""Full-text conditions on rows, which each database answers from its own index.

Whatever a user asks is folded and stemmed by the functions that also wrote what is indexed (api.folding), so both databases
find the same. Only ASCII letters and digits of it reach either database's query syntax. A word matches as its stem or as
it is, in the text or in a name. The words of a phrase must stand side by side, in the text or in one name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from api.search.language import Words

# SQLite's index has a quote's id in the low bits of its rowid: see api.search.index.sqlite.
ID_BITS = 29


class Matches(FunctionElement[bool]):
    """A row matches a full-text expression, which is given in the syntax of FTS5 and of tsquery."""

    # It has no type: SQLAlchemy writes "= 1" after a Boolean for SQLite, and then the planner does not see the index.
    inherit_cache = True
    table: ClassVar[str]
    ids: ClassVar[str]  # SQL of the row's id in FTS5's table

    def __init__(self, fts5: str, tsquery: str) -> None:
        super().__init__(fts5, tsquery)
        self.fts5 = fts5

    @classmethod
    def of(cls, wanted: Iterable[Iterable[Words]], without: Iterable[Words] = ()) -> Self:
        """Match rows that have one phrase of each group, of which there is at least one, and none of `without`."""
        groups, excluded = [list(group) for group in wanted], list(without)
        fts5 = " AND ".join(f"({' OR '.join(map(_in_fts5, group))})" for group in groups)
        tsquery = " & ".join(f"({' | '.join(map(_in_tsquery, group))})" for group in groups)
        if excluded:
            fts5 = f"({fts5}) NOT ({' OR '.join(map(_in_fts5, excluded))})"
            tsquery = f"({tsquery}) & !({' | '.join(map(_in_tsquery, excluded))})"
        return cls(fts5, tsquery)


class QuoteMatches(Matches):
    """A quote matches."""

    inherit_cache = True
    table, ids = "quote", f"rowid & {2**ID_BITS - 1}"


class ArticleMatches(Matches):
    """An article matches."""

    inherit_cache = True
    table, ids = "article", "rowid"


def _in_fts5(words: Words) -> str:
    return " OR ".join(f'"{" ".join(terms)}"{"*" if is_prefix else ""}' for terms, is_prefix in words.variants)


def _in_tsquery(words: Words) -> str:
    return " | ".join(f"({' <-> '.join(terms)}{':*' if is_prefix else ''})" for terms, is_prefix in words.variants)


@compiles(Matches, "sqlite")
def _in_sqlite(element: Matches, compiler: SQLCompiler, **more: Any) -> str:
    expression, _ = element.clauses
    table, fts = element.table, f"{element.table}_fts"
    return f"({table}.id IN (SELECT {element.ids} FROM {fts} WHERE {fts} MATCH {compiler.process(expression, **more)}))"  # noqa: S608 - names of ours and a placeholder


@compiles(Matches, "postgresql")
def _in_postgresql(element: Matches, compiler: SQLCompiler, **more: Any) -> str:
    _, expression = element.clauses
    return f"({element.table}.full_text @@ to_tsquery('simple'::regconfig, {compiler.process(expression, **more)}))"
