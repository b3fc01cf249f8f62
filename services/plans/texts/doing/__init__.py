"""What a person reads about doing: how things are adapted, rests, what gets in the way, the page for a flare."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from shared.clinics import language_of

RIGHT_TO_LEFT = frozenset({"ar"})


@lru_cache(maxsize=8)
def texts(language: str) -> Mapping[str, str]:
    """The texts of a language, by key."""
    found: Mapping[str, str] = json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8"))
    return found


def say(key: str, locale: str, **values: object) -> str:
    """The text of a key in the language of a locale, else in English, with the values in their places."""
    return texts(language_of(locale))[key].format(**values)


def family(code: str, locale: str) -> str:
    """What a family of activities is called; one that is not ours is "your activity"."""
    found = texts(language_of(locale))
    return found.get(f"family.{code}", found["family.other"])
