"""Requests that arrive while the issuer's keys are read for the first time wait for them."""

import asyncio
from pathlib import Path

from deploy.local.issuer import open_issuer
from shared.web.keys import JwksKeys


async def test_a_second_request_waits_for_the_read_that_the_first_began(tmp_path: Path) -> None:
    issuer = open_issuer(tmp_path)
    text = issuer.jwks_file.read_bytes()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> bytes:
        begun.set()
        await go_on.wait()
        return text

    keys = JwksKeys(slow)
    first = asyncio.create_task(keys.find(issuer.kid))
    await begun.wait()
    second = asyncio.create_task(keys.find(issuer.kid))
    await asyncio.sleep(0)  # one turn: the second asks too
    go_on.set()

    assert await first is not None
    assert await second is not None
