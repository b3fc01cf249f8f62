"""A page of a person's records, the latest first, where each has an `order` of its own to sort by."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Query

from services.plans.api.desk import Desk
from shared.web.cursor import read_cursor, write_cursor

Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100, description="At most so many.")]
_LATEST_FIRST: Final = [("order", -1)]


async def latest(
    desk: Desk, collection: str, where: Mapping[str, Any], cursor: str | None, limit: int
) -> tuple[list[Any], str | None]:
    """The next records after a cursor, and the cursor of the page after them; 400 for a cursor never given out."""
    position = read_cursor(cursor, order=str)
    wanted = dict(where) if position is None else {**where, "order": {"$lt": position["order"]}}
    found = list(await desk.runtime.find(collection, wanted, sort=_LATEST_FIRST, limit=limit + 1))
    page = found[:limit]
    return page, write_cursor({"order": page[-1]["order"]}) if len(found) > limit else None
