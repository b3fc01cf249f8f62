"""The routes of safety behind the real gate, on the real runtime over memory."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from prometheus_client import CollectorRegistry

from deploy.local.issuer import AUDIENCE, ISSUER, LocalIssuer, open_issuer
from services.safety.desk import Desk
from services.safety.http import router
from services.safety.replay import Replay
from services.safety.spool import Spool
from services.safety.transitions import SERVICE
from shared.clinics import read_clinics
from shared.ids import event_id
from shared.observability.metrics import Metrics
from shared.red_flags import SIGNS
from shared.web.app import create_app
from shared.web.keys import keys_from_file
from shared.web.tokens import Verifier
from tests.support.rig import Rig, lay

CLINICS: dict[str, Any] = {
    "clinic": {
        "name": "Northside",
        "country": "US",
        "emergency_number": "911",
        "crisis_line": "988",
        "phone": "+1 555 0100",
        "hours": {"en": "Mon–Fri 8–17", "es": "lun–vie 8–17", "ar": "الإثنين–الجمعة"},
        "messages_read": False,
    }
}
PATH = "/patients/p1/red-flags"


class Front:
    """The service's routes and who calls them. Every test has people of its own, called p1 and p2 in its paths."""

    def __init__(self, issuer: LocalIssuer, folder: Path) -> None:
        self.issuer, self.folder = issuer, folder
        (folder / "clinics.json").write_bytes(orjson.dumps(CLINICS))
        self.tests = 0
        self.begin()

    def begin(self, *, store_s: float = 30.0, spool_s: float = 30.0) -> None:
        """A service with an empty database and disk, which may take so long."""
        self.tests += 1
        self.now_s = 0.0
        self.rig = Rig(SERVICE)
        self.spool = Spool(self.folder / f"spool-{self.tests}", b"k" * 32)
        desk = Desk(self.rig.runtime, self.spool, store_s=store_s, spool_s=spool_s, monotonic=lambda: self.now_s)
        routes = router(self.rig.runtime, read_clinics(self.folder / "clinics.json"), desk)
        verifier = Verifier(ISSUER, AUDIENCE, keys_from_file(self.issuer.jwks_file))
        app = create_app("safety", [routes], verifier, self.rig.clock, Metrics(CollectorRegistry(), "safety"))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://safety")

    async def enrol(self, key: str = "p1", locale: str = "en", tenant: str = "clinic") -> None:
        now = self.rig.clock.now().isoformat()
        body = {
            "event_id": event_id("plans", key, 1), "type": "patient.enrolled", "version": 1,
            "service": "plans", "seq": 1, "occurred_at": now, "recorded_at": now, "tenant_id": tenant,
            "patient_id": key, "actor": {"kind": "clinician", "id": "c"}, "source": "clinician",
            "data": {"tz": "Europe/Madrid", "locale": locale},
        }  # fmt: skip
        await self.rig.consume([lay(self.rig.broker, body)])

    async def call(
        self, method: str, path: str, role: str = "patient", body: Any = None, *,
        tenant: str = "clinic", patient: str = "p1",
    ) -> httpx.Response:  # fmt: skip
        token = self.issuer.mint([role], tenant, patient_id=patient if role in ("patient", "caregiver") else None)
        headers = {"Authorization": f"Bearer {token}"}
        return await self.client.request(method, f"/v1{path}", json=body, headers=headers)

    async def answer(self, id: str, *yes: str, role: str = "patient", query: str = "", **about: str) -> httpx.Response:
        body = {"id": id, "context": "check_in", "yes": list(yes)}
        path = f"/patients/{about.get('patient', 'p1')}/red-flags{query}"
        return await self.call("POST", path, role, body, **about)

    async def types(self, key: str = "p1") -> list[str]:
        await self.rig.rest()
        return [event["type"] for event in self.rig.events(key)]


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    made = Front(open_issuer(tmp_path_factory.mktemp("issuer")), tmp_path_factory.mktemp("safety"))
    yield made
    await made.client.aclose()


@pytest.fixture
async def front(house: Front) -> Front:
    house.begin()
    await house.enrol()
    return house


@pytest.mark.parametrize("role", ["patient", "caregiver", "clinician"])
async def test_the_list_is_whole_and_names_a_human_and_the_emergency_number(front: Front, role: str) -> None:
    read = (await front.call("GET", PATH, role)).json()
    assert [question["code"] for question in read["questions"]] == list(SIGNS)
    assert (read["language"], read["emergency_number"]) == ("en", "911")
    assert read["human"] == {
        "name": "Northside", "phone": "+1 555 0100", "hours": "Mon–Fri 8–17", "messages_read": False,
    }  # fmt: skip
    assert "911" in read["intro"]


async def test_whoever_may_be_in_danger_is_never_told_to_wait(front: Front) -> None:
    paths = (await front.client.get("/openapi.json")).json()["paths"]
    free = {
        (method, path) for path, methods in paths.items() for method in methods if "x-never-limited" in methods[method]
    }
    assert free == {(method, "/v1/patients/{patient_id}/red-flags") for method in ("get", "post")}


async def test_the_list_is_in_the_persons_language_unless_another_is_asked_for(front: Front) -> None:
    await front.enrol("p2", "es-MX")
    for query, language in (("", "es"), ("?language=ar", "ar"), ("?language=en-GB", "en"), ("?language=fr", "en")):
        read = await front.call("GET", f"/patients/p2/red-flags{query}", "clinician")
        assert read.json()["language"] == language
    assert (await front.call("GET", f"{PATH}?language=English")).status_code == 422


async def test_any_yes_is_told_what_to_do_at_once_and_suspends(front: Front) -> None:
    answer = await front.answer("f1", "crash", "self_harm", "chest")
    told = answer.json()
    assert (answer.status_code, told["level"], told["signs"]) == (200, "emergency", ["chest", "self_harm", "crash"])
    assert (told["instruction"]["sign"], told["instruction"]["title"]) == ("chest", "Call 911 now")
    assert [other["sign"] for other in told["others"]] == ["self_harm", "crash"]
    assert (told["emergency_number"], told["crisis_line"], told["human"]["phone"]) == ("911", "988", "+1 555 0100")
    assert (told["suspended"], told["recorded"], told["not_recorded"]) == (True, "stored", None)
    assert told["stop"] == "Please stop exercise for now."
    assert "No one reads" in told["messages"]
    assert await front.types() == ["redflag.raised", "automation.suspended"]


async def test_all_no_is_kept_without_an_event(front: Front) -> None:
    told = (await front.answer("f1")).json()
    assert (told["level"], told["signs"], told["suspended"], told["recorded"]) == (None, [], False, "stored")
    assert (told["instruction"]["title"], told["stop"], told["pause"], told["crisis_line"]) == (
        "Thank you", None, None, None,
    )  # fmt: skip
    assert await front.types() == []
    history = (await front.call("GET", f"{PATH}/history", "clinician")).json()
    assert [(answer["flag_id"], answer["signs"]) for answer in history["answers"]] == [("f1", [])]


async def test_an_answer_is_in_the_persons_language_unless_another_is_asked_for(front: Front) -> None:
    await front.enrol("p2", "ar")
    assert (await front.answer("f1", "chest", patient="p2")).json()["language"] == "ar"
    assert (await front.answer("f2", "chest", patient="p2", query="?language=es")).json()["language"] == "es"
    front.rig.store.down = True
    assert (await front.answer("f3", "chest", patient="p2")).json()["language"] == "ar"


async def test_the_same_answer_again_is_told_the_same_and_another_under_its_id_is_refused(front: Front) -> None:
    first = await front.answer("f1", "chest")
    assert (await front.answer("f1", "chest")).json() == first.json()
    assert (await front.answer("f1", "stroke")).status_code == 409
    assert await front.types() == ["redflag.raised", "automation.suspended"]


async def test_while_the_database_is_away_the_answer_is_the_same_and_waits_on_the_disk(front: Front) -> None:
    stored = (await front.answer("f1", "stroke")).json()
    front.rig.store.down = True
    spooled = await front.answer("f2", "stroke")
    assert spooled.status_code == 200
    assert spooled.json() == {**stored, "flag_id": "f2", "recorded": "spooled"}
    assert (await front.answer("f3")).json()["suspended"] is None
    assert (await front.call("GET", PATH)).json()["language"] == "en"

    front.rig.store.down = False
    assert await Replay(front.rig.runtime, front.spool).round() is True
    assert await front.types() == ["redflag.raised", "automation.suspended", "redflag.raised"]
    history = (await front.call("GET", f"{PATH}/history", "clinician")).json()
    assert [answer["flag_id"] for answer in history["answers"]] == ["f3", "f2", "f1"]


async def test_a_database_that_hangs_is_not_waited_for(front: Front) -> None:
    front.begin(store_s=0.01)
    front.rig.life.stall_before("load")
    told = (await front.answer("f1", "chest")).json()
    assert (told["recorded"], told["suspended"], told["instruction"]["sign"]) == ("spooled", True, "chest")
    assert (await front.call("GET", PATH, "clinician")).status_code == 200
    front.rig.life.go_on()
    await Replay(front.rig.runtime, front.spool).round()
    assert await front.types() == ["redflag.raised", "automation.suspended"]


async def test_for_a_moment_after_it_went_away_nobody_waits_for_the_database_at_all(front: Front) -> None:
    front.rig.store.down = True
    assert (await front.answer("f1", "chest")).json()["recorded"] == "spooled"
    front.rig.store.down = False
    await front.enrol("p2", "es")
    assert (await front.answer("f1", "chest", patient="p2")).json()["recorded"] == "spooled"
    front.now_s += 1
    assert (await front.answer("f1", "chest", patient="p3")).json()["recorded"] == "stored"


async def test_where_nothing_can_be_kept_the_person_is_told_what_to_do_and_to_phone(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    front.rig.store.down = True
    monkeypatch.setattr(front.spool, "append", full)
    told = (await front.answer("f1", "chest")).json()
    assert (told["recorded"], told["suspended"], told["pause"]) == ("not_recorded", None, None)
    assert told["instruction"]["title"] == "Call 911 now"
    assert "+1 555 0100" in told["not_recorded"]


async def test_a_disk_that_hangs_is_not_waited_for(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = asyncio.Event()

    async def hangs(*_: Any) -> None:
        await hanging.wait()

    front.begin(spool_s=0.01)
    front.rig.store.down = True
    monkeypatch.setattr(front.spool, "append", hangs)
    told = (await front.answer("f1", "chest")).json()
    assert (told["recorded"], told["instruction"]["sign"]) == ("not_recorded", "chest")
    hanging.set()


async def test_a_bug_in_storing_keeps_nobody_from_being_told(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(**_: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(front.rig.runtime, "execute", broken)
    told = (await front.answer("f1", "chest")).json()
    assert (told["recorded"], told["instruction"]["sign"]) == ("spooled", "chest")


async def test_a_clinicians_stop_is_read_by_the_person_with_its_reason_and_ends_with_a_note(front: Front) -> None:
    body = {"id": "stop-1", "reason": "procedure"}
    path = "/patients/p1/suspension"
    assert (await front.call("POST", path, "patient", body)).status_code == 403
    assert (await front.call("POST", path, "clinician", {**body, "reason": "because"})).status_code == 422
    made = await front.call("POST", path, "clinician", body)
    assert made.status_code == 201
    assert (await front.call("POST", path, "clinician", body)).json() == made.json()
    own = (await front.call("GET", path)).json()
    assert (own["suspended"], own["signs"], own["instruction"], own["reason"]) == (True, [], None, "procedure")
    assert own["pause"].startswith("Your clinic has put your plan and its messages on hold because of a treatment")
    staff = (await front.call("GET", path, "clinician")).json()
    assert staff["clinician_text"].startswith("Automation suspended by a clinician (procedure)")
    note = {"id": "r1", "suspension_id": staff["suspension_id"], "note": "Seen today, plan agreed."}
    assert (await front.call("POST", f"{path}/resume", "clinician", note)).status_code == 200
    (episode,) = (await front.call("GET", "/patients/p1/red-flags/history", "clinician")).json()["suspensions"]
    assert (episode["reason"], episode["note"]) == ("procedure", "Seen today, plan agreed.")
    assert (episode["began_by"]["role"], episode["ended_by"]["role"]) == ("clinician", "clinician")


async def test_a_suspension_is_shown_and_ends_only_with_a_clinicians_note(front: Front) -> None:
    before = (await front.call("GET", "/patients/p1/suspension")).json()
    assert (before["suspended"], before["suspension_id"], before["human"]["phone"]) == (False, None, "+1 555 0100")
    await front.answer("f1", "self_harm")
    own = (await front.call("GET", "/patients/p1/suspension")).json()
    staff = (await front.call("GET", "/patients/p1/suspension", "clinician")).json()
    assert (own["suspended"], own["level"], own["crisis_line"], own["clinician_text"]) == (
        True, "emergency", "988", None,
    )  # fmt: skip
    assert staff["clinician_text"].startswith("Automation suspended: self_harm at ")

    path = "/patients/p1/suspension/resume"
    note = {"id": "r1", "suspension_id": staff["suspension_id"], "note": "Seen today, plan agreed."}
    for role in ("patient", "caregiver", "moderator", "device", "admin"):
        assert (await front.call("POST", path, role, note)).status_code == 403
    for wrong in ({"note": " "}, {"note": "x" * 2001}, {"note": None}, {"more": 1}):
        assert (await front.call("POST", path, "clinician", {**note, **wrong})).status_code == 422
    other = await front.call("POST", path, "clinician", {**note, "id": "r0", "suspension_id": "another"})
    assert (other.status_code, other.json()["code"]) == (409, "another_suspension")
    assert (await front.call("GET", "/patients/p1/suspension")).json()["suspended"] is True

    ended = await front.call("POST", path, "clinician", note)
    assert (ended.status_code, ended.json()["suspension_id"]) == (200, staff["suspension_id"])
    assert (await front.call("POST", path, "clinician", note)).json() == ended.json()
    assert (await front.call("POST", path, "clinician", {**note, "id": "r2"})).json()["code"] == "not_suspended"
    assert (await front.call("GET", "/patients/p1/suspension")).json()["suspended"] is False
    assert await front.types() == ["redflag.raised", "automation.suspended", "automation.resumed"]


async def test_a_note_is_read_by_clinicians_alone_and_lies_nowhere_in_plain(front: Front) -> None:
    await front.answer("f1", "trauma")
    id = (await front.call("GET", "/patients/p1/suspension", "clinician")).json()["suspension_id"]
    body = {"id": "r1", "suspension_id": id, "note": "Zebra words"}
    await front.call("POST", "/patients/p1/suspension/resume", "clinician", body)
    for role in ("patient", "caregiver", "moderator", "device", "admin"):
        assert (await front.call("GET", f"{PATH}/history", role)).status_code == 403
    (episode,) = (await front.call("GET", f"{PATH}/history", "clinician")).json()["suspensions"]
    assert (episode["note"], episode["ended_by"]["role"], episode["flags"]) == ("Zebra words", "clinician", ["f1"])
    await front.rig.rest()
    everything = repr(front.rig.store.aggregates) + repr(front.rig.store.records) + repr(front.rig.broker.__dict__)
    assert "Zebra" not in everything


async def test_the_history_is_read_page_by_page(front: Front) -> None:
    for number in range(5):
        await front.answer(f"f{number}")
    pages, cursor = [], ""
    while True:
        page = (await front.call("GET", f"{PATH}/history?limit=2{cursor}", "clinician")).json()
        pages.append([answer["flag_id"] for answer in page["answers"]])
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert pages == [["f4", "f3"], ["f2", "f1"], ["f0"]]
    assert (await front.call("GET", f"{PATH}/history?cursor=%00", "clinician")).status_code == 400


async def test_a_caregiver_answers_but_is_not_told_what_the_person_said_before(front: Front) -> None:
    """W3, and domain/safety.md 9.1 no. 13: what was told about others is hidden from the caregiver."""
    await front.answer("f1", "unsafe")
    told = (await front.answer("f2", role="caregiver")).json()
    assert (told["level"], told["suspended"]) == (None, None)
    assert (await front.call("GET", "/patients/p1/suspension", "caregiver")).status_code == 403
    assert (await front.answer("f3", "trauma", role="caregiver")).json()["suspended"] is True


async def test_nobody_reaches_another_person_and_no_other_role_anything(front: Front) -> None:
    for role in ("patient", "caregiver"):
        assert (await front.answer("f1", "chest", role=role, patient="p2")).status_code == 200
        answer = await front.call("POST", PATH, role, {"id": "x", "context": "other", "yes": []}, patient="p2")
        assert answer.status_code == 403
    for role in ("moderator", "device", "admin"):
        assert (await front.call("GET", PATH, role)).status_code == 403
        assert (await front.answer("f1", "chest", role=role)).status_code == 403


async def test_staff_of_another_tenant_reach_nobody_and_leave_nothing(front: Front) -> None:
    for path in (PATH, "/patients/p1/suspension", f"{PATH}/history"):
        assert (await front.call("GET", path, "clinician", tenant="other")).status_code == 404
    for patient in ("p1", "p9"):
        assert (await front.answer("f1", "chest", role="clinician", patient=patient, tenant="other")).status_code == 404
    body = {"id": "r", "suspension_id": "s", "note": "n"}
    assert (await front.call("POST", "/patients/p9/suspension/resume", "clinician", body)).status_code == 404
    assert "p9" not in front.rig.store.aggregates
    assert not any("p9" in id for id in front.rig.keys.stored)


async def test_a_person_is_heard_and_told_before_the_enrolment_is_heard_of(front: Front) -> None:
    told = (await front.answer("f1", "chest", patient="p7")).json()
    assert (told["recorded"], told["language"]) == ("stored", "en")
    assert (await front.answer("f2", "chest", role="clinician", patient="p7")).status_code == 404
    await front.enrol("p7", "es")
    assert (await front.call("GET", "/patients/p7/suspension", "clinician")).json()["suspended"] is True


async def test_an_own_token_of_another_tenant_is_told_what_to_do_but_reaches_nobody(front: Front) -> None:
    told = (await front.answer("f1", "chest", tenant="other")).json()
    assert (told["recorded"], told["instruction"]["sign"], told["human"]) == ("not_recorded", "chest", None)
    assert (await front.call("GET", "/patients/p1/suspension")).json()["suspended"] is False
    assert await front.types() == []


@pytest.mark.parametrize(
    "change",
    [
        {"yes": ["headache"]},
        {"yes": "chest"},
        {"yes": ["chest"] * 21},
        {"yes": [None]},
        {"context": "anna"},
        {"id": ""},
        {"id": "a b"},
        {"note": "anna"},
    ],
)
async def test_a_wrong_answer_is_refused_without_an_echo(front: Front, change: dict[str, Any]) -> None:
    body = {"id": "f1", "context": "check_in", "yes": ["chest"], **change}
    answer = await front.call("POST", PATH, body=body)
    assert answer.status_code == 422
    assert not re.search("anna|headache", answer.text)
    assert await front.types() == []
