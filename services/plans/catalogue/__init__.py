"""The catalogue of activities, and its words in each language, as data; what is taken out of it stays in old plans."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from services.plans.domain.catalogue import Activity, Catalogue
from shared.clinics import language_of

_FOLDER = Path(__file__).parent


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Every activity by its id, in the order of ids."""
    rows: list[dict[str, Any]] = json.loads((_FOLDER / "activities.json").read_text("utf-8"))
    made = (Activity(**{name: _fixed(value) for name, value in row.items()}) for row in rows)
    return {one.activity_id: one for one in sorted(made, key=lambda one: one.activity_id)}


@lru_cache(maxsize=8)
def words(language: str) -> Mapping[str, str]:
    """The words of a language: `<activity>.name`, `<activity>.how` and `cue.<cue>`."""
    found: Mapping[str, str] = json.loads((_FOLDER / f"{language}.json").read_text("utf-8"))
    return found


def said(activity: Activity, locale: str) -> tuple[str, str, list[str]]:
    """Name, instruction and cues of an activity in the language of a locale, else in English."""
    told = words(language_of(locale))
    of = activity.activity_id
    return told[f"{of}.name"], told[f"{of}.how"], [told[f"cue.{cue}"] for cue in activity.cues]


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
