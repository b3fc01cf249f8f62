"""The layouts a diary may come in, told apart by their own headings; what is none of them is said, never guessed."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from services.progression.commands.entries import (
    NAMES,
    SCALES,
    SCORES,
    STOPS,
    Diary,
    DiaryUnreadable,
    Entry,
    clock,
    day,
    number,
    score,
)

_LARGEST: Final = 50_000_000
_NIGHT_ENDS: Final = 5
"""Until this hour an entry that names no day belongs to the day before."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How to read: the caller's columns by name, format of days, scale, and which activity and symptom are meant."""

    columns: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    scale: str | None = None
    activity: str | None = None
    symptom: str | None = None
    unit: str | None = None


Rows = Sequence[Mapping[str, Any]]


def read(file: Path, ways: Ways) -> Diary:
    """The diary of a file. Raises `DiaryUnreadable` with a sentence that says what is wrong, and on which line."""
    try:
        if file.stat().st_size > _LARGEST:
            raise DiaryUnreadable("the file is larger than 50 MB")
        text = file.read_bytes().decode("utf-8-sig")
    except OSError:
        raise DiaryUnreadable("the file cannot be read") from None
    except UnicodeDecodeError:
        raise DiaryUnreadable("the file is not UTF-8 text") from None
    diary = _json(text, ways) if text.lstrip().startswith(("{", "[")) else _csv(text, ways)
    if not diary.entries:
        raise DiaryUnreadable("the file holds no day with an amount or a score")
    return diary


def _json(text: str, ways: Ways) -> Diary:
    try:
        told = json.loads(text)
    except ValueError:
        raise DiaryUnreadable("the file is not valid JSON") from None
    if isinstance(told, dict) and "activities-steps" in told:
        rows = told["activities-steps"]
        return _steps("Fitbit steps", [(one["dateTime"], one["value"]) for one in rows], None)
    if isinstance(told, dict) and "bucket" in told:
        return _google(told["bucket"])
    if isinstance(told, list) and told and isinstance(told[0], dict) and "calendarDate" in told[0]:
        return _steps("Garmin days", [(one["calendarDate"], one.get("totalSteps")) for one in told], None)
    if isinstance(told, list) and all(isinstance(one, dict) for one in told):
        return _plain(told, list(told[0]) if told else [], ways, 1)
    raise DiaryUnreadable("the JSON is neither a list of days nor a known export (Fitbit, Garmin, Google Fit)")


def _csv(text: str, ways: Ways) -> Diary:
    lines = text.splitlines()
    for skipped in (0, 1):
        if len(lines) <= skipped:
            break
        rows = csv.DictReader(io.StringIO("\n".join(lines[skipped:])), delimiter=_delimiter(lines[skipped]))
        names = [name.strip() for name in rows.fieldnames or []]
        rows.fieldnames = names
        for heading, layout in _LAYOUTS:
            if heading <= set(names):
                return layout(list(rows), ways)
        if {ways.columns.get("date", "date")} <= set(names):
            return _plain(list(rows), names, ways, skipped + 2)
        if "ID" in names:
            raise DiaryUnreadable("the file has one row for each person and no days: it is no diary")
    raise DiaryUnreadable(
        f"no layout is known with these headings; the simple one has {', '.join(NAMES)}, of which date is needed "
        "(--column date=NAME says what it is called)"
    )


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _plain(rows: Rows, names: Sequence[str], ways: Ways, first: int) -> Diary:
    """The simple layout: a day, and of amount, time, scores and stop whatever there is, by name or by --column."""
    columns = {name: ways.columns.get(name, name) for name in NAMES}
    if columns["date"] not in names:
        raise DiaryUnreadable("date is missing (--column date=NAME says what it is called)")
    for name, column in ways.columns.items():
        if column not in names:
            raise DiaryUnreadable(f"--column {name}: the file has no column of that name")
    scale = SCALES[ways.scale or "whole"]
    entries = []
    for place, row in enumerate(rows, first):
        where = f"line {place}: "
        stop = str(row.get(columns["stop"]) or "").strip() or None
        if stop is not None and stop not in STOPS:
            raise DiaryUnreadable(f"{where}stop must be one of {', '.join(STOPS)} or blank")
        amount = number(row.get(columns["amount"]), f"{where}amount")
        if amount is not None and amount < 0:
            raise DiaryUnreadable(f"{where}amount must not be below 0")
        entries.append(
            Entry(
                day=day(row.get(columns["date"]), ways.date_format, f"{where}date"),
                clock=clock(row.get(columns["time"])),
                amount=amount,
                stop=stop,
                **{name: score(row.get(columns[name]), scale, f"{where}{name}") for name in SCORES},
            )
        )
    return Diary("simple", tuple(entries))


def _steps(layout: str, rows: Iterable[tuple[Any, Any]], pattern: str | None, *remarks: str) -> Diary:
    """Steps of a day; a day of none is one on which nothing was worn, not a session of nothing."""
    entries = []
    for place, (text, count) in enumerate(rows, 1):
        steps = number(count, f"day {place}: steps")
        if steps:
            entries.append(Entry(day(text, pattern, f"day {place}: date"), amount=steps))
    return Diary(layout, tuple(entries), "steps", ("a day without steps is taken as not worn", *remarks))


def _google(buckets: Any) -> Diary:
    """Google Fit's daily buckets: whatever hour they begin at is taken as the midnight of the person's zone."""
    try:
        starts = [datetime.fromtimestamp(int(one["startTimeMillis"]) // 1000, UTC) for one in buckets]
        counts = [
            sum(
                value.get("intVal", 0) for set_ in one["dataset"] for point in set_["point"] for value in point["value"]
            )
            for one in buckets
        ]
    except (KeyError, TypeError, ValueError):
        raise DiaryUnreadable("the buckets are not those of a Google Fit export of daily steps") from None
    hours = Counter(start.hour for start in starts).most_common(1)
    to_midnight = timedelta(hours=-hours[0][0] % 24 if hours else 0)
    rows = [((start + to_midnight).date().isoformat(), count) for start, count in zip(starts, counts, strict=True)]
    return _steps("Google Fit steps", rows, None, "the hour at which the buckets begin is taken as midnight")


def _fitbit(rows: Rows, ways: Ways) -> Diary:
    return _steps("Fitbit export", [(row["Date"], row["Steps"]) for row in rows], ways.date_format or "%d-%m-%Y")


def _above(rows: Rows, *names: str) -> Iterator[dict[str, Any]]:
    """Rows in which a blank of these columns means: as in the row above."""
    last: dict[str, str] = {}
    for row in rows:
        last |= {name: row[name].strip() for name in names if (row.get(name) or "").strip()}
        yield {**row, **last}


def _ymd(row: Mapping[str, Any], names: Sequence[str], where: str) -> date:
    try:
        return date(*(int(row[name]) for name in names))
    except (TypeError, ValueError, KeyError):
        raise DiaryUnreadable(f"{where}{', '.join(names)} must be a date") from None


def _sport(rows: Rows, ways: Ways) -> Diary:
    """Sessions by activity, with a duration in minutes (where it is a number), kilometres, and pain after."""
    scale = SCALES[ways.scale or "myaiguide"]
    names = Counter(row["activity"] for row in rows if row.get("activity"))
    wanted = ways.activity or (names.most_common(1)[0][0] if names else "")
    if wanted not in names:
        raise DiaryUnreadable(f"--activity: there is none of that name; there are {', '.join(sorted(names)[:12])}")
    unit, left, entries = ways.unit or "min", 0, []
    for place, row in enumerate(_above(rows, "year", "month", "day"), 2):
        if row["activity"] != wanted:
            continue
        try:
            amount = number(row["km" if unit == "km" else "duration"], "amount")
        except DiaryUnreadable:
            amount = None
        if not amount:
            left += 1
            continue
        where = f"line {place}: "
        pain = score(row.get("pain after"), scale, f"{where}pain after")
        effort = score(row.get("effort Intensity"), SCALES["rounded"], f"{where}effort")
        started = clock(row.get("start time"))
        entries.append(Entry(_ymd(row, ("year", "month", "day"), where), started, amount, pain=pain, effort=effort))
    remarks = [f"the activity is {wanted}", "scores by the diary's own scale, read in bands (--scale)"]
    if left:
        remarks.append(f"{left} sessions without a number of their own for the amount are left out")
    return Diary("sessions by activity", tuple(entries), unit, tuple(remarks))


def _regions(rows: Rows, ways: Ways) -> Diary:
    found = (
        (_ymd(row, ("year", "month", "day"), f"line {place}: "), row["region"], row["intensity"], place)
        for place, row in enumerate(_above(rows, "year", "month", "day"), 3)
    )
    return _worst("pain by region", found, ways, every=True)


def _symptoms(rows: Rows, ways: Ways) -> Diary:
    """Symptoms by name; a row that names no day is of the day of its entry, in the small hours of the one before."""
    found, undated = [], 0
    for place, row in enumerate(rows, 2):
        if row["startday"] in ("0", "") and row.get("date"):
            undated += 1
            entered = datetime.fromisoformat(row["date"])
            on = (entered - timedelta(hours=_NIGHT_ENDS)).date()
        else:
            on = _ymd(row, ("startyear", "startmonth", "startday"), f"line {place}: ")
        found.append((on, row["name"], row["intensity"], place))
    remark = [f"{undated} rows name no day: the day of their entry, until {_NIGHT_ENDS}:00 the one before"]
    return _worst("symptoms by name", found, ways, *(remark if undated else ()))


def _worst(
    layout: str, rows: Iterable[tuple[date, str, Any, int]], ways: Ways, *remarks: str, every: bool = False
) -> Diary:
    """The worst number of each day, of one symptom, or of all whose name speaks of pain (`every`: of all)."""
    scale = SCALES[ways.scale or "myaiguide"]
    found = [one for one in rows if str(one[2] or "").strip()]
    names = Counter(name for _, name, _, _ in found)
    pains = {name for name in names if every or "pain" in name.lower()} or set(names)
    wanted = pains if ways.symptom is None else {ways.symptom}
    if not wanted & set(names):
        raise DiaryUnreadable(f"--symptom: there is none of that name; there are {', '.join(sorted(names)[:12])}")
    worst: dict[date, int] = {}
    for on, name, value, place in found:
        if name in wanted:
            worst[on] = max(worst.get(on, 0), score(value, scale, f"line {place}: intensity") or 0)
    read_as = f"the worst of the day of: {', '.join(sorted(wanted & set(names)))}"
    remarks = (read_as, "scores by the diary's own scale, read in bands (--scale)", *remarks)
    return Diary(layout, tuple(Entry(on, pain=value) for on, value in sorted(worst.items())), None, remarks)


def _tags(rows: Rows, ways: Ways) -> Diary:
    raise DiaryUnreadable("the file holds yes/no observations by time, neither amounts nor scores of 0 to 10")


_LAYOUTS: Final[tuple[tuple[frozenset[str], Callable[[Rows, Ways], Diary]], ...]] = (
    (frozenset({"year", "month", "day", "activity", "start time", "duration", "km"}), _sport),
    (frozenset({"year", "month", "day", "region", "intensity"}), _regions),
    (frozenset({"name", "startday", "startmonth", "startyear", "intensity"}), _symptoms),
    (frozenset({"Date", "Steps", "Minutes Sedentary"}), _fitbit),
    (frozenset({"name", "intensity", "date"}), _tags),
)
