"""What plans keeps to be read: every version of every plan, every override, and every item of the work list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from services.plans.domain.model import Because, Override, Urgency, WorkItem
from services.plans.domain.work import URGENCIES, role_of
from services.plans.store.agreement import AGREEMENT_COLLECTIONS
from services.plans.store.aims import AIM_COLLECTIONS
from services.plans.store.circle import CIRCLE_COLLECTIONS
from services.plans.store.doing import DOING_COLLECTIONS
from services.plans.store.learning import LEARNING_COLLECTIONS
from services.plans.store.reviews import REVIEW_COLLECTIONS
from services.plans.store.transfer import TRANSFER_COLLECTIONS
from shared.clock import to_ms
from shared.runtime.messages import Record

WORK: Final = "work_items"
OVERRIDES: Final = "overrides"

COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    **AIM_COLLECTIONS,
    **LEARNING_COLLECTIONS,
    **DOING_COLLECTIONS,
    **CIRCLE_COLLECTIONS,
    **AGREEMENT_COLLECTIONS,
    **REVIEW_COLLECTIONS,
    **TRANSFER_COLLECTIONS,
    OVERRIDES: ((("key", 1), ("order", -1)),),
    WORK: (
        (("tenant", 1), ("waits", 1), ("order", 1)),
        (("tenant", 1), ("status", 1), ("order", 1)),
        (("tenant", 1), ("waits", 1), ("site", 1), ("order", 1)),
        (("tenant", 1), ("waits", 1), ("taken_by", 1), ("order", 1)),
        (("key", 1), ("waits", 1), ("order", 1)),
        (("key", 1), ("waits", 1), ("closed_ms", -1)),
        # For the embedded engine, which finds no equality by the head of a compound index.
        (("waits", 1),),
        (("waits", 1), ("order", 1)),
        (("status", 1),),
        (("waits", 1), ("closed_ms", 1)),
    ),
}


MOST_URGENT_FIRST: Final = (("order", 1),)
LAST_CLOSED_FIRST: Final = (("closed_ms", -1),)
FIRST_CLOSED_FIRST: Final = (("closed_ms", 1),)


ClosedBecause = Literal["done", "resumed", "reviewed", "plan_ended"]


@dataclass(frozen=True, slots=True)
class Closed:
    """How an item ended: `because` is `done` (with a note), `resumed`, `reviewed`, `plan_ended`; `by` who did that."""

    at: datetime
    by: str
    because: ClosedBecause
    note_sealed: str | None = None


def override_record(
    override: Override, because: Because | None = None, at: datetime | None = None, by: str | None = None
) -> Record:
    """One override with who set it and why; where it ended before it ran out, `because` of what, when, and by whom."""
    return Record(
        OVERRIDES,
        override.override_id,
        {
            "order": to_ms(override.set_at),
            "override_id": override.override_id,
            "track_id": override.track_id,
            "name": override.name,
            "value": override.value,
            "reason": override.reason,
            "words_sealed": override.words_sealed,
            "set_by": override.by,
            "set_at": override.set_at.isoformat(),
            "until": override.until.isoformat(),
            "ended_because": because,
            "ended_at": at.isoformat() if at else None,
            "ended_by": by,
        },
    )


def order_of(item: WorkItem) -> str:
    """Text that sorts items: the most urgent first, and of those the one due earliest."""
    return f"{URGENCIES.index(item.urgency)}:{to_ms(item.due_at):016d}:{item.item_id}"


def work_record(item: WorkItem, site: str, closed: Closed | None = None) -> Record:
    """One item at the person's site; `waits` is 1 until it is closed, `closed_ms` when that was (epoch ms)."""
    status = "closed" if closed else "taken" if item.taken_by else "open"
    return Record(
        WORK,
        item.item_id,
        {
            "status": status,
            "waits": 0 if closed else 1,
            "order": order_of(item),
            "site": site,
            "role": item.role or role_of(item.kind, item.reason),
            "kind": item.kind,
            "reason": item.reason,
            "urgency": item.urgency,
            "track_id": item.track_id,
            "signs": list(item.signs),
            "suspension_id": item.suspension_id,
            "opened_at": item.opened_at.isoformat(),
            "due_at": item.due_at.isoformat(),
            "taken_by": item.taken_by,
            "taken_at": item.taken_at.isoformat() if item.taken_at else None,
            "closed_ms": to_ms(closed.at) if closed else 0,
            "closed_at": closed.at.isoformat() if closed else None,
            "closed_by": closed.by if closed else None,
            "closed_because": closed.because if closed else None,
            "note_sealed": closed.note_sealed if closed else None,
        },
    )


def clinics_work(tenant: str, status: str | None, after: str | None = None, **only: str | None) -> dict[str, Any]:
    """The query for a clinic's items: without a status all that is not closed; `after` is the `order` of the last.

    `only` are fields of the record with the text that they have; None for what does not matter.
    """
    where: dict[str, Any] = {"tenant": tenant}
    where |= {"waits": 1} if status is None else {"waits": int(status != "closed"), "status": status}
    where |= {name: value for name, value in only.items() if value is not None}
    return where if after is None else {**where, "order": {"$gt": after}}


def waiting_of(urgency: Urgency) -> dict[str, Any]:
    """The query for the items of all clinics that are of this urgency and not closed; for counting alone."""
    rank = URGENCIES.index(urgency)
    return {"waits": 1, "order": {"$gte": f"{rank}:", "$lt": f"{rank + 1}:"}}


def closed_since(ms: int) -> dict[str, Any]:
    """The query for the items of all clinics closed at this moment (epoch ms) or later; for counting alone."""
    return {"waits": 0, "closed_ms": {"$gte": ms}}


def overdue(order: str, now_ms: int) -> bool:
    """Whether the time of the item with this `order` has passed."""
    return int(order.split(":", 2)[1]) < now_ms


def persons_work(tenant: str, key: str, *, waits: bool) -> dict[str, Any]:
    """The query for a person's items that wait, or for those that are closed."""
    return {"key": key, "tenant": tenant, "waits": int(waits)}
