"""`diary FILE`: a diary stepped day by day through the service's own rules, to see what they would have advised."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

from services.progression.commands.database import WELL, WRONG_QUESTION, complain, show
from services.progression.commands.entries import NAMES, NOON, SCALES, Diary, DiaryUnreadable, Entry, merged
from services.progression.commands.layouts import Ways, read
from services.progression.commands.living import Life
from services.progression.commands.plain import said, table
from services.progression.domain.parameters import Marker
from services.progression.texts import amount, render
from shared.clock import zone
from shared.contracts.catalog import BY_MODEL
from shared.contracts.plans import TrackV1
from shared.contracts.progression import DoseChangedV1, ProgressionDecidedV1, ReviewRequestedV1

UNITS: Final[Mapping[str, tuple[Marker, str, float]]] = {
    "min": ("duration_s", "min", 60),
    "s": ("duration_s", "s", 1),
    "km": ("distance_m", "km", 1000),
    "m": ("distance_m", "m", 1),
    "reps": ("reps", "reps", 1),
    "steps": ("reps", "reps", 1),
}
"""Unit of the file: the marker it is counted in, the unit shown, and how many of the base unit it is."""

_EVENING, _MORNING = time(21), time(8)
_GOAL_SHARE: Final = 90


@dataclass(slots=True)
class Advice:
    """What was advised over a whole diary. `days` tells each day on which the advice was news."""

    diary: Diary
    track: TrackV1
    first: date
    last: date
    sessions: int = 0
    days: list[dict[str, Any]] = field(default_factory=list)
    rules: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    reviews: Counter[str] = field(default_factory=Counter)
    raised: int = 0
    lowered: int = 0
    dose: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values; amounts in the base unit of the marker."""
        track = self.track.model_dump(mode="json")
        return {
            "layout": self.diary.layout,
            "read_as": list(self.diary.remarks),
            "track": {name: track[name] for name in ("marker", "unit", "freq", "goal_dose", "step", "dose_min")},
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "sessions": self.sessions,
            "decisions_by_rule": dict(self.rules.most_common()),
            "events": dict(self.events.most_common()),
            "reviews": dict(self.reviews.most_common()),
            "raised": self.raised,
            "lowered": self.lowered,
            "dose_at_the_end": self.dose,
            "advice": self.days,
        }


def diary_command(arguments: Sequence[str]) -> int:
    """Print what would have been advised; 2 where a diary or an option cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        columns = dict(_column(text) for text in options.column)
        ways = Ways(columns, options.date_format, options.scale, options.activity, options.symptom, options.unit)
        diary = merged([read(file, ways) for file in options.file])
        advice = stepped(diary, options)
    except DiaryUnreadable as error:
        return complain(f"Not read: {error}.", WRONG_QUESTION)
    show(json.dumps(advice.as_json(), indent=2) if options.json else "\n".join(lines_of(advice, options.most)))
    return WELL


def stepped(diary: Diary, options: argparse.Namespace) -> Advice:
    """Live through the diary from its first day to its last, and collect what was said. Raises `DiaryUnreadable`."""
    entries = [e for e in diary.entries if (options.since is None or e.day >= options.since)]
    entries = [e for e in entries if options.until is None or e.day <= options.until]
    sessions = [entry for entry in entries if entry.amount is not None]
    if not sessions:
        raise DiaryUnreadable("no session with an amount lies in these days; add a file that has some")
    track, each = _track(sessions, options.unit or diary.unit or "min", options)
    life = Life(tz=options.tz)
    advice = Advice(diary, track, entries[0].day, entries[-1].day, len(sessions))
    facts = {"usual_pain": options.usual_pain, "flare_plan": True, "pem": options.pem}
    life.begin(entries[0].day, track, **facts)
    by_day: dict[date, list[Entry]] = {}
    for entry in entries:
        by_day.setdefault(entry.day, []).append(entry)
    heard = 0
    for number in range((entries[-1].day - entries[0].day).days + 1):
        day = entries[0].day + timedelta(days=number)
        _live(life, day, by_day.get(day, ()), track, each, options.pain_is)
        if options.answer != "none" and life.state.proposal is not None:
            life.answer(options.answer, max(life.now, life.at(day, time(22))))
        heard = _listen(advice, life, day, heard, by_day.get(day, ()), each)
    advice.dose = None if life.state.tracks[track.track_id].footing.phase == "BASELINE" else life.dose(track.track_id)
    return advice


def _live(life: Life, day: date, entries: Sequence[Entry], track: TrackV1, each: float, pain_is: str) -> None:
    """One day: its morning check, its sessions, and scores of a day without one as that day's check."""
    for entry in entries:
        if entry.morning is not None or entry.morning_fatigue is not None:
            life.check(day, _MORNING, entry.morning, entry.morning_fatigue)
        elif pain_is == "morning" and entry.pain is not None:
            life.check(day, _MORNING, entry.pain)
    for entry in entries:
        if entry.amount is None:
            continue
        base = round(entry.amount * each)
        took = timedelta(seconds=min(base, 12 * 3600) if track.marker == "duration_s" else 1800)
        pain = None if pain_is == "morning" else entry.pain
        scores = {"pain": pain, "pain_before": entry.before, "effort": entry.effort, "fatigue": entry.fatigue}
        life.log(day, entry.clock or NOON, base, track, took, stop=entry.stop, **scores)
    for entry in entries:
        alone = entry.amount is None and pain_is == "after"
        if entry.pain is not None and (alone or pain_is == "both"):
            life.check(day, _EVENING, entry.pain)


def _listen(advice: Advice, life: Life, day: date, heard: int, entries: Sequence[Entry], each: float) -> int:
    """Take note of what was said since; the number of what was heard."""
    news: list[ProgressionDecidedV1] = []
    for _, event in life.told[heard:]:
        advice.events[BY_MODEL[type(event)].type] += 1
        if isinstance(event, ProgressionDecidedV1):
            advice.rules[event.rule] += 1
            news.append(event)
        elif isinstance(event, ReviewRequestedV1):
            advice.reviews[event.reason] += 1
        elif isinstance(event, DoseChangedV1):
            advice.raised += event.new_dose > event.old_dose
            advice.lowered += event.new_dose < event.old_dose
    if news:
        latest = news[-1]
        done = sum(round(entry.amount * each) for entry in entries if entry.amount is not None)
        pain = max((entry.pain for entry in entries if entry.pain is not None), default=None)
        advice.days.append(
            {
                "day": day.isoformat(),
                "done": done or None,
                "pain": pain,
                "rules": [event.rule for event in news],
                "dose": life.dose(latest.track_id),
                "text": render(latest.text_key, latest.text_params),
            }
        )
    return len(life.told)


def lines_of(advice: Advice, most: int) -> list[str]:
    """The advice for a terminal: how it was read, each day on which it changed, and the sums."""
    unit, track = advice.track.unit, advice.track
    goal = "none" if track.goal_dose is None else amount(track.goal_dose, unit)
    lines = [
        f"Read as {advice.diary.layout}: {advice.sessions} sessions, {advice.first} to {advice.last}.",
        *(f"  {remark}" for remark in advice.diary.remarks),
        f"Plan: {track.freq} a week, goal {goal}, the start is found from the first sessions.",
        "The diary's person did what they did: this is what the rules would have said to it, not a plan they followed.",
        "",
    ]
    changed, last = [], ("", "")
    for one in advice.days:
        seen = (one["rules"][-1], one["text"])
        if seen != last:
            changed.append(one)
        last = seen
    rows = [
        (
            one["day"],
            amount(one["done"], unit) if one["done"] else "–",
            said(one["pain"]),
            " ".join(one["rules"]),
            amount(one["dose"], unit) if one["dose"] else "–",
            one["text"],
        )
        for one in changed[:most]
    ]
    lines += table(("day", "done", "pain", "rules", "dose", "advice"), rows, "")
    if len(changed) > most:
        lines.append(f"… and {len(changed) - most} more days with other advice (--most)")
    end = "still finding the start" if advice.dose is None else amount(advice.dose, unit) or "none"
    lines += [
        "",
        f"Raised {advice.raised} times, lowered {advice.lowered} times; dose at the end: {end}.",
        f"Decisions by rule: {_sums(advice.rules)}.",
        f"A human was asked to look: {_sums(advice.reviews) or 'never'}.",
        f"Events: {_sums(advice.events)}.",
    ]
    return lines


def _sums(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.most_common())


def _track(sessions: Sequence[Entry], unit: str, options: argparse.Namespace) -> tuple[TrackV1, float]:
    """The plan's track: what the caller said, else from the diary itself (its own frequency, its 90th percentile)."""
    marker, shown, each = UNITS[unit]
    weeks: Counter[int] = Counter(entry.day.toordinal() // 7 for entry in {e.day: e for e in sessions}.values())
    freq = options.freq or min(7, max(1, round(median(weeks.values()))))
    amounts = sorted(round(entry.amount * each) for entry in sessions if entry.amount)
    if not amounts:
        raise DiaryUnreadable("every amount of these days is 0")
    goal = round(options.goal * each) if options.goal else amounts[(len(amounts) - 1) * _GOAL_SHARE // 100]
    sizes: dict[str, Any] = _sizes(amounts) if unit == "steps" else {}
    track = TrackV1(
        track_id="diary",
        activity_family="other",
        marker=marker,
        unit=shown,  # type: ignore[arg-type]
        freq=freq,
        goal_dose=goal,
        start_phase="BASELINE",
        **sizes,
    )
    return track, each


def _sizes(steps: Sequence[int]) -> dict[str, int]:
    """A step is no unit to rise by: about a fiftieth of what is usual, in tens, and five of that at least."""
    size = max(10, round(median(steps) / 500) * 10)
    return {"step": size, "dose_min": 5 * size}


def _column(text: str) -> tuple[str, str]:
    name, sign, column = text.partition("=")
    if not sign or name not in NAMES or not column:
        raise DiaryUnreadable(f"--column must be NAME=HEADING, with a name of {', '.join(NAMES)}")
    return name, column


def _zone(text: str) -> str:
    try:
        zone(text)
    except Exception:
        raise argparse.ArgumentTypeError("there is no such time zone") from None
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.progression diary",
        description="Step diaries of one person day by day through the rules: what would have been advised.",
        epilog="The simple layout is CSV, or a JSON list, with "
        + ", ".join(NAMES)
        + "; only date is needed, scores are 0 to 10. Known beside it: Fitbit, Garmin and Google Fit days, symptoms by "
        "name or by region, sessions by activity. Nothing is stored. exit code: 0 stepped, 2 not read",
    )
    add = parser.add_argument
    add("file", type=Path, nargs="+", help="the diary; several files of one person are taken together")
    add("--column", action="append", default=[], metavar="NAME=HEADING", help="what a column is called")
    add("--date-format", metavar="PATTERN", help="of the days, where not ISO; as strptime takes it")
    add("--unit", choices=tuple(UNITS), help="what the amounts are in (default: the layout's own, else min)")
    add("--scale", choices=tuple(SCALES), help="how scores are read (default: whole, or the layout's own)")
    add("--activity", help="which activity, where the diary has several (default: the most frequent)")
    add("--symptom", help="which symptom, where the diary has several (default: the worst of all pains)")
    add("--pain-is", choices=("after", "morning", "both"), default="after", help="when a day's pain was felt")
    add("--usual-pain", type=int, choices=range(11), metavar="0..10", help="as asked at the plan (default: not said)")
    add("--pem", choices=("yes", "no", "unknown"), default="no", help="ME/CFS or PEM (default: no)")
    add("--freq", type=int, choices=range(1, 8), metavar="1..7", help="planned sessions a week (default: the diary's)")
    add("--goal", type=float, help="the amount to reach, in the unit (default: the diary's 90th percentile)")
    add("--answer", choices=("accept", "stay", "less", "none"), default="accept", help="what offers are answered with")
    add("--tz", type=_zone, default="UTC", help="the person's time zone (default: %(default)s)")
    add("--since", type=date.fromisoformat, metavar="DATE", help="from this day on")
    add("--until", type=date.fromisoformat, metavar="DATE", help="up to this day")
    add("--most", type=int, default=40, help="so many days are printed (default: %(default)s)")
    add("--json", action="store_true", help="everything as JSON")
    return parser
