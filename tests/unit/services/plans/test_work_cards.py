"""A clinician's card asks before it suggests: every reason that any service gives has a question, in each language."""

import ast
import importlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from services.plans.api.work_views import WorkItemView
from services.plans.domain import work
from services.plans.domain.circle import Role
from services.plans.store import ClosedBecause
from services.plans.texts.work import OTHER, card, cards
from services.progression.domain import explain
from shared.clinics import LANGUAGES
from tests.support.reading_level import grade

ROOT = Path(__file__).parents[4]
READING_GRADE = 9


def reasons() -> set[str]:
    """Every reason in the code of those who ask: as it is written there, or as the constant that stands for it."""
    found = set(explain._REVIEW.values()) | explain._REVIEW_BY_NOTE.keys() | work.IN_ANY_CASE | work.CALLS
    found |= {"override_gap", "overshoot", "joint_rebaseline", explain.STOPPED, work.NEW_SITE}
    for place in ("progression", "plans"):
        for file in (ROOT / "services" / place).rglob("*.py"):
            module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            found |= set(_asked(ast.parse(file.read_text("utf-8")), module))
    return found


def _asked(tree: ast.Module, module: str) -> Iterator[str]:
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        kinds = [one for one in call.args if isinstance(one, ast.Constant) and one.value in ("review", "call")]
        if name == "review":
            yield from _text(call.args[1], module) if len(call.args) > 1 else ()
        elif name == "ReviewAsked":
            yield from _text(call.args[2], module) if len(call.args) > 2 else ()
        elif name == "ask" and kinds:
            yield from _text(call.args[call.args.index(kinds[0]) + 1], module)
        elif name == "ask" and len(call.args) == 4:
            yield from _text(call.args[2], module)
        elif name == "append" and call.args and isinstance(call.args[0], ast.Tuple) and module.endswith("measures"):
            yield from _text(call.args[0].elts[0], module)


def _text(value: ast.expr, module: str) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.Name) and value.id.isupper():
        yield getattr(importlib.import_module(module), value.id)


def test_the_reasons_are_found_where_they_are_given() -> None:
    assert {
        "plan_fit", "misfit", "pause_open", "something_wrong", "approve_step", "silent_14_days", "usual_pain_up",
        "steps_without_numbers", "flares_repeated", "no_named_contact", "review_missing", "review_due",
        "care_consent_withdrawn", "goals_changed", "checkins_skipped", "motivation_drop", "adjust_plan",
    } <= reasons()  # fmt: skip


@pytest.mark.article("P12.1")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_a_question_and_a_suggestion_of_its_own(language: str) -> None:
    known = cards(language)
    assert reasons() | {"red_flag"} == known.keys() - {OTHER}
    for one in known.values():
        assert {"?", "؟"} & set(one.question)
        assert one.suggestion.strip()
        assert not {"?", "؟"} & set(one.suggestion)


ITEM: dict[str, Any] = {
    "id": "i-1", "key": "p-1", "kind": "review", "reason": "something_new", "urgency": "routine",
    "status": "open", "track_id": None, "signs": [], "suspension_id": None, "taken_by": None, "taken_at": None,
    "opened_at": "2025-03-31T20:00:00+00:00", "due_at": "2025-04-03T20:00:00+00:00",
    "closed_by": None, "closed_at": None, "closed_because": None,
}  # fmt: skip
"""An item as it was stored before items had a site and a role."""


@pytest.mark.parametrize("because", get_args(ClosedBecause))
def test_an_item_is_read_however_it_was_closed(because: str) -> None:
    closed = {**ITEM, "status": "closed", "closed_because": because}
    assert WorkItemView.of(closed, datetime(2025, 4, 1, tzinfo=UTC), "en").closed_because == because


@pytest.mark.article("P12.1")
def test_a_reason_that_nobody_knows_yet_is_asked_about_too_and_no_card_is_without_a_question() -> None:
    assert card("something_new", "en") == cards("en")[OTHER]
    shown = WorkItemView.of(ITEM, datetime(2025, 4, 1, tzinfo=UTC), "es").model_dump()
    assert list(shown)[:2] == ["question", "suggestion"]
    assert (shown["site"], shown["role"]) == ("main", "physiotherapist")
    with pytest.raises(ValidationError):
        WorkItemView.model_validate({**shown, "question": ""})


def test_the_words_are_plain() -> None:
    for reason, one in cards("en").items():
        assert grade(f"{one.question} {one.suggestion}") <= READING_GRADE, reason


def test_whoever_acts_is_of_a_care_team() -> None:
    roles = {work.role_of(kind, reason) for kind in work.ROLES for reason in reasons()}
    assert roles <= set(get_args(Role))
    assert work.role_of("review", "phq4_severe") == "psychologist"
