"""What the clinics' people do in the demo: work the work list, let a person go on with a note, end a plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from deploy.local.demo.living import Living
from deploy.local.demo.web import Web

RESUMED_AFTER: Final = timedelta(days=2)
"""So long a clinician takes to see the person after a red flag, and to write the note that ends the suspension."""

CLOSED_AFTER: Final = timedelta(hours=20)
"""Other work is taken on the next day."""

LEAVES_ON: Final = 20
"""The day on which the person who leaves ends the plan with the clinician."""

_NOTES: Final = {
    "review": "Talked it through on the phone; we keep the plan as it is and look again at the review.",
    "call": "Called. Had been away; goes on this week.",
}


@dataclass(slots=True)
class Staff:
    """The clinicians of one clinic."""

    web: Web
    tenant: str

    @property
    def token(self) -> str:
        """The clinician's token."""
        return self.web.token("clinician", self.tenant)

    async def work(self, everybody: Sequence[Living], now: datetime, today: date) -> None:
        """One round: who was suspended is seen and goes on, open work is taken and closed, a plan ends."""
        mine = [living for living in everybody if living.who.clinic == self.tenant]
        for living in mine:
            if living.who.habit == "red_flag":
                await self._resume(living, now)
            if living.who.habit == "leaves" and living.day(today) == LEAVES_ON:
                await self._end(living)
        by_id = {living.patient: living for living in mine}
        page = await self.web.ask(self.token, "plans", "GET", "/work-items?limit=200")
        for item in page["items"]:
            living_of = by_id.get(item["patient_id"])
            old = now - _moment(item["opened_at"]) >= CLOSED_AFTER
            if living_of is not None and (old or item["urgency"] in ("emergency", "urgent")):
                await self._close(living_of, item)

    async def _close(self, living: Living, item: dict[str, Any]) -> None:
        path = f"/patients/{living.patient}/work-items/{item['item_id']}"
        taken = {"id": self.web.named("take", item["item_id"])}
        await self.web.send(self.token, "plans", "POST", f"{path}/take", taken)
        if item["kind"] == "red_flag":
            return  # it closes when the suspension ends
        closed = {"id": self.web.named("close", item["item_id"]), "note": _NOTES.get(item["kind"], _NOTES["review"])}
        status, _ = await self.web.send(self.token, "plans", "POST", f"{path}/close", closed)
        if status == 200:
            living.counts.done["work items closed"] += 1
            living.counts.events["work_item.closed"] += 1

    async def _resume(self, living: Living, now: datetime) -> None:
        path = f"/patients/{living.patient}/suspension"
        found = await self.web.ask(self.token, "safety", "GET", path, also=(404,))
        if not found.get("suspended") or now - _moment(found["since"]) < RESUMED_AFTER:
            return
        body = {
            "id": self.web.named("resume", found["suspension_id"]),
            "suspension_id": found["suspension_id"],
            "note": "Seen by the physiotherapist: strength equal on both sides, reflexes normal. May go on gently.",
        }
        status, _ = await self.web.send(self.token, "safety", "POST", f"{path}/resume", body)
        if status == 200:
            living.counts.done["people resumed with a note"] += 1
            living.counts.events["automation.resumed"] += 1

    async def _end(self, living: Living) -> None:
        plan = self.web.named("plan", living.who.key)
        body = {"id": self.web.named("end", living.who.key), "reason": "withdrew"}
        path = f"/patients/{living.patient}/plans/{plan}/end"
        status, _ = await self.web.send(self.token, "plans", "POST", path, body)
        if status == 200:
            living.counts.done["plans ended"] += 1
            living.counts.events["plan.ended"] += 1


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
