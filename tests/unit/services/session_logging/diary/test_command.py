"""The import from the command line, through the real batch route: counts, exit codes, outages, a second time."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.session_logging.diary.client import BatchClient, ImportStopped
from services.session_logging.diary.command import DONE, SOME_REJECTED, STOPPED, import_diary
from tests.unit.services.session_logging.desk import Desk, walk

EXAMPLE = Path(__file__).parents[5] / "deploy" / "examples" / "diary"


class Bridge(httpx.BaseTransport):
    """Carries a synchronous client's requests to the app, which lives on the test's own event loop."""

    def __init__(self, desk: Desk, loop: asyncio.AbstractEventLoop, fail: list[Any] | None = None) -> None:
        self.desk, self.loop = desk, loop
        self.fail = fail if fail is not None else []
        self.bodies: list[dict[str, Any]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(json.loads(request.read()))
        trouble = self.fail.pop(0) if self.fail else None
        if trouble == "lost":  # it arrives, and its answer does not
            self._carry(request)
            raise httpx.ReadTimeout("lost")
        if isinstance(trouble, Exception):
            raise trouble
        if isinstance(trouble, int):
            return httpx.Response(trouble, headers={"Retry-After": "1"}, json={"detail": "No."})
        return self._carry(request)

    def _carry(self, request: httpx.Request) -> httpx.Response:
        async def call() -> httpx.Response:
            headers = {"authorization": request.headers["authorization"], "content-type": "application/json"}
            return await self.desk.client.post(request.url.path, content=request.content, headers=headers)

        answer = asyncio.run_coroutine_threadsafe(call(), self.loop).result(30)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The JSON that the command printed; the app's log lines stand beside it."""
    lines = capsys.readouterr().out.splitlines()
    (line,) = (line for line in lines if line.startswith("{") and not line.startswith('{"event"'))
    told: dict[str, Any] = json.loads(line)
    return told


@pytest.fixture
def bridged(desk: Desk) -> Callable[..., Any]:
    """Runs the command against the desk; gives exit code and transport."""

    async def run(*arguments: str, fail: list[Any] | None = None) -> tuple[int, Bridge]:
        bridge = Bridge(desk, asyncio.get_running_loop(), fail)
        token = desk.clinician["Authorization"].removeprefix("Bearer ")
        full = [*arguments, "--mapping", str(EXAMPLE / "mapping.toml"), "--patient", "p1", "--token", token]
        code = await asyncio.to_thread(import_diary, full, transport=bridge, sleep=lambda _: None)
        return code, bridge

    return run


@pytest.mark.article("P8.2")
async def test_every_row_ends_and_a_second_import_changes_nothing(
    desk: Desk, bridged: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rejected = tmp_path / "rejected.csv"
    arguments = (str(EXAMPLE / "diary.csv"), "--shift-to", "2026-01-20", "--json", "--rejected", str(rejected))

    code, _ = await bridged(*arguments)
    told = printed(capsys)
    assert code == SOME_REJECTED
    assert told["counts"] == {"logged": 28, "history_only": 10, "exists": 0, "rejected": 2, "not_sent": 0}
    assert told["rejected"] == [
        {"row": 30, "reason": "amount_not_understood"},
        {"row": 36, "reason": "amount_not_understood"},
    ]
    assert rejected.read_text(encoding="utf-8").splitlines()[1].startswith("30,amount_not_understood,2026,3,17,pool")

    published = await desk.published()
    code, _ = await bridged(*arguments)
    told = printed(capsys)
    assert code == SOME_REJECTED
    assert told["counts"] == {"logged": 0, "history_only": 0, "exists": 38, "rejected": 2, "not_sent": 0}
    assert await desk.published() == published

    await bridged(str(EXAMPLE / "diary.csv"), "--shift-to", "2026-01-19", "--json")
    told = printed(capsys)
    assert told["rejected_by_reason"] == {"amount_not_understood": 2, "id_used_for_other_content": 38}
    assert await desk.published() == published


async def test_an_outage_is_waited_for_with_the_same_ids(
    desk: Desk, bridged: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused, unreachable, and an answer that was lost on its way: nothing twice, nothing missing."""
    outage = [503, httpx.ConnectError("down"), "lost", 429]
    arguments = (str(EXAMPLE / "diary.csv"), "--shift-to", "2026-01-20", "--json", "--batch", "40")
    code, bridge = await bridged(*arguments, fail=outage)

    assert code == SOME_REJECTED
    assert printed(capsys)["counts"]["logged"] == 28
    assert len({body["id"] for body in bridge.bodies}) == 2
    assert len(await desk.published()) == 64


async def test_what_cannot_go_on_ends_with_2_and_says_why(
    bridged: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    diary = str(EXAMPLE / "diary.csv")
    code, _ = await bridged(diary, fail=[401])
    assert code == STOPPED
    assert "401" in capsys.readouterr().err
    code, _ = await bridged(str(EXAMPLE / "nothing.csv"))
    assert code == STOPPED


async def test_a_dry_run_sends_nothing(bridged: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    code, bridge = await bridged(str(EXAMPLE / "diary.csv"), "--dry-run", "--json")
    assert code == SOME_REJECTED
    assert bridge.bodies == []
    assert printed(capsys)["counts"]["not_sent"] == 38


async def test_an_import_of_good_rows_alone_ends_with_0(
    bridged: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (EXAMPLE / "diary.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "short.csv").write_text("\n".join(lines[:6]), encoding="utf-8")
    code, _ = await bridged(str(tmp_path / "short.csv"), "--shift-to", "2026-01-19")
    assert code == DONE
    assert "4 rows" in capsys.readouterr().out


def test_patience_ends() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    transport = httpx.MockTransport(lambda _: httpx.Response(503))
    with httpx.Client(transport=transport, base_url="http://diary") as http:
        client = BatchClient(http, "p1", patience_s=60, sleep=sleep, monotonic=lambda: now[0])
        with pytest.raises(ImportStopped):
            client.send([walk("s1")])
    assert 30 < now[0] <= 60


def test_an_answer_that_is_none_of_ours_stops_the_import() -> None:
    for answer in (httpx.Response(200, text="<html>"), httpx.Response(200, json={"items": []})):
        transport = httpx.MockTransport(lambda _, given=answer: given)
        http = httpx.Client(transport=transport, base_url="http://diary")
        with http, pytest.raises(ImportStopped):
            BatchClient(http, "p1").send([walk("s1")])
