"""What a clinician and a person agree on: the content of one plan version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Marker = Literal["duration_s", "reps", "distance_m"]
Unit = Literal["s", "min", "reps", "m", "km", "mi"]
Phase = Literal["BASELINE", "GRADED"]
Pem = Literal["yes", "no", "unknown"]
Feedback = Literal["app", "sms", "phone", "paper", "email"]
"""The way by which the person says how it goes, and is told (article D)."""

Parameter = bool | int | str
Pace = Literal["easy", "talk", "brisk"]
"""At which one could sing, at which one can talk, at which one talks in short sentences (article P3.5)."""

DayKind = Literal["weekday", "weekend"]


@dataclass(frozen=True, slots=True)
class Window:
    """A time of the person's weekdays or weekends, local wall times `HH:MM`; it ends after it begins, the same day."""

    days: DayKind
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Track:
    """One activity with exactly one marker; amounts in its base unit (s, repetitions, m), `freq` sessions a week.

    A `tryout` is tried out until the person's day `tryout_until`, when they keep or drop it (article P12.3). With
    `freq`, `pace` and `preferred_windows` are its cadence (P3.5). `activity_id` is what of the catalogue it is (P2.2);
    it stays here, for what somebody likes to do may say what they believe.
    """

    track_id: str
    activity_family: str
    marker: Marker
    unit: Unit
    freq: int
    priority: int = 1
    goal_dose: int | None = None
    dose_max: int | None = None
    dose_min: int | None = None
    step: int | None = None
    start_phase: Phase = "BASELINE"
    start_dose: int | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    increase_locked: bool = False
    tryout: bool = False
    tryout_until: date | None = None
    pace: Pace | None = None
    preferred_windows: tuple[Window, ...] = ()
    activity_id: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a clinician and a person agreed on: the content of one plan version.

    `usual_pain` is 0-10, None when the person would rather not say (2.3), which `usual_pain_declined` tells; `pem` is
    `unknown` when not answered, which locks increases as `yes` does (W9), None when not even asked. The words of the
    flare plan are sealed; `flare_phones` counts the numbers in it. `review_on` is the person's own day of the next
    review.
    """

    tracks: tuple[Track, ...]
    usual_pain: int | None = None
    usual_pain_declined: bool = False
    usual_pain_override: float | None = None
    usual_fatigue: int | None = None
    flare_plan_sealed: str | None = None
    flare_phones: int = 0
    pem: Pem | None = None
    review_on: date | None = None
    feedback: Feedback | None = None

    @property
    def flare_plan(self) -> bool:
        """Whether there is a flare plan that leads to a person's voice."""
        return self.flare_plan_sealed is not None and self.flare_phones > 0
