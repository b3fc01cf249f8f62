"""A plan version is agreed on by two: what makes it one, what ends a draft, and what the person is told of a change."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import orjson
import pytest

from services.plans.domain import agreement
from services.plans.domain.agreement import (
    OVER_KEPT,
    SEEN_KEPT,
    UNSEEN_KEPT,
    AcceptDraft,
    AmendDraft,
    DeclineDraft,
    DraftVersion,
    SeeChange,
    Why,
    WithdrawDraft,
    agreed,
)
from services.plans.domain.aims import SetGoal
from services.plans.domain.commands import AnswerTryout, EndPlan
from services.plans.domain.reviews import ScheduleReview
from services.plans.domain.terms import Window
from services.plans.store.agreement import plan_of
from shared.contracts.plans import PlanActivatedV1, PlanChangedV1, PromptClosedV1, PromptOpenedV1
from shared.runtime.aggregate import encode
from shared.runtime.messages import Actor, Refused
from tests.unit.services.plans.clinic import (
    CAREGIVER,
    GOAL,
    NOW,
    SELF,
    STAFF,
    STATES,
    TERMS,
    WALK,
    WHY,
    Clinic,
    change,
    first,
)

COLLEAGUE = Actor("clinician", "u-2")
KINDS = ("agreement", "change_note")
LESS = replace(TERMS, usual_pain=5)


def drafted(clinic: Clinic) -> str:
    """The id of the open draft."""
    assert clinic.state.agreement.draft is not None
    return clinic.state.agreement.draft.draft_id


def waiting(clinic: Clinic) -> list[tuple[str, str]]:
    """What of the agreement waits for the person."""
    return [(one.kind, one.ref) for one in clinic.state.prompts if one.kind in KINDS]


def closed(clinic: Clinic) -> list[str]:
    told = (one.data for one in clinic.events if isinstance(one.data, PromptClosedV1))
    return [one.because for one in told if one.kind in KINDS]


def times_asked(clinic: Clinic) -> int:
    told = (one.data for one in clinic.events if isinstance(one.data, PromptOpenedV1))
    return sum(one.kind == "agreement" for one in told)


@pytest.fixture
def first_draft() -> Clinic:
    """A first version waits for the person."""
    clinic = Clinic().ready()
    clinic.fold(first(heard=None))
    return clinic


@pytest.fixture
def next_draft() -> Clinic:
    """Version 1 is in force, and version 2 waits for the person."""
    clinic = Clinic().planned()
    clinic.fold(change(1, LESS, heard=None))
    return clinic


@pytest.mark.article("P1.2")
def test_one_yes_is_a_draft_and_two_are_a_plan(first_draft: Clinic) -> None:
    draft_id = drafted(first_draft)
    assert "plan-1:1" not in first_draft.records
    assert waiting(first_draft) == [("agreement", draft_id)]
    record = first_draft.records[draft_id]
    assert (record["status"], [one["of"] for one in record["accepted"]]) == ("open", ["clinician"])

    first_draft.now += timedelta(hours=3)
    done = first_draft.fold(AcceptDraft(draft_id, 1), SELF, "app")
    assert done.answer is not None
    assert (done.answer.status, done.answer.body["plan_version"]) == (200, 1)
    plan = first_draft.state.plan
    assert plan is not None
    assert [(one.of, one.how, one.at) for one in plan.accepted] == [
        ("clinician", "clinician", NOW),
        ("patient", "app", NOW + timedelta(hours=3)),
    ]
    assert first_draft.last(PlanActivatedV1).effective_at == NOW + timedelta(hours=3)
    assert (waiting(first_draft), closed(first_draft)) == ([], ["done"])
    assert [one["how"] for one in first_draft.records["plan-1:1"]["accepted"]] == ["clinician", "app"]
    assert first_draft.records[draft_id]["status"] == "accepted"


def test_the_answer_to_a_draft_says_whose_yes_is_missing() -> None:
    done = Clinic().ready().fold(first(heard=None))
    assert done.answer is not None
    assert done.answer.status == 202
    assert {name: value for name, value in done.answer.body.items() if name != "draft_id"} == {
        "revision": 1, "status": "draft", "plan_id": "plan-1", "made_from": 0, "accepted_by": ["clinician"],
        "missing": ["patient"],
    }  # fmt: skip


@pytest.mark.parametrize("heard", ["in_person", "phone", "paper"])
def test_staff_note_the_persons_yes_at_once_and_the_version_says_how(heard: Any) -> None:
    clinic = Clinic().ready()
    done = clinic.fold(first(heard=heard))
    assert done.answer is not None
    assert done.answer.status == 201
    assert clinic.state.plan is not None
    assert [(one.of, one.by, one.how) for one in clinic.state.plan.accepted] == [
        ("clinician", "u-1", "clinician"),
        ("patient", "u-1", heard),
    ]
    assert waiting(clinic) == []


@pytest.mark.article("P3.1", "D")
def test_without_a_goal_of_the_persons_own_nothing_comes_into_force() -> None:
    clinic = Clinic().enrolled()
    assert clinic.refused(first()) == (422, "goal_needed")
    clinic.fold(replace(GOAL, author="clinician"))
    assert clinic.refused(first()) == (422, "goal_needed")
    clinic.fold(SetGoal("g-2", "patient", GOAL.content, "in_person"))
    clinic.fold(first())
    assert clinic.state.plan is not None


@pytest.mark.parametrize("actor", [CAREGIVER, STAFF])
def test_nobody_says_yes_or_no_in_the_persons_place(next_draft: Clinic, actor: Actor) -> None:
    draft_id = drafted(next_draft)
    for command in (AcceptDraft(draft_id, 1), DeclineDraft(draft_id, 1, "not_now"), SeeChange("c")):
        assert next_draft.refused(command, actor, "app") == (403, "only_the_persons_own_answer")


def test_staff_note_a_later_yes_by_how_they_heard_it(next_draft: Clinic) -> None:
    next_draft.fold(AcceptDraft(drafted(next_draft), 1, "phone"), COLLEAGUE, "phone")
    assert next_draft.state.plan is not None
    assert [(one.of, one.by, one.how) for one in next_draft.state.plan.accepted] == [
        ("clinician", "u-1", "clinician"),
        ("patient", "u-2", "phone"),
    ]


def test_nobody_accepts_words_they_have_not_read(next_draft: Clinic) -> None:
    draft_id = drafted(next_draft)
    next_draft.fold(AmendDraft(draft_id, 1, replace(TERMS, usual_pain=6), WHY), COLLEAGUE)
    assert drafted(next_draft) == draft_id
    for command in (AcceptDraft(draft_id, 1), DeclineDraft(draft_id, 1, "too_much")):
        assert next_draft.refused(command, SELF, "app") == (412, "draft_changed_since")
    assert next_draft.refused(AmendDraft(draft_id, 1, LESS, WHY)) == (412, "draft_changed_since")
    next_draft.fold(AcceptDraft(draft_id, 2), SELF, "app")
    assert next_draft.last(PlanChangedV1).usual_pain == 6


def test_an_amended_draft_has_the_amenders_yes_alone_and_is_told_anew(next_draft: Clinic) -> None:
    asked = times_asked(next_draft)
    next_draft.now += timedelta(hours=1)
    next_draft.fold(AmendDraft(drafted(next_draft), 1, LESS, WHY), COLLEAGUE)
    draft = next_draft.state.agreement.draft
    assert draft is not None
    assert ([one.by for one in draft.accepted], draft.revision) == (["u-2"], 2)
    assert times_asked(next_draft) == asked + 1
    assert waiting(next_draft) == [("agreement", draft.draft_id)]


def test_a_draft_may_be_amended_and_accepted_in_one_visit(next_draft: Clinic) -> None:
    draft_id = drafted(next_draft)
    done = next_draft.fold(AmendDraft(draft_id, 1, replace(TERMS, usual_pain=6), WHY, "in_person"))
    assert done.answer is not None
    assert (done.answer.status, done.answer.body["plan_version"]) == (200, 2)
    assert next_draft.state.agreement.draft is None
    assert next_draft.records[draft_id]["revision"] == 2


@pytest.mark.parametrize(
    ("command", "actor", "status", "code"),
    [
        (DeclineDraft("", 1, "too_much", "s1.no"), SELF, "declined", "draft_declined"),
        (WithdrawDraft("", "talk_first"), COLLEAGUE, "withdrawn", "draft_withdrawn"),
    ],
)
def test_a_draft_that_is_declined_or_withdrawn_changes_nothing(
    next_draft: Clinic, command: Any, actor: Actor, status: str, code: str
) -> None:
    draft_id = drafted(next_draft)
    done = next_draft.fold(replace(command, draft_id=draft_id), actor, "app")
    assert done.answer is not None
    assert done.answer.body["status"] == status
    assert next_draft.state.plan is not None
    assert (next_draft.state.plan.version, next_draft.state.agreement.draft, waiting(next_draft)) == (1, None, [])
    record = next_draft.records[draft_id]
    assert (record["status"], record["ended_by"], record["ended_reason"]) == (status, actor.id, command.reason)
    assert next_draft.refused(AcceptDraft(draft_id, 1), SELF, "app") == (409, code)
    next_draft.fold(change(1, LESS))


def test_a_human_hears_of_a_draft_that_the_person_declined_once_and_of_none_that_was_taken_back(
    first_draft: Clinic, next_draft: Clinic
) -> None:
    first_draft.fold(DeclineDraft(drafted(first_draft), 1, "too_much"), SELF, "app")
    first_draft.fold(first(heard=None))
    first_draft.fold(DeclineDraft(drafted(first_draft), 1, "too_much"), SELF, "app")
    assert [(item.kind, item.reason) for item in first_draft.state.work] == [("review", "draft_declined")]
    next_draft.fold(WithdrawDraft(drafted(next_draft), "talk_first"), COLLEAGUE)
    assert next_draft.state.work == ()


def test_one_draft_is_open_at_a_time(next_draft: Clinic) -> None:
    assert next_draft.refused(change(1)) == (409, "draft_open")
    assert next_draft.refused(AcceptDraft("other", 1), SELF, "app") == (404, "unknown_draft")
    next_draft.fold(AcceptDraft(drafted(next_draft), 1), SELF, "app")
    assert next_draft.refused(change(1)) == (412, "plan_changed_since")
    next_draft.fold(change(2, heard=None))


def test_a_draft_is_stale_once_the_plan_it_was_made_from_has_changed() -> None:
    swim = replace(WALK, track_id="swim", activity_family="swimming", tryout=True)
    clinic = Clinic().ready()
    clinic.fold(first(replace(TERMS, tracks=(WALK, swim))))
    clinic.fold(change(1, LESS, heard=None))
    draft_id = drafted(clinic)
    clinic.fold(AnswerTryout("swim", keep=True), SELF, "app")
    assert clinic.records[draft_id]["status"] == "stale"
    for command in (AcceptDraft(draft_id, 1), DeclineDraft(draft_id, 1, "not_now")):
        assert clinic.refused(command, SELF, "app") == (409, "plan_changed_since")
    assert [kind for kind, _ in waiting(clinic)] == ["change_note"]


def test_the_end_of_the_plan_ends_its_draft(next_draft: Clinic) -> None:
    draft_id = drafted(next_draft)
    next_draft.fold(EndPlan("plan-1", "moved"))
    assert (next_draft.records[draft_id]["status"], waiting(next_draft)) == ("stale", [])
    assert next_draft.refused(AcceptDraft(draft_id, 1), SELF, "app") == (409, "plan_changed_since")
    next_draft.fold(first(plan_id="plan-2"))


def test_a_plan_that_was_never_agreed_on_leaves_its_id_free(first_draft: Clinic) -> None:
    first_draft.fold(DeclineDraft(drafted(first_draft), 1, "too_much"), SELF, "app")
    first_draft.fold(first())
    assert first_draft.state.plan is not None


def test_what_has_come_to_be_missing_is_named_when_the_person_says_yes(next_draft: Clinic) -> None:
    next_draft.now += timedelta(days=70)
    assert next_draft.refused(AcceptDraft(drafted(next_draft), 1), SELF, "app") == (422, "review_day_range")


@pytest.mark.parametrize(
    ("why", "code", "field"),
    [
        (None, "why_needed", "/why"),
        (Why("wish"), "why_needed", "/why"),
        (Why("first", "s1.why"), "why_needed", "/why"),
        (replace(WHY, next_change_on=date(2025, 4, 1)), "next_change_range", "/next_change_on"),
        (replace(WHY, next_change_on=date(2026, 4, 2)), "next_change_range", "/next_change_on"),
    ],
)
def test_every_change_says_why(why: Why | None, code: str, field: str) -> None:
    """Today is 1 April 2025 where the person is."""
    clinic = Clinic().planned()
    with pytest.raises(Refused) as found:
        clinic.fold(DraftVersion("plan-1", 1, LESS, why, "in_person"))
    assert (found.value.status, found.value.code, found.value.field) == (422, code, field)


@pytest.mark.article("P11.6")
def test_a_change_says_what_why_by_whom_and_what_comes_next_and_waits_to_be_seen() -> None:
    clinic = Clinic().planned()
    tracks = (replace(WALK, freq=4, goal_dose=2400), replace(WALK, track_id="swim"))
    why = Why("progress", "s1.because", date(2025, 5, 1))
    clinic.fold(DraftVersion("plan-1", 1, replace(LESS, tracks=tracks), why, "in_person"), COLLEAGUE)
    ((kind, change_id),) = waiting(clinic)
    record = clinic.records[change_id]
    assert kind == "change_note"
    assert record["what"] == ["track_added", "track_freq", "track_goal_dose", "usual_pain"]
    assert (record["reason"], record["by"], record["by_id"]) == ("progress", "clinician", "u-2")
    assert (record["effective_at"], record["next_change_on"]) == (NOW.isoformat(), "2025-05-01")
    assert (record["seen_at"], clinic.records["plan-1:2"]["why"]["words_sealed"]) == (None, "s1.because")

    clinic.now += timedelta(days=1)
    seen = clinic.fold(SeeChange(change_id), SELF, "app")
    assert waiting(clinic) == []
    record = clinic.records[change_id]
    assert (record["seen_at"], record["seen_how"]) == (clinic.now.isoformat(), "app")
    again = clinic.fold(SeeChange(change_id, "phone"), STAFF, "phone")
    assert (again.answer, again.records, again.events) == (seen.answer, (), ())
    assert clinic.refused(SeeChange("other"), SELF, "app") == (404, "unknown_change")


def test_the_first_version_is_seen_by_agreeing_to_it() -> None:
    clinic = Clinic().planned()
    (record,) = [one for one in clinic.records.values() if "what" in one]
    assert (record["what"], record["reason"], record["seen_how"]) == (["plan"], "first", "in_person")


@pytest.mark.parametrize(("keep", "reason"), [(True, "tryout_kept"), (False, "tryout_dropped")])
def test_the_persons_own_word_on_a_tryout_is_a_change_with_both_yeses(keep: bool, reason: str) -> None:
    swim = replace(WALK, track_id="swim", activity_family="swimming", tryout=True)
    clinic = Clinic().ready()
    clinic.fold(first(replace(TERMS, tracks=(WALK, swim))))
    clinic.fold(AnswerTryout("swim", keep=keep), STAFF, "phone")
    plan = clinic.state.plan
    assert plan is not None
    assert [(one.of, one.how) for one in plan.accepted] == [("clinician", "standing"), ("patient", "phone")]
    ((_, change_id),) = waiting(clinic)
    record = clinic.records[change_id]
    assert (record["reason"], record["by"]) == (reason, "patient")
    assert record["what"] == (["track_tryout"] if keep else ["track_dropped"])


def test_what_changed_is_told_in_codes() -> None:
    after = replace(
        TERMS,
        flare_plan_sealed="s1.other",
        flare_phones=2,
        usual_pain=None,
        usual_pain_declined=True,
        feedback="phone",
        tracks=(replace(WALK, preferred_windows=(Window("weekend", "09:00", "11:00"),)),),
    )
    assert agreement.changed(TERMS, after) == ("feedback", "flare_plan", "track_preferred_windows", "usual_pain")
    assert agreement.changed(TERMS, TERMS) == ()
    assert agreement.changed(TERMS, replace(TERMS, tracks=())) == ("track_dropped",)


def test_the_file_stays_small_however_often_a_plan_changes() -> None:
    clinic = Clinic().planned()
    for version in range(1, 3 * SEEN_KEPT):
        clinic.fold(change(version, replace(TERMS, usual_pain=version % 10), heard=None))
        clinic.fold(AcceptDraft(drafted(clinic), 1), SELF, "app")
    found = clinic.state.agreement
    assert (len(found.over), len(found.unseen), len(waiting(clinic))) == (OVER_KEPT, UNSEEN_KEPT, UNSEEN_KEPT)
    for one in found.unseen:
        clinic.fold(SeeChange(one.change_id), SELF, "app")
    assert len(clinic.state.agreement.seen) == UNSEEN_KEPT
    assert len(encode(clinic.state)) < 8192


def test_what_was_stored_before_there_were_acceptances_is_still_read() -> None:
    clinic = Clinic().planned()
    record = {name: value for name, value in clinic.records["plan-1:1"].items() if name not in ("accepted", "why")}
    record["terms"] = {name: value for name, value in record["terms"].items() if name != "feedback"}
    read = plan_of(record)
    assert (read.version, read.accepted, read.why, read.terms.feedback) == (1, (), None, None)
    assert read.terms.tracks == TERMS.tracks

    stored = orjson.loads(encode(clinic.state))
    for name in ("accepted", "why"):
        stored["plan"].pop(name, None)
    stored.pop("agreement", None)
    state = STATES.validate_python(stored)
    assert (state.plan and state.plan.accepted, state.agreement) == ((), agreement.Agreement())


def test_what_is_wrong_in_a_version_is_told_before_what_is_in_its_way(next_draft: Clinic) -> None:
    wrong = replace(TERMS, tracks=(replace(WALK, freq=9),))
    assert next_draft.refused(first(wrong, "plan-2")) == (422, "freq_range")
    assert next_draft.refused(first(plan_id="plan-2")) == (409, "plan_in_force")
    assert next_draft.refused(change(1, wrong)) == (422, "freq_range")
    assert next_draft.refused(AmendDraft("other", 1, wrong, WHY)) == (422, "freq_range")
    assert next_draft.refused(AmendDraft("other", 1, TERMS, WHY)) == (404, "unknown_draft")
    assert next_draft.refused(AmendDraft(drafted(next_draft), 1, TERMS)) == (422, "why_needed")


def test_a_version_that_only_moves_the_review_stands_on_the_persons_yes_and_no_yes_is_kept_twice() -> None:
    clinic = Clinic().planned()
    for day in range(1, 29):
        clinic.fold(ScheduleReview(next_on=date(2025, 5, day)), COLLEAGUE)
        assert clinic.state.plan is not None
        assert agreed(clinic.state.plan.accepted)
        assert [(one.of, one.how) for one in clinic.state.plan.accepted] == [
            ("clinician", "clinician"),
            ("patient", "standing"),
        ]
    change = clinic.records[clinic.state.agreement.unseen[-1].change_id]
    assert (change["by"], change["by_id"]) == ("clinician", COLLEAGUE.id)


def test_a_human_hears_of_a_draft_that_another_change_made_stale(next_draft: Clinic) -> None:
    next_draft.fold(ScheduleReview(next_on=date(2025, 5, 1)), COLLEAGUE)
    assert next_draft.state.agreement.draft is None
    assert [(item.kind, item.reason) for item in next_draft.state.work] == [("review", "draft_stale")]
