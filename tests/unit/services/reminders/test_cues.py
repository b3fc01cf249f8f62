"""A daily cue: when it fires on the person's own clock, and for which one reason it does not."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from services.reminders.domain.commands import SetCue, SetQuietHours
from shared.contracts.plans import PatientEnrolledV1
from shared.ids import slot_id
from shared.runtime.messages import Refused
from tests.unit.services.reminders.person import PATIENT, STAFF, WALK, Person, session, utc, voided

MONDAY = date(2025, 3, 31)


def ready(now: str = "2025-03-31 06:00", tz: str = "UTC", day_starts_at: str = "03:00") -> Person:
    return Person(now).enrolled(tz, day_starts_at).planned()


def test_a_cue_is_sent_once_a_day_at_its_wall_time() -> None:
    person = ready()
    person.cue("10:00")
    person.until("2025-04-02 12:00")
    assert person.messages() == [(f"2025-0{d}", "sent", None) for d in ("3-31", "4-01", "4-02")]
    assert [at for at, _ in person.effects] == [utc(f"2025-0{d} 10:00") for d in ("3-31", "4-01", "4-02")]


def test_a_cue_chosen_after_its_time_begins_tomorrow() -> None:
    person = ready("2025-03-31 10:05")
    assert person.cue("10:00")["next_local_date"] == "2025-04-01"
    person.until("2025-03-31 23:00")
    assert person.messages() == []


@pytest.mark.article("P5.3")
@pytest.mark.parametrize(
    ("tz", "now", "wall", "fires"),
    [
        ("America/New_York", "2025-03-09 05:30", "02:30", "2025-03-09 07:00"),  # 02:30 does not exist: 03:00 EDT
        ("America/New_York", "2025-11-02 04:30", "01:30", "2025-11-02 05:30"),  # twice: the first one, EDT
        ("Asia/Kolkata", "2025-03-31 00:00", "10:00", "2025-03-31 04:30"),
        ("Pacific/Apia", "2025-03-31 00:00", "14:30", "2025-03-31 01:30"),
    ],
)
def test_wall_time_becomes_utc_by_the_zone(tz: str, now: str, wall: str, fires: str) -> None:
    person = ready(now, tz).quiet(enabled=False)
    person.cue(wall)
    person.until(utc(now) + timedelta(hours=23))
    assert [at for at, _ in person.effects] == [utc(fires)]


def test_the_hour_that_comes_twice_prompts_once() -> None:
    person = ready("2025-11-01 12:00", "America/New_York").quiet(enabled=False)
    person.cue("01:30")
    person.until("2025-11-03 12:00")
    assert [at for at, _ in person.effects] == [utc("2025-11-02 05:30"), utc("2025-11-03 06:30")]


def test_the_next_fire_is_known_less_than_48_hours_ahead() -> None:
    person = ready("2025-03-08 12:00", "America/New_York")
    person.cue("10:00")
    cue = person.state.cues["cue"]
    assert cue.next_at is not None
    assert timedelta() < cue.next_at - person.now < timedelta(hours=48)


def test_a_new_zone_in_the_middle_of_the_day_gives_at_most_one_prompt() -> None:
    person = ready("2025-03-31 12:00", "America/New_York")
    person.cue("10:00")
    person.until("2025-03-31 15:00")  # 11:00 in New York: sent at 10:00
    person.hear(PatientEnrolledV1(tz="America/Los_Angeles", locale="en"))
    person.until("2025-04-01 06:00")
    assert person.messages() == [("2025-03-31", "sent", None)]


def test_a_new_zone_before_the_time_moves_the_prompt_along() -> None:
    person = ready("2025-03-31 12:00", "America/New_York")
    person.cue("10:00")
    person.hear(PatientEnrolledV1(tz="America/Los_Angeles", locale="en"))
    person.until("2025-04-01 06:00")
    assert [at for at, _ in person.effects] == [utc("2025-03-31 17:00")]


def test_apia_to_honolulu_and_back_prompts_once_per_local_date() -> None:
    person = ready("2025-03-30 19:00", "Pacific/Apia").quiet(enabled=False)
    person.cue("10:00")
    person.until("2025-04-01 02:00")
    person.hear(PatientEnrolledV1(tz="Pacific/Honolulu", locale="en"))
    person.until("2025-04-04 02:00")
    person.hear(PatientEnrolledV1(tz="Pacific/Apia", locale="en"))
    person.until("2025-04-08 02:00")
    days = [day for day, _, _ in person.messages()]
    assert len(days) == len(set(days))
    moments = [at for at, _ in person.effects]
    assert all(after - before >= timedelta(hours=4) for before, after in pairwise(moments))


def test_a_cue_in_quiet_hours_moves_to_their_end_while_the_slot_is_open() -> None:
    person = ready("2025-03-31 04:00")
    person.cue("06:30")
    person.until("2025-03-31 12:00")
    assert [at for at, _ in person.effects] == [utc("2025-03-31 08:00")]
    assert person.messages() == [("2025-03-31", "sent", None)]


def test_a_cue_in_quiet_hours_that_outlast_the_day_is_closed_with_that_reason() -> None:
    person = ready()
    person.cue("22:00")
    person.until("2025-04-01 12:00")
    assert person.messages() == [("2025-03-31", "suppressed", "quiet_hours")]
    assert person.effects == []


def test_a_night_worker_gets_no_message_from_8_to_16() -> None:
    person = ready("2025-03-31 06:00", day_starts_at="15:00")
    person.cue("15:30")
    person.cue("02:00", cue_id="night", track=None)
    person.until("2025-04-03 06:00")
    assert person.effects
    assert all(not 8 <= at.hour < 16 for at, _ in person.effects)
    assert {at.hour for at, _ in person.effects} == {16}
    assert (
        "2025-03-31",
        "suppressed",
        "daily_cap",
    ) in person.messages()  # 02:00 belongs to the day that began at 15:00


def test_a_logged_slot_is_not_prompted_and_tells_which_session_it_was() -> None:
    person = ready()
    person.cue("10:00")
    logged = person.hear(session(MONDAY, utc("2025-03-31 07:00")))
    person.until("2025-03-31 12:00")
    assert person.messages() == [("2025-03-31", "suppressed", "already_logged")]
    (record,) = person.records.values()
    assert record["because_event_id"] == logged.id
    assert record["slot_id"] == slot_id(PATIENT, WALK, MONDAY)


def test_a_session_of_another_track_leaves_the_slot_open() -> None:
    person = Person().enrolled().planned(WALK, "strength")
    person.cue("10:00")
    person.hear(session(MONDAY, utc("2025-03-31 07:00"), track="strength"))
    person.until("2025-03-31 12:00")
    assert person.messages() == [("2025-03-31", "sent", None)]


@pytest.mark.parametrize("track", [WALK, None])
def test_a_cue_of_the_day_is_answered_by_any_session_of_the_day(track: str | None) -> None:
    person = ready()
    person.cue("10:00", track=None)
    person.hear(session(MONDAY, utc("2025-03-31 07:00"), track=track))
    person.until("2025-03-31 12:00")
    assert person.messages() == [("2025-03-31", "suppressed", "already_logged")]


def test_a_voided_session_opens_the_slot_again() -> None:
    person = ready()
    person.cue("10:00")
    logged = session(MONDAY, utc("2025-03-31 07:00"))
    person.hear(logged)
    person.hear(voided(logged))
    person.until("2025-03-31 12:00")
    assert person.messages() == [("2025-03-31", "sent", None)]


def test_not_today_is_respected() -> None:
    person = ready()
    person.cue("10:00")
    person.hear(session(MONDAY, utc("2025-03-31 07:00"), variant="rest"))
    person.until("2025-03-31 12:00")
    assert person.messages() == [("2025-03-31", "suppressed", "not_today")]


def test_yesterdays_session_does_not_answer_todays_slot() -> None:
    person = ready()
    person.cue("10:00")
    person.hear(session(MONDAY - timedelta(days=1), utc("2025-03-31 01:00")))
    person.until("2025-03-31 12:00")
    assert person.messages() == [("2025-03-31", "sent", None)]


@pytest.mark.parametrize(("late", "status", "reason"), [(30, "sent", None), (31, "suppressed", "stale")])
def test_a_late_worker_fires_up_to_30_minutes_late(late: int, status: str, reason: str | None) -> None:
    person = ready()
    person.cue("10:00")
    person.until("2025-03-31 12:00", late=timedelta(minutes=late))
    assert person.messages() == [("2025-03-31", status, reason)]


def test_a_late_worker_never_sends_into_quiet_hours() -> None:
    person = ready()
    person.cue("20:50")
    person.until("2025-03-31 22:00", late=timedelta(minutes=20))
    assert person.messages() == [("2025-03-31", "suppressed", "quiet_hours")]


def test_a_prompt_is_not_good_beyond_the_start_of_quiet_hours() -> None:
    person = ready()
    person.cue("20:50")
    person.until("2025-03-31 22:00")
    ((_, effect),) = person.effects
    assert effect.not_after == utc("2025-03-31 21:00")


def test_a_prompt_is_good_for_30_minutes() -> None:
    person = ready()
    person.cue("10:00")
    person.until("2025-03-31 12:00")
    ((_, effect),) = person.effects
    assert effect.not_after == utc("2025-03-31 10:30")


def test_days_behind_every_missed_slot_is_closed_once_with_its_reason() -> None:
    person = ready()
    person.cue("10:00")
    person.now = utc("2025-04-03 18:00")
    person.hear(session(date(2025, 4, 2), utc("2025-04-02 09:00")))
    person.tick()
    assert person.messages() == [
        ("2025-03-31", "suppressed", "stale"),
        ("2025-04-01", "suppressed", "stale"),
        ("2025-04-02", "suppressed", "already_logged"),
        ("2025-04-03", "suppressed", "stale"),
    ]
    assert [event.local_date.isoformat() for event in person.events] == [day for day, _, _ in person.messages()]


def test_two_cues_within_four_hours_give_one_prompt() -> None:
    person = ready()
    person.cue("10:00")
    person.cue("13:59", track=None, cue_id="day")
    person.until("2025-03-31 20:00")
    assert person.messages() == [("2025-03-31", "sent", None), ("2025-03-31", "suppressed", "recent_message")]


def test_one_prompt_a_day_is_the_cap() -> None:
    person = ready()
    person.cue("10:00")
    person.cue("18:00", track=None, cue_id="day")
    person.until("2025-03-31 20:00")
    assert person.messages() == [("2025-03-31", "sent", None), ("2025-03-31", "suppressed", "daily_cap")]


def test_a_prompt_that_did_not_leave_does_not_count_against_the_cap() -> None:
    person = ready()
    person.cue("10:00")
    person.cue("11:00", track=None, cue_id="day")
    person.outcome = ("failed", "channel_unavailable")
    person.until("2025-03-31 10:30")
    person.outcome = ("sent", None)
    person.until("2025-03-31 20:00")
    assert person.messages() == [("2025-03-31", "failed", "channel_unavailable"), ("2025-03-31", "sent", None)]


def test_without_a_plan_the_cue_is_closed_once_and_sleeps_until_there_is_one() -> None:
    person = ready()
    person.cue("10:00")
    person.plan_ended()
    person.until("2025-04-03 12:00")
    assert person.messages() == [("2025-03-31", "suppressed", "no_active_plan")]
    person.planned()
    person.until("2025-04-05 12:00")
    assert person.messages()[1:] == [("2025-04-04", "sent", None), ("2025-04-05", "sent", None)]


@pytest.mark.article("P1.6")
def test_a_cue_that_is_switched_off_says_nothing() -> None:
    person = ready()
    person.cue("10:00", enabled=False)
    person.until("2025-04-02 12:00")
    assert person.messages() == []


def test_a_time_moved_into_the_past_of_today_is_not_prompted_at_once() -> None:
    person = ready()
    person.cue("18:00")
    person.until("2025-03-31 12:00")
    person.cue("11:50")
    person.until("2025-04-01 12:00")
    assert person.messages() == [("2025-03-31", "suppressed", "cue_changed"), ("2025-04-01", "sent", None)]


def test_a_time_moved_after_todays_prompt_begins_tomorrow() -> None:
    person = ready()
    person.cue("10:00")
    person.until("2025-03-31 12:00")
    person.cue("18:00")
    person.until("2025-04-01 19:00")
    assert [at for at, _ in person.effects] == [utc("2025-03-31 10:00"), utc("2025-04-01 18:00")]


def test_own_words_travel_sealed_and_are_kept_with_the_message() -> None:
    person = ready()
    person.cue("10:00", situation="s1.sealed", action="s1.too")
    person.until("2025-03-31 12:00")
    ((_, effect),) = person.effects
    assert (effect.data["situation"], effect.data["action"]) == ("s1.sealed", "s1.too")
    assert effect.data["lines"][0]["key"] == "cue.own_words"


@pytest.mark.parametrize("words", [None, "s1.sealed"])
def test_no_identical_text_three_times_in_a_row(words: str | None) -> None:
    person = ready()
    person.cue("10:00", situation=words, action=words)
    person.until("2025-04-06 12:00")
    keys = [str(effect.data["lines"]) for _, effect in person.effects]
    assert len(keys) == 7
    assert all(len({a, b, c}) > 1 for a, b, c in zip(keys, keys[1:], keys[2:], strict=False))


def test_a_cue_for_a_track_that_the_plan_does_not_have_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        ready().cue("10:00", track="swim")
    assert (refused.value.status, refused.value.code) == (422, "unknown_track")


def test_a_cue_may_be_chosen_before_the_plan_is_heard_of() -> None:
    person = Person("2025-03-31 06:00").enrolled()
    person.cue("10:00")
    person.planned()
    person.until("2025-03-31 12:00")
    assert person.messages() == [("2025-03-31", "sent", None)]


@pytest.mark.parametrize(
    "command", [SetCue("cue", "10:00", None, None, None, True), SetQuietHours("21:00", "08:00", True)]
)
def test_a_person_never_heard_of_is_not_found(command: SetCue | SetQuietHours) -> None:
    with pytest.raises(Refused) as refused:
        Person().ask(command)
    assert refused.value.status == 404


def test_only_the_person_shortens_their_quiet_hours() -> None:
    person = ready()
    with pytest.raises(Refused) as refused:
        person.ask(SetQuietHours("22:00", "08:00", True), STAFF)
    assert refused.value.status == 403
    person.ask(SetQuietHours("20:00", "09:00", True), STAFF)
    person.ask(SetQuietHours("22:00", "07:00", True))
    assert person.state.quiet is not None
    assert person.state.quiet.start == "22:00"


def test_new_quiet_hours_move_what_is_to_come() -> None:
    person = ready()
    person.cue("10:00")
    person.quiet("21:00", "11:00")
    person.until("2025-03-31 12:00")
    assert [at for at, _ in person.effects] == [utc("2025-03-31 11:00")]


def test_quiet_hours_that_start_when_they_end_are_refused() -> None:
    with pytest.raises(Refused) as refused:
        ready().quiet("08:00", "08:00")
    assert refused.value.code == "quiet_hours_empty"


def test_a_person_has_at_most_eight_cues() -> None:
    person = ready()
    for number in range(8):
        person.cue("10:00", cue_id=f"c{number}")
    with pytest.raises(Refused) as refused:
        person.cue("10:00", cue_id="ninth")
    assert refused.value.code == "too_many_cues"


def test_an_older_enrolment_never_overrides_a_newer_one() -> None:
    person = ready(tz="Asia/Kolkata")
    person.hear(PatientEnrolledV1(tz="Asia/Tokyo", locale="en"), seq=9)
    person.hear(PatientEnrolledV1(tz="Asia/Kolkata", locale="en"), seq=4)
    assert person.state.person is not None
    assert person.state.person.tz == "Asia/Tokyo"
