"""Whoever sends too much is told to wait, before a body is read; a person in danger never is."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from starlette.types import Message

from deploy.local.issuer import LocalIssuer
from shared.runtime.messages import Refused
from shared.web import limits
from shared.web.limits import NEVER_LIMITED, Buckets, Limits
from shared.web.principal import Caller
from tests.support.web_world import THINGS, World, make_world

URGENT = "/v1/patients/p1/red-flags"


class Watch:
    """A monotonic clock moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def urgent(held: asyncio.Event) -> APIRouter:
    """A route that is never limited, and one that answers when told."""
    router = APIRouter(prefix="/v1")

    @router.post("/patients/{patient_id}/red-flags", openapi_extra=NEVER_LIMITED)
    async def red_flags(patient_id: str, caller: Caller) -> dict[str, str]:
        return {"call": "112"}

    @router.get("/patients/{patient_id}/red-flags")
    async def read(patient_id: str, caller: Caller) -> None: ...

    @router.get("/slow")
    async def slow(caller: Caller) -> None:
        await held.wait()

    return router


def world_with(issuer: LocalIssuer, **given: int) -> World:
    return make_world(issuer, routers=[urgent(asyncio.Event())], limits=Limits(**given))


async def statuses(world: World, count: int, path: str, headers: dict[str, str], method: str = "GET") -> list[int]:
    return [(await world.client.request(method, path, headers=headers)).status_code for _ in range(count)]


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    watch = Watch()
    buckets = Buckets("token", 2, 3, watch)
    for _ in range(6):
        buckets.take("a")
    for waited in (0.0, 0.4):
        watch.now += waited
        with pytest.raises(Refused) as told:
            buckets.take("a")
        assert told.value.headers["Retry-After"] == "1"
    buckets.take("b")
    watch.now += 0.1
    buckets.take("a")
    watch.now += 3600
    for _ in range(6):
        buckets.take("a")
    with pytest.raises(Refused):
        buckets.take("a")


def test_a_slow_rate_says_how_long_to_wait() -> None:
    buckets = Buckets("token", 1, 1, Watch())
    buckets.take("a")
    with pytest.raises(Refused) as told:
        buckets.look("a")
    assert told.value.headers == {
        "Retry-After": "1",
        "RateLimit-Policy": '"token";q=1;w=1',
        "RateLimit": '"token";r=0;t=1',
    }


def test_buckets_are_bounded_and_forget_who_was_longest_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_KEYS", 3)
    buckets = Buckets("token", 1, 1, Watch())
    for key in "abcd":
        buckets.take(key)
    assert len(buckets) == 3
    buckets.take("a")
    with pytest.raises(Refused):
        buckets.take("d")


def test_a_rate_of_zero_is_no_limit() -> None:
    buckets = Buckets("token", 0, 5, Watch())
    for _ in range(100):
        buckets.take("a")
    assert len(buckets) == 0


async def test_a_caller_who_sends_too_much_gets_a_problem_that_says_when_to_come_again(issuer: LocalIssuer) -> None:
    world = world_with(issuer, per_token=1, burst_s=3)
    first = [await world.client.get(THINGS, headers=world.patient) for _ in range(4)]
    assert [answer.status_code for answer in first] == [200, 200, 200, 429]
    told = first[-1]
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json()["code"] == "too_many"
    assert told.headers["retry-after"] == "1"
    assert told.headers["ratelimit"] == '"token";r=0;t=1'
    assert told.headers["ratelimit-policy"] == '"token";q=3;w=3'


async def test_all_tokens_of_one_subject_share_a_limit_and_others_do_not(issuer: LocalIssuer) -> None:
    world = world_with(issuer, per_token=1, burst_s=2)
    again = world.issuer.mint(["patient"], "clinic", patient_id="p1", valid_for=timedelta(hours=1))
    assert await statuses(world, 2, THINGS, world.patient) == [200, 200]
    assert await statuses(world, 1, THINGS, {"Authorization": f"Bearer {again}"}) == [429]
    assert await statuses(world, 1, THINGS, world.token("clinician")) == [403]


async def test_a_tenant_has_a_limit_of_its_own(issuer: LocalIssuer) -> None:
    world = world_with(issuer, per_tenant=1, burst_s=2)
    people = [world.token("patient", patient_id=person) for person in ("p1", "p2", "p3")]
    answers = [
        await world.client.get(f"/v1/patients/p{number}/things", headers=who) for number, who in enumerate(people, 1)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["ratelimit"].startswith('"tenant"')
    assert await statuses(world, 1, THINGS, world.token("patient", tenant="other", patient_id="p1")) == [200]


async def test_bad_tokens_are_limited_by_address_and_good_ones_pass_beside_them(issuer: LocalIssuer) -> None:
    world = world_with(issuer, per_address=1, burst_s=2)
    good, unseen = world.patient, world.token("clinician")
    assert await statuses(world, 1, THINGS, good) == [200]
    assert await statuses(world, 3, THINGS, {"Authorization": "Bearer x"}) == [401, 401, 429]
    assert await statuses(world, 1, THINGS, {}) == [429]
    assert await statuses(world, 1, THINGS, good) == [200]
    assert await statuses(world, 1, THINGS, unseen) == [429]
    assert await statuses(world, 1, URGENT, unseen, "POST") == [200]


async def test_a_person_in_danger_is_never_told_to_wait(issuer: LocalIssuer) -> None:
    world = world_with(issuer, per_token=1, per_tenant=1, per_address=1, burst_s=1, at_once=1)
    await statuses(world, 2, THINGS, world.patient)
    assert set(await statuses(world, 50, URGENT, world.patient, "POST")) == {200}
    assert await statuses(world, 1, URGENT, world.patient, "GET") == [429]
    assert set(await statuses(world, 5, URGENT, {"Authorization": "Bearer x"}, "POST")) == {401}


async def test_probes_are_not_limited(issuer: LocalIssuer) -> None:
    world = world_with(issuer, per_token=1, per_address=1, burst_s=1, at_once=1)
    assert set(await statuses(world, 20, "/livez", {})) == {200}


async def test_more_requests_than_fit_in_hand_are_told_to_come_again(issuer: LocalIssuer) -> None:
    held = asyncio.Event()
    world = make_world(issuer, routers=[urgent(held)], limits=Limits(at_once=2))
    await world.client.get(THINGS, headers=world.patient)  # the issuer's keys are read
    waiting = [asyncio.create_task(world.client.get("/v1/slow", headers=world.patient)) for _ in range(2)]
    for _ in range(20):  # turns enough for both to come as far as their route, where they are held
        await asyncio.sleep(0)
    full = await world.client.get(THINGS, headers=world.patient)
    assert (full.status_code, full.headers["retry-after"], full.json()["code"]) == (503, "1", "unavailable")
    assert await statuses(world, 1, URGENT, world.patient, "POST") == [200]
    held.set()
    assert [(await answer).status_code for answer in waiting] == [200, 200]
    assert await statuses(world, 3, THINGS, world.patient) == [200] * 3


@pytest.mark.parametrize("given", [{"per_token": 1, "burst_s": 1}, {"per_tenant": 1, "burst_s": 1}])
async def test_the_body_of_who_sends_too_much_is_not_read(issuer: LocalIssuer, given: dict[str, int]) -> None:
    world = world_with(issuer, **given)
    await world.client.get(THINGS, headers=world.patient)
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("read")

    async def send(message: Message) -> None:
        sent.append(message)

    await world.app(_scope(world.patient), receive, send)
    assert sent[0]["status"] == 429


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
async def test_a_network_of_ipv6_is_one_address(issuer: LocalIssuer, one: str, two: str, same: bool) -> None:
    world = world_with(issuer, per_address=1, burst_s=1)
    told = []
    for address in (one, two):
        transport = httpx.ASGITransport(world.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://things") as client:
            told.append((await client.get(THINGS)).status_code)
    assert told == [401, 429 if same else 401]


async def test_429_is_described_for_every_route_and_audited(issuer: LocalIssuer) -> None:
    world = world_with(issuer, per_token=1, burst_s=1)
    paths = world.app.openapi()["paths"]
    assert all("429" in operation["responses"] for path in paths.values() for operation in path.values())
    await statuses(world, 2, THINGS, world.patient)
    assert [(record.status, record.outcome) for record in world.audited] == [(200, "allowed"), (429, "rejected")]


def _scope(headers: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "POST",
        "path": THINGS,
        "raw_path": THINGS.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "state": {},
    }
