"""The words of the red-flag list by language (domain/safety.md 9.1); what an answer leads to is decided elsewhere."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from shared.clinics import language_of

SIGNS: Final[tuple[str, ...]] = (
    "chest",
    "stroke",
    "cauda_equina",
    "new_weakness",
    "self_harm",
    "infection",
    "trauma",
    "cancer",
    "clot",
    "pregnancy",
    "post_op",
    "crash",
    "unsafe",
    "medication",
)
"""The signs in the order of domain/safety.md 9.1, no. 1-13 and 15; no. 14 is a score and no question."""


@dataclass(frozen=True, slots=True)
class Question:
    """One sign as a question to be answered yes or no."""

    code: str
    text: str


@lru_cache(maxsize=16)
def questions(locale: str | None) -> tuple[Question, ...]:
    """Every question in the order of `SIGNS`, in the language of this locale (`es-MX` is Spanish), else in English."""
    texts = json.loads((Path(__file__).parent / f"{language_of(locale)}.json").read_text("utf-8"))
    return tuple(Question(code, texts[code]) for code in SIGNS)
