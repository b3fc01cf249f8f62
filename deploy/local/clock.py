"""Set or advance the clock that every service of the local stack follows; it never goes back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from deploy.local.trouble import Trouble
from shared.clock import FileClock, SystemClock, write_offset

_FURTHEST: Final = timedelta(days=36_500)


def advance(clock_file: Path, step: timedelta) -> datetime:
    """Move the clock by a step and return the moment it shows now; `Trouble` for a step back or beyond 100 years."""
    if step < timedelta(0):
        raise Trouble("The clock never goes back: what was decided is already recorded with its time.")
    return _set(clock_file, _now(clock_file) + step)


def set_to(clock_file: Path, moment: datetime) -> datetime:
    """Set the clock to a moment (without a zone: UTC) and return it; `Trouble` for the past or beyond 100 years."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment < (now := _now(clock_file)):
        raise Trouble(f"The clock never goes back: it shows {now:%Y-%m-%d %H:%M:%S} UTC already.")
    return _set(clock_file, moment)


def _now(clock_file: Path) -> datetime:
    return FileClock(clock_file).now() if clock_file.exists() else SystemClock().now()


def _set(clock_file: Path, moment: datetime) -> datetime:
    offset = moment - SystemClock().now()
    if offset > _FURTHEST:
        raise Trouble("The clock can be set at most 100 years ahead.")
    try:
        clock_file.parent.mkdir(parents=True, exist_ok=True)
        write_offset(clock_file, offset)
    except OSError as error:
        raise Trouble(f"{clock_file} cannot be written: {error.strerror}.") from None
    return moment
