"""Raw sessions and morning checks lead to the very decision that the table gives for the values derived from them."""

from datetime import timedelta

import pytest

from shared.contracts.plans import PatientEnrolledV1, PlanActivatedV1
from shared.contracts.progression import ProgressionDecidedV1
from shared.contracts.session_logging import MorningCheckRecordedV1, SessionLoggedV1
from shared.ids import slot_id
from tests.support.progression_person import Person
from tests.support.vector_cases import TRACK, LoggedCase, generate_cases, logged_case


def decision_after(case: LoggedCase) -> ProgressionDecidedV1:
    """Live through a logged case: enrolment, plan, days that pass, then one batch; returns the last decision."""
    person = Person(tz="UTC", mode="batch", key=case.name)
    enrolled = PatientEnrolledV1(tz="UTC", locale="en", day_starts_at="03:00", record_mode="batch")
    person.now = case.plan_at - timedelta(minutes=1)
    person.tell(enrolled, person.now)
    plan = PlanActivatedV1(plan_id="plan", plan_version=1, effective_at=case.plan_at, **case.plan)
    person.tell(plan, case.plan_at)
    person.tick_until(case.batch_at)
    items = [*case.sessions, *case.mornings]
    for number, item in enumerate(items):
        more = number < len(items) - 1
        day = person.day_of(item["started_at" if "started_at" in item else "at"])
        if "started_at" in item:
            session = SessionLoggedV1(
                session_id=f"s{number}",
                revision=1,
                track_id=TRACK,
                slot_id=slot_id(person.key, TRACK, day),
                activity_family="walking",
                reporter="patient",
                history_only=(case.batch_at.date() - day).days > 28,
                more_follow=more,
                **item,
            )
            person.tell(session, case.batch_at, service="session_logging", day=day)
        else:
            check = MorningCheckRecordedV1(check_id=f"m{number}", reporter="patient", more_follow=more, **item)
            person.tell(check, case.batch_at, service="session_logging", day=day)
    return person.last(ProgressionDecidedV1)


def seen(decision: ProgressionDecidedV1) -> dict[str, object]:
    return {
        "rule": decision.rule,
        "action": decision.action,
        "dose": decision.dose,
        "review": decision.review,
        "notes": list(decision.notes),
    }


@pytest.mark.article("P2.1")
@pytest.mark.parametrize("seed", range(2))
def test_logged_sessions_lead_to_the_decision_of_the_table(seed: int) -> None:
    for line in generate_cases(seed, 60):
        case = logged_case(line)
        assert case is not None
        assert seen(decision_after(case)) == line["expect"], line["name"]


def test_the_generated_cases_reach_every_part_of_the_table_that_needs_no_history() -> None:
    rules = {line["expect"]["rule"] for seed in range(2) for line in generate_cases(seed, 60)}

    assert rules >= {"R4", "R6a", "R6b", "R7a", "R8b", "R9a", "R10a", "R10b", "R10c", "R10d", "R10e", "R11", "R11s"}
