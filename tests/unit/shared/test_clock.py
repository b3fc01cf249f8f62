"""Time as a value: the person's day, wall time in spring and autumn, and clocks that are set from outside."""

import json
import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from shared.clock import (
    FileClock,
    ManualClock,
    SystemClock,
    UnknownTimeZone,
    day_start,
    from_ms,
    local_date,
    to_ms,
    wall_to_utc,
    write_offset,
    zone,
)

NEW_YORK = "America/New_York"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "wall", "tz", "expected"),
    [
        pytest.param("2025-03-09", "02:30", NEW_YORK, "2025-03-09T03:00-04:00", id="gap: first valid minute after"),
        pytest.param("2025-03-09", "01:59", NEW_YORK, "2025-03-09T01:59-05:00", id="last minute before the gap"),
        pytest.param("2025-03-09", "03:00", NEW_YORK, "2025-03-09T03:00-04:00", id="first minute after the gap"),
        pytest.param("2025-11-02", "01:30", NEW_YORK, "2025-11-02T01:30-04:00", id="twice: first occurrence"),
        pytest.param("2025-11-02", "02:00", NEW_YORK, "2025-11-02T02:00-05:00", id="after the hour that comes twice"),
        pytest.param("2025-06-01", "08:15", "Asia/Kolkata", "2025-06-01T08:15+05:30", id="half-hour zone"),
        pytest.param("2011-12-30", "12:00", "Pacific/Apia", "2011-12-31T00:00+14:00", id="a day that did not exist"),
        pytest.param("2026-01-05", "09:00", "Pacific/Apia", "2026-01-05T09:00+13:00", id="far east"),
        pytest.param("2025-04-25", "00:00", "Africa/Cairo", "2025-04-25T01:00+03:00", id="gap at midnight"),
        pytest.param("2025-10-05", "02:15", "Australia/Lord_Howe", "2025-10-05T02:30+11:00", id="gap of half an hour"),
        pytest.param("2025-04-06", "01:45", "Australia/Lord_Howe", "2025-04-06T01:45+11:00", id="half an hour twice"),
    ],
)
def test_wall_time_becomes_the_moment_of_reminders_5_3(day: str, wall: str, tz: str, expected: str) -> None:
    assert wall_to_utc(date.fromisoformat(day), time.fromisoformat(wall), tz) == at(expected)


@pytest.mark.parametrize(
    ("moment", "tz", "starts", "expected"),
    [
        pytest.param("2026-01-05T02:59-05:00", NEW_YORK, "03:00", "2026-01-04", id="before the day starts"),
        pytest.param("2026-01-05T03:00-05:00", NEW_YORK, "03:00", "2026-01-05", id="as the day starts"),
        pytest.param("2026-01-05T14:59-05:00", NEW_YORK, "15:00", "2026-01-04", id="night worker, before"),
        pytest.param("2026-01-05T15:00-05:00", NEW_YORK, "15:00", "2026-01-05", id="night worker, after"),
        pytest.param("2025-03-09T03:00-04:00", NEW_YORK, "03:00", "2025-03-09", id="spring: wall time counts"),
        pytest.param("2025-03-09T03:00-04:00", NEW_YORK, "02:30", "2025-03-09", id="start in the gap: begins after it"),
        pytest.param("2025-11-02T01:45-04:00", NEW_YORK, "01:30", "2025-11-02", id="start comes twice: first one"),
        pytest.param("2025-11-02T01:15-05:00", NEW_YORK, "01:30", "2025-11-02", id="the day never steps back"),
        pytest.param("2026-01-05T21:29Z", "Asia/Kolkata", "03:00", "2026-01-05", id="half-hour zone, before"),
        pytest.param("2026-01-05T21:30Z", "Asia/Kolkata", "03:00", "2026-01-06", id="half-hour zone, after"),
        pytest.param("2011-12-31T01:00+14:00", "Pacific/Apia", "03:00", "2011-12-30", id="a day that did not exist"),
    ],
)
def test_local_date_is_the_persons_day(moment: str, tz: str, starts: str, expected: str) -> None:
    assert local_date(at(moment), tz, starts) == date.fromisoformat(expected)


@pytest.mark.parametrize("tz", [NEW_YORK, "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"])
@pytest.mark.parametrize("starts", ["00:00", "01:30", "02:30", "03:00", "15:00"])
def test_every_day_begins_at_its_start_and_never_comes_back(tz: str, starts: str) -> None:
    """Minute by minute over both changes of a year, the day only moves on, and exactly at `day_start`."""
    for begin in ("2025-03-08", "2025-04-05", "2025-10-04", "2025-11-01"):
        moment = at(f"{begin}T00:00Z")
        before = local_date(moment, tz, starts)
        for _ in range(3 * 24 * 12):
            moment += timedelta(minutes=5)
            now = local_date(moment, tz, starts)
            if now != before:
                assert now == before + timedelta(days=1)
                assert moment - timedelta(minutes=5) < day_start(now, tz, starts) <= moment
            before = now


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "america/new_york", "localtime", "Factory", "UTC+1"]
)
def test_an_unknown_zone_is_refused_without_repeating_it(name: str) -> None:
    with pytest.raises(UnknownTimeZone) as refused:
        zone(name)
    assert not name or name not in str(refused.value)


def test_milliseconds_are_cut_and_come_back() -> None:
    moment = datetime(2026, 1, 5, 12, 0, 0, 999_999, tzinfo=UTC)
    assert from_ms(to_ms(moment)) == moment.replace(microsecond=999_000)
    assert to_ms(datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)) == -1


def test_a_naive_moment_has_no_milliseconds() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_ms(datetime(2026, 1, 5))  # noqa: DTZ001 - the point of the test


def test_the_system_clock_gives_utc_in_milliseconds() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(at("2026-01-05T12:00Z"))
    assert clock.now() == clock.now() == at("2026-01-05T12:00Z")
    clock.advance(timedelta(hours=2))
    assert clock.now() == at("2026-01-05T14:00Z")
    clock.set(at("2026-01-01T00:00Z"))
    assert clock.now() == at("2026-01-01T00:00Z")


class _Machine:
    """A wall clock and a monotonic one that tests set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def wall(self) -> int:
        return to_ms(at("2026-01-05T12:00Z")) * 1_000_000

    def monotonic(self) -> float:
        return self.seconds


def _file_clock(path: Path) -> tuple[FileClock, _Machine]:
    machine = _Machine()
    return FileClock(path, wall=machine.wall, monotonic=machine.monotonic), machine


def test_a_file_clock_follows_its_file_within_100_ms(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    write_offset(path, timedelta(days=1))
    clock, machine = _file_clock(path)
    assert clock.now() == at("2026-01-06T12:00Z")
    write_offset(path, timedelta(days=-2, milliseconds=5))
    assert clock.now() == at("2026-01-06T12:00Z")
    machine.seconds += 0.1
    assert clock.now() == at("2026-01-03T12:00:00.005Z")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"offset_ms": "1"}', b'{"offset_ms": 1.5}', b"\xff", b'{"offset_ms": 1e300}']
)
def test_a_bad_file_leaves_the_last_good_offset(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clock.json"
    write_offset(path, timedelta(hours=1))
    clock, machine = _file_clock(path)
    clock.now()
    path.write_bytes(content)
    os.utime(path, ns=(1, 1))
    machine.seconds += 1
    assert clock.now() == at("2026-01-05T13:00Z")
    path.write_text(json.dumps({"offset_ms": 0}))
    machine.seconds += 1
    assert clock.now() == at("2026-01-05T12:00Z")


def test_a_missing_file_is_wall_time_with_one_warning(tmp_path: Path) -> None:
    clock, machine = _file_clock(tmp_path / "none.json")
    with capture_logs() as lines:
        for _ in range(3):
            assert clock.now() == at("2026-01-05T12:00Z")
            machine.seconds += 1
    assert [line["event"] for line in lines] == ["clock.file_unreadable"]
