"""What a person is asked to allow, what each feature is, and how a caregiver can encourage: data in every language."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

DIRECTION: Final[Mapping[str, Literal["ltr", "rtl"]]] = {"en": "ltr", "es": "ltr", "ar": "rtl"}
"""Which way each language is written."""

FOLDER: Final = Path(__file__).parent / "people"


@lru_cache(maxsize=8)
def circle_texts(language: str) -> Mapping[str, str]:
    """The texts of a language, by key."""
    found: Mapping[str, str] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    return found


def tips(language: str) -> list[str]:
    """How to encourage without pressing (article P6.3), in a language."""
    return [text for key, text in circle_texts(language).items() if key.startswith("tip.")]
