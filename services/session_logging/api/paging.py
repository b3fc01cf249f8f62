"""Paging through a diary with a stable cursor: (moment, id) of the last thing shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query

from services.session_logging.api.reading import Document, known_person, page
from services.session_logging.api.requests import Moment
from shared.clock import to_ms
from shared.runtime.runtime import Runtime
from shared.web.cursor import read_cursor, write_cursor
from shared.web.principal import Principal

Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]
Since = Annotated[Moment | None, Query(alias="from", description="At or after this moment.")]
Until = Annotated[Moment | None, Query(alias="to", description="Before this moment.")]


async def paged(
    runtime: Runtime,
    caller: Principal,
    patient_id: str,
    collection: str,
    where: Mapping[str, Any],
    at: str,
    span: tuple[datetime | None, datetime | None],
    cursor: str | None,
    limit: int,
) -> tuple[list[Document], str | None]:
    """One page of a person's documents, newest first, and the cursor of the next one (None: there is no more).

    What the person just sent is on it: the aggregate's pending records are put first.
    """
    position = read_cursor(cursor, at=int, id=str)
    after = None if position is None else (int(position["at"]), str(position["id"]))
    await known_person(runtime, patient_id, caller.tenant, settled=True)
    scope = {"key": patient_id, "tenant": caller.tenant, **where}
    earliest, before = (None if moment is None else to_ms(moment) for moment in span)
    documents = await page(runtime, collection, scope, at, (earliest, before), after, limit + 1)
    shown = documents[:limit]
    if len(documents) <= limit:
        return shown, None
    return shown, write_cursor({"at": shown[-1][at], "id": shown[-1]["id"]})
