"""Every decision has words, short ones, and their numbers in the unit that the person reads."""

import re

import pytest

from services.progression.domain.explain import SAY_AGAIN_DAYS
from services.progression.store import basis_of
from services.progression.texts import PATIENT_LIMIT, amount, render, texts
from tests.property.test_progression_table import RULES
from tests.support.progression_person import Person, track

PARAMS: dict[str, int | str] = {
    "dose": 7200,
    "old": 7200,
    "first": 3600,
    "second": 3600,
    "freq": 7,
    "mean": 7200,
    "increment": 7200,
    "unit": "min",
    "date": "2025-09-30",
    "done": 12,
    "need": 12,
    "remaining": 12,
    "pct": 100,
    "pain": 10,
    "morning": 10,
    "gap": 60,
    "reference": "4.5",
    "bad": 3,
    "stop": "fatigue",
    "days": 13,
    "ok": 12,
    "window": 42,
    "effort": "6.5",
    "mornings": 12,
    "green": 12,
    "sign": "cauda_equina",
    "stopped_for": "procedure",
    "level": "emergency",
    "reason": "travel",
}
LOCKS = ("pem", "clinician", "no_flare_plan", "no_goal_or_ceiling", "review_overdue", "incomplete")
PASSING = ("declined", "no_answer", "proposal_open", "one_at_a_time")


def test_every_rule_of_the_table_has_words() -> None:
    told = set(texts())
    plain = {f"rule.{rule}" for rule in RULES - {"R10a"}}
    locks = {f"rule.R10a.{lock}" for lock in (*LOCKS, *PASSING)}
    again = {f"rule.{rule}.again" for rule in SAY_AGAIN_DAYS}

    assert told >= plain | locks | again | {
        "rule.W10",
        "rule.W15",
        "rule.R11.accepted",
        "rule.R5a.offer",
        "rule.R5a.accepted",
    }


@pytest.mark.article("P1.6")
@pytest.mark.parametrize("key", sorted(texts()))
def test_words_for_patients_are_short_and_kind(key: str) -> None:
    said = render(key, PARAMS)

    assert len(said) <= PATIENT_LIMIT
    assert "{" not in said
    assert not re.search(r"\b(missed|fail(ed|ure)?|should|must|lazy|unfortunately)\b", said, re.IGNORECASE)
    assert render(key, PARAMS, "clinician")


def test_amounts_are_told_in_the_unit_the_person_reads() -> None:
    assert [amount(n, "min") for n in (600, 630, 45)] == ["10 min", "10 min 30 s", "45 s"]
    assert [amount(n, "reps") for n in (1, 12)] == ["1 rep", "12 reps"]
    assert [amount(1250, unit) for unit in ("m", "km", "mi")] == ["1250 m", "1.25 km", "0.78 mi"]
    assert amount(90, "s") == "90 s"


def test_a_day_is_told_in_words() -> None:
    said = render("rule.R10d", {"dose": 600, "unit": "min", "date": "2025-04-12"})

    assert said == "Keep 10 min for now. A next step can come from 12 April."


def test_every_decision_of_a_life_can_be_told_to_both() -> None:
    person = Person().enrol().plan(track(), track("strength", priority=2, start_phase="BASELINE", start_dose=None))
    for day in range(0, 30, 2):
        person.good_day(day, pain=7 if day in (10, 12) else 3)
        person.log(day, 300, clock="15:00", track_id="strength")
        if person.state.proposal is not None:
            person.answer(["accept", "stay", "less"][day % 3], day + 1)
    person.tick_to(80)

    told = [data for (kind, _), data in person.records.items() if kind == "decisions"]
    assert len({data["rule"] for data in told}) > 8
    for data in told:
        assert render(data["text_key"], basis_of(data)["text_params"])
        assert render(
            data["text_key"],
            {"dose": data["dose"], **basis_of(data)["facts"], **basis_of(data)["text_params"]},
            "clinician",
        )


def test_what_was_said_in_full_is_said_shortly_for_a_while() -> None:
    person = Person().enrol().plan(track(goal_dose=600))
    for day in range(0, 30, 2):
        person.good_day(day)

    keys = [d.text_key for d in person.decisions() if d.rule == "R10b"]
    assert keys.count("rule.R10b") == 1
    assert keys.count("rule.R10b.again") > 3
