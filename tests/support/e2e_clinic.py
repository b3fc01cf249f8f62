"""A clinic on the running stack as its clients see it: tokens, people and requests, nothing but HTTP."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from functools import partial
from typing import Any, Final, TypeVar

import httpx

from deploy.local.clock import set_to
from deploy.local.supervisor import Running
from shared.clock import FileClock

TENANT: Final = "e2e-clinic"
OTHER_TENANT: Final = "e2e-other-clinic"
PATIENCE_S: Final = 60.0
CLOCK_SEEN_S: Final = 0.15
"""Every process looks at the clock's file again after 0.1 s."""

CELEBRATIONS: Final = "/patients/{id}/celebrations"
OWN_ONLY: Final = frozenset({"patient", "caregiver", "device"})
TRACK: Final = {
    "track_id": "walking",
    "activity_family": "walking",
    "marker": "duration_s",
    "unit": "min",
    "freq": 3,
    "goal_dose": 1800,
    "start_phase": "GRADED",
    "start_dose": 600,
}

FLARE_PLAN: Final = {
    "steps": ["Rest for a while, then halve what you do.", "Call us when it does not settle within two days."],
    "phones": [{"label": "The clinic", "number": "+1 555 010 0199"}],
}
REVIEW_IN: Final = timedelta(days=300)
"""Ahead of the wall clock, since the stack's clock may be months ahead of it."""

T = TypeVar("T")


def fresh() -> str:
    """An id as a client makes it."""
    return str(uuid.uuid4())


def terms(**changes: Any) -> dict[str, Any]:
    """What makes a plan of one walking track safe to start, under a fresh id, with these changes."""
    agreed = {
        "id": fresh(),
        "usual_pain": 2,
        "flare_plan": FLARE_PLAN,
        "pem": "no",
        "review_on": (datetime.now(UTC) + REVIEW_IN).date().isoformat(),
        "feedback": "app",
        "tracks": [TRACK],
        "accepted": {"source": "in_person"},
    }
    return {**agreed, **changes}


def goal(**changes: Any) -> dict[str, Any]:
    """What a person lives towards, noted by staff who heard it, under a fresh id, with these changes."""
    said = {
        "id": fresh(),
        "author": "patient",
        "words": "Walk to the market on Saturdays.",
        "why": "I meet my friends there.",
        "life_area": "social",
        "source": "in_person",
    }
    return {**said, **changes}


def eventually(look: Callable[[], T], what: str) -> T:
    """The first true answer of `look`; an assertion that tells the last one when it takes too long."""
    until = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < until, f"Waited {PATIENCE_S:.0f} s for {what}; last seen: {found!r}"
        time.sleep(0.03)
    return found


class Days:
    """Local days (UTC) from tomorrow on, by number; the stack's clock only moves forward."""

    def __init__(self, clinic: "Clinic") -> None:
        self._clinic = clinic
        self._first = (clinic.now() + timedelta(days=1)).date()

    def date(self, day: int) -> date:
        """The date of a day."""
        return self._first + timedelta(days=day)

    def at(self, day: int, hour: int, minute: int = 0) -> datetime:
        """A moment of a day."""
        return datetime.combine(self.date(day), clock_time(hour, minute), UTC)

    def go(self, day: int, hour: int, minute: int = 0) -> datetime:
        """Move the stack's clock there, unless it is further already; what it shows now."""
        moment = self.at(day, hour, minute)
        if moment > self._clinic.now():
            set_to(self._clinic.running.layout.clock_file, moment)
            time.sleep(CLOCK_SEEN_S)
        return self._clinic.now()


class Clinic:
    """The callers of one tenant; tokens come from the stack's own issuer."""

    def __init__(self, running: Running, tenant: str = TENANT) -> None:
        self.running = running
        self.tenant = tenant
        self.http = httpx.Client(timeout=30.0)
        self._tokens: dict[tuple[str, str | None, str], str] = {}

    def now(self) -> datetime:
        """What the stack's clock shows."""
        return FileClock(self.running.layout.clock_file).now()

    def token(self, role: str, patient_id: str | None = None, tenant: str | None = None) -> str:
        """A token of this role; patients, caregivers and devices speak for `patient_id`."""
        wanted = (role, patient_id if role in OWN_ONLY else None, tenant or self.tenant)
        if wanted not in self._tokens:
            self._tokens[wanted] = self.running.issuer.mint([role], wanted[2], patient_id=wanted[1])
        return self._tokens[wanted]

    def anybody(self, patient_id: str) -> str:
        """A token with every role that reaches far, so that no request ends with a 403 before the rest is judged."""
        wanted = ("anybody", patient_id, self.tenant)
        if wanted not in self._tokens:
            roles = ("patient", "clinician", "caregiver", "moderator", "admin")
            self._tokens[wanted] = self.running.issuer.mint(roles, self.tenant, patient_id=patient_id)
        return self._tokens[wanted]

    def send(
        self,
        token: str | None,
        service: str,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        content: Any = None,
    ) -> httpx.Response:
        """One request under `/v1`; what is answered 503 is sent again, as any client would."""
        url = f"{self.running.url(service)}/v1{path}"
        sent = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = None
        for _ in range(20):
            answer = self.http.request(method, url, json=body, content=content, headers={**sent, **(headers or {})})
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(0.5)
        assert answer is not None
        return answer

    def enrol(self, **fields: Any) -> "Somebody":
        """A person enrolled now, in UTC unless told otherwise; other services hear of them a moment later."""
        person = Somebody(self, fresh())
        body = {"id": person.id, "tz": "UTC", "locale": "en", "adult": True, **fields}
        person.ask("clinician", "POST", "plans", "/patients", body)
        return person

    def enrol_with_plan(self, *, record_mode: str = "live", **changes: Any) -> "Somebody":
        """A person with one walking track in force whom every service knows."""
        person = self.enrol(record_mode=record_mode)
        person.plan(**changes)
        person.until_known()
        return person


@dataclass(frozen=True)
class Somebody:
    """One person, and requests about them in any role."""

    clinic: Clinic
    id: str

    def send(self, role: str, method: str, service: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request in which `{id}` stands for the person; header names with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        token = self.clinic.token(role, self.id)
        return self.clinic.send(token, service, method, path.replace("{id}", self.id), body, named)

    def ask(self, role: str, method: str, service: str, path: str, body: Any = None, **headers: str) -> Any:
        """The same, which must succeed; the body of the answer."""
        answer = self.send(role, method, service, path, body, **headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def plan(self, **changes: Any) -> str:
        """Put a plan into force that serves a goal of theirs; its id."""
        self.ask("clinician", "POST", "plans", "/patients/{id}/goals", goal())
        body = terms(**changes)
        self.ask("clinician", "POST", "plans", "/patients/{id}/plans", body)
        return str(body["id"])

    def until_known(self) -> None:
        """Return once every service has the person and the plan, and the first decision is there."""
        for service, path in (
            ("session_logging", "/patients/{id}/sessions"),
            ("reminders", "/patients/{id}/quiet-hours"),
            ("progression", "/patients/{id}/tracks"),
            ("safety", "/patients/{id}/suspension"),
        ):
            eventually(partial(self._readable, service, path), f"{service} to know the person")
        eventually(partial(self._readable, "community", CELEBRATIONS, "patient"), "community to know the person")
        eventually(self.decisions, "the first decision")

    def _readable(self, service: str, path: str, role: str = "clinician") -> bool:
        return self.send(role, "GET", service, path).is_success

    def log(self, role: str = "patient", **fields: Any) -> dict[str, Any]:
        """Log a session of ten minutes' walking, now; the session as it was kept."""
        body = {"id": fresh(), "track_id": "walking", "amount": 10, "unit": "min", **fields}
        kept: dict[str, Any] = self.ask(role, "POST", "session_logging", "/patients/{id}/sessions", body)["session"]
        return kept

    def morning(self, pain: int, **fields: Any) -> None:
        """Note how the morning felt, now."""
        body = {"id": fresh(), "pain": pain, **fields}
        self.ask("patient", "POST", "session_logging", "/patients/{id}/morning-checks", body)

    def sessions(self, query: str = "?limit=200&voided=true") -> list[dict[str, Any]]:
        """The sessions that the person reads, newest first."""
        page = self.ask("patient", "GET", "session_logging", "/patients/{id}/sessions" + query)
        found: list[dict[str, Any]] = page["items"]
        return found

    def decisions(self) -> list[dict[str, Any]]:
        """Every decision, the latest first."""
        found: list[dict[str, Any]] = self.ask("clinician", "GET", "progression", "/patients/{id}/decisions?limit=100")[
            "decisions"
        ]
        return found

    def track(self) -> dict[str, Any]:
        """The first track as it stands."""
        found: dict[str, Any] = self.ask("patient", "GET", "progression", "/patients/{id}/tracks")["tracks"][0]
        return found

    def reminders(self) -> dict[str, Any]:
        """What is to come, what was sent and what was not."""
        found: dict[str, Any] = self.ask("patient", "GET", "reminders", "/patients/{id}/reminders")
        return found

    def everything(self) -> dict[str, Any]:
        """All that anybody can read about the person, to compare."""
        places = {
            "plans": ("", "/plan", "/drafts", "/changes", "/proposals"),
            "session_logging": ("/sessions?voided=true", "/morning-checks", "/journal-entries"),
            "progression": ("/tracks", "/decisions"),
            "reminders": ("/cues", "/quiet-hours", "/blocked-days", "/reminders"),
            "community": ("/celebrations",),
            "safety": ("/suspension",),
        }
        return {
            f"{service}{path}": self.ask("patient", "GET", service, f"/patients/{{id}}{path}")
            for service, paths in places.items()
            for path in paths
        }

    def settled(self) -> dict[str, Any]:
        """All that anybody can read about the person, once it stays the same: what follows from before has come."""
        seen = self.everything()

        def same() -> dict[str, Any] | None:
            nonlocal seen
            time.sleep(1.0)
            before, seen = seen, self.everything()
            return seen if seen == before else None

        return eventually(same, "nothing to change any more") or seen
