"""What moves a person, and a small win told by it, in every language; the words are data."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

NEUTRAL: Final = "win"
"""The text for a win of somebody who picked no motive."""


@lru_cache(maxsize=8)
def aim_texts(language: str) -> Mapping[str, str]:
    """The texts of a language, by key: `motive.<code>` is what it is called, `win.<code>` a win told by it."""
    found: Mapping[str, str] = json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8"))
    return found
