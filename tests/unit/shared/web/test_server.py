"""The server on a real socket: heads are bounded in size and time, and it does not say who it is."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from fastapi import APIRouter
from starlette.responses import StreamingResponse

from deploy.local.issuer import LocalIssuer
from shared.web.server import EXIT_CODE, BoundedHttp, configured, listen
from tests.support.web_world import THINGS, World, make_world


@asynccontextmanager
async def served(world: World) -> AsyncIterator[int]:
    listener = listen("127.0.0.1", 0)
    config = configured(world.app)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield int(listener.getsockname()[1])
    finally:
        await server.shutdown(sockets=[listener])


async def answer_to(port: int, *pieces: bytes) -> bytes:
    """What comes back for raw bytes until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


async def test_it_serves_and_keeps_its_name_to_itself(world: World) -> None:
    async with served(world) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.post(THINGS, json={"amount": 1}, headers=world.patient)
        again = await client.post(THINGS, json={"amount": 2}, headers=world.patient)
    assert (answer.status_code, again.status_code) == (201, 201)
    assert "server" not in answer.headers


async def test_a_10_mb_body_is_refused_on_the_wire(world: World) -> None:
    async with served(world) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        headers = {**world.patient, "Content-Type": "application/json"}
        answer = await client.post(THINGS, content=b" " * 10_000_000, headers=headers)
        after = await client.get("/livez")
    assert (answer.status_code, after.status_code) == (413, 200)


async def test_what_is_not_http_is_a_problem(world: World) -> None:
    async with served(world) as port:
        answer = await answer_to(port, b"\x16\x03\x01 Anna\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
    assert b"Anna" not in answer


@pytest.mark.parametrize(
    "endless",
    [lambda i: b"x-%d: %s\r\n" % (i, b"y" * 8000), lambda i: b"y" * 8000],
    ids=["many headers", "one header without end"],
)
async def test_a_head_without_end_is_cut_off(world: World, endless: Callable[[int], bytes]) -> None:
    async with served(world) as port:
        answer = await answer_to(port, b"GET / HTTP/1.1\r\nx: ", *(endless(i) for i in range(9)))
    assert answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"], ids=["nothing", "half", "most"])
async def test_a_head_that_does_not_come_ends_the_connection(
    world: World, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(BoundedHttp, "head_s", 0.02)
    async with served(world) as port:
        answer = await answer_to(port, sent)
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_the_second_head_of_a_connection_may_not_be_late_either(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(world) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readuntil(b'{"status":"ok"}')).startswith(b"HTTP/1.1 200 ")
        monkeypatch.setattr(BoundedHttp, "head_s", 0.02)
        writer.write(b"GET /livez HTT")
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_a_connection_too_many_is_told_to_come_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedHttp, "most", 1)
    async with served(world) as port:
        _, first = await asyncio.open_connection("127.0.0.1", port)
        answer = await answer_to(port, b"")
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1\r\n" in answer
        first.close()
        await first.wait_closed()
        assert (await answer_to(port, b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).startswith(
            b"HTTP/1.1 200 "
        )


async def test_who_does_not_take_the_answer_is_cut_off(issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedHttp, "take_s", 0.02)
    router = APIRouter()
    sent = asyncio.Event()

    @router.get("/v1/much")
    async def much() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"x" * 1_000_000
            sent.set()

        return StreamingResponse(parts())

    world = make_world(issuer, routers=[router])
    async with served(world) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        token = world.patient["Authorization"]
        writer.write(f"GET /v1/much HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
        await asyncio.wait_for(sent.wait(), 5)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(100_000_000)
        writer.close()


def test_a_port_in_use_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            listen("127.0.0.1", port)
    assert ended.value.code == EXIT_CODE
    assert capsys.readouterr().err == f"Port {port} on 127.0.0.1 is in use.\n"
