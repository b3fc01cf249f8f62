"""W15: a worrying log is answered with the warning signs, the flare plan and a human to call (progression 2.11)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from services.session_logging.domain.commands import BatchItem, MorningCheck
from shared.contracts.plans import (
    OverrideEndedV1,
    OverrideSetV1,
    PatientEnrolledV1,
    PlanActivatedV1,
    PlanChangedV1,
    PlanEndedV1,
)
from shared.contracts.session_logging import SessionAmendedV1, SessionLoggedV1
from shared.red_flags import SIGNS, questions
from shared.runtime.ports import DependencyDown
from tests.unit.services.session_logging.desk import SESSIONS, Desk, uid, walk
from tests.unit.services.session_logging.person import NOW, WALK, Person, walked

FLARE_PLAN = {"steps": ["Rest, then a short walk."], "phones": [{"label": "My nurse", "number": "+1 555 0111"}]}


def terms(**fields: Any) -> PlanActivatedV1:
    """A plan with a usual pain of 3."""
    return PlanActivatedV1(
        **{"plan_id": "plan", "plan_version": 1, "tracks": (WALK,), "effective_at": NOW, "usual_pain": 3, **fields}
    )


def usual_set(pain: int, name: str = "o1", **fields: Any) -> OverrideSetV1:
    """A clinician's word on usual pain, for ten days."""
    lasts = {"set_at": NOW, "until": NOW + timedelta(days=10)}
    said = {"override_id": name, "parameter": "usual_pain", "value": pain, "reason": "clinical_judgement"}
    return OverrideSetV1(**{**said, **lasts, **fields})


def alerts(person: Person) -> list[str | None]:
    """The alert of every session event, in order."""
    return [e.data.alert for e in person.events if isinstance(e.data, SessionLoggedV1 | SessionAmendedV1)]


def someone(**fields: Any) -> Person:
    """A person whose usual pain is 3 unless said otherwise."""
    person = Person(tracks=())
    person.hear(terms(**fields))
    return person


@pytest.mark.parametrize(
    ("felt", "plan", "why"),
    [
        ({"pain": 9}, {}, "pain_9"),
        ({"pain": 10}, {"usual_pain": 8}, "pain_9"),
        ({"pain": 7}, {}, "pain_rise_4"),
        ({"pain": 6}, {}, None),
        ({"pain": 7}, {"usual_pain": None}, None),
        ({"pain": 7}, {"usual_pain_override": 5.0}, None),
        ({"pain": 5}, {"usual_pain_override": 0.5}, "pain_rise_4"),
        ({"pain": 4}, {"usual_pain": 0}, "pain_rise_4"),
        ({"stop": "wrong"}, {}, "something_wrong"),
        ({"stop": "wrong", "pain": 10}, {}, "something_wrong"),
        ({"stop": "pain", "pain": 8}, {"usual_pain": 5}, None),
        ({"pain_before": 10, "effort": 10, "fatigue": 10}, {}, None),
        ({}, {}, None),
    ],
)
def test_a_log_worries_by_what_was_said_and_by_the_usual(
    felt: dict[str, Any], plan: dict[str, Any], why: str | None
) -> None:
    person = someone(**plan)
    answer = person.log("s1", walked(**felt)).answer

    assert answer is not None
    assert answer.body.get("attention", {}).get("why") == why
    assert alerts(person) == [why]


def test_an_amendment_worries_by_its_new_content_and_no_longer_after_a_milder_one() -> None:
    person = someone()
    person.log("s1", walked(pain=2))
    worse = person.amend("s1", 1, pain=9).answer
    same = person.amend("s1", 2, pain=9).answer
    milder = person.amend("s1", 2, pain=2).answer

    assert worse is not None
    assert same is not None
    assert milder is not None
    assert worse.body["attention"]["why"] == same.body["attention"]["why"] == "pain_9"
    assert "attention" not in milder.body
    assert alerts(person) == [None, "pain_9", None]


def test_history_alarms_nobody() -> None:
    person = someone()
    answer = person.log("s1", walked(pain=10, stop="wrong", started_at=NOW - timedelta(days=40))).answer

    assert answer is not None
    assert (answer.body["outcome"], "attention" in answer.body) == ("history_only", False)
    assert alerts(person) == [None]


def test_a_batch_worries_by_its_items_of_today_and_yesterday_only() -> None:
    person = someone()
    days = (9, 2, 1, 0)
    items = [BatchItem(f"s{n}", session=walked(pain=9, started_at=NOW - timedelta(days=n))) for n in days]
    person.batch(
        *items, BatchItem("s-1", session=walked(stop="wrong")), BatchItem("m", morning_check=MorningCheck(NOW, 9))
    )

    assert alerts(person) == [None, None, "pain_9", "pain_9", "something_wrong"]


def test_a_plan_changed_later_or_heard_of_too_late_decides_by_its_seq() -> None:
    person = someone(usual_pain=6)
    changed = PlanChangedV1(**{**terms(usual_pain=2).model_dump(), "plan_version": 2})
    person.hear(changed, seq=9)
    person.hear(terms(usual_pain=8), seq=5)
    person.log("s1", walked(pain=6))

    assert alerts(person) == ["pain_rise_4"]


def test_a_clinicians_usual_pain_beats_the_plans_until_it_runs_out_or_is_ended() -> None:
    person = someone(usual_pain=6)
    person.hear(usual_set(2))
    person.hear(usual_set(0, "o2", parameter="fixed_dose"))
    person.log("s1", walked(pain=6))
    person.log("s2", walked(pain=6, started_at=NOW + timedelta(days=10)), now=NOW + timedelta(days=10))
    person.hear(OverrideEndedV1(override_id="o2", parameter="fixed_dose", because="ended"))
    person.log("s3", walked(pain=6))
    person.hear(OverrideEndedV1(override_id="o1", parameter="usual_pain", because="ended"))
    person.log("s4", walked(pain=6))

    assert alerts(person) == ["pain_rise_4", None, "pain_rise_4", None]


def test_an_older_word_on_usual_pain_changes_nothing() -> None:
    person = someone(usual_pain=6)
    person.hear(usual_set(2, "new"), seq=9)
    person.hear(usual_set(7, "old"), seq=5)
    person.hear(OverrideEndedV1(override_id="old", parameter="usual_pain", because="replaced"), seq=6)
    person.log("s1", walked(pain=6))
    person.hear(OverrideEndedV1(override_id="new", parameter="usual_pain", because="ended"), seq=10)
    person.hear(usual_set(2, "new"), seq=9)
    person.log("s2", walked(pain=6))

    assert alerts(person) == ["pain_rise_4", None]


def test_after_a_plan_has_ended_a_worrying_log_is_still_answered() -> None:
    person = someone(flare_plan_sealed="s1.sealed")
    person.hear(PlanEndedV1(plan_id="plan", reason="completed"))
    answer = person.log("s1", walked(pain=7)).answer

    assert answer is not None
    assert answer.body["attention"] == {"why": "pain_rise_4", "locale": "de", "flare_plan_sealed": "s1.sealed"}


async def with_flare_plan(desk: Desk, locale: str = "es-MX") -> None:
    """The person reads Spanish and has a flare plan."""
    sealed = await desk.rigs[0].runtime.sealer.seal("clinic", "p1", json.dumps(FLARE_PLAN))
    await desk.hear("p1", "clinic", "patient.enrolled", PatientEnrolledV1(tz="Europe/Berlin", locale=locale))
    changed = terms(flare_plan=True, flare_plan_sealed=sealed, plan_version=2, usual_pain=2)
    await desk.hear("p1", "clinic", "plan.changed", PlanChangedV1(**changed.model_dump()))


@pytest.mark.article("P8.1", "P9.5")
async def test_the_answer_carries_signs_flare_plan_human_and_numbers_in_the_persons_language(desk: Desk) -> None:
    await with_flare_plan(desk)
    answer = await desk.post(SESSIONS, walk("s1", pain=9))

    assert answer.status_code == 201
    told = answer.json()["attention"]
    assert (told["why"], told["language"]) == ("pain_9", "es")
    assert [sign["code"] for sign in told["warning_signs"]] == list(SIGNS)
    assert told["warning_signs"][0]["text"] == questions("es")[0].text
    assert told["answer_at"] == "/v1/patients/p1/red-flags"
    assert told["flare_plan"] == FLARE_PLAN
    assert told["human"] == {
        "name": "Clinic",
        "phone": "+1 555 0199",
        "hours": "lun–vie 9:00–16:00",
        "messages_read": True,
    }
    assert (told["emergency_number"], told["crisis_line"]) == ("911", "988")
    (event,) = await desk.published()
    assert event["data"]["alert"] == "pain_9"


@pytest.mark.story(20)
async def test_story_20_pain_10_stopped_as_something_wrong_is_answered_with_the_list_and_the_phone(desk: Desk) -> None:
    await with_flare_plan(desk, "en")
    answer = await desk.post(SESSIONS, walk("s1", pain=10, stop="wrong"))
    told = answer.json()["attention"]
    assert (answer.status_code, told["why"]) == (201, "something_wrong")
    assert [sign["code"] for sign in told["warning_signs"]] == list(SIGNS)
    assert told["human"]["phone"]
    assert "harder day" not in answer.text


async def test_the_same_log_gets_the_same_answer_though_the_flare_plan_has_changed(desk: Desk) -> None:
    await with_flare_plan(desk)
    first = await desk.post(SESSIONS, walk("s1", stop="wrong"))
    later = terms(plan_version=3, flare_plan_sealed=None)
    await desk.hear("p1", "clinic", "plan.changed", PlanChangedV1(**later.model_dump()))
    again = await desk.post(SESSIONS, walk("s1", stop="wrong"), at=1)

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert len(await desk.published()) == 1


async def test_a_calm_log_carries_nothing_of_it(desk: Desk) -> None:
    await with_flare_plan(desk)
    assert "attention" not in (await desk.post(SESSIONS, walk("s1", pain=3))).json()


async def test_without_the_persons_key_only_the_flare_plan_is_missing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_flare_plan(desk)

    async def away(*_: object) -> str:
        raise DependencyDown("keys")

    monkeypatch.setattr(desk.rigs[0].runtime.sealer, "unseal", away)
    told = (await desk.post(SESSIONS, walk("s1", pain=10))).json()["attention"]

    assert told["flare_plan"] is None
    assert (len(told["warning_signs"]), told["human"]["phone"]) == (len(SIGNS), "+1 555 0199")


async def test_with_the_broker_down_it_is_the_same_answer(desk: Desk) -> None:
    await with_flare_plan(desk)
    desk.rigs[0].broker.down = True
    answer = await desk.post(SESSIONS, walk("s1", pain=9))

    assert (answer.status_code, answer.json()["attention"]["flare_plan"]) == (201, FLARE_PLAN)


async def test_an_amendment_and_a_batch_are_answered_with_it_too(desk: Desk) -> None:
    await with_flare_plan(desk)
    await desk.post(SESSIONS, walk("s1", pain=1))
    path, headers = f"{SESSIONS}/{uid('s1')}", {**desk.patient, "If-Match": '"1"'}
    amended = await desk.client.patch(path, json={"pain": 9}, headers=headers)
    items = [walk("s2", pain=9), walk("s3", stop="wrong"), walk("s4", pain=1)]
    batch = await desk.post(f"{SESSIONS}/batch", {"id": uid("b1"), "items": items})
    lost = await desk.post(f"{SESSIONS}/batch", {"id": uid("b2"), "items": items})

    assert amended.json()["attention"]["why"] == "pain_9"
    assert [item.get("attention") for item in batch.json()["items"]] == ["pain_9", "something_wrong", None]
    assert batch.json()["attention"] == {**amended.json()["attention"], "why": "something_wrong"}
    assert lost.json()["attention"] == batch.json()["attention"]


async def test_staff_who_note_the_words_are_told_and_a_caregiver_who_repeats_a_log_is_not(desk: Desk) -> None:
    await with_flare_plan(desk)
    noted = await desk.post(SESSIONS, walk("s1", pain=9), desk.clinician)
    await desk.post(f"{SESSIONS}/batch", {"id": uid("b"), "items": [walk("s2", pain=9)]})
    caregiver = desk.token("caregiver")
    repeated = await desk.post(SESSIONS, walk("s2", pain=9), caregiver)

    assert noted.json()["attention"]["why"] == "pain_9"
    assert (repeated.status_code, "attention" in repeated.json()) == (200, False)
    assert "pain_9" not in repeated.text
