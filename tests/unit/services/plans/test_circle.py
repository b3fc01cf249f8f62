"""Consents, caregivers, the care team and features as the file keeps them: whose word counts, and what ends with it."""

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.plans.domain import circle, consents, features
from services.plans.domain.agreement import AcceptDraft, AmendDraft, DeclineDraft, WithdrawDraft
from services.plans.domain.circle import (
    AcceptInvitation,
    ChangeScopes,
    EndLink,
    EndMember,
    InviteCaregiver,
    SetMember,
)
from services.plans.domain.commands import EndPlan
from services.plans.domain.consents import GrantConsent, WithdrawConsent
from services.plans.domain.features import SwitchFeature
from services.plans.domain.seen import link
from services.plans.domain.transfer import Transfer
from services.plans.folding import contact, measures_due
from services.plans.folding.prompts import open_prompt
from services.plans.folding.timing import due, on_tick
from services.plans.texts.circle import circle_texts, tips
from shared.clinics import LANGUAGES
from shared.contracts.safety import AutomationResumedV1, RedflagRaisedV1
from shared.runtime.aggregate import encode
from shared.runtime.messages import SYSTEM, Actor, Message, Tick
from tests.support.reading_level import grade
from tests.unit.services.plans.clinic import CAREGIVER, NOW, SELF, STAFF, TERMS, WHY, Clinic, change, first

OTHER = Actor("caregiver", "u-9")
INVITE = InviteCaregiver("ca-1", "s1.sister", ("flare_plan", "plan"), ("goal-1",), "app")


def yes(id: str = "co-1", purpose: Any = consents.CAREGIVERS, heard: Any = "app") -> GrantConsent:
    return GrantConsent(id, purpose, consents.TEXT_VERSION, "en", heard)


def shared() -> Clinic:
    """Somebody who lets one caregiver see the plan and the flare plan."""
    clinic = Clinic().enrolled()
    clinic.fold(yes(), SELF, "app")
    clinic.fold(INVITE, SELF, "app")
    clinic.fold(AcceptInvitation("ca-1"), CAREGIVER, "app")
    return clinic


def told(clinic: Clinic, name: str) -> list[Any]:
    return [event.data for event in clinic.events if type(event.data).__name__ == name]


@pytest.mark.article("P8.4")
def test_a_consent_is_an_episode_with_the_text_that_was_read_and_who_noted_it() -> None:
    clinic = Clinic().enrolled()
    clinic.fold(yes("co-1", "research"), SELF, "app")
    assert consents.stands(clinic.state.circle.consents, "research")
    assert not consents.stands(clinic.state.circle.consents, "group")
    clinic.fold(WithdrawConsent("co-1", "phone"), STAFF, "phone")
    assert consents.taken_back(clinic.state.circle.consents, "research")
    clinic.fold(yes("co-2", "research", "in_person"), STAFF)
    assert [one.consent_id for one in clinic.state.circle.consents] == ["co-2"]
    assert [(one.consent_id, one.purpose) for one in told(clinic, "ConsentGrantedV1")] == [
        ("co-1", "research"),
        ("co-2", "research"),
    ]
    assert [one.consent_id for one in told(clinic, "ConsentWithdrawnV1")] == ["co-1"]
    words = [clinic.records[name] for name in ("co-1:granted", "co-1:withdrawn", "co-2:granted")]
    assert [(one["word"], one["language"], one["heard"]) for one in words] == [
        ("granted", "en", "app"),
        ("withdrawn", None, "phone"),
        ("granted", "en", "in_person"),
    ]


def test_a_consent_is_refused_where_it_says_nothing_new_or_is_not_the_persons_word() -> None:
    clinic = Clinic().enrolled()
    assert clinic.refused(yes(), STAFF) == (403, "only_the_persons_own_answer")
    assert clinic.refused(yes(heard="phone"), CAREGIVER) == (403, "only_the_persons_own_answer")
    old = GrantConsent("co-1", "care", consents.TEXT_VERSION + 1, "en", "app")
    assert clinic.refused(old, SELF, "app") == (409, "text_changed")
    assert clinic.refused(WithdrawConsent("co-1", "app"), SELF, "app") == (404, "unknown_consent")
    clinic.fold(yes(), SELF, "app")
    assert clinic.refused(yes("co-2"), SELF, "app") == (409, "consent_stands")
    clinic.fold(WithdrawConsent("co-1", "app"), SELF, "app")
    assert clinic.refused(WithdrawConsent("co-1", "app"), SELF, "app") == (409, "consent_withdrawn")


def test_a_later_text_is_asked_again_and_its_yes_takes_the_place_of_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clinic = shared()
    monkeypatch.setattr(consents, "TEXT_VERSION", 2)
    (before,) = clinic.state.circle.consents
    assert consents.asked_again(before)
    clinic.fold(GrantConsent("co-2", consents.CAREGIVERS, 2, "es", "app"), SELF, "app")
    (after,) = clinic.state.circle.consents
    assert (after.consent_id, consents.asked_again(after)) == ("co-2", False)
    assert link(clinic.state, CAREGIVER.id) is not None


@pytest.mark.article("P6.3")
def test_only_the_person_invites_and_only_with_their_consent() -> None:
    clinic = Clinic().enrolled()
    assert clinic.refused(INVITE, SELF, "app") == (409, "no_consent")
    clinic.fold(yes(), SELF, "app")
    assert clinic.refused(INVITE, STAFF) == (403, "only_the_persons_own_answer")
    assert clinic.refused(INVITE, CAREGIVER) == (403, "only_the_persons_own_answer")
    noted = InviteCaregiver("ca-1", "s1.sister", ("plan",), (), "in_person")
    assert clinic.fold(noted, STAFF).answer.body["status"] == "invited"  # type: ignore[union-attr]
    assert told(clinic, "CaregiverLinkedV1") == []
    clinic.fold(AcceptInvitation("ca-1"), CAREGIVER, "app")
    (linked,) = told(clinic, "CaregiverLinkedV1")
    assert (linked.subject, linked.scopes, linked.goal_ids) == (CAREGIVER.id, ("plan",), ())


def test_an_invitation_serves_one_caregiver_once_and_for_fourteen_days() -> None:
    clinic = shared()
    assert clinic.refused(AcceptInvitation("ca-1"), OTHER) == (409, "invitation_used")
    clinic.fold(InviteCaregiver("ca-2", "s1.son", ("plan",), (), "app"), SELF, "app")
    assert clinic.refused(AcceptInvitation("ca-2"), CAREGIVER) == (409, "already_linked")
    clinic.now = NOW + circle.INVITATION
    assert clinic.refused(AcceptInvitation("ca-2"), OTHER) == (409, "invitation_expired")
    clinic.fold(InviteCaregiver("ca-3", "s1.son", ("plan",), (), "app"), SELF, "app")
    assert [one.caregiver_id for one in clinic.state.circle.caregivers] == ["ca-1", "ca-3"]
    for number in range(4, 4 + circle.CAREGIVERS_MAX - 2):
        clinic.fold(InviteCaregiver(f"ca-{number}", "s1.x", ("plan",), (), "app"), SELF, "app")
    assert clinic.refused(InviteCaregiver("ca-9", "s1.x", ("plan",), (), "app"), SELF, "app")[1] == (
        "too_many_caregivers"
    )


def test_what_a_caregiver_sees_changes_and_ends_with_the_persons_next_word() -> None:
    clinic = shared()
    clinic.fold(ChangeScopes("ca-1", ("plan",), (), "app"), SELF, "app")
    clinic.fold(ChangeScopes("ca-1", ("plan",), (), "app"), SELF, "app")
    assert [one.scopes for one in told(clinic, "CaregiverLinkedV1")] == [("flare_plan", "plan"), ("plan",)]
    assert clinic.refused(EndLink("ca-1", "app"), OTHER) == (403, "own_link_only")
    assert clinic.refused(EndLink("ca-1", "app"), STAFF) == (403, "only_the_persons_own_answer")
    clinic.fold(EndLink("ca-1", "app"), SELF, "app")
    assert link(clinic.state, CAREGIVER.id) is None
    assert [one.because for one in told(clinic, "CaregiverUnlinkedV1")] == ["withdrawn"]
    assert clinic.refused(EndLink("ca-1", "app"), SELF, "app") == (404, "unknown_caregiver")
    assert clinic.records["ca-1"]["ended_because"] == "withdrawn"


@pytest.mark.parametrize(
    ("by", "end", "because"),
    [
        (CAREGIVER, EndLink("ca-1", "app"), "left"),
        (STAFF, EndLink("ca-1", "app", safeguarding=True), "safeguarding"),
        (STAFF, EndLink("ca-1", "phone"), "withdrawn"),
        (SELF, WithdrawConsent("co-1", "app"), "consent_withdrawn"),
    ],
)
def test_a_link_ends_in_four_ways(by: Actor, end: Any, because: str) -> None:
    clinic = shared()
    clinic.fold(end, by)
    assert [one.because for one in told(clinic, "CaregiverUnlinkedV1")] == [because]
    assert link(clinic.state, CAREGIVER.id) is None
    assert clinic.state.circle.caregivers == ()


def test_a_caregiver_whose_link_a_clinician_ended_for_safety_accepts_no_other_invitation_and_others_do() -> None:
    """domain/safety.md 9.1 no. 13."""
    clinic = shared()
    clinic.fold(InviteCaregiver("ca-2", "s1.son", ("plan",), (), "app"), SELF, "app")
    clinic.fold(EndLink("ca-1", "app", safeguarding=True))
    assert clinic.refused(AcceptInvitation("ca-2"), CAREGIVER) == (403, "link_not_possible")
    clinic.fold(AcceptInvitation("ca-2"), OTHER, "app")
    assert link(clinic.state, OTHER.id) is not None


def test_a_link_that_ended_otherwise_may_begin_anew() -> None:
    clinic = shared()
    clinic.fold(EndLink("ca-1", "app"), SELF, "app")
    clinic.fold(InviteCaregiver("ca-2", "s1.sister", ("plan",), (), "app"), SELF, "app")
    clinic.fold(AcceptInvitation("ca-2"), CAREGIVER, "app")
    assert link(clinic.state, CAREGIVER.id) is not None


def test_who_is_barred_is_known_once_and_only_the_last_of_them() -> None:
    barred = circle.NOBODY
    for number in range(circle.BARRED_MAX + 2):
        barred = circle.bar(circle.bar(barred, f"u-{number}"), f"u-{number}")
    assert barred.barred == tuple(f"u-{number}" for number in range(2, circle.BARRED_MAX + 2))


def test_a_consent_given_again_brings_no_caregiver_back() -> None:
    clinic = shared()
    clinic.fold(WithdrawConsent("co-1", "app"), SELF, "app")
    clinic.fold(yes("co-2"), SELF, "app")
    assert link(clinic.state, CAREGIVER.id) is None


def test_a_disclosure_hides_everything_from_caregivers_until_a_human_has_dealt_with_it() -> None:
    """domain/safety.md 9.1 no. 13."""
    clinic = shared()
    flag = {"flag_id": "f-1", "suspension_id": "s-1", "signs": ("unsafe",), "level": "urgent", "context": "check_in"}
    clinic.fold(RedflagRaisedV1.model_validate({**flag, "answered_at": NOW}), SYSTEM)
    assert link(clinic.state, CAREGIVER.id) is None
    clinic.fold(AutomationResumedV1(suspension_id="s-1", resumed_at=NOW), STAFF)
    assert link(clinic.state, CAREGIVER.id) is not None


@pytest.mark.article("P8.1")
def test_the_care_team_is_told_whole_by_ids_and_roles_and_a_member_leaves_after_the_last_day() -> None:
    clinic = Clinic().enrolled("Europe/Berlin")
    clinic.fold(SetMember("me-1", "u-1", "nurse", contact_sealed="s1.kim"))
    clinic.fold(SetMember("me-2", "u-2", "physician", "east", last_day=date(2025, 4, 2)))
    clinic.fold(SetMember("me-1", "u-1", "nurse", contact_sealed="s1.kim"))
    last = told(clinic, "CareteamChangedV1")[-1]
    assert len(told(clinic, "CareteamChangedV1")) == 2
    assert (last.site, [(one.subject, one.role, one.site, one.named) for one in last.members]) == (
        "main",
        [("u-1", "nurse", "main", True), ("u-2", "physician", "east", False)],
    )
    assert [one.member_id for one in circle.named(clinic.state.circle)] == ["me-1"]
    left = clinic.state.circle.team[1].until
    assert left is not None
    assert left == due(clinic.state)
    assert left.isoformat() == "2025-04-03T01:00:00+00:00"
    done = on_tick(clinic.state, Message(Tick(left), "p-1", "t", "m", left, left), left)
    assert [one.member_id for one in done.state.circle.team] == ["me-1"]
    assert [len(event.data.members) for event in done.events if hasattr(event.data, "members")] == [1]
    clinic.fold(EndMember("me-1"))
    assert told(clinic, "CareteamChangedV1")[-1].members[0].subject == "u-2"


def test_a_care_team_has_nobody_twice_nobody_from_the_past_and_at_most_twelve() -> None:
    clinic = Clinic().enrolled()
    clinic.fold(SetMember("me-0", "u-0", "nurse"))
    assert clinic.refused(SetMember("me-1", "u-0", "coach")) == (409, "already_on_the_team")
    assert clinic.refused(SetMember("me-1", "u-1", "coach", last_day=date(2025, 3, 30))) == (
        422,
        "ends_before_it_begins",
    )
    assert clinic.refused(EndMember("me-1")) == (404, "unknown_member")
    for number in range(1, circle.TEAM_MAX):
        clinic.fold(SetMember(f"me-{number}", f"u-{number}", "coach"))
    assert clinic.refused(SetMember("me-99", "u-99", "coach")) == (409, "too_many_members")


@pytest.mark.article("P8.4")
def test_at_most_three_features_are_on_at_the_start_and_any_of_them_is_turned_off_and_on() -> None:
    clinic = Clinic().enrolled()
    assert len(features.all_on(clinic.state.circle.switched)) == len(features.AT_START) <= 3
    clinic.fold(SwitchFeature("lessons", False, "app"), SELF, "app")
    clinic.fold(SwitchFeature("lessons", False, "phone"), STAFF)
    clinic.fold(SwitchFeature("group", True, "phone"), STAFF)
    assert [one.on for one in told(clinic, "FeaturesChangedV1")] == [
        ("reminders", "checkins"),
        ("reminders", "checkins", "group"),
    ]
    assert clinic.refused(SwitchFeature("lessons", True, "app"), STAFF) == (403, "only_the_persons_own_answer")


def test_a_feature_that_is_off_asks_for_nothing_and_what_waited_because_of_it_is_gone() -> None:
    clinic = Clinic().enrolled()
    for kind, ref in (("lesson", "l-1"), ("lesson", "l-2"), ("goals", "g-1")):
        clinic.state = open_prompt(clinic.state, "p-1", kind, ref, NOW).state  # type: ignore[arg-type]
    done = clinic.fold(SwitchFeature("lessons", False, "app"), SELF, "app")
    assert [event.data.because for event in done.events if hasattr(event.data, "because")] == ["needless"] * 2
    assert [one.kind for one in clinic.state.prompts] == ["goals"]
    assert open_prompt(clinic.state, "p-1", "lesson", "l-3", NOW).events == ()
    assert open_prompt(clinic.state, "p-1", "review", "r-1", NOW).events != ()


@pytest.mark.article("P6.6")
def test_every_text_is_there_in_every_language_and_easy_to_read_in_english() -> None:
    assert {language: circle_texts(language).keys() for language in LANGUAGES} == {
        language: circle_texts("en").keys() for language in LANGUAGES
    }
    hard = {key: grade(text) for key, text in circle_texts("en").items() if not key.endswith(("_note", ".title"))}
    assert {key: level for key, level in hard.items() if level > 6} == {}
    for language in LANGUAGES:
        assert len(tips(language)) == len(set(tips(language))) >= 5
        wanted = {f"consent.{one}.{part}" for one in consents.PURPOSES for part in ("title", "text")}
        assert wanted | {f"feature.{one}" for one in features.FEATURES} <= circle_texts(language).keys()


def test_a_text_that_is_consented_to_changes_only_with_its_version() -> None:
    words = [
        [circle_texts(language)[f"consent.{one}.{part}"] for one in consents.PURPOSES for part in ("title", "text")]
        for language in LANGUAGES
    ]
    digest = hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()[:16]
    assert {1: "e744fa363d8e4dda"}[consents.TEXT_VERSION] == digest


def test_the_file_stays_small_with_everything_in_it() -> None:
    clinic = Clinic().enrolled()
    for number, purpose in enumerate(consents.PURPOSES):
        clinic.fold(yes(f"co-{number}", purpose), SELF, "app")
    for number in range(circle.CAREGIVERS_MAX):
        clinic.fold(InviteCaregiver(f"ca-{number}", "s1." + "x" * 90, ("plan",), (), "app"), SELF, "app")
        clinic.now += timedelta(minutes=1)
        clinic.fold(AcceptInvitation(f"ca-{number}"), Actor("caregiver", f"u-{number}"), "app")
    for number in range(4):
        clinic.fold(SetMember(f"me-{number}", f"u-{number}", "nurse", contact_sealed="s1." + "x" * 120))
    assert len(encode(clinic.state.circle)) < 5000


@pytest.mark.article("P8.1")
def test_while_no_human_is_named_for_a_plan_in_force_somebody_is_asked_to_name_one_every_four_weeks() -> None:
    clinic = Clinic().planned()
    assert contact.next_question(clinic.state) == NOW + circle.CONTACT_WITHIN
    clinic.now = NOW + circle.CONTACT_WITHIN
    clinic.fold(Tick(clinic.now), SYSTEM)
    (item,) = clinic.state.work
    assert (item.kind, item.reason) == ("review", contact.REASON)
    assert contact.next_question(clinic.state) == clinic.now + circle.CONTACT_AGAIN
    clinic.fold(SetMember("me-1", "u-1", "nurse"))
    assert len(clinic.state.work) == 1
    clinic.fold(SetMember("me-1", "u-1", "nurse", contact_sealed="s1.kim"))
    assert contact.next_question(clinic.state) is None
    assert list(clinic.state.work) == []
    assert clinic.records[item.item_id]["closed_because"] == "done"


@pytest.mark.article("P8.1")
@pytest.mark.parametrize(
    "loss",
    [EndMember("me-1"), SetMember("me-1", "u-1", "nurse"), Transfer("tr-1", "north", "s1.note")],
    ids=["off the team", "no longer named", "at another site"],
)
def test_a_named_human_who_is_lost_is_asked_for_again_within_three_days(loss: Any) -> None:
    clinic = Clinic().planned()
    clinic.now = NOW + circle.CONTACT_WITHIN
    clinic.fold(Tick(clinic.now), SYSTEM)
    clinic.fold(SetMember("me-1", "u-1", "nurse", contact_sealed="s1.kim"))
    clinic.now += timedelta(days=1)
    clinic.fold(loss)
    assert contact.next_question(clinic.state) == clinic.now + circle.CONTACT_WITHIN
    clinic.now += circle.CONTACT_WITHIN
    clinic.fold(Tick(clinic.now), SYSTEM)
    assert [one.reason for one in clinic.state.work if one.reason == contact.REASON] == [contact.REASON]
    assert contact.next_question(clinic.state) == clinic.now + circle.CONTACT_AGAIN


@pytest.mark.article("P8.1")
def test_the_last_day_of_a_named_human_is_a_loss_and_a_new_version_of_the_plan_puts_nothing_off() -> None:
    clinic = Clinic().planned()
    clinic.fold(SetMember("me-1", "u-1", "nurse", last_day=date(2025, 4, 2), contact_sealed="s1.kim"))
    clinic.now = lost_at = clinic.state.circle.team[0].until or NOW
    clinic.fold(Tick(clinic.now), SYSTEM)
    assert contact.next_question(clinic.state) == lost_at + circle.CONTACT_WITHIN
    clinic.now += timedelta(days=2)
    clinic.fold(change(1, replace(TERMS, usual_pain=5)))
    assert contact.next_question(clinic.state) == lost_at + circle.CONTACT_WITHIN
    clinic.fold(SetMember("me-2", "u-2", "nurse"))
    assert contact.next_question(clinic.state) == lost_at + circle.CONTACT_WITHIN


def test_a_plan_that_has_ended_asks_for_no_contact() -> None:
    clinic = Clinic().planned()
    clinic.fold(EndPlan("plan-1", "moved"))
    assert contact.next_question(clinic.state) is None


def test_when_the_consent_to_care_is_taken_back_a_human_calls_and_the_plan_stays_as_it_is() -> None:
    """Nothing is decided on the person's behalf (domain/safety.md 9.3)."""
    clinic = Clinic().planned()
    clinic.fold(yes("co-1", "care"), SELF, "app")
    plan = clinic.state.plan
    clinic.fold(WithdrawConsent("co-1", "app"), SELF, "app")
    assert [(one.kind, one.reason) for one in clinic.state.work] == [("call", "care_consent_withdrawn")]
    assert clinic.state.plan == plan


@pytest.mark.parametrize("opened", [False, True], ids=["nothing", "a draft"])
def test_when_it_is_taken_back_before_there_is_a_plan_a_human_calls_too(opened: bool) -> None:
    clinic = Clinic().ready()
    clinic.fold(yes("co-1", "care"), SELF, "app")
    if opened:
        clinic.fold(first(heard=None))
    clinic.fold(WithdrawConsent("co-1", "app"), SELF, "app")
    assert [(one.kind, one.reason) for one in clinic.state.work] == [("call", "care_consent_withdrawn")]


@pytest.mark.parametrize("opened", [False, True], ids=["nothing", "a draft"])
def test_when_it_is_taken_back_after_the_plan_has_ended_a_human_calls_only_over_a_draft(opened: bool) -> None:
    clinic = Clinic().planned()
    clinic.fold(EndPlan("plan-1", "moved"))
    clinic.fold(yes("co-1", "care"), SELF, "app")
    if opened:
        clinic.fold(first(plan_id="plan-2", heard=None))
    clinic.fold(WithdrawConsent("co-1", "app"), SELF, "app")
    assert [one.reason for one in clinic.state.work] == ["care_consent_withdrawn"] * opened


@pytest.mark.article("P8.4")
def test_without_the_yes_to_care_that_was_taken_back_no_version_is_written_or_comes_into_force() -> None:
    clinic = Clinic().ready()
    clinic.fold(yes("co-1", "care"), SELF, "app")
    clinic.fold(first(heard=None))
    draft = clinic.state.agreement.draft
    assert draft is not None
    clinic.fold(WithdrawConsent("co-1", "app"), SELF, "app")
    held = (409, "care_consent_withdrawn")
    assert clinic.refused(AcceptDraft(draft.draft_id, 1), SELF, "app") == held
    assert clinic.refused(AmendDraft(draft.draft_id, 1, TERMS, WHY), STAFF) == held
    assert clinic.refused(first(plan_id="plan-2"), STAFF) == held
    clinic.fold(yes("co-2", "care"), SELF, "app")
    clinic.fold(AcceptDraft(draft.draft_id, 1), SELF, "app")
    assert clinic.state.plan is not None


def test_without_the_yes_to_care_a_draft_is_still_declined_or_withdrawn_and_the_plan_still_ended() -> None:
    for over in (lambda id: DeclineDraft(id, 1, "other"), lambda id: WithdrawDraft(id, "talk_first")):
        clinic = Clinic().planned()
        clinic.fold(yes("co-1", "care"), SELF, "app")
        clinic.fold(change(1, replace(TERMS, usual_pain=5), heard=None))
        draft = clinic.state.agreement.draft
        assert draft is not None
        clinic.fold(WithdrawConsent("co-1", "app"), SELF, "app")
        assert clinic.refused(AcceptDraft(draft.draft_id, 1), SELF, "app")[0] == 409
        command: Any = over(draft.draft_id)
        clinic.fold(command, SELF if isinstance(command, DeclineDraft) else STAFF, "app")
        clinic.fold(EndPlan("plan-1", "withdrew"))
        assert clinic.state.plan is not None
        assert clinic.state.plan.ended == "withdrew"


def test_who_turned_check_ins_off_is_asked_none_and_still_the_questions_of_the_plan() -> None:
    clinic = Clinic().planned()
    began = measures_due.next_due(clinic.state)
    clinic.fold(SwitchFeature("checkins", False, "app"), SELF, "app")
    later = measures_due.next_due(clinic.state)
    assert began is not None
    assert later is not None
    assert later - began == timedelta(days=14)
    clinic.now = later
    clinic.fold(Tick(later), SYSTEM)
    assert [one.kind for one in clinic.state.prompts if one.kind in ("checkin", "measure")] == ["measure"]
