"""The record of a person's moves between the sites of one clinic."""

from datetime import datetime
from typing import Any, Final

from services.plans.domain.transfer import Transfer
from shared.clock import to_ms
from shared.runtime.messages import Record

TRANSFERS: Final = "transfers"

TRANSFER_COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    TRANSFERS: ((("key", 1), ("order", -1)),),
}


def transfer_record(one: Transfer, from_site: str, at: datetime, by: str) -> Record:
    """One move: from where to where, when, and by whom, with the sealed note to the new site."""
    order = f"{to_ms(at):016d}:{one.transfer_id}"
    return Record(
        TRANSFERS,
        one.transfer_id,
        {
            "order": order,
            "transfer_id": one.transfer_id,
            "from_site": from_site,
            "to_site": one.to_site,
            "at": at.isoformat(),
            "by": by,
            "note_sealed": one.note_sealed,
        },
    )


def transfers_of(tenant: str, key: str) -> dict[str, Any]:
    """The query for a person's moves."""
    return {"key": key, "tenant": tenant}
