"""The routes of overrides: who sets and who reads, in which words, and what a repeated call does."""

import re
from datetime import timedelta
from typing import Any

import pytest

from services.plans.domain.overrides import OVERRIDABLE, REASONS
from services.plans.domain.parameters import Words
from services.plans.texts import texts, told
from shared.clinics import LANGUAGES
from tests.unit.services.plans.front import Front

BODY: dict[str, Any] = {
    "id": "ov-1",
    "track_id": "walk",
    "name": "fixed_dose",
    "value": 600,
    "reason": "symptoms",
    "words": "Until the new medicine has settled.",
    "days": 14,
}


@pytest.mark.article("P12.2")
async def test_a_clinician_sets_an_override_and_the_person_reads_it_in_plain_words(front: Front) -> None:
    await front.plan()
    made = await front.call("POST", "/patients/p1/overrides", body=BODY)
    assert made.status_code == 201
    again = await front.call("POST", "/patients/p1/overrides", body=BODY)
    assert (again.status_code, again.json()) == (201, made.json())
    other = await front.call("POST", "/patients/p1/overrides", body={**BODY, "value": 900})
    assert other.status_code == 409

    (one,) = (await front.call("GET", "/patients/p1/overrides", "patient")).json()["standing"]
    day = (front.rig.clock.now() + timedelta(days=14)).strftime("%-d %B")
    assert one["text"] == (
        f"The amount for now: 10 min. Set by your clinic until {day}, because of how you have been feeling. "
        "You can always do less."
    )
    assert (one["words"], one["role"], one["set_by"]) == ("Until the new medicine has settled.", "clinician", None)
    (same,) = (await front.call("GET", "/patients/p1/overrides", "clinician")).json()["standing"]
    assert same["set_by"]

    (event,) = await front.sent("override.set")
    assert event["data"]["until"] == made.json()["until"].replace("+00:00", "Z")
    assert "medicine" not in str(event)


async def test_an_override_is_ended_early_and_stays_readable(front: Front) -> None:
    await front.plan()
    await front.call("POST", "/patients/p1/overrides", body=BODY)
    ended = await front.call("POST", "/patients/p1/overrides/ov-1/end", body={"id": "end-1"})
    assert ended.status_code == 200
    read = (await front.call("GET", "/patients/p1/overrides", "patient")).json()
    assert (read["standing"], [one["status"] for one in read["over"]]) == ([], ["ended"])
    assert (await front.call("POST", "/patients/p1/overrides/ov-1/end", body={"id": "end-2"})).status_code == 409


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("review_on", "2026-03-02", "Your next review: 2 March. "),
        ("messages", "off", "Messages to you: off. "),
        ("muscle_group_order", "legs-back-arms", "The order of your strength exercises: legs, then back, then arms. "),
    ],
)
def test_what_is_no_number_is_told_in_words_too(name: str, value: str, words: str, front: Front) -> None:
    assert told(name, value, "wish", front.rig.clock.now(), "UTC", None).startswith(words)


async def test_every_override_is_read_page_by_page_and_all_that_stand_are_on_each(front: Front) -> None:
    await front.plan()
    await front.call("POST", "/patients/p1/overrides", body={**BODY, "name": "rpe_cap", "value": 6, "id": "stays"})
    for number in range(7):
        await front.call("POST", "/patients/p1/overrides", body={**BODY, "id": f"ov-{number}", "value": 300 + number})
    seen: list[str] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        after = f"&cursor={cursor}" if cursor else ""
        read = (await front.call("GET", f"/patients/p1/overrides?limit=2{after}", "patient")).json()
        assert sorted(one["override_id"] for one in read["standing"]) == ["ov-6", "stays"]
        seen += [one["override_id"] for one in read["over"]]
        cursor, pages = read["next_cursor"], pages + 1
    assert sorted(seen) == [f"ov-{number}" for number in range(6)]
    assert (await front.call("GET", "/patients/p1/overrides?cursor=nonsense", "patient")).status_code == 400


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "less"}, "not_overridable"),
        ({"name": "favourite"}, "unknown_parameter"),
        ({"value": 86_401}, "parameter_range"),
        ({"days": 91}, None),
        ({"reason": "because"}, None),
        ({"words": "two\nlines"}, None),
        ({"until": "2099-01-01"}, None),
    ],
)
async def test_a_wrong_override_is_refused_without_an_echo(
    front: Front, change: dict[str, Any], code: str | None
) -> None:
    await front.plan()
    answer = await front.call("POST", "/patients/p1/overrides", body={**BODY, **change})
    assert answer.status_code == 422
    assert code is None or code in answer.text
    assert "favourite" not in answer.text
    assert "because" not in answer.text


async def test_only_a_clinician_of_the_same_clinic_sets_and_only_they_and_the_person_read(front: Front) -> None:
    await front.plan()
    for role in ("patient", "caregiver", "admin", "moderator", "device"):
        assert (await front.call("POST", "/patients/p1/overrides", role, BODY)).status_code == 403
    for role in ("caregiver", "moderator", "device"):
        assert (await front.call("GET", "/patients/p1/overrides", role)).status_code == 403
    assert (await front.call("POST", "/patients/p1/overrides", body=BODY, tenant="another")).status_code == 404
    assert (await front.call("GET", "/patients/p1/overrides", tenant="another")).status_code == 404


def test_whatever_may_be_set_has_words() -> None:
    words = texts()
    assert {f"what.{name}" for name in OVERRIDABLE} == {key for key in words if key.startswith("what.")}
    assert {f"reason.{reason}" for reason in REASONS} == {key for key in words if key.startswith("reason.")}
    for name, rule in OVERRIDABLE.items():
        if isinstance(rule, Words) and name != "ladder":
            assert {f"value.{word}" for word in rule.allowed} <= words.keys()


def test_an_amount_is_told_as_the_plan_shows_it(front: Front) -> None:
    until = front.rig.clock.now()
    for unit, value, words in (("min", 90, "1 min 30 sec"), ("reps", 5, "5"), ("km", 500, "500 m"), ("min", 0, "0")):
        assert f": {words}. " in told("dose_max", value, "other", until, "UTC", unit)


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_word_is_there_in_every_language_and_none_was_left_in_english(language: str, front: Front) -> None:
    there, english = texts(language), texts()
    assert there.keys() == english.keys()
    assert [key for key in english if there[key] == english[key] and key != "value.false"] == []
    assert set(re.findall(r"{\w+}", there["override"])) == set(re.findall(r"{\w+}", english["override"]))
    sentence = told("fixed_dose", 600, "symptoms", front.rig.clock.now(), "UTC", "min", language)
    assert sentence.startswith(there["what.fixed_dose"])
    assert "{" not in sentence
