"""What a clinician set aside for a person: which stands, over which track, and how the rule comes back (2.8, P12.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

from services.progression.domain.aside import OF_THE_PERSON, SCORES, over
from services.progression.domain.having import having
from services.progression.domain.machine import phase_at, with_dose
from services.progression.domain.model import Override
from services.progression.domain.parameters import NAMES, Marker, ParameterOutOfRange, check_override, default_dose_min
from services.progression.domain.state import Footing, PatientState, TrackConfig, TrackState

OVER_KEPT: Final = 50
_FIELDS: Final = frozenset({"freq", "step", "dose_min", "dose_max", "goal_dose"})


def check(name: str, value: object) -> None:
    """Accept an override, or raise `ParameterOutOfRange` for a name or a value that 2.2 does not allow."""
    if name == "review_on":
        if not _is_day(value):
            raise ParameterOutOfRange("review_on must be a day")
    elif name in OF_THE_PERSON - SCORES:
        if not isinstance(value, str):
            raise ParameterOutOfRange(f"{name} must be a word")
    elif name in SCORES:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10:
            raise ParameterOutOfRange(f"{name} must be a whole number from 0 to 10")
    elif name in NAMES and value is not None:
        check_override(name, value)
    else:
        raise ParameterOutOfRange("unknown parameter")


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def begun(state: PatientState, new: Override) -> PatientState:
    """The state with this override, in place of an earlier one of the same; the very same where it is over already,
    or where a later one is known (invariant 4)."""
    same = [one for one in state.overrides if (one.track_id, one.name) == (new.track_id, new.name)]
    if new.override_id in state.overridden or any(one.seq >= new.seq for one in same):
        return state
    return having(state, overrides=(*(one for one in state.overrides if one not in same), new))


def ended(state: PatientState, override_id: str) -> PatientState:
    """The state without this override, which never stands again."""
    if override_id in state.overridden:
        return state
    left = tuple(one for one in state.overrides if one.override_id != override_id)
    return having(state, overrides=left, overridden=(*state.overridden, override_id)[-OVER_KEPT:])


def lapsed(state: PatientState, today: date, at: int) -> tuple[PatientState, list[str]]:
    """The state without what has run out by the instant `at`, its rules back, and the tracks that this is about."""
    gone = [one for one in state.overrides if one.until <= at]
    for one in gone:
        state = ended(state, one.override_id)
    return (settled(state, today, at), sorted(concerned(state, gone))) if gone else (state, [])


def concerned(state: PatientState, overrides: list[Override]) -> set[str]:
    """The tracks that these overrides are about."""
    tracks = set(state.tracks)
    return tracks if any(one.track_id is None for one in overrides) else tracks & {str(o.track_id) for o in overrides}


def settled(state: PatientState, today: date, at: int) -> PatientState:
    """The state with every track under what stands now, and no other."""
    in_flare = state.away is not None and state.away.flare is not None
    tracks = {
        track_id: under(track, track.agreed or track.config, over(state, track_id), today, at, in_flare=in_flare)
        for track_id, track in state.tracks.items()
    }
    return having(state, tracks=tracks)


def under(
    track: TrackState,
    agreed: TrackConfig,
    overrides: tuple[Override, ...],
    today: date,
    at: int,
    *,
    in_flare: bool = False,
) -> TrackState:
    """The track with what the plan says and what stands over it: new bounds hold at once, a lower ceiling lowers the
    dose, and nothing raises it. After a fixed dose what held before it is the most: higher was a clinician's word for a
    time, and lower stays, for no day that comes raises a dose (2.5.1, 2.8).

    A changed configuration ends the undoing of earlier lowerings: they were judged by other rules. After a fixed dose
    of none the smallest is in force again: nothing is no amount to rise from, and no session is evidence of it; but not
    where the person chose to rest. What they eased of a fixed dose holds until another one is fixed (W11, 2.8), what
    they eased in a flare for as long as that lasts (R3).
    """
    config = _with(agreed, overrides)
    footing = track.footing
    set_to_rest = footing.dose == 0 and track.eased is None and _fixed(track.config) is not None
    if set_to_rest and _fixed(config) is None:
        smallest = _smallest(config)
        footing = with_dose(footing, smallest, today, at)
        footing = having(footing, d_pre=None if footing.d_pre is None else max(footing.d_pre, smallest))
    had = track.had
    if _fixed(agreed) is None and _fixed(config) is not None:
        had = had or (_whole(footing), footing.changed)
    elif had is not None:
        footing = footing if _fixed(config) is not None else _back_to(footing, had, today, at)
        had = None
    if config.dose_max is not None and footing.dose > config.dose_max:
        footing = with_dose(footing, config.dose_max, today, at)
    phase = phase_at(footing.phase, footing.dose, config.goal_dose)
    if phase != footing.phase:
        footing = having(footing, phase=phase)
    return having(
        track,
        config=config,
        agreed=None if config == agreed else agreed,
        had=had,
        eased=track.eased if in_flare or _fixed(config) == _fixed(track.config) else None,
        footing=footing,
        lowerings=track.lowerings if config == track.config else (),
    )


def _whole(footing: Footing) -> int:
    """The dose in force; on a way back the one that it leads to."""
    return footing.dose if footing.status != "RETURNING" or footing.d_pre is None else footing.d_pre


def _back_to(footing: Footing, had: tuple[int, date], today: date, at: int) -> Footing:
    """The footing with no more than what held before a fixed dose; while a start is found, that is not shown (W4)."""
    most, since = had
    if footing.d_pre is not None and footing.d_pre > most:
        footing = having(footing, d_pre=most)
    if footing.dose > most:
        footing = with_dose(footing, most, today, at)
    if footing.phase == "BASELINE" and footing.status == "ACTIVE" and footing.dose == most:
        footing = having(footing, changed=since)
    return footing


def _fixed(config: TrackConfig) -> object:
    """The dose that a clinician fixed, None where none is."""
    return config.parameters.get("fixed_dose")


def _smallest(config: TrackConfig) -> int:
    marker: Marker = config.marker  # type: ignore[assignment]
    return config.dose_min or int(config.parameters.get("dose_min", default_dose_min(marker)))


def _with(agreed: TrackConfig, overrides: tuple[Override, ...]) -> TrackConfig:
    found = {one.name: one.value for one in overrides if one.name not in OF_THE_PERSON}
    if not found:
        return agreed
    fields: dict[str, Any] = {name: value for name, value in found.items() if name in _FIELDS}
    parameters = {**agreed.parameters, **{name: value for name, value in found.items() if name not in _FIELDS}}
    if "allow_increase" in found:
        fields["increase_locked"] = not parameters.pop("allow_increase")
    return replace(agreed, **fields, parameters=parameters)
