"""Time as a value: clocks that can be injected, the person's own day, and local wall time turned into UTC."""

import time as _time
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo, available_timezones

import orjson
import structlog

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_DAY: Final = timedelta(days=1)
_STAT_EVERY_S: Final = 0.1
_MAX_OFFSET_MS: Final = 100 * 366 * 86_400_000

_log = structlog.get_logger(__name__)


class UnknownTimeZone(ValueError):
    """A time zone must be a name of the IANA database, spelled exactly."""

    def __init__(self) -> None:
        super().__init__("not a known IANA time zone")


class Clock(Protocol):
    """Where a process gets its time from."""

    def now(self) -> datetime:
        """The present moment in UTC, cut to milliseconds."""
        ...


class SystemClock:
    """The wall clock of the machine."""

    def now(self) -> datetime:
        """The machine's present moment in UTC, cut to milliseconds."""
        return from_ms(_time.time_ns() // 1_000_000)


class ManualClock:
    """A clock that moves only when told, for tests."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 12, tzinfo=UTC)) -> None:
        self._now = _cut(start)

    def now(self) -> datetime:
        """The moment last set."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Jump to a moment, forwards or backwards."""
        self._now = _cut(moment)

    def advance(self, step: timedelta) -> None:
        """Move by a step."""
        self._now = _cut(self._now + step)


class FileClock:
    """Wall time plus the `offset_ms` of a small JSON file, so that local mode can set one time for every process.

    The file is looked at no more than once in 100 ms and read again only when it changed. While it is missing or
    unreadable the last good offset (at first 0) stays in force, and one warning is logged.
    """

    def __init__(
        self,
        path: Path,
        *,
        wall: Callable[[], int] = _time.time_ns,
        monotonic: Callable[[], float] = _time.monotonic,
    ) -> None:
        self._path = path
        self._wall = wall
        self._monotonic = monotonic
        self._offset_ms = 0
        self._seen: tuple[int, int, int] | None = None
        self._look_again_at = float("-inf")
        self._warned = False

    def now(self) -> datetime:
        """Wall time plus the offset now in force, in UTC, cut to milliseconds."""
        if (moment := self._monotonic()) >= self._look_again_at:
            self._look_again_at = moment + _STAT_EVERY_S
            self._look()
        return from_ms(self._wall() // 1_000_000 + self._offset_ms)

    def _look(self) -> None:
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if seen == self._seen:
                return
            offset = orjson.loads(self._path.read_bytes())["offset_ms"]
            if not isinstance(offset, int) or abs(offset) > _MAX_OFFSET_MS:
                raise ValueError
        except (OSError, ValueError, KeyError, TypeError):
            self._seen = None
            if not self._warned:
                self._warned = True
                _log.warning("clock.file_unreadable")
            return
        self._seen, self._offset_ms, self._warned = seen, offset, False


def write_offset(path: Path, offset: timedelta) -> None:
    """Set the offset that every `FileClock` on this path follows; the file is replaced in one step."""
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(orjson.dumps({"offset_ms": offset // _MILLISECOND}))
    beside.replace(path)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware moment, cut, not rounded; a naive one is a `ValueError`."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return (moment - EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """The UTC moment so many milliseconds after 1970."""
    return EPOCH + milliseconds * _MILLISECOND


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone of this IANA name; anything else raises `UnknownTimeZone`, which does not repeat it."""
    if name not in _names():
        raise UnknownTimeZone
    return ZoneInfo(name)


def local_date(moment: datetime, tz: str, day_starts_at: str = "03:00") -> date:
    """The person's day that holds this moment (progression 2.11 W1): local wall time minus the time the day starts.

    It never steps back while the moment moves on: where clocks go back over the start of the day, the day begins at the
    first occurrence, as the daily tick does.
    """
    starts = _time_of_day(day_starts_at)
    local = moment.astimezone(zone(tz))
    wall = local.replace(tzinfo=None, fold=0) - timedelta(hours=starts.hour, minutes=starts.minute)
    day = wall.date()
    if local.fold and moment >= wall_to_utc(day + _DAY, starts, tz):
        return day + _DAY
    return day


def wall_to_utc(day: date, wall: time, tz: str) -> datetime:
    """The UTC moment at which a person's wall clock shows this time (reminders 5.3).

    A time that does not exist (spring) becomes the first valid minute after the gap; one that comes twice (autumn) is
    its first occurrence.
    """
    zone_info = zone(tz)
    local = datetime.combine(day, wall.replace(tzinfo=None, fold=0), tzinfo=zone_info)
    late = local.astimezone(UTC)
    if late.astimezone(zone_info).replace(tzinfo=None) == local.replace(tzinfo=None):
        return late
    early = local.replace(fold=1).astimezone(UTC)
    before = early.astimezone(zone_info).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        if middle.astimezone(zone_info).utcoffset() == before:
            early = middle
        else:
            late = middle
    return _next_whole_minute(late.replace(microsecond=0))


def day_start(day: date, tz: str, day_starts_at: str = "03:00") -> datetime:
    """The UTC moment at which this day of the person begins; the inverse of `local_date`."""
    return wall_to_utc(day, _time_of_day(day_starts_at), tz)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(available_timezones() - {"Factory", "localtime"})


@lru_cache(maxsize=1440)
def _time_of_day(text: str) -> time:
    return time.fromisoformat(text)


def _next_whole_minute(moment: datetime) -> datetime:
    return moment + timedelta(seconds=-moment.second % 60)


def _cut(moment: datetime) -> datetime:
    return from_ms(to_ms(moment))
