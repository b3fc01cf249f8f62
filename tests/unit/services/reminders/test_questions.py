"""Questions as messages: at the right hour, once, with a reason where not, and never what is asked (2.6, W8; 5.2)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.reminders.domain.commands import BlockDays
from services.reminders.texts import catalogue
from shared.contracts.plans import PromptClosedV1, PromptOpenedV1
from shared.contracts.progression import (
    FlareEndedV1,
    FlareStartedV1,
    PauseEndedV1,
    PauseStartedV1,
    QuestionAskedV1,
    QuestionClosedV1,
)
from shared.contracts.reminders import ReminderDispatchedV1, ReminderSuppressedV1
from tests.unit.services.reminders.person import Person, utc

KIND = "question"


def ready(now: str = "2025-03-31 10:00") -> Person:
    return Person(now).enrolled().planned()


def ask(person: Person, id: str = "q-1", kind: Any = "kept_moving", until: datetime | None = None) -> None:
    person.hear(QuestionAskedV1(question_id=id, kind=kind, asked_at=person.now, until=until))


def close(person: Person, id: str = "q-1", kind: Any = "kept_moving") -> None:
    person.hear(QuestionClosedV1(question_id=id, kind=kind, reason="answered"))


def sent_at(person: Person) -> list[datetime]:
    return [at for at, effect in person.effects if effect.data["kind"] in (KIND, "prompt")]


def flare(person: Person) -> None:
    person.hear(FlareStartedV1(flare_id="f-1", since=person.now, said_by="patient"))


def flare_over(person: Person) -> None:
    person.hear(FlareEndedV1(flare_id="f-1", since=person.now, ended_at=person.now, days=3, reason="told"))


def pause(person: Person) -> None:
    person.hear(PauseStartedV1(pause_id="x-1", since=person.now))


def pause_over(person: Person) -> None:
    person.hear(PauseEndedV1(pause_id="x-1", since=person.now, ended_at=person.now, reason="told"))


def test_a_question_is_told_at_once_and_once() -> None:
    person = ready()
    ask(person)
    person.until("2025-04-06 12:00")
    assert person.messages(KIND) == [("2025-03-31", "sent", None)]
    (event,) = person.events
    assert isinstance(event, ReminderDispatchedV1)
    assert event.kind == KIND


def test_what_is_asked_at_night_waits_for_the_end_of_quiet_hours() -> None:
    person = ready("2025-03-31 03:00")
    ask(person, kind="settling")
    person.until("2025-03-31 12:00")
    assert sent_at(person) == [utc("2025-03-31 08:00")]


@pytest.mark.parametrize("kind", ["flare", "settling", "usual_pain", "kept_moving", "tryout"])
@pytest.mark.parametrize("locale", ["en", "es", "ar"])
def test_what_leaves_says_the_same_of_every_question_and_no_word_of_health(kind: str, locale: str) -> None:
    person = ready()
    ask(person, kind=kind)
    person.until("2025-03-31 12:00")
    (_, effect) = person.effects[0]
    said = " ".join(catalogue(locale).lines(effect.data["lines"], {}, "UTC"))
    assert [line["key"] for line in effect.data["lines"]] == ["question.asks", "question.where"]
    assert kind not in str(dict(effect.data)).replace("question", "")
    assert 0 < len(said) <= 160


def test_a_question_with_an_end_says_it_and_is_not_told_after_it() -> None:
    person = ready("2025-03-31 22:00")
    ask(person, "q-1", until=utc("2025-04-01 07:00"))
    person.until("2025-04-01 12:00")
    assert person.messages(KIND) == [("2025-04-01", "suppressed", "expired")]

    other = ready()
    ask(other, until=utc("2025-04-07 10:00"))
    other.until("2025-03-31 12:00")
    assert other.effects[0][1].data["lines"][-1]["key"] == "proposal.until"


def test_what_was_answered_before_it_was_told_is_not_told() -> None:
    person = ready("2025-03-31 22:00")
    ask(person)
    close(person)
    person.until("2025-04-01 12:00")
    assert person.messages(KIND) == [("2025-04-01", "suppressed", "withdrawn")]
    assert isinstance(person.events[0], ReminderSuppressedV1)


def test_what_was_answered_while_it_was_under_way_is_recalled() -> None:
    person = ready()
    person.outcome = None
    ask(person)
    person.until("2025-03-31 10:01")
    close(person)
    person.carry_out(person.effects[0][1])
    person.until("2025-04-03 12:00")
    assert person.messages(KIND) == [("2025-03-31", "suppressed", "withdrawn")]


def test_two_questions_of_one_day_are_told_on_two_days() -> None:
    person = ready()
    ask(person, "q-1", "usual_pain")
    ask(person, "q-2", "kept_moving")
    person.until("2025-04-03 12:00")
    assert sent_at(person) == [utc("2025-03-31 10:00"), utc("2025-04-01 08:00")]


def test_a_question_counts_among_no_prompts() -> None:
    person = ready("2025-03-31 09:00")
    person.cue("10:00")
    ask(person)
    person.until("2025-03-31 12:00")
    assert person.messages("cue") == [("2025-03-31", "sent", None)]
    assert person.messages(KIND) == [("2025-03-31", "sent", None)]


@pytest.mark.parametrize(
    ("begin", "over", "reason"),
    [(pause, pause_over, "paused"), (flare, flare_over, "flare"), (Person.suspended, Person.resumed, "suspended")],
    ids=["pause", "flare", "stop"],
)
def test_in_a_pause_a_flare_and_a_stop_it_waits_with_its_reason_and_is_told_after_it(
    begin: Any, over: Any, reason: str
) -> None:
    person = ready()
    begin(person)
    ask(person, kind="tryout")
    person.until("2025-04-02 10:00")
    assert person.messages(KIND) == [("2025-03-31", "suppressed", reason)]
    over(person)
    person.until("2025-04-04 10:00")
    assert person.messages(KIND)[1:] == [("2025-04-02", "sent", None)]


def test_what_was_answered_while_it_was_held_back_is_not_kept_until_that_is_over() -> None:
    person = ready()
    person.suspended()
    for number in range(20):
        ask(person, f"q-{number}")
        person.until(person.now + timedelta(hours=1))
        close(person, f"q-{number}")
    person.until("2025-04-02 10:00")
    assert not person.state.questions
    person.resumed()
    person.until("2025-04-30 10:00")
    assert sent_at(person) == []


def test_the_follow_up_of_a_flare_is_told_in_it() -> None:
    person = ready()
    flare(person)
    ask(person, kind="settling")
    person.until("2025-04-01 10:00")
    assert person.messages(KIND) == [("2025-03-31", "sent", None)]


def test_after_the_end_of_the_plan_nothing_is_asked() -> None:
    person = ready("2025-03-31 22:00")
    ask(person)
    person.plan_ended()
    person.until("2025-04-02 12:00")
    assert [reason for _, _, reason in person.messages(KIND)] == ["no_active_plan"]


def test_a_blocked_day_is_left_in_peace() -> None:
    person = ready()
    day = utc("2025-03-31 00:00").date()
    person.ask(BlockDays("b-1", day, day + timedelta(days=1), None))
    ask(person)
    person.until("2025-04-04 12:00")
    assert sent_at(person) == [utc("2025-04-02 08:00")]


def test_one_that_failed_yesterday_waits_while_another_was_told_today() -> None:
    person = ready()
    person.outcome = None
    ask(person, "q-1")
    person.until("2025-04-01 10:00")
    person.outcome = ("sent", None)
    ask(person, "q-2", "usual_pain")
    person.tick()
    person.end(person.effects[0][1], "failed", "channel_unavailable")
    person.until("2025-04-04 10:00")
    assert sent_at(person)[1:] == [utc("2025-04-01 10:00"), utc("2025-04-02 08:00")]


def test_a_broken_channel_is_tried_three_times_more_and_a_crash_never_again() -> None:
    person = ready()
    person.outcome = ("failed", "channel_unavailable")
    ask(person)
    person.until("2025-04-03 12:00")
    assert len(sent_at(person)) == 4
    assert {reason for _, _, reason in person.messages(KIND)} == {"channel_unavailable"}

    crashed = ready()
    crashed.outcome = ("unknown", "interrupted")
    ask(crashed)
    crashed.until("2025-04-03 12:00")
    assert len(sent_at(crashed)) == 1


@pytest.mark.parametrize("locale", ["en", "es", "ar"])
def test_what_waits_in_the_plan_is_told_once_without_saying_what(locale: str) -> None:
    person = ready()
    person.hear(PromptOpenedV1(prompt_id="w-1", kind="agreement", opened_at=person.now))
    person.until("2025-04-02 12:00")
    assert person.messages("prompt") == [("2025-03-31", "sent", None)]
    (_, effect) = person.effects[0]
    said = " ".join(catalogue(locale).lines(effect.data["lines"], {}, "UTC"))
    assert [line["key"] for line in effect.data["lines"]] == ["plan.asks", "plan.where"]
    assert 0 < len(said) <= 160


def test_the_first_plan_that_waits_for_a_yes_is_told_before_any_is_in_force() -> None:
    person = Person("2025-03-31 10:00").enrolled()
    person.hear(PromptOpenedV1(prompt_id="w-1", kind="agreement", opened_at=person.now))
    person.hear(PromptOpenedV1(prompt_id="w-2", kind="goals", opened_at=person.now))
    person.until("2025-04-02 12:00")
    assert [(status, reason) for _, status, reason in person.messages("prompt")] == [
        ("sent", None),
        ("suppressed", "no_active_plan"),
    ]


def test_what_was_changed_and_what_waits_for_a_yes_go_before_all_else_of_the_plan() -> None:
    person = ready("2025-03-31 22:30")
    for number, kind in enumerate(("lesson", "goals", "measure", "change_note", "agreement")):
        person.hear(PromptOpenedV1.model_validate({"prompt_id": f"w-{number}", "kind": kind, "opened_at": person.now}))
    person.until("2025-04-06 12:00")
    sent = [one for one in person.records.values() if one.get("status") == "sent"]
    told = [one["question_id"] for one in sorted(sent, key=lambda one: one["order"])]
    assert told == ["w-4", "w-3", "w-0", "w-1", "w-2"]


def test_after_the_end_of_a_plan_none_is_told_whatever_waits() -> None:
    person = ready().plan_ended()
    person.hear(PromptOpenedV1(prompt_id="w-1", kind="agreement", opened_at=person.now))
    person.until("2025-04-02 12:00")
    assert not sent_at(person)


def test_what_was_done_in_the_plan_before_it_was_told_is_not_told() -> None:
    person = ready("2025-03-31 22:00")
    person.hear(PromptOpenedV1(prompt_id="w-1", kind="goals", opened_at=person.now))
    person.hear(PromptClosedV1(prompt_id="w-1", kind="goals", because="done"))
    person.until("2025-04-01 12:00")
    assert not sent_at(person)


def waits(person: Person, id: str) -> None:
    person.hear(PromptOpenedV1(prompt_id=id, kind="lesson", opened_at=person.now))


def test_what_waits_in_the_plan_never_keeps_a_question_back_and_leaves_on_a_day_without_one() -> None:
    person = ready()
    waits(person, "a-1")
    person.until("2025-03-31 11:00")
    ask(person, "q-1")
    person.until("2025-03-31 12:00")
    assert len(sent_at(person)) == 2
    waits(person, "a-2")
    waits(person, "a-3")
    person.until("2025-04-02 23:00")
    assert [at.date().isoformat() for at in sent_at(person)] == ["2025-03-31"] * 2 + ["2025-04-01", "2025-04-02"]


def test_of_a_question_and_what_waits_in_the_plan_the_question_leaves_first() -> None:
    person = ready("2025-03-31 22:00")
    waits(person, "a-1")
    ask(person, "q-1")
    person.until("2025-04-02 12:00")
    first, second = (effect.data["lines"][0]["key"] for _, effect in person.effects)
    assert (first, second) == ("question.asks", "plan.asks")
