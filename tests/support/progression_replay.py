"""A stored decision decided again from what is stored with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any, Final

from services.progression.domain.decisions import name_of, snapshot_hash
from services.progression.domain.judge import judge
from services.progression.domain.model import Case, Standing, Unit
from services.progression.domain.parameters import Parameters
from services.progression.store import basis_of

_DAYS: Final = ("changed", "last_regress", "step_since", "last_active")
_UNIT: Final = tuple(one.name for one in fields(Unit))
BY_ANSWER: Final = ("LESS",)
"""Actions that a person's answer gives, and not the table."""


def case_again(document: Mapping[str, Any]) -> Case:
    """The case of a stored decision."""
    basis = basis_of(document)
    standing = dict(basis["standing"])
    for name in _DAYS:
        standing[name] = None if standing[name] is None else date.fromisoformat(standing[name])
    standing["ladder"] = tuple(standing["ladder"])
    units = []
    for unit in basis["units"]:
        values = {name: unit[name] for name in _UNIT}
        units.append(Unit(**{**values, "day": date.fromisoformat(values["day"])}))
    return Case(
        date.fromisoformat(basis["judged_on"]),
        Parameters(**basis["parameters"]),
        Standing(**standing),
        tuple(units),
    )


def same_again(patient_id: str, document: Mapping[str, Any], follows: str, answered: str) -> bool:
    """Whether a stored decision comes out of its basis again: rule, action, dose, review, notes, and its id.

    `follows` is the id of the track's decision before it; `answered` the offer whose answer it takes.
    """
    case = case_again(document)
    if document["action"] not in BY_ANSWER:
        verdict = judge(case)
        again = (verdict.rule, verdict.action, verdict.review, list(verdict.notes))
        if again != tuple(document[name] for name in ("rule", "action", "review", "notes")):
            return False
        smaller_taken = str(document["text_key"]).endswith(".accepted") and document["dose"] <= verdict.dose
        if document["dose"] != verdict.dose and not smaller_taken:
            return False
    snapshot = snapshot_hash(patient_id, document["track_id"], case)
    names = [name_of("decision", name_of("answer", said, snapshot), follows) for said in ("", answered)]
    return document["decision_id"] in names
