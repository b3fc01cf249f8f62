"""Who lives in the demo: about thirty people of two clinics, as a table; nothing here knows the rules of care."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

Habit = Literal["steady", "careful", "boom", "bad_week", "busy", "paper", "red_flag", "leaves"]
"""How somebody goes about it; `life` says what each means."""

HARBOUR: Final = "demo-clinic"
HILLSIDE: Final = "demo-hillside"
CLINICS: Final = (HARBOUR, HILLSIDE)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of track: what counts it, where people start, one step, and what else is logged on it now and then."""

    family: str
    marker: str
    unit: str
    start: int
    step: int
    goal: int
    per_unit: int
    also: tuple[str, ...] = ()

    def terms(self, track_id: str, freq: int, priority: int, phase: str) -> dict[str, Any]:
        """The track as a clinician writes it into a plan; amounts in the base unit of the marker."""
        track = {"track_id": track_id, "activity_family": self.family, "marker": self.marker, "unit": self.unit}
        more = {"freq": freq, "priority": priority, "goal_dose": self.goal, "step": self.step, "dose_min": self.step}
        return {**track, **more, "start_phase": phase, "start_dose": self.start if phase == "GRADED" else None}


KINDS: Final[Mapping[str, Kind]] = {
    "walking": Kind("walking", "duration_s", "min", 600, 60, 1800, 60, ("walking_the_dog", "hiking")),
    "distance": Kind("walking", "distance_m", "km", 800, 100, 3000, 1000, ("nordic_walking",)),
    "miles": Kind("walking", "distance_m", "mi", 805, 161, 3219, 1609),
    "cycling": Kind("cycling", "duration_s", "min", 480, 60, 1500, 60, ("stationary_bike",)),
    "swimming": Kind("swimming", "duration_s", "min", 720, 60, 1800, 60, ("aqua_exercise",)),
    "strength": Kind("strength", "reps", "reps", 10, 1, 24, 1, ("chair_stands", "resistance_band")),
    "mobility": Kind("mobility", "duration_s", "min", 360, 60, 900, 60, ("tai_chi", "yoga")),
    "stairs": Kind("stairs", "reps", "reps", 12, 1, 40, 1),
    "hobby": Kind("hobby", "duration_s", "min", 900, 60, 2400, 60, ("gardening", "pottery", "music", "cooking")),
    "social": Kind("social", "duration_s", "min", 900, 60, 2700, 60, ("dancing", "bowling")),
}


@dataclass(frozen=True, slots=True)
class Somebody:
    """One person of the demo. `key` names them for good; `rank` is the order in which small demos take people in.

    `hour` is the local hour of their sessions, `cue` the local time of their prompt (none: no prompt), `tracks` the
    kinds of their tracks with sessions a week, `group` whether they join their clinic's group.
    """

    key: str
    clinic: str
    habit: Habit
    tracks: Mapping[str, int]
    rank: int = 9
    tz: str = "America/New_York"
    locale: str = "en"
    usual_pain: int | None = 3
    hour: int = 15
    cue: str | None = None
    situation: str = "the kettle is on"
    action: str = "go to the corner and back"
    group: bool = True
    finds_start: bool = False
    pem: str = "no"


_us = partial(Somebody, clinic=HARBOUR)
_gb = partial(Somebody, clinic=HILLSIDE, tz="Europe/London")
_EVENING: Final = "18:00"
_EASTERN: Final = "17:30"

CAST: Final[tuple[Somebody, ...]] = (
    _us("steady-walker", habit="steady", tracks={"walking": 3}, rank=1, usual_pain=2, cue=_EASTERN),
    _us("bad-week", habit="bad_week", tracks={"walking": 3, "strength": 2}, rank=2, usual_pain=3, cue=_EASTERN),
    _gb("paper-diary", habit="paper", tracks={"walking": 3}, rank=3, usual_pain=4, group=False),
    _gb("red-flag", habit="red_flag", tracks={"cycling": 3}, rank=4, cue=_EVENING),
    _us("boom-and-bust", habit="boom", tracks={"walking": 3, "hobby": 2}, rank=5, usual_pain=2, cue=_EASTERN),
    _us(
        "spanish-steady",
        habit="steady",
        tracks={"walking": 3},
        rank=6,
        locale="es",
        hour=18,
        cue=_EASTERN,
        situation="termine el desayuno",
        action="doy una vuelta a la manzana",
    ),
    _gb(
        "arabic-careful",
        habit="careful",
        tracks={"mobility": 4},
        rank=7,
        locale="ar",
        cue=_EVENING,
        situation="أنتهي من الشاي",
        action="أتمدد قليلا",
    ),
    _gb("leaves", habit="leaves", tracks={"stairs": 3}, rank=8, hour=12),
    _us("gardener", habit="steady", tracks={"hobby": 3, "walking": 2}, hour=10),
    _us("dancer", habit="steady", tracks={"social": 2, "strength": 2}, hour=18, cue=_EASTERN),
    _us("miles-west", habit="steady", tracks={"miles": 3}, tz="America/Los_Angeles", hour=12, cue="14:30"),
    _us("denver-cyclist", habit="careful", tracks={"cycling": 3}, tz="America/Denver", hour=16, cue="15:30"),
    _us("chicago-swimmer", habit="busy", tracks={"swimming": 3}, tz="America/Chicago", hour=17, cue="16:30"),
    _us("finds-a-start", habit="steady", tracks={"walking": 4}, finds_start=True, hour=11),
    _us("high-pain", habit="careful", tracks={"mobility": 3}, usual_pain=8, hour=11, cue=_EASTERN),
    _us("rather-not-say", habit="steady", tracks={"walking": 3}, usual_pain=None, hour=16),
    _us("after-effort-crash", habit="careful", tracks={"mobility": 2}, usual_pain=4, pem="yes", group=False),
    _us("spanish-bad-week", habit="bad_week", tracks={"walking": 3}, locale="es", tz="America/Chicago", hour=10),
    _us(
        "arabic-walker",
        habit="busy",
        tracks={"walking": 3},
        locale="ar",
        tz="America/Detroit",
        cue=_EASTERN,
        situation="أعود من العمل",
        action="أمشي عشر دقائق",
    ),
    _us("paper-by-post", habit="paper", tracks={"strength": 3}, usual_pain=5, group=False),
    _us("boom-cyclist", habit="boom", tracks={"cycling": 3}, hour=13),
    _gb("kilometres", habit="steady", tracks={"distance": 3}, hour=13, cue=_EVENING),
    _gb("chair-stands", habit="steady", tracks={"strength": 3, "mobility": 2}, hour=12, cue=_EVENING),
    _gb("pool-mornings", habit="careful", tracks={"swimming": 2}, hour=10),
    _gb("potter", habit="steady", tracks={"hobby": 3}, hour=15, cue=_EVENING),
    _gb("late-shift", habit="busy", tracks={"walking": 3}, hour=20, cue=_EVENING),
    _gb(
        "madrid-steady",
        habit="steady",
        tracks={"walking": 3},
        tz="Europe/Madrid",
        locale="es",
        hour=18,
        cue="19:00",
        situation="vuelva del trabajo",
        action="camino diez minutos",
    ),
    _gb("hillside-bad-week", habit="bad_week", tracks={"stairs": 3}, usual_pain=4, hour=14),
    _gb("hillside-boom", habit="boom", tracks={"social": 3}, hour=17),
    _gb("quiet-reader", habit="busy", tracks={"walking": 2}, hour=9, group=False),
)

FOLLOWED: Final = ("steady-walker", "bad-week", "paper-diary")
"""Whom the story shows in the end."""


def cast(people: int) -> tuple[Somebody, ...]:
    """The first so many people; small demos begin with those who have the most to show."""
    return tuple(sorted(CAST, key=lambda somebody: somebody.rank)[:people])
