"""Stories of patients as their messages tell them: on their own clock, in peace, once (domain/stories.md 7, 11, 12)."""

from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from shared.contracts.plans import PatientEnrolledV1
from shared.contracts.progression import QuestionAskedV1
from tests.unit.services.reminders.person import Person, changed, decided, proposed, session, utc


@pytest.mark.story(7)
@pytest.mark.parametrize("own", [False, True], ids=["as it is set for a day from 15:00", "in their own quiet hours"])
def test_story_7_a_night_worker_hears_nothing_from_8_to_16_whatever_there_is_to_say(own: bool) -> None:
    """Cues before, in and after their sleep, an offer, a lower dose and a question of each of three mornings."""
    person = Person("2025-03-31 06:00").enrolled("Asia/Tokyo", day_starts_at="15:00").planned()
    if own:
        person.quiet("08:00", "16:00")
    for number, time in enumerate(("09:00", "14:30", "15:30", "02:00")):
        person.cue(time, cue_id=f"c{number}", track=None)
    for day in range(3):
        person.until(utc("2025-04-01 01:00") + timedelta(days=day))  # 10:00 in Tokyo
        person.hear(proposed(f"p-{day}", person.now + timedelta(hours=48), f"d-{day}"))
        person.hear(decided(f"r-{day}", 600, 480))
        person.hear(changed(f"r-{day}", 600, 480, person.now))
        person.hear(QuestionAskedV1(question_id=f"q-{day}", kind="kept_moving", asked_at=person.now))
    person.until("2025-04-06 06:00")

    sent = [(at.astimezone(ZoneInfo("Asia/Tokyo")), effect.data["kind"]) for at, effect in person.effects]
    assert {kind for _, kind in sent} == {"cue", "proposal", "change_note", "question"}
    assert [at for at, _ in sent if 8 <= at.hour < 16] == []


@pytest.mark.story(11)
def test_story_11_a_traveller_over_the_date_line_is_prompted_at_most_once_a_day_and_never_twice_within_hours() -> None:
    """From Apia to Honolulu and back within a week."""
    person = Person("2025-03-30 19:00").enrolled("Pacific/Apia").planned()
    person.cue("10:00")
    for until, zone in (("2025-04-01 02:00", "Pacific/Honolulu"), ("2025-04-04 02:00", "Pacific/Apia")):
        person.until(until)
        person.hear(PatientEnrolledV1(tz=zone, locale="en"))
    person.until("2025-04-08 02:00")

    days = [day for day, _, _ in person.messages("cue")]
    assert days == sorted(set(days))
    assert all(later - earlier >= timedelta(hours=4) for (earlier, _), (later, _) in pairwise(person.effects))
    assert {at.astimezone(ZoneInfo("Pacific/Apia")).hour for at, _ in person.effects} <= {10, 9}  # both show 10:00


@pytest.mark.story(12)
def test_story_12_in_ramadan_every_evening_has_its_prompt_and_no_day_has_one_before_sunset() -> None:
    """29 days of own quiet hours from sunrise to sunset, a cue after it, walks at 21:30; no “welcome back”."""
    riyadh = ZoneInfo("Asia/Riyadh")
    person = Person("2025-02-28 18:00").enrolled("Asia/Riyadh").planned().quiet("06:00", "18:00")
    person.cue("19:30")
    for day in range(29):
        walk = utc("2025-03-01 18:30") + timedelta(days=day)  # 21:30 in Riyadh
        person.until(walk)
        person.hear(session(walk.astimezone(riyadh).date(), walk, f"s-{day}"))

    sent = [at.astimezone(riyadh) for at, _ in person.effects]
    assert [f"{at:%H:%M}" for at in sent] == ["19:30"] * 29
    assert len({at.date() for at in sent}) == 29
    assert {effect.data["kind"] for _, effect in person.effects} == {"cue"}
    assert {status for _, status, _ in person.messages()} == {"sent"}
