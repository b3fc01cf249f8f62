"""The words that people read, as data per language; no text has room for a word of anybody's own."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from services.community.domain.pseudonyms import Words

DIRECTION: Final[Mapping[str, Literal["ltr", "rtl"]]] = {"en": "ltr", "es": "ltr", "ar": "rtl"}
"""Which way each language is written."""

_FOLDER: Final = Path(__file__).parent


@lru_cache(maxsize=8)
def texts(language: str) -> Mapping[str, str]:
    """The texts of a language by key."""
    found: Mapping[str, str] = json.loads((_FOLDER / f"{language}.json").read_text("utf-8"))
    return found


def post_text(template: str, language: str) -> str:
    """The words of a post in the language of its group."""
    return texts(language)[f"post.{template}"]


@lru_cache(maxsize=8)
def pseudonym_words(language: str) -> Words:
    """The words that pseudonyms of a language are made of."""
    found = json.loads((_FOLDER / "pseudonyms.json").read_text("utf-8"))[language]
    return Words(tuple(found["first"]), tuple(found["second"]), found["form"])
