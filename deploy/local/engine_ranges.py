"""Ranges of ids on the embedded engine by its index; left to itself it reads the whole collection for each page.

It has to, since ids may be of several types, which SQLite orders otherwise than MongoDB. Ids here are texts, which both
order by their bytes.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from neosqlite.collection.query_helper import QueryHelper  # type: ignore[import-untyped]

_SIGNS: Final = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
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
