"""What makes a plan one that may come into force, and which locks will hold on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.plans.domain.model import Person
from services.plans.domain.parameters import breach, disorder
from services.plans.domain.terms import Marker, Terms, Track

UNITS: Final[dict[Marker, tuple[str, ...]]] = {
    "duration_s": ("s", "min"),
    "reps": ("reps",),
    "distance_m": ("m", "km", "mi"),
}
"""The display units of each marker (article P2.3)."""

AMOUNT_MAX: Final[dict[Marker, int]] = {"duration_s": 86_400, "reps": 10_000, "distance_m": 200_000}
"""More than this in one day is a slip of the hand, not a plan: a day, 10 000 repetitions, 200 km [D]."""

TRACKS_MAX: Final = 8
HIGH_PAIN: Final = 8
REVIEW_WITHIN_DAYS: Final = 365
"""A plan nobody looks at for longer than a year is forgotten [D]."""


class RuleBroken(Exception):
    """A plan breaks a rule: `code` names it, `detail` says it in one sentence, `field` is a JSON pointer."""

    def __init__(self, code: str, detail: str, field: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.field = field


@dataclass(frozen=True, slots=True)
class Locks:
    """What will hold on a track from the start: `locks` keep every rise back, or a clinician's yes is needed too."""

    locks: tuple[str, ...]
    clinician_approves: tuple[str, ...]


def check_person(person: Person, minors_served: bool) -> None:
    """Raise `RuleBroken` for somebody under age, unless the tenant serves minors (its switch, off by default)."""
    if not person.adult and not minors_served:
        raise RuleBroken("minors_not_enabled", "This clinic serves adults only; the person's age was not said so.", "")


def missing(terms: Terms, today: date) -> Iterator[RuleBroken]:
    """Each part without which no plan is safe to start, on the person's own day `today` (2.3, 2.11 W9; article P1.5).

    Usual pain or "rather not say"; an answer on ME/CFS and PEM, of which "not known" is one that locks increases; a
    flare plan with a phone number; a goal or a ceiling for each track; a day for the next review, within a year.
    """
    if terms.usual_pain is None and not terms.usual_pain_declined:
        yield RuleBroken("usual_pain_needed", 'Usual pain is asked: 0 to 10, or "rather not say".', "/usual_pain")
    if terms.usual_pain is not None and terms.usual_pain_declined:
        yield RuleBroken(
            "usual_pain_or_declined", "Usual pain is a number, or the person would rather not say.", "/usual_pain"
        )
    if terms.pem is None:
        yield RuleBroken("pem_needed", "Whether there is ME/CFS or PEM is asked: yes, no, or unknown.", "/pem")
    if terms.flare_plan_sealed is None:
        yield RuleBroken("flare_plan_needed", "A plan holds a flare plan: steps, and whom to call.", "/flare_plan")
    elif not terms.flare_phones:
        yield RuleBroken("phone_needed", "A flare plan names at least one phone number.", "/flare_plan/phones")
    for index, track in enumerate(terms.tracks):
        if track.goal_dose is None and track.dose_max is None:
            yield RuleBroken("goal_or_ceiling_needed", "A track has a goal or a ceiling.", f"/tracks/{index}/goal_dose")
    if terms.feedback is None:
        yield RuleBroken("feedback_needed", "A plan says by which way the person tells how it goes.", "/feedback")
    if terms.review_on is None:
        yield RuleBroken("review_day_needed", "A plan says on which day it is reviewed next.", "/review_on")
    elif not 0 < (terms.review_on - today).days <= REVIEW_WITHIN_DAYS:
        yield RuleBroken(
            "review_day_range", f"The next review is within {REVIEW_WITHIN_DAYS} days from tomorrow on.", "/review_on"
        )


def breaches(terms: Terms) -> Iterator[RuleBroken]:
    """Each rule that the terms break by what they do say (2.2, 2.11 W4)."""
    if not 1 <= len(terms.tracks) <= TRACKS_MAX:
        yield RuleBroken("tracks_count", f"A plan has 1 to {TRACKS_MAX} tracks.", "/tracks")
    seen: set[str] = set()
    for index, track in enumerate(terms.tracks):
        at = f"/tracks/{index}"
        if track.track_id in seen:
            yield RuleBroken("track_twice", "Each track of a plan has its own track_id.", f"{at}/track_id")
        seen.add(track.track_id)
        for field, code, detail in broken_track(track):
            yield RuleBroken(code, detail, f"{at}/{field}")


def changed_markers(before: Terms, after: Terms) -> Iterator[RuleBroken]:
    """Each track that would change its marker: amounts in one cannot be compared with the other."""
    markers = {track.track_id: track.marker for track in before.tracks}
    for index, track in enumerate(after.tracks):
        if markers.get(track.track_id, track.marker) != track.marker:
            yield RuleBroken(
                "marker_changed", "A track keeps its marker; add a new track instead.", f"/tracks/{index}/marker"
            )


def locks(terms: Terms, track: Track) -> Locks:
    """Which locks of W9 the terms themselves bring about for a track (progression 2.11 W9, V40)."""
    held = []
    if terms.pem != "no":
        held.append("pem")
    if track.increase_locked or track.parameters.get("allow_increase") is False:
        held.append("clinician")
    if not terms.flare_plan:
        held.append("no_flare_plan")
    if track.goal_dose is None and track.dose_max is None:
        held.append("no_goal_or_ceiling")
    usual = terms.usual_pain if terms.usual_pain_override is None else terms.usual_pain_override
    approves = []
    if track.parameters.get("apply_up") == "clinician_approves":
        approves.append("clinician")
    if usual is not None and usual >= HIGH_PAIN:
        approves.append("high_pain")
    return Locks(tuple(held), tuple(approves))


def broken_track(track: Track) -> Iterator[tuple[str, str, str]]:
    """Each rule that a track breaks, as (field, code, detail)."""
    if track.unit not in UNITS[track.marker]:
        yield "unit", "unit_fits_marker", f"The unit of {track.marker} is one of: {', '.join(UNITS[track.marker])}."
    if not 1 <= track.freq <= 7:
        yield "freq", "freq_range", "Sessions a week are 1 to 7."
    yield from _broken_amounts(track)
    for index, window in enumerate(track.preferred_windows):
        if window.start >= window.end:
            yield f"preferred_windows/{index}/end", "ends_before_it_begins", "A window ends after it begins."
    for name, value in track.parameters.items():
        if detail := breach(name, value, AMOUNT_MAX[track.marker]):
            # The name is repeated only where it is one of ours.
            yield "parameters", "parameter_range", detail
    if detail := disorder(track.parameters):
        yield "parameters", "parameter_order", detail


def _broken_amounts(track: Track) -> Iterator[tuple[str, str, str]]:
    top = AMOUNT_MAX[track.marker]
    amounts = {
        "goal_dose": track.goal_dose,
        "dose_max": track.dose_max,
        "dose_min": track.dose_min,
        "step": track.step,
        "start_dose": track.start_dose,
    }
    for name, amount in amounts.items():
        if amount is not None and not 1 <= amount <= top:
            yield name, "amount_range", f"{name} is 1 to {top} in the base unit of {track.marker}."
    if track.dose_min is not None and track.step is not None and track.dose_min < track.step:
        yield "dose_min", "dose_min_at_least_step", "dose_min is at least one step."
    for name in ("goal_dose", "start_dose", "dose_min"):
        amount = amounts[name]
        if amount is not None and track.dose_max is not None and amount > track.dose_max:
            yield name, "above_dose_max", f"{name} is not above dose_max."
    if track.dose_min is not None and track.goal_dose is not None and track.goal_dose < track.dose_min:
        yield "goal_dose", "goal_below_dose_min", "goal_dose is not below dose_min."
    if track.tryout and track.start_phase != "BASELINE":
        yield "start_phase", "tryout_finds_its_start", "A track that is tried out finds its own start first."
    if track.start_phase == "GRADED" and track.start_dose is None:
        yield "start_dose", "start_dose_needed", "A track that starts GRADED needs a start_dose."
