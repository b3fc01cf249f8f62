"""Ids on the embedded engine: ranges of them by the index, where left to itself it reads a whole collection a page.

It has to, since ids may be of several types, which SQLite orders otherwise than MongoDB. Ids here are texts, which both
order by their bytes. And it asks the database three times a query which column ids are in, though that never changes.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from neosqlite.collection import Collection  # type: ignore[import-untyped]
from neosqlite.collection.query_helper import QueryHelper  # type: ignore[import-untyped]

_SIGNS: Final = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_IDS: Final = "_id"
_KNOWN: Final = "_column_of_ids"
Clause = tuple[str, list[Any]]


def by_index(column: str, asked: Mapping[str, Any]) -> Clause | None:
    """SQL for a range between texts, and its parameters; None for any other condition."""
    if not asked or not asked.keys() <= _SIGNS.keys() or not all(isinstance(id, str) for id in asked.values()):
        return None
    return " AND ".join(f"{column} {_SIGNS[sign]} ?" for sign in asked), list(asked.values())


def teach() -> None:
    """Let every collection of this process answer ranges so."""
    otherwise: Callable[[Any, Mapping[str, Any]], Clause | None] = QueryHelper._build_id_operator_clause

    def clause(self: Any, asked: Mapping[str, Any]) -> Clause | None:
        return by_index(self._id_column_ref(), asked) or otherwise(self, asked)

    QueryHelper._build_id_operator_clause = clause
    Collection._id_column = property(remembering(Collection._id_column.fget))


def remembering(asks: Callable[[Any], str]) -> Callable[[Any], str]:
    """The column of a collection's ids, asked for until it is the one that ids stay in."""

    def column(self: Any) -> str:
        known: dict[str, str] = self.__dict__
        if known.get(_KNOWN) != _IDS:
            known[_KNOWN] = asks(self)
        return known[_KNOWN]

    return column
