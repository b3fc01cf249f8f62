"""Rule sets beside the one in force: a named version, or thresholds that a file proposes, run on past cases (2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from services.progression.domain.judge import judge
from services.progression.domain.model import Case, Verdict
from services.progression.domain.parameters import ParameterOutOfRange, Parameters, check_override
from services.progression.domain.table import TABLES

DEFAULTS: Final[Mapping[str, Any]] = {one.name: one.default for one in fields(Parameters)}

OWN: Final = frozenset(
    {"freq", "step", "dose_min", "dose_max", "goal_dose", "fixed_dose", "baseline_window", "gap_t1", "gap_t2"}
    | {"auto", "allow_increase", "profile", "apply_up"}
)
"""What is a person's own, or worked out for them: no rule set has one default for it."""


class RuleSetUnknown(ValueError):
    """What was asked for is no rule set; says what there is."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule set to be run in the shadow: a version of the table, or the person's own one, with other thresholds.

    `changes` are new defaults: they count wherever a stored decision had the old default, so not where a clinician set
    another value.
    """

    name: str
    version: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)

    def case(self, case: Case) -> Case:
        """The same inputs under this rule set."""
        changed = {
            name: value for name, value in self.changes.items() if getattr(case.parameters, name) == DEFAULTS[name]
        }
        return replace(
            case,
            parameters=replace(case.parameters, **changed) if changed else case.parameters,
            rule_set=self.version or case.rule_set,
        )

    def judged(self, case: Case) -> Verdict:
        """What it would have decided."""
        return judge(self.case(case))


def named(version: str) -> Candidate:
    """A version of the table by its name; raises `RuleSetUnknown`."""
    if version not in TABLES:
        raise RuleSetUnknown(f"there is no rule set of that name; there are {', '.join(sorted(TABLES))}")
    return Candidate(version, version)


def proposed(name: str, told: Any) -> Candidate:
    """Thresholds as a file proposes them: `{"rules": version, "parameters": {name: default}}`, `rules` optional.

    Raises `RuleSetUnknown` for what is no threshold, has no common default, or is outside the range of 2.2.
    """
    if not isinstance(told, Mapping) or set(told) - {"rules", "parameters"}:
        raise RuleSetUnknown("the file may hold `rules` and `parameters`, and nothing else")
    version, changes = told.get("rules"), told.get("parameters", {})
    if version is not None:
        named(str(version))
    if not isinstance(changes, Mapping):
        raise RuleSetUnknown("`parameters` must hold names and values")
    for parameter, value in changes.items():
        if parameter in OWN:
            raise RuleSetUnknown(f"{parameter} is a person's own and has no common default")
        try:
            check_override(parameter, value)
        except ParameterOutOfRange as error:
            raise RuleSetUnknown(str(error)) from None
    return Candidate(name, version, dict(changes))
