"""The words of the questionnaires that may be shipped, by language; those of licensed ones are not here."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from services.plans.domain.instruments import OPEN, PSFS, Instrument
from shared.clinics import language_of


@lru_cache(maxsize=8)
def words(language: str = "en") -> Mapping[str, str]:
    """The texts of a language, by key."""
    found: Mapping[str, str] = json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8"))
    return found


def asked(instrument: Instrument, item: str, locale: str) -> tuple[str | None, dict[str, str]]:
    """How an item is asked and what its numbers mean, in the language of the locale; None where no words are shipped.

    Of an instrument with a word for each number all of them, else those of its two ends.
    """
    texts = words(language_of(locale))
    code = instrument.code
    key = f"{code}.item" if code == PSFS else f"{code}.{item}"
    question = texts.get(key)
    if instrument.code == OPEN or question is None:
        return question, {}
    known = next(one for one in instrument.items if one.code == item) if instrument.items else None
    low, high = (0, 10) if known is None else (known.low, known.high)
    if f"{code}.{low}" in texts:
        return question, {str(number): texts[f"{code}.{number}"] for number in range(low, high + 1)}
    ends = {str(low): texts.get(f"{key}.low"), str(high): texts.get(f"{key}.high")}
    return question, {number: text for number, text in ends.items() if text is not None}
