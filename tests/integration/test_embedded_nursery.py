"""A fork of the nursery is a process of its own, handled as any other, and never left behind."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.local.nursery import Nursery
from deploy.local.process import Child
from deploy.local.trouble import Trouble

# Learnt and run by the fork: tells whom it is, sleeps, ends as told.
_MODULE = """
import os, sys, time

ORIGIN = os.getpid()
if __name__ == "__main__":
    import born as learnt
    print(sys.argv[1], os.environ.get("WORD"), os.environ.get("HOME"), learnt.ORIGIN, os.getsid(0), flush=True)
    if sys.argv[1] == "leave":
        sys.exit(7)
    if sys.argv[1] == "fail":
        raise ValueError("its last words")
    time.sleep(100)
"""


@pytest.fixture
def nursery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nursery]:
    (tmp_path / "born.py").write_text(_MODULE)
    monkeypatch.chdir(tmp_path)
    nursery = Nursery(tmp_path / "nursery.log")
    nursery.child.start()
    nursery.learn(["born"])
    yield nursery
    nursery.child.kill()


def born(nursery: Nursery, folder: Path, word: str) -> Child:
    """A fork with a log and an environment of its own."""
    command = [sys.executable, "-m", "born", word]
    return Child(word, command, log=folder / f"{word}.log", env={"WORD": "mine"}, starts=nursery.start)


def first_words(child: Child) -> list[str]:
    """The line that it prints at once."""
    until = time.monotonic() + 10
    while not (lines := child.last_lines()):
        assert time.monotonic() < until, "it never said a word"
        time.sleep(0.02)
    return lines[0].split()


def test_a_fork_has_its_arguments_environment_log_and_session_and_what_was_learnt(
    nursery: Nursery, tmp_path: Path
) -> None:
    child = born(nursery, tmp_path, "sleep")
    child.start()
    assert first_words(child) == ["sleep", "mine", "None", str(nursery.child.pid), str(child.pid)]
    assert child.pid != nursery.child.pid
    assert Path(f"/proc/{child.pid}/comm").read_text() == "born\n"
    child.kill()


def test_the_exit_code_is_told_whoever_asks(nursery: Nursery, tmp_path: Path) -> None:
    leaving, failing = born(nursery, tmp_path, "leave"), born(nursery, tmp_path, "fail")
    for child, code in ((leaving, 7), (failing, 1)):
        child.start()
        assert child.wait(10)
        assert (child.running, child.exit_code) == (False, code)
    assert failing.last_lines()[-1] == "ValueError: its last words"


def test_many_threads_may_ask_how_one_ended(nursery: Nursery, tmp_path: Path) -> None:
    child = born(nursery, tmp_path, "leave")
    child.start()
    with ThreadPoolExecutor(8) as asking:
        assert set(asking.map(lambda _: child.wait(10) and child.exit_code, range(32))) == {7}
    assert nursery.child.running


def test_one_that_is_killed_takes_nobody_along_and_can_be_started_again(nursery: Nursery, tmp_path: Path) -> None:
    child, other = born(nursery, tmp_path, "sleep"), born(nursery, tmp_path, "rest")
    for one in (child, other):
        one.start()
        first_words(one)
    before = child.pid
    assert not child.wait(0.01)
    child.kill()
    assert (child.exit_code, other.running, nursery.child.running) == (-signal.SIGKILL, True, True)
    child.start()
    assert child.running
    assert child.pid != before
    assert child.stop()
    assert child.exit_code == -signal.SIGTERM
    other.kill()


def test_when_the_nursery_dies_nobody_is_left(nursery: Nursery, tmp_path: Path) -> None:
    child = born(nursery, tmp_path, "sleep")
    child.start()
    first_words(child)
    os.kill(nursery.child.pid, signal.SIGKILL)
    assert child.wait(10)
    assert child.exit_code == -signal.SIGKILL
    with pytest.raises(Trouble, match=r"has ended; its last words are in .*nursery\.log"):
        child.start()


def test_a_program_that_is_no_module_is_started_as_ever(nursery: Nursery, tmp_path: Path) -> None:
    child = Child("program", [sys.executable, "-c", "print('alone')"], log=tmp_path / "log", starts=nursery.start)
    child.start()
    assert child.wait(10)
    assert child.last_lines() == ["alone"]
