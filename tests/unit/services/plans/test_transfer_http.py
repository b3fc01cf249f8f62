"""The routes of moves: who may move a person, who reads of it, and that another clinic is out of reach."""

from services.plans.domain.work import NEW_SITE
from tests.unit.services.plans.front import Front
from tests.unit.services.plans.test_work_http import review, waiting

MOVE = {"id": "move-1", "to_site": "north", "note": "Moved house; the plan goes on."}


async def test_a_move_is_carried_out_once_and_the_lists_of_both_sites_tell_it(front: Front) -> None:
    await front.plan()
    await review(front, 1, "ceiling")
    done = await front.call("POST", "/patients/p1/transfer", body=MOVE)
    assert (done.status_code, done.json()["from_site"], done.json()["site"]) == (200, "main", "north")
    again = await front.call("POST", "/patients/p1/transfer", body=MOVE)
    assert again.json() == done.json()
    assert await waiting(front, "&site=main") == []
    assert {one["reason"] for one in await waiting(front, "&site=north")} == {"ceiling", NEW_SITE}
    assert len(await front.sent("patient.transferred")) == 1
    assert (await front.call("GET", "/patients/p1/plan")).json()["plan_version"] == 1


async def test_the_person_reads_where_they_are_staff_who_moved_them_and_clinicians_the_note(front: Front) -> None:
    await front.call("POST", "/patients/p1/transfer", "admin", MOVE)
    read = {role: (await front.call("GET", "/patients/p1/transfers", role)).json() for role in ("clinician", "admin")}
    own = (await front.call("GET", "/patients/p1/transfers", "patient")).json()
    assert (own["site"], own["human"]["name"]) == ("north", "Harbour")
    assert [(one["note"], one["by"]) for one in own["transfers"]] == [(None, None)]
    assert [one["note"] for one in read["clinician"]["transfers"]] == [MOVE["note"]]
    assert [(one["note"], one["by"] is None) for one in read["admin"]["transfers"]] == [(None, False)]
    prompts = (await front.call("GET", "/patients/p1/prompts", "patient")).json()["prompts"]
    assert ("transfer", "move-1") in [(one["kind"], one["ref"]) for one in prompts]


async def test_neither_the_person_nor_another_clinic_moves_them_and_nowhere_is_no_site(front: Front) -> None:
    path = "/patients/p1/transfer"
    assert (await front.call("POST", path, "patient", MOVE)).status_code == 403
    assert (await front.call("POST", path, "caregiver", MOVE)).status_code == 403
    assert (await front.call("POST", path, body=MOVE, tenant="other")).status_code == 404
    assert (await front.call("POST", path, body={**MOVE, "to_site": "clinic/other"})).status_code == 422
    assert (await front.call("POST", path, body={**MOVE, "tenant": "other"})).status_code == 422
    same = await front.call("POST", path, body={**MOVE, "to_site": "main"})
    assert (same.status_code, same.json()["code"]) == (409, "same_site")
