"""The story's view of the services: public HTTP routes only, as any client would use them."""

import time
import uuid
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

import httpx

from deploy.local.screen import DEMO_TENANT
from deploy.local.supervisor import Running
from deploy.local.trouble import Trouble

PATIENCE_S: Final = 30.0
LOOK_EVERY_S: Final = 0.02

T = TypeVar("T")


class Person:
    """One enrolled person, with their own token and their clinician's."""

    def __init__(self, running: Running, patient_id: str) -> None:
        self.id = patient_id
        self._running = running
        self._client = httpx.Client(timeout=10.0)
        mint = running.issuer.mint
        self.token = mint(["patient"], DEMO_TENANT, patient_id=patient_id)
        self._tokens = {"patient": self.token, "clinician": mint(["clinician"], DEMO_TENANT)}

    def ask(
        self, role: str, service: str, method: str, path: str, body: Any = None, expect: tuple[int, ...] = (200, 201)
    ) -> Any:
        """One request as this role; anything but an expected status is a `Trouble` with the problem's code."""
        url = f"{self._running.url(service)}/v1{path.replace('{id}', self.id)}"
        answer = self._client.request(method, url, json=body, headers={"Authorization": f"Bearer {self._tokens[role]}"})
        if answer.status_code not in expect:
            code = answer.json().get("code", "") if answer.headers.get("content-type", "").endswith("json") else ""
            raise Trouble(f"{service} answered {answer.status_code} {code} to {method} {path}.")
        return answer.json() if answer.content else None

    def log(self, role: str = "patient", **fields: Any) -> float:
        """Log one session; returns how long the answer took, in seconds."""
        began = time.monotonic()
        self.ask(role, "session_logging", "POST", "/patients/{id}/sessions", {"id": str(uuid.uuid4()), **fields})
        return time.monotonic() - began

    def morning(self, at: datetime, pain: int) -> None:
        """Note how the morning felt."""
        body = {"id": str(uuid.uuid4()), "at": at.isoformat(), "pain": pain}
        self.ask("patient", "session_logging", "POST", "/patients/{id}/morning-checks", body)

    def decisions(self) -> list[dict[str, Any]]:
        """Every decision, the latest first, as the clinician reads it."""
        page: dict[str, Any] = self.ask("clinician", "progression", "GET", "/patients/{id}/decisions?limit=100")
        found: list[dict[str, Any]] = page["decisions"]
        return found

    def messages(self) -> list[dict[str, Any]]:
        """Every message that was sent or was not, the latest first."""
        page: dict[str, Any] = self.ask("patient", "reminders", "GET", "/patients/{id}/reminders")
        found: list[dict[str, Any]] = page["items"]
        return found

    def proposals(self) -> list[dict[str, Any]]:
        """The open offers."""
        page: dict[str, Any] = self.ask("patient", "plans", "GET", "/patients/{id}/proposals")
        found: list[dict[str, Any]] = page["open"]
        return found

    def known_to(self, *places: tuple[str, str]) -> None:
        """Return once each of these (service, path) knows the person: their events have come through."""
        for service, path in places:
            eventually(partial(self._knows, service, path), f"{service} to know the person")

    def _knows(self, service: str, path: str) -> bool:
        answer = self.ask("clinician", service, "GET", path, expect=(200, 404))
        return "code" not in answer and answer.get("tracks") != []


def eventually(look: Callable[[], T], what: str) -> T:
    """The first true answer; `Trouble` when it takes longer than anyone should wait."""
    until = time.monotonic() + PATIENCE_S
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            raise Trouble(f"Waited {PATIENCE_S:.0f} s for {what}, in vain; see the logs.")
        time.sleep(LOOK_EVERY_S)
