"""A page of one person's records, the latest first."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Query

from services.plans.api.desk import Desk
from shared.web.cursor import read_cursor, write_cursor

LATEST_FIRST: Final = [("order", -1), ("_id", -1)]

Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100, description="At most so many.")]
Position = Mapping[str, Any] | None


def position_of(cursor: str | None) -> Position:
    """Where the page before ended; `Refused` 400 for a cursor that was not given out here."""
    return read_cursor(cursor, at=int, id=str)


async def page(
    desk: Desk, collection: str, where: Mapping[str, Any], position: Position, limit: int
) -> tuple[list[Any], str | None]:
    """Records after a position, by their `order` (epoch ms) and id, and the cursor of the page after them."""
    found, wanted = list[Any](), dict(where)
    if position is not None:
        wanted["order"] = {"$lt": position["at"]}
        same = await desk.runtime.find(collection, {**where, "order": position["at"]}, sort=LATEST_FIRST)
        found = [one for one in same if one["_id"] < position["id"]]
    found += await desk.runtime.find(collection, wanted, sort=LATEST_FIRST, limit=limit + 1)
    shown = found[:limit]
    more = len(found) > limit
    return shown, write_cursor({"at": shown[-1]["order"], "id": shown[-1]["_id"]}) if more else None
