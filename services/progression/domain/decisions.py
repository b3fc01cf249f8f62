"""What a run of the table leaves behind: decisions with all they rest on, offers, changed doses, reviews."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Any, Final

from services.progression.domain.episodes import Told
from services.progression.domain.explain import Explanation
from services.progression.domain.model import Case, Standing, Unit, Verdict
from services.progression.domain.parameters import Parameters
from services.progression.domain.state import Proposal
from services.progression.domain.view import View

_PARAMETERS: Final = tuple(field.name for field in fields(Parameters))
_STANDING: Final = tuple(field.name for field in fields(Standing) if field.name != "contact")
_UNIT: Final = tuple(field.name for field in fields(Unit))
_of_parameters: Final = attrgetter(*_PARAMETERS)
_of_standing: Final = attrgetter(*_STANDING)
_of_unit: Final = attrgetter(*_UNIT)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision with everything it rests on; `number` counts the person's decisions, `at` is epoch ms.

    `short_version` hints that a shorter session is offered with the next reminder: the person is unusually tired.
    """

    decision_id: str
    number: int
    track_id: str
    day: date
    at: int
    verdict: Verdict
    case: Case
    locks: tuple[str, ...]
    text: Explanation
    dose_before: int
    dose_after: int
    trigger: str
    supersedes: str | None
    short_version: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """A step is offered; `dose_now` is the dose in force, `at` epoch ms."""

    proposal: Proposal
    dose_now: int


@dataclass(frozen=True, slots=True)
class OfferClosed:
    """An offer is gone, with its reason."""

    proposal_id: str
    track_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class FrequencyAgreed:
    """More sessions a week were agreed to; `plans` makes them the plan's (2.4)."""

    plan_id: str
    proposal_id: str
    decision_id: str
    track_id: str
    before: int
    freq: int


@dataclass(frozen=True, slots=True)
class DoseMoved:
    """The dose in force changed, from an instant (epoch ms) on."""

    track_id: str
    old: int
    new: int
    rule: str
    decision_id: str
    at: int


@dataclass(frozen=True, slots=True)
class ReviewAsked:
    """A human is asked to look; `track_id` None when it concerns the person; `suspension_id` for a stop."""

    review_id: str
    track_id: str | None
    reason: str
    suspension_id: str | None = None


Output = Decision | Offered | OfferClosed | FrequencyAgreed | DoseMoved | ReviewAsked | Told


def parameters_used(case: Case) -> dict[str, Any]:
    """The parameters of a case by their names."""
    return dict(zip(_PARAMETERS, _of_parameters(case.parameters), strict=True))


def standing_used(case: Case) -> dict[str, Any]:
    """Where the track stood, as plain values; days as ISO text."""
    standing = dict(zip(_STANDING, _of_standing(case.standing), strict=True))
    for name in ("changed", "last_regress", "step_since", "last_active"):
        standing[name] = None if standing[name] is None else standing[name].isoformat()
    contact = case.standing.contact
    return standing if contact is None else {**standing, "contact": contact.isoformat()}


def units_used(case: Case) -> list[dict[str, Any]]:
    """The units of a case with what was derived from each: zone, settled, ok, bad."""
    view = View.of(case)
    return [
        {
            **_unit_values(unit),
            "zone": view.zone(unit),
            "settled": view.settled(unit),
            "ok": view.ok(unit),
            "bad": view.bad(unit),
        }
        for unit in view.units
    ]


def overrides_used(case: Case) -> list[dict[str, Any]]:
    """What a clinician set that the case rests on: which parameter, why, by which role, and from when until when."""
    return [
        {name: value for name, value in asdict(one).items() if name not in ("seq", "ends")} for one in case.overrides
    ]


def name_of(kind: str, *parts: str) -> str:
    """An id that is one and the same whenever its parts are: 40 hex digits of a SHA-256.

    Each part goes in behind its length, so that no two lists of parts read the same.
    """
    text = "".join(f"{len(part)}:{part}" for part in (kind, *parts))
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def snapshot_hash(patient_id: str, track_id: str, case: Case) -> str:
    """hash(patient, track, rule set, input snapshot) of 2.7: the same inputs give the same one."""
    units = [_of_unit(unit) for unit in case.units]
    inputs = repr((case.today, _of_parameters(case.parameters), _of_standing(case.standing), units))
    if case.standing.contact is not None:
        inputs += repr(case.standing.contact)
    if case.overrides:
        inputs += repr(overrides_used(case))
    return name_of("snapshot", patient_id, track_id, case.rule_set, inputs)


def _unit_values(unit: Unit) -> dict[str, Any]:
    values = dict(zip(_UNIT, _of_unit(unit), strict=True))
    values["day"] = unit.day.isoformat()
    return values
