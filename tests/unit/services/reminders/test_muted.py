"""While automation is suspended only a safety message leaves (R1); after the end of a plan nothing does (W16)."""

from datetime import date, timedelta
from itertools import permutations

import pytest

from services.reminders.domain import tick
from services.reminders.domain.muted import SAFETY_AGAIN, SAFETY_FAILURES
from services.reminders.texts import catalogue
from shared.contracts.plans import PatientEnrolledV1
from shared.contracts.progression import ProposalWithdrawnV1
from shared.contracts.reminders import ReminderDispatchedV1, ReminderSuppressedV1
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1
from shared.runtime.aggregate import encode
from tests.unit.services.reminders.person import WALK, Person, changed, decided, proposed, session, utc


def ready(now: str = "2025-03-31 10:00") -> Person:
    return Person(now).enrolled().planned()


def told(person: Person, dose_from: int, dose_to: int, id: str = "d-1", rule: str = "R8a") -> None:
    person.hear(decided(id, dose_from, dose_to, rule))
    person.hear(changed(id, dose_from, dose_to, person.now, rule))


def kinds(person: Person) -> list[str]:
    return [effect.data["kind"] for _, effect in person.effects]


def keys(person: Person, index: int = -1) -> list[str]:
    return [line["key"] for line in person.effects[index][1].data["lines"]]


def test_one_safety_message_leaves_at_once_also_in_quiet_hours() -> None:
    person = ready("2025-03-31 23:30")
    cause = person.suspended("s-1", "cauda_equina", "trauma", level="emergency")
    person.until("2025-04-02 12:00")
    ((at, effect),) = person.effects
    assert (at, effect.safety, effect.data["kind"]) == (utc("2025-03-31 23:30"), True, "safety")
    assert effect.data["cause_event_id"] == cause.id
    assert keys(person) == [
        "safety.stop", "safety.sign.cauda_equina", "safety.sign.trauma", "safety.rests", "safety.danger"
    ]  # fmt: skip
    (event,) = person.events
    assert isinstance(event, ReminderDispatchedV1)
    assert event.kind == "safety"


def test_a_stop_that_a_clinician_began_is_told_without_a_sign() -> None:
    person = ready()
    person.suspended("s-1", "clinician", level="review")
    person.tick()
    assert keys(person) == ["safety.stop", "safety.by_clinic", "safety.rests", "safety.danger"]


@pytest.mark.parametrize(("sign", "level"), [("cancer", "review"), ("crash", "lock"), ("chest", "emergency")])
def test_a_red_flag_that_joins_a_clinicians_stop_is_told_however_grave_it_is(sign: str, level: str) -> None:
    person = ready()
    person.suspended("s-1", "clinician", level="review")
    person.tick()
    person.suspended("s-1", sign, level=level)
    person.tick()
    assert len(person.effects) == 2
    assert f"safety.sign.{sign}" in keys(person)


def test_a_sign_without_words_is_told_by_its_level() -> None:
    person = ready()
    person.suspended("s-1", "something_new", "another", level="emergency")
    person.tick()
    lines = catalogue("en").lines(person.effects[0][1].data["lines"], {"emergency": "911"}, "UTC")
    assert [line for line in lines if "911" in line] == ["Call 911 now.", "In danger, call 911."]


def test_the_safety_message_needs_no_plan_and_waits_only_for_the_persons_zone() -> None:
    person = Person()
    person.suspended()
    assert tick.due(person.state) is None
    person.enrolled().tick()
    assert kinds(person) == ["safety"]


def test_a_further_flag_of_the_suspension_is_told_only_when_it_is_graver() -> None:
    person = ready()
    person.suspended("s-1", "infection", level="urgent")
    person.tick()
    person.suspended("s-1", "infection", "trauma", level="urgent")
    person.tick()
    assert len(person.effects) == 1
    person.suspended("s-1", "chest", "infection", level="emergency")
    person.tick()
    assert (len(person.effects), keys(person)[1]) == (2, "safety.sign.chest")
    assert len({effect.id for _, effect in person.effects}) == 2


def test_every_due_moment_of_a_suspension_ends_as_suspended() -> None:
    person = ready("2025-03-31 09:00")
    person.cue("10:00")
    person.suspended()
    told(person, 600, 480)
    person.hear(proposed("o-1", utc("2025-04-03 10:00")))
    person.until("2025-04-02 12:00")
    assert kinds(person) == ["safety"]
    assert person.messages("cue") == [(f"2025-{day}", "suppressed", "suspended") for day in ("03-31", "04-01", "04-02")]
    assert person.messages("change_note") == [("2025-03-31", "suppressed", "suspended")]
    assert person.messages("proposal") == [("2025-03-31", "suppressed", "suspended")]


def test_a_session_logged_in_a_suspension_does_not_change_why_its_cue_was_muted() -> None:
    person = ready("2025-03-31 09:00")
    person.cue("10:00")
    person.suspended()
    person.hear(session(date(2025, 3, 31), person.now))
    person.until("2025-03-31 12:00")
    assert person.messages("cue") == [("2025-03-31", "suppressed", "suspended")]


def test_what_is_still_true_is_told_after_the_end_of_a_suspension() -> None:
    person = ready()
    person.suspended()
    told(person, 600, 480)
    person.hear(decided("d-2", 480, 540, "R11"))
    person.hear(proposed("o-1", utc("2025-04-03 10:00"), "d-2"))
    person.until("2025-04-01 12:00")
    person.resumed()
    person.until("2025-04-01 12:01")
    assert kinds(person) == ["safety", "proposal", "change_note"]
    assert keys(person) == ["rule.R8a", "change.from_to", "change.less_is_fine"]
    assert person.messages("change_note") == [
        ("2025-03-31", "suppressed", "suspended"), ("2025-04-01", "sent", None)
    ]  # fmt: skip


def test_after_a_suspension_nothing_stale_is_told() -> None:
    person = ready()
    person.suspended()
    person.cue("11:00")
    person.hear(proposed("o-1", utc("2025-04-01 08:00")))
    person.hear(proposed("o-2", utc("2025-04-03 08:00")))
    told(person, 600, 480)
    person.until("2025-03-31 12:00")
    person.hear(ProposalWithdrawnV1(proposal_id="o-2", track_id=WALK, reason="R1"))
    told(person, 480, 600, "d-2")
    person.until("2025-04-01 10:30")
    person.resumed()
    person.until("2025-04-01 10:59")
    assert kinds(person) == ["safety"]
    assert {reason for _, _, reason in person.messages("proposal")} == {"suspended", "expired", "withdrawn"}
    assert {reason for _, _, reason in person.messages("change_note")} == {"suspended", "superseded"}
    person.until("2025-04-01 12:00")
    assert kinds(person) == ["safety", "cue"]


def test_two_changes_in_a_suspension_are_told_as_one_way() -> None:
    person = ready()
    person.suspended()
    for number, (old, new) in enumerate(((600, 480), (480, 300))):
        told(person, old, new, f"d-{number}")
        person.until(person.now + timedelta(hours=1))
    person.resumed()
    person.until("2025-03-31 14:00")
    line = next(line for line in person.effects[-1][1].data["lines"] if line["key"] == "change.from_to")
    assert (line["params"]["old"]["amount"], line["params"]["new"]["amount"]) == (600, 300)


def test_the_words_of_r1_are_only_in_the_safety_message() -> None:
    person = ready()
    told(person, 600, 0, rule="R1")
    person.tick()
    assert person.effects == []  # its suspension may be on the way
    person.suspended()
    person.until("2025-03-31 12:00")
    person.resumed()
    person.until("2025-03-31 12:01")
    assert kinds(person) == ["safety"]


@pytest.mark.parametrize("resumed_first", [True, False])
@pytest.mark.parametrize("before", [600, 480])
def test_the_dose_that_comes_back_after_a_stop_is_always_told(resumed_first: bool, before: int) -> None:
    person = ready()
    person.suspended()
    if before != 600:
        told(person, 600, before, "d-0")
    told(person, before, 0, "d-1", "R1")
    person.until("2025-03-31 12:00")
    for step in (0, 1) if resumed_first else (1, 0):
        if step:
            person.hear(decided("d-2", 0, 600, "R10d").model_copy(update={"text_key": "rule.R1.cleared"}))
            person.hear(changed("d-2", 0, 600, person.now, "R10d"))
        else:
            person.resumed()
        person.tick()
    person.until("2025-03-31 13:00")
    assert keys(person) == ["rule.R1.cleared", "change.to", "change.less_is_fine"]
    assert kinds(person).count("safety") == 1


def test_a_stop_and_its_end_heard_of_after_the_suspension_are_told_as_the_end() -> None:
    person = ready()
    person.suspended()
    person.tick()
    person.resumed()
    told(person, 600, 0, "d-1", "R1")
    told(person, 0, 600, "d-2", "R10d")
    person.until("2025-03-31 13:00")
    assert kinds(person) == ["safety", "change_note"]
    assert keys(person)[1] == "change.to"


def test_while_any_of_two_suspensions_is_open_everything_is_muted() -> None:
    person = ready("2025-03-31 09:00")
    person.cue("10:00")
    person.suspended("s-1")
    person.suspended("s-2")
    person.resumed("s-1")
    person.until("2025-03-31 11:00")
    assert person.messages("cue") == [("2025-03-31", "suppressed", "suspended")]
    person.resumed("s-2")
    person.until("2025-04-01 11:00")
    assert person.messages("cue")[-1] == ("2025-04-01", "sent", None)


def test_a_suspension_that_ended_before_it_could_be_told_is_not_told() -> None:
    person = ready()
    person.suspended()
    person.resumed()
    person.tick()
    assert (person.effects, person.messages()) == ([], [("2025-03-31", "suppressed", "resumed")])


def test_a_safety_message_that_may_not_have_left_is_tried_again_while_it_is_true() -> None:
    person = ready()
    person.outcome = ("unknown", "channel_error")
    person.suspended()
    person.until("2025-03-31 12:00")
    assert [at - utc("2025-03-31 10:00") for at, _ in person.effects] == [
        n * SAFETY_AGAIN for n in range(SAFETY_FAILURES + 1)
    ]
    assert len({effect.id for _, effect in person.effects}) == SAFETY_FAILURES + 1


@pytest.mark.parametrize("order", sorted(permutations(range(4))))
def test_late_doubled_and_interleaved_switches_end_the_same(order: tuple[int, ...]) -> None:
    at = utc("2025-03-31 10:00")

    def on(id: str) -> AutomationSuspendedV1:
        return AutomationSuspendedV1(suspension_id=id, flag_id="f", level="urgent", signs=("clot",), since=at)

    def off(id: str) -> AutomationResumedV1:
        return AutomationResumedV1(suspension_id=id, resumed_at=at)

    switches = [on("s-1"), off("s-1"), on("s-2"), off("s-2")]
    straight, mixed = ready(), ready()
    for number, data in enumerate(switches):
        straight.hear(data, seq=number + 1)
    for number in (*order, *order):
        mixed.hear(switches[number], seq=number + 1)
    assert encode(straight.state) == encode(mixed.state)
    assert not any(episode.open for episode in mixed.state.episodes.values())


def test_closed_suspensions_are_forgotten_and_open_ones_never() -> None:
    person = ready()
    person.suspended("first")
    for number in range(20):
        person.suspended(f"s-{number}")
        person.resumed(f"s-{number}")
    assert "first" in person.state.episodes
    assert len(person.state.episodes) < 12
    person.cue("11:00")
    person.until("2025-03-31 12:00")
    assert person.messages("cue") == [("2025-03-31", "suppressed", "suspended")]


def _three_waiting() -> Person:
    """A cue, a change note and an offer, decided and not yet sent."""
    person = ready("2025-03-31 09:00")
    person.cue("10:00")
    person.until("2025-03-31 09:59")
    person.outcome = None
    told(person, 600, 480)
    person.hear(proposed("o-1", utc("2025-04-03 10:00")))
    person.until("2025-03-31 10:00")
    assert sorted(kinds(person)) == ["change_note", "cue", "proposal"]
    return person


def test_what_waits_to_be_sent_is_recalled_when_the_plan_ends() -> None:
    person = _three_waiting()
    person.plan_ended()
    for _, effect in list(person.effects):
        person.carry_out(effect)
    assert {(status, reason) for _, status, reason in person.messages()} == {("suppressed", "plan_ended")}
    person.until("2025-04-10 12:00")
    assert len(person.effects) == 3
    assert all(isinstance(event, ReminderSuppressedV1) for event in person.events)


def test_what_waits_to_be_sent_is_recalled_when_automation_is_suspended_and_given_later_when_still_true() -> None:
    person = _three_waiting()
    person.suspended()
    for _, effect in list(person.effects):
        person.carry_out(effect)
    assert {(status, reason) for _, status, reason in person.messages()} == {("suppressed", "suspended")}
    person.outcome = ("sent", None)
    person.until("2025-03-31 12:00")
    person.resumed()
    person.until("2025-03-31 12:01")
    assert kinds(person)[3:] == ["safety", "proposal", "change_note"]
    assert len({effect.id for _, effect in person.effects}) == 6


def test_an_offer_that_waits_to_be_sent_is_recalled_when_it_is_withdrawn() -> None:
    person = _three_waiting()
    person.hear(ProposalWithdrawnV1(proposal_id="o-1", track_id=WALK, reason="flare"))
    for _, effect in list(person.effects):
        person.carry_out(effect)
    assert person.messages("proposal") == [("2025-03-31", "suppressed", "withdrawn")]
    assert person.messages("cue") == [("2025-03-31", "sent", None)]


def test_a_safety_message_that_waits_is_recalled_when_it_is_true_no_more() -> None:
    for ended in ("resumed", "plan_ended"):
        person = ready()
        person.outcome = None
        person.suspended()
        person.tick()
        getattr(person, ended)()
        person.carry_out(person.effects[0][1])
        assert person.messages("safety") == [("2025-03-31", "suppressed", ended)]
        person.until("2025-04-10 12:00")
        assert len(person.effects) == 1


def test_after_the_end_of_a_plan_not_even_a_safety_message_leaves() -> None:
    person = ready()
    person.plan_ended()
    person.suspended()
    person.until("2025-04-01 12:00")
    assert (person.effects, person.messages()) == ([], [("2025-03-31", "suppressed", "plan_ended")])


def test_a_message_not_ours_is_not_recalled() -> None:
    person = ready()
    person.hear(PatientEnrolledV1(tz="UTC", locale="es"))
    person.effects.clear()
    assert person.state.sending == {}
    person.outcome = None
    told(person, 600, 480)
    person.tick()
    ((_, effect),) = person.effects
    person.end(effect, "sent")
    person.carry_out(effect)
    assert person.messages() == [("2025-03-31", "sent", None)]
