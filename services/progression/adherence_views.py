"""What callers read of adherence: the person in counts and words, the clinician the same and the rates beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from services.progression.texts.adherence import Words

TREND_WEEKS: Final = 4

Kind = Literal["plan", "flare", "pause", "stop", "blocked", "outage", "rest", "other"]


class CountView(BaseModel):
    """So many of so many; both None where there is nothing to count yet, or nothing is counted after a gap."""

    done: int | None
    planned: int | None
    text: str


class WeeksView(BaseModel):
    """Weeks that went as planned, of the last 8 whole weeks that count."""

    kept: int | None
    counted: int | None
    text: str


class DaysView(BaseModel):
    """Days with movement, of any kind and in any state."""

    days: int
    text: str


class StretchView(BaseModel):
    """Days of one kind; a flare, a pause, a stop and blocked days are their own, and none counts."""

    kind: Kind
    first: str
    last: str
    text: str


class WeekView(BaseModel):
    """Sessions of one whole week, from Monday."""

    monday: str
    done: int


class SoFarView(BaseModel):
    """From the first amount to now, and all of it up to yesterday; in the base unit of the marker."""

    track_id: str
    marker: str
    unit: str
    first: int | None
    now: int | None
    total: int
    text: str


class PersonView(BaseModel):
    """What a person reads of their days up to yesterday. After a gap nothing is counted: `welcome` is all there is."""

    as_of: str | None
    language: str
    welcome: str | None
    week: CountView
    month: CountView
    weeks: WeeksView
    active: DaysView | None
    flare: DaysView | None
    trend: list[WeekView]
    stretches: list[StretchView]
    so_far: list[SoFarView]
    weeks_active: DaysView | None
    questions: list[str] = Field(description="Patterns, each asked and none asserted.")


class WindowView(BaseModel):
    """A window of 7 or 28 days that ends yesterday. Rates are per cent, cut; None where the days say too little.

    What was planned is F/7 for each day that counts, exact in `planned_sevenths`: there are no slots with times yet.
    `fit` counts what was not done by reason. `band_text` is the band in words, and speaks of the plan.
    """

    days: int
    eligible_days: int
    planned_sevenths: int
    completed: int
    session_pct: int | None
    dose_pct: int | None
    coverage_pct: int | None
    longest_gap: int | None
    band: str | None
    band_text: str | None
    fit: dict[str, int] | None
    active_days: int
    flare_days_moved: int


class TrendView(BaseModel):
    """One whole week: days that counted, completed units, and whether it was kept."""

    monday: str
    eligible_days: int
    completed: int
    kept: bool


class TrackAdherenceView(BaseModel):
    """One track."""

    track_id: str
    windows: list[WindowView]
    weeks_kept: int | None
    weeks_counted: int | None
    trend: list[TrendView]


class BlockView(BaseModel):
    """Sessions of 28 days by the four hours of the day in which they began; there is no energy map yet."""

    block: str
    begun: int
    completed: int


class PatternView(BaseModel):
    """A pattern that the person is asked about, and how many sessions it rests on."""

    code: str
    block: str | None
    sessions: int


class ClinicianView(BaseModel):
    """What the person reads, word for word, and what only clinicians read beside it (article P6.4)."""

    person: PersonView
    windows: list[WindowView]
    trend: list[TrendView]
    tracks: list[TrackAdherenceView]
    blocks: list[BlockView]
    patterns: list[PatternView]
    pillars: dict[str, str] = Field(description="active, missing, or unknown to this service.")


_KINDS: Final[Mapping[str, Kind]] = {
    "plan": "plan",
    "flare": "flare",
    "pause": "pause",
    "suspended": "stop",
    "blocked": "blocked",
    "outage": "outage",
    "rest": "rest",
}


def person_view(
    content: Mapping[str, Any] | None, as_of: str | None, tracks: Mapping[str, Mapping[str, Any]], say: Words
) -> PersonView:
    """The person's own view; `tracks` are the stored tracks of the plan in force by their ids."""
    if content is None or content["returning"]:
        nothing = say.say("not_enough")
        return PersonView(
            as_of=as_of,
            language=say.language,
            welcome=None if content is None else say.say("returning"),
            week=CountView(done=None, planned=None, text=nothing),
            month=CountView(done=None, planned=None, text=nothing),
            weeks=WeeksView(kept=None, counted=None, text=nothing),
            active=None,
            flare=None,
            trend=[],
            stretches=[] if content is None else _stretches(content, say),
            so_far=[],
            weeks_active=None,
            questions=[],
        )
    week, month = content["windows"]
    moved, flare, weeks = month["active_days"], month["flare_days_moved"], content["weeks_active"]
    return PersonView(
        as_of=as_of,
        language=say.language,
        welcome=None,
        week=_count("week", week, say),
        month=_count("month", month, say),
        weeks=_weeks(content["weeks"], say),
        active=DaysView(days=moved, text=say.say("active", n=moved) if moved else say.say("active.none")),
        flare=DaysView(days=flare, text=say.say("flare", n=flare)) if flare else None,
        trend=[WeekView(monday=row[0], done=row[2]) for row in content["weeks"]["trend"][-TREND_WEEKS:]],
        stretches=_stretches(content, say),
        so_far=[
            _so_far(track_id, track, tracks[track_id], say)
            for track_id, track in content["tracks"].items()
            if track_id in tracks and track["total"]
        ],
        weeks_active=DaysView(days=weeks, text=say.say("weeks_active", n=weeks)) if weeks else None,
        questions=[
            say.say(f"pattern.{code}.{block}" if block else f"pattern.{code}") for code, block, _ in content["patterns"]
        ],
    )


def clinician_view(content: Mapping[str, Any] | None, person: PersonView, say: Words) -> ClinicianView:
    """The clinician's view around the person's, in the same language."""
    if content is None:
        return ClinicianView(person=person, windows=[], trend=[], tracks=[], blocks=[], patterns=[], pillars={})
    return ClinicianView(
        person=person,
        windows=[_window(window, say) for window in content["windows"]],
        trend=_trend(content["weeks"]),
        tracks=[
            TrackAdherenceView(
                track_id=track_id,
                windows=[_window(window, say) for window in track["windows"]],
                weeks_kept=track["weeks"]["kept"],
                weeks_counted=track["weeks"]["counted"],
                trend=_trend(track["weeks"]),
            )
            for track_id, track in content["tracks"].items()
        ],
        blocks=[BlockView(block=block, begun=begun, completed=done) for block, begun, done in content["blocks"]],
        patterns=[PatternView(code=c, block=block or None, sessions=n) for c, block, n in content["patterns"]],
        pillars=content["pillars"],
    )


def _count(key: str, window: Mapping[str, Any], say: Words) -> CountView:
    """So many of so many planned, whole ones; more than planned is no more than all of it."""
    if window["session_pct"] is None:
        return CountView(done=None, planned=None, text=say.say("not_enough"))
    planned = window["sevenths"] // 7
    done = min(window["completed"], planned)
    text = say.say(key, done=done, n=planned) if done else say.say(f"{key}.none", n=planned)
    return CountView(done=done, planned=planned, text=text)


def _weeks(weeks: Mapping[str, Any], say: Words) -> WeeksView:
    kept, counted = weeks["kept"], weeks["counted"]
    if kept is None:
        return WeeksView(kept=None, counted=None, text=say.say("not_enough"))
    text = say.say("weeks", kept=kept, n=counted) if kept else say.say("weeks.none")
    return WeeksView(kept=kept, counted=counted, text=text)


def _stretches(content: Mapping[str, Any], say: Words) -> list[StretchView]:
    found: list[StretchView] = []
    for state, first, last in content["stretches"]:
        kind = _KINDS.get(state, "other")
        found.append(StretchView(kind=kind, first=first, last=last, text=say.say(f"stretch.{kind}")))
    return found


def _so_far(track_id: str, track: Mapping[str, Any], shown: Mapping[str, Any], say: Words) -> SoFarView:
    unit, now = shown["unit"], shown["dose"]
    amounts = {"total": say.amount(track["total"], unit)}
    key = "so_far.started"
    if track["first"] is not None and now and now >= track["first"]:
        key = "so_far"
        amounts |= {"first": say.amount(track["first"], unit), "now": say.amount(now, unit)}
    return SoFarView(
        track_id=track_id,
        marker=shown["marker"],
        unit=unit,
        first=track["first"],
        now=now,
        total=track["total"],
        text=say.say(key, **amounts),
    )


def _window(window: Mapping[str, Any], say: Words) -> WindowView:
    kept = {name: value for name, value in window.items() if name != "sevenths"}
    words = None if window["band"] is None else say.say(f"reading.{window['band']}")
    return WindowView(**kept, planned_sevenths=window["sevenths"], band_text=words)


def _trend(weeks: Mapping[str, Any]) -> list[TrendView]:
    return [
        TrendView(monday=monday, eligible_days=eligible, completed=done, kept=bool(kept))
        for monday, eligible, done, kept in weeks["trend"]
    ]
