"""The supervisor brings everything up, says in one sentence what went wrong, and leaves no process behind."""

import io
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pymongo
import pytest
from rich.console import Console

from deploy.local import supervisor as supervisor_module
from deploy.local.checks import alone, free_ports
from deploy.local.fleet import Fleet
from deploy.local.process import Child
from deploy.local.screen import Screen
from deploy.local.supervisor import Running, Supervisor, run
from deploy.local.topology import ROOT, SERVICES, Layout, Ports, environment
from deploy.local.trouble import Trouble
from tests.support.stack import JARS

STAND_IN = [sys.executable, "-m", "tests.support.stand_in"]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home", Ports.free(), JARS)


@pytest.fixture
def screen() -> Screen:
    return Screen(Console(file=io.StringIO(), width=200))


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    fleet = Fleet()
    yield fleet
    fleet.kill()


def stand_ins(layout: Layout, **badly: list[str]) -> dict[str, Child]:
    return {
        name: Child(name, [*STAND_IN, *badly.get(name, [])], log=layout.log(name), env=environment(layout, name))
        for name in SERVICES
    }


def test_a_second_start_finds_the_data_of_the_first(layout: Layout, screen: Screen, fleet: Fleet) -> None:
    first = Supervisor(layout, screen, dict.fromkeys(SERVICES, STAND_IN), fleet).start()
    with pymongo.MongoClient[dict[str, object]](first.engines["plans"].url) as client:
        client["plans"]["kept"].insert_one({"_id": 1})
    token_keys = first.issuer.jwks_file.read_bytes()
    assert fleet.stop() == []
    assert not any(child.running for child in first.services.values())

    second = Supervisor(layout, screen, dict.fromkeys(SERVICES, STAND_IN), fleet).start()
    assert all(httpx.get(f"{second.url(name)}/readyz").status_code == 200 for name in SERVICES)
    with pymongo.MongoClient[dict[str, object]](second.engines["plans"].url) as client:
        assert client["plans"]["kept"].find_one({}) == {"_id": 1}
    assert second.issuer.jwks_file.read_bytes() == token_keys


def test_a_service_that_crashes_at_start_is_named_with_its_exit_code_and_log(
    layout: Layout, screen: Screen, fleet: Fleet
) -> None:
    with pytest.raises(Trouble) as trouble:
        Supervisor(layout, screen, fleet=fleet).start_services(stand_ins(layout, progression=["--exit", "7"]))
    log = layout.log("progression")
    assert str(trouble.value) == f"progression ended by itself with exit code 7; its last words are in {log}."
    assert "the last words" in log.read_text()


def test_a_degraded_service_is_not_taken_for_ready(
    layout: Layout, screen: Screen, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "SERVICES_READY_S", 3.0)
    with pytest.raises(Trouble, match=r"reminders was not ready within 3 s \(degraded\); see .*reminders\.log"):
        Supervisor(layout, screen, fleet=fleet).start_services(stand_ins(layout, reminders=["--degraded"]))


def test_a_process_that_is_killed_while_the_stack_runs_is_noticed(tmp_path: Path, fleet: Fleet, screen: Screen) -> None:
    child = sleeper(tmp_path, "victim")
    fleet.join([child])
    child.start()
    watching = Supervisor(Layout(tmp_path, Ports.free(), JARS), screen, {}, fleet)
    threading.Timer(0.5, lambda: os.kill(child.pid, signal.SIGKILL)).start()
    with pytest.raises(Trouble, match="victim ended by itself with exit code -9"):
        watching.watch()


def test_a_port_in_use_is_named_with_who_needs_it(layout: Layout) -> None:
    taken = layout.ports.http["progression"]
    with subprocess.Popen(
        STAND_IN, env={**os.environ, "PACEWELL_HTTP_PORT": str(taken), "PYTHONPATH": str(ROOT)}
    ) as other:
        try:
            wait_for_port(taken)
            with pytest.raises(Trouble, match=f"^Port {taken}, needed by progression, is in use by another program"):
                free_ports(layout)
        finally:
            other.kill()


def test_two_stacks_do_not_share_a_folder(layout: Layout) -> None:
    with alone(layout), pytest.raises(Trouble, match=rf"already runs in .* \(process {os.getpid()}\)"), alone(layout):
        pass
    with alone(layout):
        pass


def test_everything_stops_within_ten_seconds_however_stubborn_it_is(tmp_path: Path, fleet: Fleet) -> None:
    stopped: list[str] = []
    base, middle, top = (sleeper(tmp_path, name, stubborn=name == "top") for name in ("base", "middle", "top"))
    for child in (base, middle, top):
        fleet.join([child])
        child.start()
    wait_for_line(top, "ready")
    began = time.monotonic()
    stopped = fleet.stop()
    assert time.monotonic() - began < 10
    assert stopped == ["top"]
    assert [child.exit_code for child in (base, middle, top)] == [-signal.SIGTERM, -signal.SIGTERM, -signal.SIGKILL]


def test_what_uses_others_is_stopped_before_them(tmp_path: Path, fleet: Fleet) -> None:
    order = tmp_path / "order"
    for name in ("kafka", "engine", "service"):
        child = sleeper(tmp_path, name, on_term=f"open({str(order)!r}, 'a').write('{name} ')")
        fleet.join([child])
        child.start()
        wait_for_line(child, "ready")
    fleet.stop()
    assert order.read_text().split() == ["service", "engine", "kafka"]


def test_what_was_started_before_a_failure_is_stopped(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = sleeper(tmp_path, "first")

    def fail(self: Supervisor) -> Running:
        self.fleet.join([child])
        child.start()
        raise Trouble("The second could not be started.")

    monkeypatch.setattr(Supervisor, "start", fail)
    with pytest.raises(Trouble, match="The second could not be started"):
        run(layout, Console(file=io.StringIO()), story=None)
    assert not child.running


def test_a_start_that_was_interrupted_is_no_success(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Supervisor) -> Running:
        raise KeyboardInterrupt

    monkeypatch.setattr(Supervisor, "start", interrupted)
    with pytest.raises(Trouble, match="stopped before everything was ready"):
        run(layout, Console(file=io.StringIO()), story=None)


def test_sigterm_ends_every_process_of_a_running_stack(tmp_path: Path) -> None:
    """The command itself, in a process of its own, with stand-ins for the services."""
    script = tmp_path / "stack.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from rich.console import Console
        from deploy.local import supervisor
        from deploy.local.topology import Layout, Ports, SERVICES
        usual = supervisor.Supervisor
        stand_ins = {{name: {STAND_IN!r} for name in SERVICES}}
        supervisor.Supervisor = lambda layout, screen, **given: usual(layout, screen, stand_ins, **given)
        def tell(running):
            everyone = [running.kafka.child, *(e.child for e in running.engines.values()), *running.services.values()]
            print("pids", *(child.pid for child in everyone), flush=True)
        layout = Layout(Path({str(tmp_path / "home")!r}), Ports.free(), Path({str(JARS)!r}))
        supervisor.run(layout, Console(width=200), story=tell)
        print("left in order", flush=True)
        """)
    )
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as stack:
        assert stack.stdout is not None
        pids = next(line for line in stack.stdout if line.startswith("pids")).split()[1:]
        for line in stack.stdout:
            if "Ctrl-C" in line:
                break
        began = time.monotonic()
        stack.send_signal(signal.SIGTERM)
        assert stack.wait(15) == 0
        assert time.monotonic() - began < 10
        assert "left in order" in stack.stdout.read()
    assert not [pid for pid in pids if is_alive(int(pid))]
    assert len(pids) == 1 + len(SERVICES) + 1 + len(SERVICES)


def test_a_parent_that_is_killed_leaves_no_orphan(tmp_path: Path) -> None:
    script = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from deploy.local.process import Child
        command = [sys.executable, "-c", "import time; time.sleep(100)"]
        child = Child("child", command, log=Path({str(tmp_path / "log")!r}))
        child.start()
        print(child.pid, flush=True)
        time.sleep(100)
        """)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    until = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_alive(pid)


def sleeper(folder: Path, name: str, *, stubborn: bool = False, on_term: str = "") -> Child:
    """A process that sleeps; on SIGTERM it ends, runs `on_term` and ends, or, stubborn, does nothing."""
    lines = ["import os, signal, time"]
    if stubborn:
        lines.append("signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    elif on_term:
        lines.append(f"signal.signal(signal.SIGTERM, lambda *_: ({on_term}, os._exit(0)))")
    lines += ["print('ready', flush=True)", "time.sleep(100)"]
    return Child(name, [sys.executable, "-c", "\n".join(lines)], log=folder / f"{name}.log")


def wait_for_line(child: Child, line: str) -> None:
    until = time.monotonic() + 10
    while line not in child.last_lines():
        assert time.monotonic() < until, f"{child.name} never said {line!r}"
        time.sleep(0.02)


def wait_for_port(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            httpx.get(f"http://127.0.0.1:{port}/readyz")
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"nothing listens on {port}")


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
