"""Which parts of Pacewell a person uses: few at the start, any of them on or off at any time (article P8.4, H3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from services.plans.domain.consents import Heard

Feature = Literal["reminders", "lessons", "checkins", "group", "sharing", "wearables"]

FEATURES: Final[tuple[Feature, ...]] = get_args(Feature)

AT_START: Final[frozenset[Feature]] = frozenset({"reminders", "lessons", "checkins"})
"""What is on before the person chose: at most three (article P8.4).

Reminders, lessons and check-ins come to the person by themselves, so who turns one off is asked nothing by it any more.
Groups, sharing and wearables come only by the person's own doing: they say what an application shows.
"""

PROMPTS: Final[Mapping[str, Feature]] = {"lesson": "lessons", "checkin": "checkins"}
"""Kinds of prompts that belong to a feature; all others belong to the plan itself and are always told."""


def is_on(switched: Mapping[Feature, bool], feature: Feature) -> bool:
    """Whether the person uses it: as they switched it last, or as it was at the start."""
    return switched.get(feature, feature in AT_START)


def all_on(switched: Mapping[Feature, bool]) -> tuple[Feature, ...]:
    """Every feature that is on, in the order of the list."""
    return tuple(one for one in FEATURES if is_on(switched, one))


def told(switched: Mapping[Feature, bool], prompt: str) -> bool:
    """Whether a prompt of this kind is told to the person at all."""
    feature = PROMPTS.get(prompt)
    return feature is None or is_on(switched, feature)


@dataclass(frozen=True, slots=True)
class SwitchFeature:
    """Turn a feature on or off, by the person's own word."""

    feature: Feature
    on: bool
    heard: Heard
