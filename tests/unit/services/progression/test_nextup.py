"""Each decision can say why the dose did not rise: the rule that would raise it, and every condition before it."""

import random
from collections import Counter
from typing import Any

from hypothesis import given

from services.progression.domain.again import case_again
from services.progression.domain.decisions import parameters_used, standing_used, units_used
from services.progression.domain.judge import judge
from services.progression.domain.model import Case
from services.progression.domain.nextup import next_up
from services.progression.domain.table import decide
from services.progression.telling import case_of_record, next_up_of
from tests.property.test_progression_table import cases
from tests.support.progression_person import Person, track
from tests.support.progression_stops import suspend
from tests.unit.services.progression.table_cases import ago, case, done, steady

RISES = {"R5a", "R6b", "R11", "R11s"}
BELOW = ("R7", "R8", "R9", "R10")


def missing(given_case: Case, locks: tuple[str, ...] = ()) -> list[str]:
    return [condition.rule for condition in next_up(given_case, locks).missing]


@given(cases())
def test_the_first_thing_that_is_missing_is_the_rule_that_decided(given_case: Case) -> None:
    verdict, found = decide(given_case), next_up(given_case)
    left = [condition.rule for condition in found.missing]

    if verdict.rule in RISES:
        assert left == []
        assert found.rule == verdict.rule
        assert found.rule == "R6b" or found.dose == verdict.dose or verdict.dose <= given_case.standing.dose
    elif verdict.rule.startswith("R5"):
        assert left or given_case.standing.idx + 1 >= len(given_case.standing.ladder)
    else:
        assert left[0] == verdict.rule


def test_a_steady_week_after_six_days_lacks_one_day_and_nothing_else() -> None:
    found = next_up(case(changed=ago(6)))

    (condition,) = found.missing
    assert (found.rule, found.dose) == ("R11", 660)
    assert (condition.rule, condition.have, condition.need, condition.measure) == ("R10d", 6, 7, "days")


def test_everything_that_is_missing_is_told_and_not_the_first_alone() -> None:
    given_case = case(steady(2, morning=None, before=None), changed=ago(3))

    assert missing(given_case) == ["R10d", "R10e", "R10g"]


def test_each_lock_is_a_condition_of_its_own() -> None:
    found = next_up(case(parameters={"allow_increase": False}), ("pem", "no_flare_plan"))

    assert [(condition.rule, condition.lock) for condition in found.missing] == [
        ("R10a", "pem"),
        ("R10a", "no_flare_plan"),
    ]


def test_on_the_way_back_the_days_and_the_sessions_of_the_rung_are_counted() -> None:
    ladder: dict[str, Any] = {"ladder": (80, 100), "idx": 0, "d_pre": 600, "step_since": ago(1), "step_min_days": 3}
    found = next_up(case([done(0)], status="RETURNING", dose=480, **ladder))

    assert (found.rule, found.dose) == ("R5a", 600)
    assert [(one.have, one.need, one.measure) for one in found.missing] == [(1, 2, "sessions"), (1, 3, "days")]


def test_a_pause_stands_before_everything() -> None:
    assert missing(case(status="PAUSED")) == ["R2"]


@given(cases())
def test_a_stored_case_reads_back_as_the_very_case(given_case: Case) -> None:
    units = units_used(given_case)
    again = case_again(
        given_case.today.isoformat(), parameters_used(given_case), standing_used(given_case), [dict(u) for u in units]
    )

    assert again.parameters == given_case.parameters
    assert again.standing == given_case.standing
    assert sorted(again.units, key=repr) == sorted(given_case.units, key=repr)
    assert decide(again) == decide(given_case)


def test_every_decision_of_a_life_replays_bit_by_bit_and_says_why_not_more() -> None:
    person = Person().enrol().plan(track(), track("strength", priority=2, start_phase="BASELINE", start_dose=None))
    drawn = random.Random(4)
    for day in range(60):
        person.tick_to(day)
        if drawn.random() < 0.5 and not 20 < day < 32:
            person.log(day, drawn.choice([600, 600, 300, 800]), pain=drawn.choice([1, 2, 3, 7, None]))
            person.log(day, 300, clock="15:00", track_id="strength")
        if drawn.random() < 0.5:
            person.morning(day, drawn.choice([2, 2, 5]))
        if person.state.proposal is not None:
            person.answer(drawn.choice(["accept", "stay"]), day, clock="20:00")
    suspend(person, 61)

    rules: Counter[str] = Counter()
    for (kind, _), document in person.records.items():
        if kind != "decisions":
            continue
        told = {audience: next_up_of(document, audience) for audience in ("patient", "clinician")}
        if document["rule"] != "W10":
            assert judge(case_of_record(document)).rule == document["rule"]
            assert judge(case_of_record(document)).dose == document["dose"]
        for words in told.values():
            assert all(one["met"] == (one["text"] is None) for one in words["conditions"])
        rules[document["rule"]] += 1
    assert len(rules) > 9
