"""The command: nothing is written unless everything was measured."""

from pathlib import Path
from typing import Any

import pytest

from tests.bench import __main__ as command
from tests.bench.bed import RunFailed
from tests.bench.results import BENCHES


@pytest.mark.parametrize(("ending", "code"), [(KeyboardInterrupt(), 130), (RunFailed("ours ended"), 1)])
def test_a_run_that_does_not_end_well_writes_nothing(
    ending: BaseException, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(*_: Any, **__: Any) -> dict[str, Any]:
        raise ending

    monkeypatch.setattr(command, "measured", measured)
    monkeypatch.setattr(command, "python_of_rivals", lambda: tmp_path / "python")

    assert command.main(["http", "--output", str(tmp_path / "latest.json")]) == code
    assert list(tmp_path.iterdir()) == []


def test_every_bench_can_be_asked_for() -> None:
    assert {*command.ON_A_BED, *command.ON_THE_STACK} == set(BENCHES)
