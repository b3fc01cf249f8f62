"""The clock of the local stack goes forward only."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from deploy.local.clock import advance, set_to
from deploy.local.trouble import Trouble
from shared.clock import FileClock

NEAR = timedelta(seconds=30)


def test_steps_add_up_and_every_process_sees_them(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    advance(file, timedelta(days=2))
    shown = advance(file, timedelta(hours=12))
    assert abs(shown - datetime.now(UTC) - timedelta(days=2.5)) < NEAR
    assert abs(FileClock(file).now() - shown) < NEAR
    assert abs(orjson.loads(file.read_bytes())["offset_ms"] - 216_000_000) < 30_000


def test_it_is_set_to_a_moment_and_a_moment_without_zone_is_utc(tmp_path: Path) -> None:
    file = tmp_path / "new" / "clock.json"
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert set_to(file, tomorrow.replace(tzinfo=None)) == tomorrow
    assert abs(FileClock(file).now() - tomorrow) < NEAR


def test_it_never_goes_back(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    advance(file, timedelta(days=10))
    with pytest.raises(Trouble, match="The clock never goes back"):
        set_to(file, datetime.now(UTC) + timedelta(days=9))
    with pytest.raises(Trouble, match="The clock never goes back"):
        advance(file, timedelta(seconds=-1))
    assert FileClock(file).now() > datetime.now(UTC) + timedelta(days=9.9)


def test_more_than_a_hundred_years_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="at most 100 years"):
        advance(tmp_path / "clock.json", timedelta(days=40_000))
    assert not (tmp_path / "clock.json").exists()
