"""Cases of the decision table lived through over HTTP: a plan by a clinician, one batch of records, the decision read.

`python -m tests.support.vectors_over_http FILE ... [--most N]` does the same with the lines of vector files on a stack
of its own, and prints how many can be reached by a record and how many decisions are the expected ones.
"""

import argparse
import io
import json
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console

from deploy.local.clock import set_to
from deploy.local.screen import Screen
from deploy.local.supervisor import Running, Supervisor
from deploy.local.topology import Layout, Ports
from shared.clock import FileClock
from tests.support.e2e_clinic import FLARE_PLAN, REVIEW_IN, goal
from tests.support.stack import JARS
from tests.support.vector_cases import LoggedCase, logged_case

TENANT: Final = "vectors"
SPAN: Final = timedelta(days=75)
PATIENCE_S: Final = 120.0
TOGETHER: Final = 8
CLOCK_SEEN_S: Final = 0.15
"""Every process looks at the clock's file again after 0.1 s."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a case expected and what the service decided."""

    name: str
    expected: dict[str, Any]
    decided: dict[str, Any] | None


class _Life:
    """All cases at once, day after day: whoever's plan starts that day gets it, and at the end everybody's batch."""

    def __init__(self, running: Running, cases: Sequence[LoggedCase]) -> None:
        self._running = running
        self._clock = running.layout.clock_file
        today = FileClock(self._clock).now().date() + SPAN
        self._cases = {str(uuid.uuid4()): case.moved(today) for case in cases}
        staff = running.issuer.mint(["clinician"], TENANT, valid_for=timedelta(hours=12))
        self._client = httpx.Client(headers={"Authorization": f"Bearer {staff}"}, timeout=30.0)

    def run(self) -> list[Seen]:
        with ThreadPoolExecutor(TOGETHER) as pool:
            for moment in sorted({case.plan_at for case in self._cases.values()}):
                self._go(moment)
                starting = [(id, case) for id, case in self._cases.items() if case.plan_at == moment]
                list(pool.map(lambda pair: self._start(*pair), starting))
                for id, _ in starting:
                    self._until_known(id)
            self._go(next(iter(self._cases.values())).batch_at)
            list(pool.map(lambda pair: self._log(*pair), self._cases.items()))
            return list(pool.map(lambda pair: self._decided(*pair), self._cases.items()))

    def _go(self, moment: datetime) -> None:
        set_to(self._clock, moment)
        time.sleep(CLOCK_SEEN_S)

    def _start(self, id: str, case: LoggedCase) -> None:
        person = {"id": id, "tz": "UTC", "locale": "en", "adult": True, "record_mode": "batch"}
        self._post("plans", "/v1/patients", person)
        self._post("plans", f"/v1/patients/{id}/goals", goal())
        self._post("plans", f"/v1/patients/{id}/plans", _agreed(case))

    def _until_known(self, id: str) -> None:
        def known() -> bool:
            logging = self._client.get(f"{self._running.url('session_logging')}/v1/patients/{id}/sessions")
            tracks = self._client.get(f"{self._running.url('progression')}/v1/patients/{id}/tracks")
            return logging.is_success and tracks.is_success and bool(tracks.json()["tracks"])

        _until(known)

    def _log(self, id: str, case: LoggedCase) -> None:
        track = case.plan["tracks"][0]["track_id"]
        sessions = [
            {"id": str(uuid.uuid4()), "kind": "session", "track_id": track, **_given(session)}
            for session in case.sessions
        ]
        mornings = [{"id": str(uuid.uuid4()), "kind": "morning_check", **_json(check)} for check in case.mornings]
        body = {"id": str(uuid.uuid4()), "source": "paper", "items": [*sessions, *mornings]}
        answer = self._post("session_logging", f"/v1/patients/{id}/sessions/batch", body)
        rejected = [item for item in answer["items"] if item["outcome"] == "rejected"]
        if rejected:
            raise AssertionError(f"{case.name}: {rejected[0]}")

    def _decided(self, id: str, case: LoggedCase) -> Seen:
        url = f"{self._running.url('progression')}/v1/patients/{id}/decisions?limit=5"
        found: list[dict[str, Any]] = []

        def after_the_batch() -> bool:
            decisions = self._client.get(url).raise_for_status().json()["decisions"]
            after = [d for d in decisions if datetime.fromisoformat(d["at"]) >= case.batch_at]
            found[:] = [d for d in after if d["trigger"] != "tick"]  # the day's tick may come before or after
            return bool(found)

        try:
            _until(after_the_batch)
        except TimeoutError:
            return Seen(case.name, case.expect, None)
        names = ("rule", "action", "dose", "review", "notes")
        expected = case.held if "flare_question_open" in found[0]["locks"] else case.expect
        return Seen(case.name, expected, {name: found[0][name] for name in names})

    def _post(self, service: str, path: str, body: dict[str, Any]) -> Any:
        answer = self._client.post(self._running.url(service) + path, json=body)
        for _ in range(10):
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(0.5)  # as any client would: the same id again
            answer = self._client.post(self._running.url(service) + path, json=body)
        if not answer.is_success:
            raise AssertionError(f"{path}: {answer.status_code} {answer.text}")
        return answer.json()


def _agreed(case: LoggedCase) -> dict[str, Any]:
    """The plan of a case as a clinician sends it, with what a case does not tell."""
    review_on = (case.plan_at + REVIEW_IN).date().isoformat()
    asked = {"usual_pain_declined": case.plan["usual_pain"] is None, "flare_plan": FLARE_PLAN, "review_on": review_on}
    both = {"feedback": "paper", "accepted": {"source": "in_person"}}
    return {"id": str(uuid.uuid4()), **case.plan, **asked, **both}


def live(running: Running, cases: Sequence[LoggedCase]) -> list[Seen]:
    """Bring every case about on a running stack and read what was decided."""
    return _Life(running, cases).run()


def reachable(lines: Iterable[str]) -> list[LoggedCase]:
    """The cases of vector lines that a record can lead to."""
    return [case for line in lines if (case := logged_case(json.loads(line))) is not None]


def _given(session: dict[str, Any]) -> dict[str, Any]:
    """A session as a client sends it: the amount in the base unit of its marker."""
    unit = {"duration_s": "s", "distance_m": "m", "reps": "reps"}[session["marker"]]
    return {**{name: value for name, value in _json(session).items() if name != "marker"}, "unit": unit}


def _json(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime | date) else value for name, value in item.items()}


def _until(look: Any) -> None:
    until = time.monotonic() + PATIENCE_S
    while not look():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.05)


def main(arguments: Sequence[str]) -> int:
    """Run vector files on a stack of its own; exit code 0 when every reachable line is decided as expected."""
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=2000)
    given = parser.parse_args(arguments)
    lines = [line for file in given.files for line in file.read_text().splitlines() if line.strip()]
    cases = reachable(lines)[: given.most]
    with tempfile.TemporaryDirectory() as home:
        supervisor = Supervisor(Layout(Path(home), Ports.free(), JARS), Screen(Console(file=io.StringIO())))
        try:
            seen = live(supervisor.start(), cases)
        finally:
            supervisor.fleet.stop()
    wrong = [one for one in seen if one.decided != one.expected]
    told = [f"{one}\n" for one in wrong[:20]]
    told.append(
        f"{len(lines)} lines, {len(cases)} reachable by a record, {len(seen) - len(wrong)} decided as expected\n"
    )
    sys.stdout.writelines(told)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
