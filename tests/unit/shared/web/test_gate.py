"""What may come in: a stranger's body is never read, and a caller's is bounded JSON that every reader takes alike."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.types import Message

from deploy.local.issuer import LocalIssuer
from tests.support.web_world import THINGS, World, make_world

JSON = {"Content-Type": "application/json"}


def nested(depth: int) -> bytes:
    return b'{"amount": ' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        pytest.param(b'{"amount": 1}', "application/json", 201, None, id="JSON"),
        pytest.param(b'{"amount": 1}', "Application/JSON; charset=UTF-8", 201, None, id="JSON, with its charset"),
        pytest.param(b'{"amount": 1}', "text/plain", 415, "media_type", id="text"),
        pytest.param(b'{"amount": 1}', None, 415, "media_type", id="no media type"),
        pytest.param(b'{"amount": 1}', "application/json; charset=latin-1", 415, "media_type", id="another charset"),
        pytest.param(b"amount=1", "application/x-www-form-urlencoded", 415, "media_type", id="a form"),
        pytest.param(b"", None, 422, "invalid", id="nothing"),
        pytest.param(b"{", "application/json", 400, "json_malformed", id="half"),
        pytest.param(b"\xff", "application/json", 400, "json_malformed", id="not UTF-8"),
        pytest.param(b'{"amount": NaN}', "application/json", 400, "json_malformed", id="NaN"),
        pytest.param(b'{"amount": -Infinity}', "application/json", 400, "json_malformed", id="Infinity"),
        pytest.param(b'{"note": "\\ud800"}', "application/json", 400, "json_malformed", id="lone surrogate"),
        pytest.param(b'{"note": "\xed\xa0\x80"}', "application/json", 400, "json_malformed", id="lone surrogate, raw"),
        pytest.param(b'{"amount": 1} {}', "application/json", 400, "json_malformed", id="something after it"),
        pytest.param(b'{"amount": 9007199254740992}', "application/json", 422, "number_too_large", id="2^53"),
        pytest.param(b'{"amount": -9007199254740992}', "application/json", 422, "number_too_large", id="-2^53"),
        pytest.param(b'{"amount": 9223372036854775808}', "application/json", 422, "number_too_large", id="2^63"),
        pytest.param(b'{"amount": ' + b"9" * 5000 + b"}", "application/json", 400, "json_malformed", id="5000 digits"),
        pytest.param(b'{"amount": 1e300}', "application/json", 422, "number_too_large", id="1e300"),
        pytest.param(b'{"note": "a\\u0000b"}', "application/json", 422, "text_nul", id="a zero character"),
        pytest.param(b'{"a\\u0000b": 1}', "application/json", 422, "text_nul", id="a zero character in a name"),
        pytest.param(nested(40), "application/json", 422, "json_too_deep", id="40 deep"),
        pytest.param(nested(100_000), "application/json", 400, "json_malformed", id="100 000 deep"),
        pytest.param(b'{"amount": 101}', "application/json", 422, "invalid", id="out of range"),
        pytest.param(b"[]", "application/json", 422, "invalid", id="a list"),
        pytest.param(b"null", "application/json", 422, "invalid", id="null"),
    ],
)
async def test_a_body_is_taken_or_refused_with_its_rule(
    world: World, body: bytes, kind: str | None, status: int, code: str | None
) -> None:
    headers = {**world.patient, **({"Content-Type": kind} if kind else {})}
    answer = await world.client.post(THINGS, content=body, headers=headers)
    assert answer.status_code == status
    if code:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code


async def test_a_compressed_body_is_refused(world: World) -> None:
    headers = {**world.patient, **JSON, "Content-Encoding": "gzip"}
    assert (await world.client.post(THINGS, content=b"{}", headers=headers)).status_code == 415


async def test_a_body_with_a_large_length_is_refused_unread(world: World) -> None:
    headers = {**world.patient, **JSON}
    answer = await world.client.post(THINGS, content=b'"' + b"x" * 10_000_000 + b'"', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_body_in_pieces_without_a_length_is_counted(world: World) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b" " * 10_000

    answer = await world.client.post(THINGS, content=pieces(), headers={**world.patient, **JSON})
    assert answer.status_code == 413
    assert "content-length" not in answer.request.headers


async def test_the_limit_can_be_set(issuer: LocalIssuer) -> None:
    world = make_world(issuer, body_bytes=13)
    for body, status in ((b'{"amount": 1}', 201), (b'{"amount": 10}', 413)):
        answer = await world.client.post(THINGS, content=body, headers={**world.patient, **JSON})
        assert answer.status_code == status


async def test_a_long_address_and_a_long_head_are_refused(world: World) -> None:
    assert (await world.client.get(THINGS, params={"x": "y" * 5000}, headers=world.patient)).status_code == 414
    assert (await world.client.get(THINGS, headers={**world.patient, "X-Long": "y" * 17_000})).status_code == 431


@pytest.mark.parametrize("path", [THINGS, "/v1/nothing", "/", "/docs", "/v1/fails", "/livez/", "//livez"])
async def test_every_address_but_the_probes_needs_a_token(world: World, path: str) -> None:
    assert (await world.client.get(path)).status_code == 401


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/openapi.json"])
async def test_machines_need_no_token_for_the_probes(world: World, path: str) -> None:
    assert (await world.client.get(path)).status_code == 200


async def _call(world: World, receive: Any, headers: dict[str, str]) -> list[Message]:
    """A request by hand, for callers that httpx cannot play."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": THINGS,
        "raw_path": THINGS.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "state": {},
    }
    await world.app(scope, receive, send)
    return sent


async def test_a_strangers_body_is_not_read(world: World) -> None:
    async def receive() -> Message:
        raise AssertionError("read")

    sent = await _call(world, receive, JSON)
    assert sent[0]["status"] == 401


async def test_a_caller_who_goes_away_half_way_stores_nothing(world: World) -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"amount": 1}', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    await _call(world, receive, {**world.patient, **JSON})
    assert all(record.status != 201 for record in world.audited)


async def test_names_that_were_sent_do_not_come_back_in_a_pointer(world: World) -> None:
    body = json.dumps({"more": {"Anna": 2**60}}).encode()
    answer = await world.client.post(THINGS, content=body, headers={**world.patient, **JSON})
    assert answer.json()["field"] == "/more"
    assert "Anna" not in answer.text
