"""Writes on the embedded engine in one statement each.

Left to itself it reads a document as a whole before it replaces it or sets fields of it, has SQLite judge JSON that it
has made itself, and copies what it inserts twice. Whatever is not plain goes the package's own way.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from neosqlite.collection.query_engine.crud_operations import CRUDOperationsMixin  # type: ignore[import-untyped]
from neosqlite.collection.type_utils import validate_session  # type: ignore[import-untyped]
from neosqlite.results import InsertOneResult, UpdateResult  # type: ignore[import-untyped]
from neosqlite.sql_utils import quote_table_name  # type: ignore[import-untyped]

_FILES: Final = ("_files", "_chunks")
Way = Callable[..., Any]


def plain(value: Any) -> bool:
    """Whether a value is what JSON knows, and stays the same by way of it."""
    if value is None or isinstance(value, str | int):
        return True
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(plain, value.values()))
    return isinstance(value, list) and all(map(plain, value))


def settable(fields: Any) -> bool:
    """Whether `$set` of these fields is a matter of texts and integers under simple names."""
    return isinstance(fields, dict) and all(
        name.isidentifier()
        and name != "_id"
        and type(value) is not bool
        and (value is None or isinstance(value, str | int))
        for name, value in fields.items()
    )


def teach() -> None:
    """Let every collection of this process write so."""
    CRUDOperationsMixin.insert_one = _insert(CRUDOperationsMixin.insert_one)
    CRUDOperationsMixin.replace_one = _replace(CRUDOperationsMixin.replace_one)
    CRUDOperationsMixin.update_one = _update(CRUDOperationsMixin.update_one)


def _insert(otherwise: Way) -> Way:
    def insert_one(self: Any, document: dict[str, Any], session: Any = None) -> Any:
        id = document.get("_id")
        if not isinstance(id, str) or _of_files(self) or not plain(document):
            return otherwise(self, document, session=session)
        validate_session(session, self.collection._database)
        insert = f"INSERT INTO {quote_table_name(self.collection.name)}(data, _id) VALUES (?, ?)"  # noqa: S608 - quoted
        self.collection.db.execute(insert, (_json(document), id))
        return InsertOneResult(id)

    return insert_one


def _replace(otherwise: Way) -> Way:
    def replace_one(self: Any, filter: Mapping[str, Any], new: Any, upsert: bool = False, session: Any = None) -> Any:
        found = None
        if "_id" in new and not _of_files(self) and plain(new):
            found = _changed(self, filter, "?", [_json(new)], session)
        if found is None:
            return otherwise(self, filter, new, upsert=upsert, session=session)
        if found or not upsert:
            return UpdateResult(matched_count=found, modified_count=found, upserted_id=None)
        return UpdateResult(matched_count=0, modified_count=0, upserted_id=self.insert_one(new, session).inserted_id)

    return replace_one


def _update(otherwise: Way) -> Way:
    def update_one(
        self: Any,
        filter: Mapping[str, Any],
        update: Mapping[str, Any],
        upsert: bool = False,
        array_filters: Any = None,
        session: Any = None,
    ) -> Any:
        found = None
        fields = update.get("$set") if len(update) == 1 else None
        if not upsert and not array_filters and fields and settable(fields) and not _of_files(self):
            places = ", ".join(f"'$.{name}', ?" for name in fields)
            found = _changed(self, filter, f"json_set(data, {places})", list(fields.values()), session)
        if found is None:
            return otherwise(self, filter, update, upsert=upsert, array_filters=array_filters, session=session)
        return UpdateResult(matched_count=found, modified_count=found, upserted_id=None)

    return update_one


def _changed(self: Any, filter: Mapping[str, Any], data: str, values: list[Any], session: Any) -> int | None:
    """How many documents (one or none) have these data now; None where SQL does not tell which one is meant."""
    validate_session(session, self.collection._database)
    where, asked = self.sql_translator.translate_match(self.helpers._normalize_id_query(filter))
    if not where:
        return None
    table = quote_table_name(self.collection.name)
    chosen = f"SELECT id FROM {table} {where} LIMIT 1"  # noqa: S608 - quoted names and the package's own clause
    update = f"UPDATE {table} SET data = {data} WHERE id = ({chosen})"  # noqa: S608 - the same
    return int(self.collection.db.execute(update, [*values, *asked]).rowcount)


def _of_files(self: Any) -> bool:
    return bool(self.collection.name.endswith(_FILES))


def _json(document: Any) -> str:
    return orjson.dumps(document).decode()
