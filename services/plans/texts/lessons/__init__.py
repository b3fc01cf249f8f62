"""The words of the lessons, as data per language; none was reviewed by a clinician."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

NOTE: Final = "_note"
"""Beside the words: who has read them."""

TERM: Final = "term."


@lru_cache(maxsize=8)
def words(language: str = "en") -> Mapping[str, str]:
    """All words of a language, by key: those of a lesson under its id, those of what is explained under `term.`."""
    found: dict[str, str] = json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8"))
    return {key: text for key, text in found.items() if key != NOTE}
