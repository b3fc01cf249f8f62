"""What the person tells before and beside any plan: in their words, each revision kept, in three languages."""

from datetime import date, timedelta
from typing import Any, get_args

import pytest

from services.plans.domain.intake import Motive, PickMotives
from services.plans.texts.aims import NEUTRAL, aim_texts
from shared.clinics import LANGUAGES
from tests.support.reading_level import grade
from tests.unit.services.plans.clinic import SELF, Clinic
from tests.unit.services.plans.front import Front
from tests.unit.services.reminders.test_texts import BLAMING

INTAKE: dict[str, Any] = {
    "id": "i-1",
    "revision": 0,
    "story": "It began after the move.\nNobody believed me.",
    "preferences": "Mornings, and not alone.",
    "explanation": "My back is worn, they said.",
    "routines": [{"words": "After breakfast", "at": "08:30"}],
    "pacing_style": "push_and_rest",
    "group_preference": "women",
    "values": ["family", "nature"],
}
PATH = "/patients/p1/intake"


@pytest.mark.article("P1.2", "P6.5")
async def test_the_intake_is_told_in_the_persons_words_and_each_revision_stays_readable(front: Front) -> None:
    for _ in range(2):
        made = await front.call("POST", PATH, "patient", INTAKE)
        assert (made.status_code, made.json()) == (201, {"revision": 1})
    later = {"id": "i-2", "revision": 1, "story": "It began long before.", "source": "in_person"}
    assert (await front.call("POST", PATH, "clinician", {**later, "source": "app"})).status_code == 403
    assert (await front.call("POST", PATH, "clinician", later)).status_code == 201
    stale = await front.call("POST", PATH, "patient", {**INTAKE, "id": "i-3"})
    assert (stale.status_code, stale.json()["code"]) == (409, "intake_changed_since")

    page = (await front.call("GET", f"{PATH}?limit=1", "patient")).json()
    (now,) = page["revisions"]
    assert (now["story"], now["preferences"], now["noted_by"], now["heard"]) == (
        "It began long before.",
        None,
        "clinician",
        "in_person",
    )
    page = (await front.call("GET", f"{PATH}?limit=1&cursor={page['next_cursor']}")).json()
    (first,) = page["revisions"]
    assert {name: first[name] for name in INTAKE.keys() - {"id", "revision"}} == {
        name: INTAKE[name] for name in INTAKE.keys() - {"id", "revision"}
    }
    assert page["next_cursor"] is None


@pytest.mark.parametrize(
    "spoiled",
    [{"story": None}, {"routines": [{"words": "Tea", "at": "25:00"}]}, {"pacing_style": "lazy"}, {"values": ["x"]}],
)
async def test_an_intake_that_says_nothing_or_what_there_is_not_is_refused(front: Front, spoiled: Any) -> None:
    body = {"id": "i-1", "revision": 0, "story": "It began.", **spoiled}
    assert (await front.call("POST", PATH, "patient", body)).status_code == 422
    assert (await front.call("GET", PATH, "patient")).json() == {"revisions": [], "next_cursor": None}


@pytest.mark.article("P5.2")
async def test_what_moves_the_person_is_picked_by_them_and_a_win_is_told_by_it(front: Front) -> None:
    path = "/patients/p1/motives"
    unset = (await front.call("GET", path, "patient")).json()
    assert (unset["picked"], unset["neutral"]) == ([], "A small win, and it is yours.")
    assert "sleep" not in unset["neutral"]
    picked = await front.call("POST", path, "patient", {"id": "m-1", "motives": ["sleep", "family"]})
    assert (picked.status_code, picked.json()) == (200, {"motives": ["sleep", "family"]})
    read = (await front.call("GET", path, "clinician")).json()
    assert [one["motive"] for one in read["picked"]] == ["sleep", "family"]
    assert "sleep" in read["picked"][0]["win"]
    assert {one["motive"] for one in read["choices"]} == set(get_args(Motive))
    assert (await front.call("POST", path, "clinician", {"id": "m-2", "motives": []})).status_code == 403
    twice = await front.call("POST", path, "patient", {"id": "m-3", "motives": ["sleep", "sleep"]})
    assert twice.status_code == 422
    assert (await front.call("POST", path, "patient", {"id": "m-4", "motives": []})).status_code == 200
    assert (await front.call("GET", path, "patient")).json()["picked"] == []


def test_the_order_in_which_motives_were_picked_is_kept() -> None:
    one = Clinic().enrolled()
    one.fold(PickMotives(("mood", "energy")), SELF)
    assert one.state.aims.motives == ("mood", "energy")


@pytest.mark.article("P5.2", "P6.6")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_motive_and_its_win_are_said_in_every_language_without_blame(language: str) -> None:
    words = aim_texts(language)
    motives = get_args(Motive)
    keys = {NEUTRAL, *(f"motive.{one}" for one in motives), *(f"{NEUTRAL}.{one}" for one in motives)}
    assert set(words) == {*keys, "_note"}
    for key in keys:
        assert words[key] == words[key].strip() != ""
        assert language == "en" or words[key] != aim_texts("en")[key]
        assert [word for word in BLAMING[language] if word in words[key].lower()] == []
        assert "pain" not in words[key]
    if language == "en":
        assert max(grade(words[key]) for key in keys if key.startswith(NEUTRAL)) <= 6


@pytest.mark.article("H1")
async def test_what_the_person_can_do_now_is_theirs_to_add_and_to_take_back(front: Front) -> None:
    path = "/patients/p1/abilities"
    for number in range(3):
        entry = {"id": f"a-{number}", "words": f"Round the block, {number}"}
        assert (await front.call("POST", path, "patient", entry)).status_code == 201
    today = front.rig.clock.now().date()
    for day in (today + timedelta(days=2), date(2020, 1, 1)):
        far = await front.call("POST", path, "patient", {"id": "far", "words": "Once", "on": day.isoformat()})
        assert (far.status_code, far.json()["code"]) == (422, "day_out_of_reach")
    dated = {"id": "a-3", "words": "Up the stairs", "on": (today - timedelta(days=3)).isoformat(), "source": "phone"}
    assert (await front.call("POST", path, "clinician", dated)).status_code == 201
    assert (await front.call("POST", f"{path}/none/remove", "patient", {"id": "r-0"})).status_code == 404
    for _ in range(2):
        removed = await front.call("POST", f"{path}/a-1/remove", "patient", {"id": "r-1"})
        assert (removed.status_code, removed.json()) == (200, {"ability_id": "a-1", "removed": True})
    seen: list[Any] = []
    cursor = ""
    while True:
        page = (await front.call("GET", f"{path}?limit=2{cursor}", "patient")).json()
        seen += page["abilities"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert {one["ability_id"] for one in seen} == {"a-0", "a-2", "a-3"}
    (told,) = [one for one in seen if one["ability_id"] == "a-3"]
    assert (told["words"], told["on"], told["heard"]) == (dated["words"], dated["on"], "phone")
    assert front.rig.store.records["abilities"][front.named("p1:a-1")]["words_sealed"] is None


@pytest.mark.parametrize("path", ["intake", "motives", "abilities"])
async def test_nobody_else_reads_what_was_told(front: Front, path: str) -> None:
    for role in ("caregiver", "admin"):
        assert (await front.call("GET", f"/patients/p1/{path}", role)).status_code == 403
    assert (await front.call("GET", f"/patients/p2/{path}")).status_code == 404
