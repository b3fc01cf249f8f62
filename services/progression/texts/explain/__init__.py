"""The words in which a stored decision is explained: headings, names of codes and thresholds, rules, days, numbers."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent

from services.progression.texts import amount_in, word
from shared.clinics import language_of

NOTE: Final = "_note"
"""Beside the texts: who has read them."""

NONE: Final = "–"

AMOUNTS: Final = frozenset({"step", "dose_min", "dose_max", "goal_dose", "fixed_dose"})
_DAYS: Final = ("_days", "_window", "_cooldown", "gap_t1", "gap_t2", "gap_t3")
_PERCENT: Final = ("_pct", "g_normal", "g_small")
_LONG: Final = {"en": "EEEE d MMMM y"}
_SHORT: Final = "d MMM y"
_NEVER: Final = 1_000_000


class Words:
    """The texts of one language."""

    def __init__(self, language: str, entries: Mapping[str, str]) -> None:
        self.language = language
        self.entries = {key: text for key, text in entries.items() if key != NOTE}
        self._locale = Locale.parse(language)

    def say(self, key: str, **values: str) -> str:
        """The text of a key with what it quotes; `KeyError` for what is not there."""
        return self.entries[key].format(**values)

    def name(self, kind: str, code: str) -> str:
        """What a code is called; one that a later version no longer has stays as it is."""
        return self.entries.get(f"{kind}.{code}", code)

    def need(self, rule: str) -> str:
        """What must hold where this rule would speak against a rise; R8c and its like by what they have in common."""
        return self.entries.get(f"needs.{rule}") or self.name("needs", rule[:-1] if rule[-1].islower() else rule)

    def list(self, names: Iterable[str]) -> str:
        """Several names after each other."""
        return self.entries["list"].join(names)

    def reason(self, code: str) -> str:
        """Why a session ended or something was set aside, as the texts of decisions say it."""
        return word(code, self.language)

    def amount(self, value: int | None, unit: str, none: str = "nothing") -> str:
        """An amount in the unit the person reads; `none` names the word for no amount at all."""
        return amount_in(value, unit, self.language) if value else self.entries[none]

    def day(self, text: str) -> str:
        """A day (ISO text) with its name, in full."""
        return str(format_date(date.fromisoformat(text), _LONG.get(self.language, "full"), locale=self._locale))

    def short_day(self, text: str) -> str:
        """A day (ISO text) for a column."""
        return str(format_date(date.fromisoformat(text), _SHORT, locale=self._locale))

    def moment(self, at: int) -> str:
        """An instant (epoch ms); the person's zone is not stored with a decision, so it is told in UTC."""
        told = format_datetime(datetime.fromtimestamp(at / 1000, UTC), f"{_SHORT} HH:mm", locale=self._locale)
        return f"{told} UTC"

    def value(self, value: Any) -> str:
        """A number as the language writes it, yes or no for a switch, a dash for none."""
        if value is None:
            return NONE
        if isinstance(value, bool):
            return self.entries["yes" if value else "no"]
        return str(format_decimal(value, locale=self._locale)) if isinstance(value, int | float) else str(value)

    def threshold(self, name: str, value: Any, unit: str) -> str:
        """The value of a parameter with its unit: amounts as the person reads them, days, per cent, or a word."""
        if value is None or isinstance(value, bool):
            return self.value(value)
        if isinstance(value, str):
            return self._chosen(name, value)
        if name in AMOUNTS:
            return self.amount(value, unit, "rest")
        if name.endswith(_DAYS):
            return self._days(value)
        if name.endswith(_PERCENT):
            return self._percent(value)
        return self.value(value)

    def _chosen(self, name: str, value: str) -> str:
        if name == "review_on":
            return self.short_day(value)
        if name == "muscle_group_order":
            return self.list(self.name("group", one) for one in value.split("-"))
        if name == "ladder":
            return self.list(self._percent(int(rung)) for rung in value.split("-"))
        return self.name("choice", value)

    def _percent(self, value: int) -> str:
        return str(format_percent(value / 100, locale=self._locale))

    def _days(self, days: int) -> str:
        """Whole days, never told in weeks; `format_unit` has no long form of a day in Arabic."""
        return format_timedelta(timedelta(days=days), granularity="day", threshold=_NEVER, locale=self._locale)

    def rule(self, rule: str, parameters: Mapping[str, Any], unit: str) -> str | None:
        """When a rule speaks, with the thresholds that it asks; None for one that has no words."""
        key = f"rule.{rule}"
        if key not in self.entries:
            return None
        return self.entries[key].format(
            **{name: self.threshold(name, value, unit) for name, value in parameters.items()}
        )


@lru_cache(maxsize=8)
def _of_language(language: str) -> Words:
    return Words(language, json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8")))


def words(locale: str | None) -> Words:
    """The words in the language of a locale such as `es-MX`, else in English."""
    return _of_language(language_of(locale))
