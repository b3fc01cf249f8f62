"""The words for a decision are the same where it is explained and where it is sent."""

import json
from pathlib import Path
from string import Formatter

import services.progression.texts
import services.reminders.texts


def _load(package: object) -> dict[str, object]:
    folder = Path(str(getattr(package, "__file__", ""))).parent
    loaded: dict[str, object] = json.loads((folder / "en.json").read_text("utf-8"))
    return loaded


def _patient_words(entry: object) -> str:
    return str(entry["patient"]) if isinstance(entry, dict) else str(entry)


RULES = {key: entry for key, entry in _load(services.progression.texts).items() if key.startswith("rule.")}
EXPLAINED = {key: _patient_words(entry) for key, entry in RULES.items()}
SENT = {key: str(text) for key, text in _load(services.reminders.texts).items() if key.startswith("rule.")}


def test_every_rule_has_words_in_both_catalogues() -> None:
    assert EXPLAINED.keys() == SENT.keys()


def test_the_words_for_the_person_are_the_same_in_both() -> None:
    assert {key for key in EXPLAINED.keys() & SENT.keys() if EXPLAINED[key] != SENT[key]} == set()


def test_both_read_the_same_numbers() -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert {key for key in EXPLAINED.keys() & SENT.keys() if names(EXPLAINED[key]) != names(SENT[key])} == set()
