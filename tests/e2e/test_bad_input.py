"""Bad input at every route that takes any: refused with the field and the rule, repeated nowhere, stored nowhere."""

import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final

import httpx
import orjson
import pytest

from deploy.local.issuer import open_issuer
from deploy.local.supervisor import Running
from deploy.local.topology import SERVICES
from tests.support.e2e_clinic import Clinic, Somebody, eventually
from tests.support.e2e_problems import not_a_problem, repeats
from tests.support.e2e_routes import Route, routes
from tests.support.e2e_spoiling import GOOD, not_bodies, spoiled
from tests.support.e2e_tokens import bad_tokens
from tests.support.e2e_traces import about, files_with, marks, records_since, told_in
from tests.support.e2e_wire import exchange

TEN_MB: Final = 10_000_000
JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Target:
    """A person about whom nothing may change, and words that may turn up nowhere."""

    clinic: Clinic
    person: Somebody
    plan_id: str
    session_id: str
    canary: str

    @property
    def mark(self) -> str:
        """The part of the planted words that nothing else can hold."""
        return self.canary.split()[-1]

    @property
    def ids(self) -> dict[str, str]:
        """What stands in the addresses."""
        return {
            "patient_id": self.person.id,
            "plan_id": self.plan_id,
            "session_id": self.session_id,
            "decision_id": "d-1",
            "proposal_id": "p-1",
            "item_id": "w-1",
            "cue_id": "evening",
            "block_id": "away",
            "question_id": "q-1",
            "group_id": "g-1",
            "offer_id": "o-1",
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

    def send(self, route: Route, content: Any, headers: dict[str, str], token: str | None = None) -> httpx.Response:
        """These bytes to a route, by somebody who may ask, unless another token is given."""
        path = route.path.format(**self.ids)
        if route.method in ("PUT", "PATCH") and "/cues/" not in path:
            headers = {"If-Match": '"1"', **headers}
        given = self.clinic.anybody(self.person.id) if token is None else token
        return self.clinic.send(given or None, route.service, route.method, path, headers=headers, content=content)


@pytest.fixture(scope="module")
def target(stack: Running) -> Target:
    clinic = Clinic(stack)
    person = clinic.enrol()
    plan_id = person.plan()
    person.until_known()
    session = person.log(pain=2)
    eventually(lambda: len(person.decisions()) > 1, "the decision on the session")
    eventually(lambda: person.everything()["community/celebrations"]["open"], "the offer to share the first session")
    return Target(clinic, person, plan_id, session["id"], f"kestrel over wet slate q{secrets.token_hex(8)}")


@contextmanager
def nothing_changes(target: Target) -> Iterator[list[str]]:
    """No list, no topic and no file of the stack shows afterwards that anything was sent.

    A batch of which every item was rejected has had its answer, which is journaled to be the same next time; the block
    names those answers.
    """
    running, person = target.clinic.running, target.person
    before, published = person.settled(), marks(running)
    answered: list[str] = []
    yield answered
    assert person.everything() == before
    since = records_since(running, published)
    assert Counter(record.topic for record in about(since, person.id)) == Counter(answered)
    assert told_in(since, target.mark.encode()) == []
    assert files_with(running.layout.home, target.mark.encode()) == []


def refusal(answer: httpx.Response, target: Target, *statuses: int) -> str | None:
    """What is wrong with a refusal; None when nothing is."""
    if answer.status_code not in (statuses or (400, 422)):
        return f"{answer.status_code} {answer.text[:200]}"
    if (fault := not_a_problem(answer)) is not None:
        return fault
    return f"repeats what was sent: {answer.text[:300]}" if repeats(answer, target.mark) else None


def test_there_is_a_good_body_for_every_route_that_takes_one(stack: Running) -> None:
    assert {route for route in routes(stack) if route.method in ("POST", "PUT", "PATCH")} == set(GOOD)


def test_every_field_is_judged_and_named_with_its_rule(target: Target) -> None:
    wrong, sent = [], 0
    with nothing_changes(target) as answered:
        for route, good in GOOD.items():
            for pointer, body in spoiled(good, target.canary):
                sent += 1
                answer = target.send(route, body, JSON)
                if route.path.endswith("/batch") and pointer.startswith("/items/0") and answer.is_success:
                    fault = _item_fault(answer, pointer, target)
                    answered.append("session-logging-journal")
                else:
                    fault = refusal(answer, target) or _field_fault(answer, pointer)
                if fault is not None:
                    wrong.append(f"{route.method} {route.path} {pointer} {body[:80]!r}: {fault}")
    assert not wrong, told(wrong)
    assert sent > 1000


def test_what_is_no_json_object_is_refused(target: Target) -> None:
    wrong = []
    with nothing_changes(target):
        for route, good in GOOD.items():
            for body in not_bodies(good, target.canary):
                if (fault := refusal(target.send(route, body, JSON), target)) is not None:
                    wrong.append(f"{route.method} {route.path} {body[:40]!r}: {fault}")
    assert not wrong, told(wrong)


def test_a_body_that_is_not_said_to_be_plain_json_is_refused(target: Target) -> None:
    kinds = ("text/plain", "application/x-www-form-urlencoded", "application/xml", "application/json;charset=utf-16")
    wrong = []
    with nothing_changes(target):
        for route in GOOD:
            body = f'{{"note": "{target.canary}"}}'.encode()
            heads: list[dict[str, str]] = [{}, *({"Content-Type": kind} for kind in kinds)]
            heads += [{"Content-Type": f"application/{target.mark}"}, {**JSON, "Content-Encoding": "gzip"}]
            for head in heads:
                if (fault := refusal(target.send(route, body, head), target, 415)) is not None:
                    wrong.append(f"{route.method} {route.path} {head}: {fault}")
    assert not wrong, told(wrong)


@pytest.mark.parametrize("counted", [True, False], ids=["with_its_length", "in_chunks"])
def test_ten_megabytes_are_refused_before_they_are_kept(target: Target, counted: bool) -> None:
    part = f'"{target.canary}",'.encode() * 2000
    piece = part if counted else f"{len(part):x}\r\n".encode() + part + b"\r\n"
    length = f"Content-Length: {TEN_MB}" if counted else "Transfer-Encoding: chunked"
    wrong = []
    with nothing_changes(target):
        for route in GOOD:
            port = target.clinic.running.layout.ports.http[route.service]
            head = (
                f"{route.method} /v1{route.path.format(**target.ids)} HTTP/1.1\r\nHost: 127.0.0.1\r\n{length}\r\n"
                f"Content-Type: application/json\r\nAuthorization: Bearer {target.clinic.token('clinician')}\r\n\r\n"
            )
            said = exchange(port, head.encode(), repeat(piece, TEN_MB // len(part) + 1))
            if (fault := _no_problem(said, 413, target)) is not None:
                wrong.append(f"{route.method} {route.path}: {fault}")
    assert not wrong, told(wrong)


def test_no_token_and_no_good_token_is_401_with_nothing_of_it_repeated(
    target: Target, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = target.clinic.running.issuer
    tokens = dict(bad_tokens(own, open_issuer(tmp_path_factory.mktemp("stranger")), target.mark))
    wrong = []
    with nothing_changes(target):
        for route in routes(target.clinic.running):
            content = f'{{"note": "{target.canary}"}}'.encode() if route in GOOD else None
            for name, token in tokens.items():
                answer = target.send(route, content, JSON, token)
                fault = refusal(answer, target, 401)
                if fault is None and "bearer" not in answer.headers.get("www-authenticate", "").lower():
                    fault = "without WWW-Authenticate"
                if fault is None and token and token in answer.text:
                    fault = "repeats the token"
                if fault is not None:
                    wrong.append(f"{route.method} {route.path}, {name}: {fault}")
    assert not wrong, told(wrong)


def test_addresses_and_queries_are_judged_and_not_repeated(target: Target) -> None:
    odd = (target.canary, f"../{target.mark}", f"{target.mark}%00", "%ff%fe", target.mark * 10, "%F0%9F%A6%86", "$ne")
    queries = ("cursor={}", "limit={}", "limit=-1", "limit=99999999999999999999", "from={}", "to=1e400", "track_id={}")
    anybody = target.clinic.anybody(target.person.id)
    wrong = []
    with nothing_changes(target):
        for service, method, path in sorted(routes(target.clinic.running)):
            names = [part for part in path.split("/") if part.startswith("{")]
            for name in names:
                for value in odd:
                    address = path.replace(name, value)
                    for other in names:
                        address = address.replace(other, target.person.id)
                    content = b"{}" if method != "GET" else None
                    answer = target.clinic.send(anybody, service, method, address, headers=JSON, content=content)
                    if (fault := refusal(answer, target, 400, 403, 404, 405, 412, 422, 428)) is not None:
                        wrong.append(f"{method} {path} {name}={value!r}: {fault}")
            for query in queries if method == "GET" else ():
                asked = f"{path.format(**target.ids)}?{query.format(target.mark)}"
                answer = target.clinic.send(anybody, service, method, asked)
                if not answer.is_success and (fault := refusal(answer, target, 400, 404, 422)) is not None:
                    wrong.append(f"{method} {path}?{query}: {fault}")
                if repeats(answer, target.mark):
                    wrong.append(f"{method} {path}?{query}: repeats it")
    assert not wrong, told(wrong)


def test_a_method_that_an_address_does_not_know_is_405(target: Target) -> None:
    known: dict[tuple[str, str], set[str]] = {}
    for service, method, path in routes(target.clinic.running):
        if not path.endswith("/batch"):  # to other methods, an id of a session like any other
            known.setdefault((service, path), set()).add(method)
    wrong = []
    with nothing_changes(target):
        for (service, path), methods in known.items():
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - methods:
                answer = target.clinic.send(
                    target.clinic.token("clinician"), service, method, path.format(**target.ids), headers=JSON
                )
                if (fault := refusal(answer, target, 405)) is not None:
                    wrong.append(f"{method} {path}: {fault}")
    assert not wrong, told(wrong)


def test_an_if_match_that_is_no_etag_is_412_and_not_repeated(target: Target) -> None:
    wrong = []
    with nothing_changes(target):
        for route, good in GOOD.items():
            if (route.service, route.method) == ("session_logging", "PATCH") or _needs_what_was_read(route):
                for tag in (target.mark, f'"{target.mark}"', '"-1"', '"99999999999999999999"', '"1', "*", 'W/"1"'):
                    body = orjson.dumps({"effort": 3} if route.method == "PATCH" else good)
                    answer = target.send(route, body, {**JSON, "If-Match": tag})
                    if (fault := refusal(answer, target, 412)) is not None:
                        wrong.append(f"{route.method} {route.path} {tag!r}: {fault}")
    assert not wrong, told(wrong)


def test_what_is_not_http_is_answered_as_a_problem(target: Target) -> None:
    wrong = []
    heads = (
        f"GET /{target.mark} HTTP/9.9\r\n\r\n".encode(),
        f"{target.mark}\r\n\r\n".encode(),
        b"POST /v1/patients HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/patients HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + target.mark.encode() * 8000 + b"\r\n\r\n",
    )
    with nothing_changes(target):
        for service in SERVICES:
            for head in heads:
                said = exchange(target.clinic.running.layout.ports.http[service], head)
                if (fault := _no_problem(said, 4, target)) is not None:
                    wrong.append(f"{service} {head[:40]!r}: {fault}")
    assert not wrong, told(wrong)


def _needs_what_was_read(route: Route) -> bool:
    """Whether a route of plans asks for the ETag of what was read: the next version of a plan, and what becomes of a
    draft."""
    return (route.method == "PUT" and route.path.endswith("/plans/{plan_id}")) or (
        "/drafts/" in route.path and not route.path.endswith("/withdraw")
    )


def _no_problem(said: str, status: int, target: Target) -> str | None:
    """What is wrong with an answer read from a bare connection; `status` may be its first digit alone."""
    head, _, rest = said.partition("\r\n\r\n")
    expected = head.startswith(f"HTTP/1.1 {status}") and "application/problem+json" in head and '"code"' in rest
    return None if expected and target.mark not in said else repr(said[:200])


def told(wrong: list[str]) -> str:
    """The first faults, one a line."""
    return "\n".join([f"{len(wrong)} faults:", *wrong[:20]])


def _field_fault(answer: httpx.Response, pointer: str) -> str | None:
    """A 422 names a field on the way to what is wrong, with its rule; a 400 says that the whole cannot be read."""
    told = answer.json()
    if answer.status_code == httpx.codes.BAD_REQUEST or told["code"] == "json_too_deep":
        return None
    named = told.get("field")
    if named is None or not (pointer.startswith(named) or named.startswith(pointer)):
        return f"names {named}: {told['detail']}"
    if told["code"] == "invalid" and not all(error["rule"] and error["detail"] for error in told["errors"]):
        return "without a rule"
    return None


def _item_fault(answer: httpx.Response, pointer: str, target: Target) -> str | None:
    """An item of a batch that cannot be read is rejected with its own problem."""
    (item,) = answer.json()["items"]
    if item["outcome"] != "rejected" or repeats(answer, target.mark):
        return answer.text[:300]
    named = item["problem"]["field"]
    wanted = pointer.removeprefix("/items/0")
    return None if named is None or wanted.startswith(named) or named.startswith(wanted) else f"names {named}"
