"""What a clinician's word alone excuses: a dose that moved because of the very field that speaks of it (2.8, 0023)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.progression.domain.parameters import Marker, default_dose_min
from services.progression.domain.state import TrackState, away_of

if TYPE_CHECKING:
    from tests.support.progression_promises import Seen


def value(track: TrackState, name: str) -> object:
    """What holds for a track: an override, else the plan's own field."""
    return track.config.parameters.get(name, getattr(track.config, name, None))


def changed(old: TrackState, new: TrackState, name: str) -> bool:
    """Whether a plan or an override, beginning or ended, set this very field."""
    return value(old, name) != value(new, name)


def fixed_now(track: TrackState) -> int:
    """The dose that a clinician fixed; 0 where none is."""
    return _whole(value(track, "fixed_dose")) or 0


def raised_by_what_was_set(seen: Seen, old: TrackState, new: TrackState) -> bool:
    """A dose was fixed, and no more than that is in force; in a flare its share was set, or a lower fixed dose ended,
    and R3 gives no more than its share; or a fixed dose of none ended, and the smallest is in force. A higher dose that
    was fixed once raises nothing when it ends."""
    dose, fixed = new.doses[-1][1], fixed_now(new)
    if changed(old, new, "fixed_dose") and dose <= fixed:
        return True
    if away_of(seen.after).flare is not None and (changed(old, new, "flare_pct") or changed(old, new, "fixed_dose")):
        shares = [seen.basis(one)["parameters"]["flare_pct"] for one in seen.decisions if one["rule"] == "R3"]
        return bool(shares) and dose <= max(_smallest(new), new.footing.dose * max(shares) // 100)
    rested = value(old, "fixed_dose") == 0 and value(new, "fixed_dose") is None
    return rested and dose <= _smallest(new)


def lowered_by_what_was_set(seen: Seen, old: TrackState, new: TrackState) -> bool:
    """A ceiling was set, or counts again as a fixed dose ended, and the dose fell to it and no further; or what held
    before the fixed dose is the most."""
    dose, ceiling = new.doses[-1][1], _whole(value(new, "dose_max"))
    ended = value(old, "fixed_dose") is not None and value(new, "fixed_dose") is None
    if ceiling is not None and (ended or changed(old, new, "dose_max")) and dose >= ceiling:
        return True
    return ended and old.had is not None and dose >= min(old.doses[-1][1], old.had[0])


def after_a_fixed_dose_what_held_before_is_the_most(seen: Seen) -> None:
    """0023: a dose that a clinician fixed over the plan leaves nothing higher behind, in force or at the end of a way
    back."""
    held = seen.memory.held
    if not seen.pairs():
        held.clear()
    for name, old, new in seen.pairs():
        agreed = new.agreed
        if agreed and "fixed_dose" not in agreed.parameters and value(new, "fixed_dose") is not None:
            footing = old.footing
            held.setdefault(name, footing.d_pre or 0 if footing.status == "RETURNING" else footing.dose)
        elif name in held:
            most = held.pop(name)
            rules = {one["rule"] for one in seen.of(name)}
            if rules & {"R5a", "R6b"}:
                continue  # a rung or a start that is found as it ends is a rise of its own
            if value(new, "fixed_dose") is None and value(old, "fixed_dose") is not None:
                most = max(most, _smallest(new) if value(old, "fixed_dose") == 0 else 0)
                assert new.footing.dose <= most
                assert (new.footing.d_pre or 0) <= most


def _smallest(track: TrackState) -> int:
    marker: Marker = track.config.marker  # type: ignore[assignment]
    return _whole(value(track, "dose_min")) or default_dose_min(marker)


def _whole(found: object) -> int | None:
    return found if isinstance(found, int) else None
