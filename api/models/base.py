"""The bases of all tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Integer, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

# SQLite numbers rows only in a column of type INTEGER, which holds 64 bits there.
Id = BigInteger().with_variant(Integer(), "sqlite")


def now() -> dt.datetime:
    """Return the present moment, in UTC."""
    return dt.datetime.now(dt.UTC)


class Moment(TypeDecorator[dt.datetime]):
    """A moment: in Python aware and in UTC. SQLite stores it without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[dt.datetime]:
        """Its type in Python, which pagination cursors ask for."""
        return dt.datetime

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:  # noqa: ARG002 - SQLAlchemy passes it
        """Return the moment in UTC. Raise ValueError where it has no zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:  # noqa: ARG002 - SQLAlchemy passes it
        """Return the moment aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Table(DeclarativeBase):
    """The base of every table. Constraints get stable names, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {dt.datetime: Moment()}


class Base(Table):
    """The base of the tables whose rows have an id."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(Id, primary_key=True, sort_order=-10)


class Mutable:
    """A row that people may change. `version` counts the changes; a change of an older version fails."""

    version: Mapped[int] = mapped_column(Integer, default=1, sort_order=90)
    created: Mapped[dt.datetime] = mapped_column(default=now, sort_order=91)
    updated: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now, sort_order=92)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def one_of(column: str, values: Sequence[str]) -> str:
    """Return SQL that checks that `column` is one of `values`: constants of api.enums, never input."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
