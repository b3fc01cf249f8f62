"""The words that people read, as data per language, with the numbers of the clinic that answers for them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from shared.clinics import Clinic, language_of

FALLBACKS: Final = ("emergency", "crisis", "clinic", "phone", "hours")
"""What a text may name; where no clinic answers for a tenant, words stand for it, so that no answer is ever missing."""

_ISOLATED: Final = "\u2066{}\u2069"
"""Keeps a number in its order within text that runs from right to left."""


@dataclass(frozen=True, slots=True)
class Speech:
    """The texts of one language with the numbers and hours of one clinic in their places."""

    language: str
    values: Mapping[str, str]

    def say(self, key: str, **more: str) -> str:
        """The text of a key; `KeyError` when there is none."""
        return _texts(self.language)[key].format(**self.values, **more)


def speech(clinic: Clinic | None, locale: str | None) -> Speech:
    """How to speak to a person of this clinic in the language of this locale, else in English."""
    language = language_of(locale)
    values = {name: _texts(language)[f"unknown.{name}"] for name in FALLBACKS}
    if clinic is not None:
        human = clinic.human(locale)
        known = {"emergency": clinic.emergency_number, "crisis": clinic.crisis_line, "phone": human.phone}
        if language == "ar":
            known = {name: _ISOLATED.format(number) for name, number in known.items()}
        values |= {**known, "clinic": human.name, "hours": human.hours}
    return Speech(language, values)


@lru_cache(maxsize=16)
def _texts(language: str) -> dict[str, str]:
    texts: dict[str, str] = json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8"))
    return texts
