"""From the rows of a diary to the items of a batch log, each with an id that the row itself determines."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, Final

from services.session_logging.diary.cells import (
    Rejected,
    activity_of,
    amount_of,
    date_of,
    score_of,
    time_of,
    word_of,
)
from services.session_logging.diary.mapping import ActivityMeaning, DiaryMapping, MappingInvalid
from services.session_logging.diary.text import plain
from shared.clock import wall_to_utc
from shared.ids import named_id

_SCORES: Final = {"pain": 10, "pain_before": 10, "effort": 10, "fatigue": 10, "enjoyment": 3}
_MORNING: Final = {"morning_pain": "pain", "morning_fatigue": "fatigue"}
_CELL_LIMIT: Final = 100_000


@dataclass(slots=True)
class Row:
    """One row of the diary. `number` is its place in the file (the header counts), `day` the date in the diary itself.

    Either `items` to send or a `reason` why there are none; `declared` names what the mapping filled in.
    """

    number: int
    cells: list[str]
    day: date | None = None
    items: list[dict[str, Any]] = field(default_factory=list)
    reason: str | None = None
    column: str | None = None
    declared: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Diary:
    """A diary that was read: its rows, how many were blank, the header, and by how many days it was shifted."""

    rows: list[Row]
    blank: int
    header: list[str]
    shifted_days: int


def read_diary(
    path: Path, mapping: DiaryMapping, patient: str, *, shift_to: date | None = None, until: date | None = None
) -> Diary:
    """Read a diary; raises `MappingInvalid` when file and mapping do not fit at all.

    `until` leaves out rows with a later date. `shift_to` moves all by whole days so that the last falls on that date;
    wall times stay. An id comes from the row's own text, the person and how often that text came before: a second
    import has the same ids, and one shifted elsewhere has too, so that it changes nothing either.
    """
    header, records = _records(path, mapping)
    places = _places(header, mapping)
    rows, blank = _rows(records, header, places, mapping)
    _date(rows, places, mapping)
    rows = [row for row in rows if until is None or row.day is None or row.day <= until]
    dated = [row.day for row in rows if row.day is not None]
    shift = timedelta(0) if shift_to is None or not dated else shift_to - max(dated)
    occurrences: Counter[str] = Counter()
    for row in rows:
        content = "\x1f".join(row.cells).rstrip("\x1f")
        occurrences[content] += 1
        if row.reason is not None or row.day is None:
            continue
        ids = {kind: named_id("diary", patient, kind, content, occurrences[content]) for kind in ("session", "morning")}
        try:
            row.items = _items(row, row.day + shift, places, mapping, ids)
        except Rejected as rejected:
            row.reason, row.column = rejected.reason, rejected.column
    return Diary(rows, blank, header, shift.days)


def _records(path: Path, mapping: DiaryMapping) -> tuple[list[str], list[list[str]]]:
    csv.field_size_limit(_CELL_LIMIT)
    encoding = "utf-8-sig" if mapping.file.encoding.lower() in ("utf-8", "utf8") else mapping.file.encoding
    try:
        with path.open(encoding=encoding, newline="") as file:
            records = list(csv.reader(file, delimiter=mapping.file.delimiter))
    except OSError:
        raise MappingInvalid("The diary cannot be read.") from None
    except LookupError:
        raise MappingInvalid("[file.encoding] is not the name of an encoding.") from None
    except UnicodeDecodeError:
        raise MappingInvalid("The diary is not written in the encoding that [file] names.") from None
    except csv.Error as error:
        raise MappingInvalid(f"The diary is not CSV: {error}.") from None
    if len(records) < mapping.file.header_row:
        raise MappingInvalid("The diary ends before the header row.")
    header = [plain(cell) for cell in records[mapping.file.header_row - 1]]
    return header, records[mapping.file.header_row :]


def _places(header: list[str], mapping: DiaryMapping) -> dict[str, int]:
    wrong = sorted(name for name in mapping.columns if header.count(plain(name)) != 1)
    if wrong:
        raise MappingInvalid(*(f"The header must hold the column {name!r} exactly once." for name in wrong))
    return {name: header.index(plain(name)) for name in mapping.columns}


def _rows(
    records: list[list[str]], header: list[str], places: dict[str, int], mapping: DiaryMapping
) -> tuple[list[Row], int]:
    """Rows with all their cells, filled from above where the mapping says so; blank rows are only counted."""
    rows: list[Row] = []
    blank = 0
    above: dict[int, str] = {}
    for number, record in enumerate(records, start=mapping.file.header_row + 1):
        cells = [plain(cell) for cell in record]
        if not any(cells):
            blank += 1
            continue
        row = Row(number, cells[: len(header)] + [""] * (len(header) - len(cells)))
        if any(cells[len(header) :]):
            row.reason = "too_many_cells"
        for place in (places[name] for name in mapping.file.repeat_above):
            row.cells[place] = above[place] = row.cells[place] or above.get(place, "")
        rows.append(row)
    return rows, blank


def _date(rows: list[Row], places: dict[str, int], mapping: DiaryMapping) -> None:
    latest: date | None = None
    for row in rows:
        if row.reason is not None:
            continue
        try:
            day = date_of([row.cells[places[name]] for name in mapping.date.columns], mapping.date)
            back = mapping.date.may_go_back_days
            if back is not None and latest is not None and (latest - day).days > back:
                raise Rejected("date_goes_back", mapping.date.columns[-1])
        except Rejected as rejected:
            row.reason, row.column = rejected.reason, rejected.column
            continue
        row.day, latest = day, day if latest is None else max(day, latest)


def _items(
    row: Row, day: date, places: dict[str, int], mapping: DiaryMapping, ids: dict[str, str]
) -> list[dict[str, Any]]:
    """The session of a row and its morning check, where it has one; a row with morning numbers alone is no session."""
    scores: dict[str, int | None] = {
        name: score_of(row.cells[places[rule.column]], rule, _SCORES.get(name, 10))
        for name, rule in mapping.score.items()
    }
    morning = {_MORNING[name]: scores[name] for name in _MORNING if scores.get(name) is not None}
    items: list[dict[str, Any]] = []
    if row.cells[places[mapping.activity.column]] or not morning:
        felt = {name: scores[name] for name in _SCORES if scores.get(name) is not None}
        items.append({"id": ids["session"], **_session(row, day, places, mapping), **felt})
    if morning and mapping.morning is not None:
        felt_on = day + timedelta(days=1 if mapping.morning.day == "next" else 0)
        at = _moment(felt_on, mapping.morning.time, mapping)
        items.append({"id": ids["morning"], "kind": "morning_check", "at": at, **morning})
    return items


def _session(row: Row, day: date, places: dict[str, int], mapping: DiaryMapping) -> dict[str, Any]:
    meaning = activity_of(row.cells[places[mapping.activity.column]], mapping.activity)
    cell = "" if mapping.time.column is None else row.cells[places[mapping.time.column]]
    session: dict[str, Any] = {
        "started_at": _moment(day, time_of(cell, mapping.time, row.declared), mapping),
        **({"activity": meaning.family} if meaning.track is None else {"track_id": meaning.track}),
    }
    for name, rule in (("variant", mapping.variant), ("stop", mapping.stop)):
        if rule is not None and (word := word_of(row.cells[places[rule.column]], rule, f"{name}_not_listed")):
            session[name] = word
    if session.get("variant") != "rest":
        session["amount"], session["unit"] = _amount(row, meaning, places, mapping)
    return session


def _amount(row: Row, meaning: ActivityMeaning, places: dict[str, int], mapping: DiaryMapping) -> tuple[str, str]:
    """The first amount column of the activity that is not blank; where all are, the first says what blank means."""
    rules = [mapping.amount[name] for name in meaning.amount]
    rule = next((rule for rule in rules if row.cells[places[rule.column]]), rules[0])
    return amount_of(row.cells[places[rule.column]], rule, row.declared)


def _moment(day: date, wall: time, mapping: DiaryMapping) -> str:
    return wall_to_utc(day, wall, mapping.time.zone).isoformat()


def batches(rows: list[Row], size: int) -> Iterator[list[tuple[Row, dict[str, Any]]]]:
    """The items of all rows in order, at most `size` at a time."""
    items = [(row, item) for row in rows for item in row.items]
    for start in range(0, len(items), size):
        yield items[start : start + size]
