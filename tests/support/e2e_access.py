"""Every route asked by every role about everybody, with what the answers came to, counted for the end of the run."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import pytest

from deploy.local.supervisor import Running
from shared.web.principal import ROLES
from tests.support.e2e_clinic import Clinic, Somebody, fresh
from tests.support.e2e_problems import not_a_problem
from tests.support.e2e_routes import Route

Body = Callable[[], dict[str, Any]]
EVERYBODY: Final = (*ROLES, "visitor")
"""Every role, and a token with one that is none of ours."""

GROUPS: Final = Route("community", "POST", "/groups")
MEMBERS: Final = Route("community", "POST", "/groups/{group_id}/members")
COUNTS: Final = pytest.StashKey["Counts"]()
_COLUMNS: Final = ("allowed", "403", "404", "otherwise")


@dataclass(frozen=True)
class Row:
    """Who may, what a good request holds, what it comes to, and for whom it comes to something else.

    `strangers` are roles that are answered also about somebody whom nobody knows.
    """

    roles: str
    body: Body | None = None
    comes_to: int | tuple[int, str] = 200
    headers: tuple[tuple[str, str], ...] = ()
    but: Mapping[str, int | tuple[int, str]] = field(default_factory=dict)
    strangers: str = ""

    def expected(self, role: str) -> int | tuple[int, str]:
        """What a good request of this role about a person or a thing of its own comes to."""
        if role not in self.roles.split():
            return (403, "forbidden")
        return self.but.get(role, self.comes_to)

    def unknown(self, role: str) -> int:
        """What it comes to about somebody, or a group, that there is not."""
        if role in self.strangers.split():
            return self.comes_to if isinstance(self.comes_to, int) else self.comes_to[0]
        return 404 if role in self.roles.split() else 403


@dataclass(frozen=True)
class Asked:
    """One answer, and the same without the id that the request brought along."""

    answer: httpx.Response
    id: str

    @property
    def told(self) -> int | tuple[int, str]:
        """The status, and the code of a refusal."""
        if self.answer.is_success:
            return self.answer.status_code
        return self.answer.status_code, str(self.answer.json().get("code"))

    @property
    def without_id(self) -> str:
        """What was answered, to be compared with the answer to another request."""
        return self.answer.text.replace(self.id, "") if self.id else self.answer.text

    def fault(self, expected: int | tuple[int, str]) -> str | None:
        """What is wrong, when the answer is not as expected or a refusal is no problem document."""
        told = self.told if isinstance(expected, tuple) else self.answer.status_code
        if told != expected:
            return f"{self.told}, expected {expected}"
        return None if self.answer.is_success else not_a_problem(self.answer)


class Counts:
    """How many requests of each kind came to what."""

    def __init__(self) -> None:
        self.routes: set[Route] = set()
        self._kinds: dict[str, Counter[str]] = {}

    def note(self, kind: str, route: Route, status: int) -> None:
        """Count one answer."""
        self.routes.add(route)
        word = "allowed" if status < 400 else str(status) if status in (403, 404) else "otherwise"
        self._kinds.setdefault(kind, Counter())[word] += 1

    def lines(self) -> Iterator[str]:
        """The table, with its sums."""
        width = max(map(len, self._kinds))
        yield f"{'':{width}}  requests  " + "  ".join(f"{name:>9}" for name in _COLUMNS)
        for kind, told in [*self._kinds.items(), ("in all", sum(self._kinds.values(), Counter()))]:
            cells = "  ".join(f"{told[name]:9}" for name in _COLUMNS)
            yield f"{kind:{width}}  {told.total():8}  {cells}"
        services = len({route.service for route in self.routes})
        yield f"{len(self.routes)} routes of {services} services, {len(EVERYBODY)} roles, 2 tenants"


@dataclass
class World:
    """A person with a plan, a session and a decision; somebody else of the clinic; nobody; the clinic next door."""

    clinic: Clinic
    table: Mapping[Route, Row]
    counts: Counts
    person: Somebody
    other: Somebody
    nobody: Somebody
    ids: dict[str, str]

    @classmethod
    def made(cls, running: Running, table: Mapping[Route, Row], counts: Counts) -> "World":
        """Enrolled, planned, logged and decided; with a group that the person is a member of."""
        clinic = Clinic(running)
        person, other = clinic.enrol(), clinic.enrol()
        plan_id = person.plan()
        other.plan()
        for one in (person, other):
            one.until_known()
        ids = {
            "plan_id": plan_id,
            "session_id": person.log(pain=2)["id"],
            "decision_id": person.decisions()[0]["decision_id"],
            "proposal_id": "p-1",
            "cue_id": "evening",
            "block_id": "away",
            "question_id": "q-1",
            "item_id": "w-1",
            "offer_id": "o-1",
            "group_id": "g-1",
            "track_id": "walking",
            "override_id": "ov-1",
            "review_id": "r-1",
            "consent_id": "co-1",
            "caregiver_id": "ca-1",
            "member_id": "me-1",
            "feature": "lessons",
            "activity_id": "arm_curl",
            "accommodation_id": "ac-1",
            "barrier_id": "ba-1",
            "goal_id": "g-none",
            "lesson_id": "le-none",
            "ability_id": "a-none",
            "draft_id": "dr-1",
            "change_id": "ch-1",
            "number": "1",
        }
        world = cls(clinic, table, counts, person, other, Somebody(clinic, fresh()), ids)
        world._make_group()
        return world

    def ask(
        self, kind: str, route: Route, role: str, about: Somebody, body: dict[str, Any] | None = None, **given: str
    ) -> Asked:
        """A good request about somebody, whom the caller's token names unless `named` is given; ids may be changed.

        With a `body` of its own it need not be a good one.
        """
        row = self.table[route]
        named, tenant = given.pop("named", about.id), given.pop("tenant", self.clinic.tenant)
        path = route.path.format(**{**self.ids, **given, "patient_id": about.id})
        if body is None and row.body is not None:
            body = row.body()
        token = self.clinic.token(role, named or None, tenant)
        answer = self.clinic.send(token, route.service, route.method, path, body, dict(row.headers))
        self.counts.note(kind, route, answer.status_code)
        return Asked(answer, str((body or {}).get("id", "")))

    def about(self, what: str) -> Iterator[tuple[Route, Row]]:
        """The routes with this in their address: `patient_id`, `group_id`; or with neither: `clinic`."""
        for route, row in self.table.items():
            names = {name for name in ("patient_id", "group_id") if f"{{{name}}}" in route.path}
            if what in names or (what == "clinic" and not names):
                yield route, row

    def _make_group(self) -> None:
        if GROUPS in self.table:
            made = self.ask("to begin with", GROUPS, "moderator", self.person)
            assert made.answer.is_success, made.answer.text
            self.ids["group_id"] = str(made.answer.json().get("group_id", made.id))
        if MEMBERS in self.table:
            joined = self.ask("to begin with", MEMBERS, "patient", self.person)
            assert joined.answer.is_success, joined.answer.text
