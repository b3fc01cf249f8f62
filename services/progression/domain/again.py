"""A stored decision as the case it rested on, so that the table can be run on it again bit by bit (2.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, Final

from services.progression.domain.model import FIRST_RULE_SET, Case, Override, Standing, Unit
from services.progression.domain.parameters import Parameters

_DAYS: Final = frozenset({"changed", "last_regress", "step_since", "last_active", "contact", "day"})
_PARAMETERS: Final = frozenset(field.name for field in fields(Parameters))
_STANDING: Final = frozenset(field.name for field in fields(Standing))
_UNIT: Final = frozenset(field.name for field in fields(Unit))
_OVERRIDE: Final = frozenset(field.name for field in fields(Override))


def case_again(
    day: str,
    parameters: Mapping[str, Any],
    standing: Mapping[str, Any],
    units: Iterable[Mapping[str, Any]],
    rule_set: str = FIRST_RULE_SET,
    overrides: Iterable[Mapping[str, Any]] = (),
) -> Case:
    """The case of a decision judged as on `day` (ISO text), from plain values as they were stored.

    What a later version added is left at its default, what it no longer has is left out: a decision of any age reads.
    """
    return Case(
        today=date.fromisoformat(day),
        parameters=Parameters(**{name: value for name, value in parameters.items() if name in _PARAMETERS}),
        standing=Standing(**_read(standing, _STANDING)),
        units=tuple(Unit(**_read(unit, _UNIT)) for unit in units),
        overrides=tuple(Override(**{"ends": date.min, **_read(one, _OVERRIDE)}) for one in overrides),
        rule_set=rule_set,
    )


def _read(values: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in values.items() if name in names}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return date.fromisoformat(value) if name in _DAYS and value is not None else value
