"""How the demo's people come in: groups, enrolment, a plan agreed on, a cue, consent to a group; all by HTTP."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from deploy.local.demo.cast import CLINICS, KINDS, Somebody
from deploy.local.demo.web import Web

REVIEW_AFTER: Final = timedelta(days=42)
GOALS: Final = {
    "en": ("Go to the market on Saturdays.", "My friends are there."),
    "es": ("Ir al mercado los sábados.", "Allí están mis amigos."),
    "ar": ("أن أذهب إلى السوق أيام السبت.", "أصدقائي هناك."),
}
_PHONE: Final = {"demo-clinic": "+1 555 0100", "demo-hillside": "+44 20 7946 0100"}


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Who comes, and on which day the first whole day of the demo is."""

    web: Web
    people: Sequence[Somebody]
    first_day: date

    async def all(self) -> None:
        """Everybody in, and known to every service. Sent again, nothing happens twice."""
        await asyncio.gather(*(self._group(tenant) for tenant in CLINICS))
        await asyncio.gather(*(self._enrol(somebody) for somebody in self.people))

    async def _group(self, tenant: str) -> None:
        body = group_body(self.web, tenant)
        await self.web.ask(self.web.token("moderator", tenant), "community", "POST", "/groups", body)

    async def _enrol(self, somebody: Somebody) -> None:
        web, patient = self.web, self.web.id_of(somebody)
        clinician = web.token("clinician", somebody.clinic)
        mode = "batch" if somebody.habit == "paper" else "live"
        person = {"id": patient, "tz": somebody.tz, "locale": somebody.locale, "record_mode": mode, "adult": True}
        await web.ask(clinician, "plans", "POST", "/patients", person)
        goal = goal_body(web.named("goal", somebody.key), somebody.locale)
        await web.ask(clinician, "plans", "POST", f"/patients/{patient}/goals", goal, also=(409,))
        path = f"/patients/{patient}/plans"
        await web.ask(clinician, "plans", "POST", path, self.terms(somebody), also=(409,))

    async def settle_in(self) -> None:
        """What needs a plan that the other services know: cues, and the person's consent to a group."""
        await asyncio.gather(*map(self._settle, self.people))

    async def _settle(self, somebody: Somebody) -> None:
        web, patient = self.web, self.web.id_of(somebody)
        own = web.token("patient", somebody.clinic, patient)
        if somebody.cue is not None:
            words = {"situation": somebody.situation, "action": somebody.action}
            track = next(iter(somebody.tracks))
            cue = {"id": web.named("cue", somebody.key), "time": somebody.cue, "track_id": track, "if_then": words}
            await web.ask(own, "reminders", "PUT", f"/patients/{patient}/cues/daily", cue)
        if somebody.group:
            path = f"/groups/{group_of(web, somebody.clinic)}/members"
            body = {"id": web.named("member", somebody.key), "consent": True}
            await web.ask(own, "community", "POST", path, body, also=(409,))

    def terms(self, somebody: Somebody) -> dict[str, Any]:
        """What a clinician and the person agreed on."""
        phase = "BASELINE" if somebody.finds_start else "GRADED"
        tracks = [
            KINDS[kind].terms(kind, freq, place, phase)
            for place, (kind, freq) in enumerate(somebody.tracks.items(), start=1)
        ]
        return plan_body(
            self.web.named("plan", somebody.key),
            somebody.clinic,
            tracks,
            review_on=self.first_day + REVIEW_AFTER,
            usual_pain=somebody.usual_pain,
            pem=somebody.pem,
        )


def plan_body(
    plan_id: str, tenant: str, tracks: list[dict[str, Any]], *, review_on: date, usual_pain: int | None, pem: str
) -> dict[str, Any]:
    """A plan that both agreed on: every question asked, a flare plan with a phone, a date to look at it again."""
    flare = {
        "steps": ["Rest as you need to.", "Move a little in short bits if it feels OK.", "Call us when it stays."],
        "phones": [{"label": "clinic", "number": _PHONE.get(tenant, "+1 555 0199")}],
    }
    pain: dict[str, Any] = {"usual_pain": usual_pain, "pem": pem, "usual_fatigue": 2}
    if usual_pain is None:
        pain["usual_pain_declined"] = True
    both = {"feedback": "app", "accepted": {"source": "in_person"}}
    return {"id": plan_id, **pain, **both, "flare_plan": flare, "review_on": review_on.isoformat(), "tracks": tracks}


def goal_body(goal_id: str, locale: str = "en") -> dict[str, Any]:
    """What a person lives towards, in their own words, as the clinician who heard it notes it."""
    words, why = GOALS[locale]
    said = {"words": words, "why": why, "life_area": "social"}
    return {"id": goal_id, "author": "patient", **said, "source": "in_person"}


def group_of(web: Web, tenant: str) -> str:
    """The id of a clinic's group."""
    return web.named("group", tenant)


def group_body(web: Web, tenant: str) -> dict[str, Any]:
    """A group as a moderator opens it."""
    name = "Harbour walkers and makers" if tenant == CLINICS[0] else "Hillside steps"
    return {"id": group_of(web, tenant), "name": name, "language": "en", "run_by": "clinic"}
