"""The command: each bench's results stand as soon as it is done, whatever becomes of the others."""

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.bench import __main__ as command
from tests.bench import facts
from tests.bench.apart import Part, run
from tests.bench.bed import RunFailed
from tests.bench.results import BENCHES, assembled, read, write


@pytest.mark.parametrize(("ending", "code"), [(KeyboardInterrupt(), 130), (RunFailed("ours ended"), 1)])
def test_a_bench_that_does_not_end_well_writes_nothing(
    ending: BaseException, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(*_: Any, **__: Any) -> dict[str, Any]:
        raise ending

    monkeypatch.setattr(command, "measured", measured)
    monkeypatch.setattr(command, "python_of_rivals", lambda: tmp_path / "python")

    assert command.main(["http", "--output", str(tmp_path / "latest.json")]) == code
    assert list(tmp_path.iterdir()) == []


def test_one_that_fails_takes_nothing_from_those_before_and_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def run(part: Part, longest_s: float) -> bool:
        name = part.command[3]
        asked.append(name)
        assert longest_s <= min(command.WHOLE_S, command.LONGEST_S[name])
        if name == "latency":
            return False
        found = {"per_s": 1.0} if name == "http" else {}
        whole = assembled(read(output), {name: found}, facts.about(quick=True, load=0.1))
        write(output, whole)
        return True

    output = tmp_path / "latest.json"
    monkeypatch.setattr(command, "run", run)
    monkeypatch.setattr(command, "python_of_rivals", lambda: tmp_path / "python")

    assert command.main(["--quick", "--output", str(output)]) == 1
    assert asked == list(BENCHES)
    assert set(read(output)["measured"]) == {*BENCHES} - {"latency"}
    assert read(output)["http"] == {"per_s": 1.0}


def test_a_part_that_goes_on_too_long_is_interrupted_and_then_killed(tmp_path: Path) -> None:
    def part(code: str) -> Part:
        return Part((sys.executable, "-I", "-S", "-c", code), tmp_path)

    # Two programs that would go on for a minute, so that only an interrupt, or a kill, ends them.
    # The first hears an interrupt wherever it runs: what a shell starts behind its back has it switched off.
    hears = "import signal, time\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    cleans_up = hears + "try: time.sleep(60)\nexcept KeyboardInterrupt: open('gone', 'w').close()"
    hears_nothing = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)"
    began = time.monotonic()

    assert run(part("pass"), 30.0)
    assert not run(part("raise SystemExit(3)"), 30.0)
    assert not run(part("pass"), -1.0)
    assert not run(part(cleans_up), 4.0)
    assert (tmp_path / "gone").exists()
    assert not run(part(hears_nothing), 1.0, 0.2)
    assert time.monotonic() - began < 30


def test_every_bench_can_be_asked_for_and_has_its_time() -> None:
    assert {*command.ON_A_BED, *command.ON_THE_STACK, *command.ALONE} == set(BENCHES) == set(command.LONGEST_S)
