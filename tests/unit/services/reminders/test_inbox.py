"""Change notes and offers: when they reach the inbox, with which reason, and when they are not sent any more."""

from datetime import date, timedelta

import pytest

from services.reminders.domain.inbox import REASON_GRACE
from shared.contracts.plans import ProposalAnsweredV1
from shared.contracts.progression import NextDimensionV1, ProposalWithdrawnV1, TwoBoutsV1
from shared.contracts.reminders import ReminderDispatchedV1, ReminderSuppressedV1
from tests.unit.services.reminders.person import (
    WALK,
    Person,
    changed,
    decided,
    proposed,
    session,
    utc,
)


def ready(now: str = "2025-03-31 10:00") -> Person:
    return Person(now).enrolled().planned()


def keys(person: Person, index: int = -1) -> list[str]:
    return [line["key"] for line in person.effects[index][1].data["lines"]]


@pytest.mark.article("P11.6")
@pytest.mark.parametrize("reason_first", [True, False])
def test_a_changed_dose_is_told_with_its_reason_whichever_is_heard_first(reason_first: bool) -> None:
    person = ready()
    both = [decided("d-1", 600, 480), changed("d-1", 600, 480, person.now)]
    for data in both if reason_first else reversed(both):
        person.hear(data)
    person.until("2025-03-31 10:01")
    assert person.messages() == [("2025-03-31", "sent", None)]
    assert keys(person) == ["rule.R8a", "change.from_to", "change.less_is_fine"]
    assert person.effects[0][1].not_after == utc("2025-03-31 21:00")


def test_a_message_tells_which_event_it_is_about() -> None:
    person = ready()
    person.hear(decided("d-1", 600, 480))
    cause = person.hear(changed("d-1", 600, 480, person.now))
    person.until("2025-03-31 10:01")
    (event,) = person.events
    assert isinstance(event, ReminderDispatchedV1)
    assert event.cause_event_id == cause.id
    assert event.reminder_id == person.effects[0][1].id
    assert person.effects[0][1].data["cause_event_id"] == cause.id


def test_a_note_waits_out_quiet_hours() -> None:
    person = ready("2025-03-31 23:00")
    person.hear(decided("d-1", 600, 480))
    person.hear(changed("d-1", 600, 480, person.now))
    person.until("2025-04-01 12:00")
    assert [at for at, _ in person.effects] == [utc("2025-04-01 08:00")]


def test_a_note_whose_decision_is_not_heard_of_leaves_without_a_reason_after_ten_minutes() -> None:
    person = ready()
    person.hear(changed("d-1", 600, 480, person.now))
    person.until("2025-03-31 11:00")
    assert [at for at, _ in person.effects] == [utc("2025-03-31 10:00") + REASON_GRACE]
    assert keys(person) == ["change.from_to", "change.less_is_fine"]


def test_an_accepted_step_is_told_as_the_persons_own_choice() -> None:
    person = ready()
    person.hear(decided("d-1", 600, 660, "R11"))
    person.hear(changed("d-1", 600, 660, person.now, "R11"))
    person.until("2025-03-31 10:01")
    assert keys(person)[0] == "change.you_said_yes"


def test_a_change_taken_back_before_it_was_told_is_not_told() -> None:
    person = ready("2025-03-31 23:00")
    person.hear(decided("d-1", 600, 480))
    person.hear(changed("d-1", 600, 480, person.now))
    person.hear(decided("d-2", 480, 600))
    person.hear(changed("d-2", 480, 600, person.now))
    person.until("2025-04-01 12:00")
    assert person.effects == []
    assert person.messages() == [("2025-04-01", "suppressed", "superseded")] * 2


def test_of_two_changes_in_the_night_the_last_tells_the_whole_way() -> None:
    person = ready("2025-03-31 23:00")
    for id, old, new in (("d-1", 600, 480), ("d-2", 480, 360)):
        person.hear(decided(id, old, new))
        person.hear(changed(id, old, new, person.now))
    person.until("2025-04-01 12:00")
    ((_, effect),) = person.effects
    (line,) = [line for line in effect.data["lines"] if line["key"] == "change.from_to"]
    assert (line["params"]["old"]["amount"], line["params"]["new"]["amount"]) == (600, 360)


def test_changes_of_two_tracks_are_two_notes() -> None:
    person = Person("2025-03-31 10:00").enrolled().planned(WALK, "strength")
    for track in (WALK, "strength"):
        person.hear(decided(f"d-{track}", 600, 480, track=track))
        person.hear(changed(f"d-{track}", 600, 480, person.now, track=track))
    person.until("2025-03-31 10:01")
    assert len(person.effects) == 2


@pytest.mark.article("P9.6")
@pytest.mark.story(17)
def test_a_welcome_text_leaves_with_the_next_record_and_not_from_the_tick() -> None:
    person = ready()
    person.hear(decided("d-1", 600, 480, "R7a"))
    person.hear(changed("d-1", 600, 480, person.now, "R7a"))
    person.until("2025-04-03 10:00")
    assert person.effects == []
    person.hear(session(date(2025, 4, 3), person.now))
    person.until("2025-04-03 10:01")
    assert keys(person)[0] == "rule.R7a"


def test_nothing_is_told_after_the_plan_has_ended() -> None:
    person = ready("2025-03-31 23:00")
    person.hear(decided("d-1", 600, 480))
    person.hear(changed("d-1", 600, 480, person.now))
    person.hear(proposed("o-1", person.now + timedelta(hours=48)))
    person.plan_ended()
    person.until("2025-03-31 23:01")
    assert person.effects == []
    assert {reason for _, _, reason in person.messages()} == {"no_active_plan"}


@pytest.mark.article("P11.6")
def test_no_dose_changes_in_silence_however_late_the_worker_is() -> None:
    person = ready()
    person.hear(decided("d-1", 600, 480))
    person.hear(changed("d-1", 600, 480, person.now))
    person.now = utc("2025-04-05 10:00")
    person.tick()
    assert person.messages() == [("2025-04-05", "sent", None)]


def test_a_channel_that_failed_gets_a_note_again_after_an_hour_three_times() -> None:
    person = ready()
    person.outcome = ("failed", "channel_unavailable")
    person.hear(decided("d-1", 600, 480))
    person.hear(changed("d-1", 600, 480, person.now))
    person.until("2025-03-31 20:00")
    assert [at.hour for at, _ in person.effects] == [10, 11, 12, 13]
    assert len({effect.id for _, effect in person.effects}) == 4


def test_a_note_whose_channel_was_too_late_waits_for_the_next_window() -> None:
    person = ready("2025-03-31 20:59")
    person.outcome = None
    person.hear(decided("d-1", 600, 480))
    person.hear(changed("d-1", 600, 480, person.now))
    person.until("2025-03-31 21:30")
    ((_, first),) = person.effects
    assert first.not_after == utc("2025-03-31 21:00")
    person.end(first, "suppressed", "stale")
    person.outcome = ("sent", None)
    person.until("2025-04-01 12:00")
    assert [at for at, _ in person.effects] == [utc("2025-03-31 20:59"), utc("2025-04-01 08:00")]
    assert person.effects[1][1].id != first.id
    assert person.messages() == [("2025-03-31", "suppressed", "stale"), ("2025-04-01", "sent", None)]


def test_an_older_change_is_not_told_after_a_newer_one() -> None:
    person = ready()
    person.outcome = None
    for id, old, new in (("d-1", 600, 480), ("d-2", 480, 360)):
        person.hear(decided(id, old, new))
        person.hear(changed(id, old, new, person.now))
        person.tick()
    first, second = (effect for _, effect in person.effects)
    person.end(second, "sent")
    person.end(first, "suppressed", "stale")
    person.until("2025-03-31 12:00")
    assert len(person.effects) == 2
    assert ("2025-03-31", "suppressed", "superseded") in person.messages()


@pytest.mark.article("P1.3")
def test_an_offer_is_told_with_its_options_and_until_when() -> None:
    person = ready()
    person.hear(decided("d-1", 600, 660, "R11"))
    person.hear(proposed("o-1", person.now + timedelta(hours=48)))
    person.until("2025-03-31 10:01")
    assert keys(person) == ["rule.R11", "proposal.step", "proposal.stay", "proposal.until", "proposal.silence"]
    assert person.effects[0][1].not_after == utc("2025-03-31 21:00")


def test_an_offer_in_two_bouts_tells_both_parts() -> None:
    person = ready()
    person.hear(decided("d-1", 600, 660, "R11"))
    offer = proposed("o-1", person.now + timedelta(hours=48))
    person.hear(offer.model_copy(update={"in_two_bouts": TwoBoutsV1(first=360, second=300)}))
    person.until("2025-03-31 10:01")
    assert keys(person)[1:4] == ["proposal.step", "proposal.halves", "proposal.stay"]


def test_something_new_after_a_goal_is_told_as_that() -> None:
    person = ready()
    offer = proposed("o-1", person.now + timedelta(hours=48))
    stay = tuple(option for option in offer.options if option.kind == "stay")
    new = NextDimensionV1(freq_now=3, freq=4)
    person.hear(offer.model_copy(update={"options": stay, "next_dimension": new}))
    person.until("2025-03-31 10:01")
    assert keys(person)[:4] == ["proposal.next", "proposal.more_often", "proposal.other_activity", "proposal.stay"]


@pytest.mark.parametrize(
    "closing",
    [
        ProposalWithdrawnV1(proposal_id="o-1", track_id=WALK, reason="flare"),
        ProposalAnsweredV1(proposal_id="o-1", track_id=WALK, answer="stay"),
    ],
)
@pytest.mark.parametrize("offer_first", [True, False])
def test_an_offer_that_is_gone_before_it_was_told_is_not_told(
    closing: ProposalWithdrawnV1 | ProposalAnsweredV1, offer_first: bool
) -> None:
    person = ready("2025-03-31 23:00")
    offer = proposed("o-1", person.now + timedelta(hours=48))
    for data in (offer, closing) if offer_first else (closing, offer):
        person.hear(data)
    person.until("2025-04-01 12:00")
    assert person.messages() == [("2025-04-01", "suppressed", "withdrawn")]
    (event,) = person.events
    assert isinstance(event, ReminderSuppressedV1)


def test_an_offer_that_ran_out_is_not_told() -> None:
    person = ready("2025-03-31 23:00")
    person.hear(proposed("o-1", utc("2025-04-01 07:00")))
    person.until("2025-04-01 12:00")
    assert person.messages() == [("2025-04-01", "suppressed", "expired")]


def test_notes_and_offers_neither_count_against_the_cap_nor_hold_a_cue_back() -> None:
    person = ready("2025-03-31 09:00")
    person.cue("10:00")
    person.now = utc("2025-03-31 09:50")
    person.hear(decided("d-1", 600, 480))
    person.hear(changed("d-1", 600, 480, person.now))
    person.until("2025-03-31 12:00")
    assert person.messages("cue") == [("2025-03-31", "sent", None)]


def test_the_cue_tells_the_dose_in_force_and_offers_a_shorter_version_when_tired() -> None:
    person = ready("2025-03-31 09:00")
    person.cue("10:00")
    person.hear(decided("d-1", 600, 480).model_copy(update={"short_version": True}))
    person.hear(changed("d-1", 600, 480, person.now))
    person.until("2025-03-31 12:00")
    lines = person.effects[-1][1].data["lines"]
    assert [line["key"] for line in lines][1:3] == ["cue.dose", "cue.short_version"]
    assert lines[1]["params"]["dose"]["amount"] == 480


def test_the_cue_tells_the_dose_of_the_first_decision_until_a_change_is_heard_of() -> None:
    person = ready("2025-03-31 09:00")
    person.cue("10:00")
    person.hear(decided("d-1", 600, 660, "R11"))
    person.until("2025-03-31 12:00")
    lines = {line["key"]: line for line in person.effects[-1][1].data["lines"]}
    assert lines["cue.dose"]["params"]["dose"]["amount"] == 600


@pytest.mark.parametrize(("outcome", "event"), [("unknown", ReminderDispatchedV1), ("failed", ReminderSuppressedV1)])
def test_the_outcome_is_told_as_it_was(outcome: str, event: type) -> None:
    person = ready()
    person.outcome = (outcome, "interrupted" if outcome == "unknown" else "channel_unavailable")
    person.hear(decided("d-1", 600, 480))
    person.hear(changed("d-1", 600, 480, person.now))
    person.until("2025-03-31 10:01")
    assert [type(one) for one in person.events] == [event]
    assert person.messages()[0][1] == outcome
    assert person.state.sending == {}
