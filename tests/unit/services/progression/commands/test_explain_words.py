"""Every code that a decision can hold has a word in every language, none is English, and rules quote theirs."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any, Final, get_args

import pytest

import services.progression.domain
import services.progression.texts.explain
from services.plans.domain.overrides import MUSCLE_GROUPS
from services.progression.commands.lines import _COLUMNS
from services.progression.domain import explain as explaining
from services.progression.domain.aside import OF_THE_PERSON
from services.progression.domain.described import SAID
from services.progression.domain.model import Action, Phase, Status, Zone
from services.progression.domain.nextup import Measure
from services.progression.domain.parameters import CHOICES, NAMES, SWITCHES
from services.progression.texts import texts
from services.progression.texts.explain import AMOUNTS, NOTE, words
from shared.clinics import LANGUAGES
from tests.unit.services.reminders.test_texts import BLAMING

FOLDER: Final = Path(services.progression.texts.explain.__file__).parent
DOMAIN: Final = Path(services.progression.domain.__file__).parent
OTHERS: Final = [language for language in LANGUAGES if language != "en"]
SAME: Final = {("es", "no")}
"""What is the same word in English."""

NOT_QUOTED: Final = {"auto", "fixed_dose", "mornings_needed"}
"""Parameters that a rule names by what they do, not by their value."""


def calls(name: str) -> Iterator[ast.Call]:
    """Every call of a name in the rules."""
    for file in DOMAIN.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield node


def strings(node: ast.AST) -> set[str]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def notes() -> set[str]:
    """What a verdict may note: the fifth thing that it is made of, or a name `notes` beside it."""
    found = set()
    for call in calls("Verdict"):
        given = [*call.args[4:5], *(one.value for one in call.keywords if one.arg == "notes")]
        found |= {one for node in given for one in strings(node)}
    for file in DOMAIN.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Assign) and [getattr(one, "id", "") for one in node.targets] == ["notes"]:
                found |= strings(node.value)
    return found


def rules() -> set[str]:
    """The rules of the table and those that speak beside it."""
    beside = {str(call.args[0].value) for call in calls("Verdict") if isinstance(call.args[0], ast.Constant)}
    return {one.rule for one in SAID} | beside | {"W11"}


def locks() -> set[str]:
    return {key.removeprefix("rule.R10a.") for key in texts() if key.startswith("rule.R10a.")}


def reviews() -> set[str]:
    found = {*explaining._REVIEW.values(), *explaining._REVIEW_BY_NOTE, explaining.STOPPED}
    return found | {"override_gap", "overshoot", "joint_rebaseline"}


KINDS: Final[dict[str, set[str]]] = {
    "status": set(get_args(Status)),
    "phase": set(get_args(Phase)),
    "action": set(get_args(Action)),
    "zone": set(get_args(Zone)),
    "measure": set(get_args(Measure)),
    "lock": locks(),
    "note": notes(),
    "look": reviews(),
    "parameter": {*NAMES, *OF_THE_PERSON},
    "choice": {*CHOICES["profile"], *CHOICES["apply_up"], "off"},
    "group": set(MUSCLE_GROUPS),
    "rule": rules(),
    "next": {"R5a", "R6b", "R11", "R11s"},
    "column": set(_COLUMNS),
    "who": {"patient", "clinician"},
}


def file_of(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    return found


def quoted(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_code_that_can_be_told_has_a_word_and_no_word_is_left_over(language: str, kind: str) -> None:
    entries = words(language).entries

    assert {key.removeprefix(f"{kind}.") for key in entries if key.startswith(f"{kind}.")} == KINDS[kind]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_rule_asks_for_has_words_for_every_rule_that_may_stand_against_a_rise(language: str) -> None:
    against = {one.rule for one in SAID if one.rule not in ("R5a", "R6b", "R11", "R11s")} | {"R7", "R8"}

    assert {rule for rule in against if words(language).need(rule) in (rule, rule[:-1])} == set()


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_texts_that_quote_the_same(language: str) -> None:
    english, entries = words("en").entries, words(language).entries

    assert entries.keys() == english.keys()
    assert [key for key in english if quoted(english[key]) != quoted(entries[key])] == []
    assert [key for key in english if not entries[key].strip()] == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_was_left_in_english_and_nobody_takes_it_for_reviewed(language: str) -> None:
    english, entries = words("en").entries, words(language).entries

    assert {(language, key) for key in english if entries[key] == english[key]} - SAME == set()
    assert file_of(language)[NOTE] == "Not clinically reviewed."


def test_a_rule_quotes_the_thresholds_that_the_table_names_in_it() -> None:
    entries = words("en").entries
    for said in SAID:
        named = {name for name in re.findall(r"`([a-z_0-9]+)`", said.condition) if name in NAMES} - NOT_QUOTED
        assert quoted(entries[f"rule.{said.rule}"]) == named, said.rule


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["0 days", "1 day", "11 days", "80%", "yes", "1.5"]),
        ("es", ["0 días", "1 día", "11 días", "80\N{NO-BREAK SPACE}%", "sí", "1,5"]),
        ("ar", ["0 يوم", "يوم", "11 يومًا", "80%", "نعم", "1.5"]),
    ],
)
def test_thresholds_are_written_as_the_language_writes_them(language: str, told: list[str]) -> None:
    say = words(language)
    days = [say.threshold("advance_days", count, "min") for count in (0, 1, 11)]
    others = [say.threshold("ok_pct", 80, "min"), say.threshold("auto", True, "min"), say.value(1.5)]

    assert [re.sub("[\u200e\u200f\u061c]", "", one) for one in (*days, *others)] == told


def test_a_ladder_an_order_and_a_day_are_told_part_by_part() -> None:
    say = words("en")

    assert say.threshold("ladder", "50-75-100", "min") == "50%, 75%, 100%"
    assert say.threshold("muscle_group_order", "legs-arms", "min") == "legs, arms"
    assert say.threshold("review_on", "2025-04-12", "min") == "12 Apr 2025"


def test_every_threshold_that_is_an_amount_is_told_in_the_unit_of_the_track() -> None:
    assert AMOUNTS < NAMES - SWITCHES
    assert {words("en").threshold(name, 120, "min") for name in AMOUNTS} == {"2 min"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_says_a_word_of_blame(language: str) -> None:
    entries = words(language).entries.items()

    assert [(key, one) for key, text in entries for one in BLAMING[language] if one in text.lower()] == []
