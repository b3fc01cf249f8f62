"""What stands for a person and, page by page, what no longer does: read from records whose ids the state knows."""

from collections.abc import Iterable
from typing import Any, Final

from services.plans.api.desk import Desk
from shared.web.cursor import read_cursor, write_cursor
from shared.web.principal import Principal

LATEST_FIRST: Final = [("order", -1), ("_id", -1)]

Documents = list[Any]


async def stood(
    desk: Desk, caller: Principal, patient_id: str, collection: str, ids: Iterable[str], cursor: str | None, limit: int
) -> tuple[Documents, Documents, str | None]:
    """The records of these ids, a page of the person's others, and the cursor of the page after it; latest first."""
    position = read_cursor(cursor, at=int, id=str)
    await desk.runtime.settle(patient_id)
    standing = sorted(f"{patient_id}:{one}" for one in ids)
    where: dict[str, Any] = {"key": patient_id, "tenant": caller.tenant}
    here: Documents = []
    if standing:
        here = list(await desk.runtime.find(collection, {"tenant": caller.tenant, "_id": {"$in": standing}}))
        here.sort(key=lambda one: (one["order"], one["_id"]), reverse=True)
    found: Documents = []
    wanted = dict(where)
    if position is not None:
        wanted["order"] = {"$lt": position["at"]}
        same = await desk.runtime.find(collection, {**where, "order": position["at"]}, sort=LATEST_FIRST)
        found = [one for one in same if one["_id"] < position["id"]]
    found += await desk.runtime.find(collection, wanted, sort=LATEST_FIRST, limit=limit + len(standing) + 1)
    over = [one for one in found if one["_id"] not in standing]
    page = over[:limit]
    following = write_cursor({"at": page[-1]["order"], "id": page[-1]["_id"]}) if len(over) > limit else None
    return here, page, following
