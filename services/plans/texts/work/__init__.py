"""What a clinician asks before they look at what is suggested, for each reason of a work item (article P12.1)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

OTHER: Final = "other"
"""Stands for a reason that has no words of its own."""

_NOTE: Final = "_note"


@dataclass(frozen=True, slots=True)
class Card:
    """The words of a work item: a question to begin with, and only then what may be done."""

    question: str
    suggestion: str


@lru_cache(maxsize=8)
def cards(language: str) -> Mapping[str, Card]:
    """The words by reason, in a language of `shared.clinics.LANGUAGES`."""
    found: Mapping[str, str] = json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8"))
    reasons = dict.fromkeys(key.split(".")[1] for key in found if key != _NOTE)
    return {one: Card(found[f"staff.{one}.question"], found[f"staff.{one}.suggestion"]) for one in reasons}


def card(reason: str, language: str) -> Card:
    """The words for a reason; no reason is without a question."""
    known = cards(language)
    return known.get(reason, known[OTHER])
