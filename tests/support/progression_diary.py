"""What a person's decisions came to, day by day, and every word that they were told about them."""

from datetime import date
from itertools import groupby
from typing import Final

from services.progression.texts import render
from tests.support.progression_person import START, Person

LANGUAGES: Final = ("en", "es", "ar")


def diary(person: Person, track_id: str = "walk") -> list[tuple[int, str, str, int]]:
    """(day, rule, action, dose) of every decision, where it differs from the one before; days from the start."""
    told = [
        (person.records["decisions", decided.decision_id]["day"], decided.rule, decided.action, decided.dose)
        for decided in person.decisions(track_id)
    ]
    changes = [next(same) for _, same in groupby(told, key=lambda row: row[1:])]
    return [((date.fromisoformat(day) - START).days, rule, action, dose) for day, rule, action, dose in changes]


def words(person: Person, locale: str = "en") -> list[str]:
    """Every text of a decision that the person could read, each once, in the order in which they first came."""
    texts = [render(one.text_key, one.text_params, "patient", locale) for one in person.decisions()]
    return list(dict.fromkeys(texts))
