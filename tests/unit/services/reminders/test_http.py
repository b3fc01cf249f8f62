"""The routes of reminders behind the real gate, on the real runtime over memory."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
import orjson
import pytest
from prometheus_client import CollectorRegistry

from deploy.local.issuer import AUDIENCE, ISSUER, LocalIssuer, open_issuer
from services.reminders.http import router
from services.reminders.transitions import SERVICE
from shared.clock import ManualClock
from shared.contracts.catalog import BY_MODEL
from shared.contracts.plans import PatientEnrolledV1, PlanEndedV1
from shared.contracts.safety import AutomationSuspendedV1
from shared.ids import event_id
from shared.observability.metrics import Metrics
from shared.web.app import create_app
from shared.web.keys import keys_from_file
from shared.web.tokens import Verifier
from tests.support.rig import Rig, lay
from tests.unit.services.reminders.person import CLINICS, changed, decided, plan, proposed, utc

CUE = {"id": "c-1", "time": "10:00", "track_id": "walk"}
BLOCKED = {"id": "b-1", "first": "2025-04-01", "last": "2025-04-03", "kind": "religious"}
WORDS = {"situation": "I have had breakfast", "action": "walk to the gate"}


class Front:
    """The service's routes, its clock and who calls. Every test has a person of its own."""

    def __init__(self, issuer: LocalIssuer) -> None:
        self.rig = Rig(SERVICE, clock=ManualClock(utc("2025-03-31 06:00")))
        self.issuer = issuer
        self.seqs: dict[str, int] = {}
        self.person = "p0"
        verifier = Verifier(ISSUER, AUDIENCE, keys_from_file(issuer.jwks_file))
        metrics = Metrics(CollectorRegistry(), "reminders")
        self.tenant = "clinic"
        app = self.app = create_app("reminders", [router(self.rig.runtime, CLINICS)], verifier, self.rig.clock, metrics)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://reminders")

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        role: str = "patient",
        tenant: str = "clinic",
        patient: str = "",
    ) -> httpx.Response:
        own = (patient or self.person) if role in ("patient", "caregiver") else None
        token = self.issuer.mint([role], tenant, patient_id=own, valid_for=timedelta(days=30))
        headers = {"Authorization": f"Bearer {token}"}
        address = f"/v1/patients/{self.person}{path}"
        return await self.client.request(method, address, json=body, headers=headers)

    async def hear(self, data: Any) -> str:
        row, now = BY_MODEL[type(data)], self.rig.clock.now().isoformat()
        seq = self.seqs[row.producer] = self.seqs.get(row.producer, 0) + 1
        body = {
            "event_id": event_id(row.producer, self.person, seq), "type": row.type, "version": 1,
            "service": row.producer, "seq": seq, "occurred_at": now, "recorded_at": now, "tenant_id": self.tenant,
            "patient_id": self.person,
            "actor": {"kind": "system", "id": "system"}, "source": "system",
            "data": orjson.loads(data.model_dump_json()),
        }  # fmt: skip
        await self.rig.consume([lay(self.rig.broker, body)])
        return str(body["event_id"])

    def received(self) -> list[str]:
        """What kinds of message reached the person."""
        pairs = zip(self.rig.channel.sent, self.rig.channel.effects, strict=True)
        return [effect.data["kind"] for (key, _), effect in pairs if key == self.person]

    async def until(self, moment: str) -> None:
        """Time passes, a quarter of an hour at a time, and acts when something is due."""
        while self.rig.clock.now() < utc(moment):
            self.rig.clock.set(min(self.rig.clock.now() + timedelta(minutes=15), utc(moment)))
            self.rig.caught_up()
            await self.rig.runtime.timers.tick()
        await self.rig.rest()


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    made = Front(open_issuer(tmp_path_factory.mktemp("issuer")))
    yield made
    await made.client.aclose()


@pytest.fixture
async def front(house: Front) -> Front:
    house.person, house.seqs = f"p{int(house.person[1:]) + 1}", {}
    house.rig.clock.set(utc("2025-03-31 06:00"))
    house.rig.channel.effects.clear()
    house.rig.channel.sent.clear()
    await house.hear(PatientEnrolledV1(tz="UTC", locale="en"))
    await house.hear(plan(("walk",), house.rig.clock.now()))
    return house


@pytest.mark.article("P5.7")
async def test_a_cue_is_set_read_and_comes(front: Front) -> None:
    done = await front.call("PUT", "/cues/c", {**CUE, "if_then": WORDS})
    assert (done.status_code, done.json()["next_at"]) == (200, "2025-03-31T10:00:00Z")
    (cue,) = (await front.call("GET", "/cues")).json()["cues"]
    assert (cue["situation"], cue["action"]) == tuple(WORDS.values())
    (coming,) = (await front.call("GET", "/reminders")).json()["upcoming"]
    assert (coming["kind"], coming["at"]) == ("cue", "2025-03-31T10:00:00Z")

    await front.until("2025-03-31 10:01")
    (sent,) = (await front.call("GET", "/reminders")).json()["items"]
    assert (sent["status"], sent["local_time"], sent["reason_text"]) == ("sent", "2025-03-31T10:00", None)
    assert sent["text"][0] == "If I have had breakfast, then I will walk to the gate."
    assert [effect.id for effect in front.rig.channel.effects] == [sent["reminder_id"]]


async def test_what_a_person_wrote_lies_only_sealed(front: Front) -> None:
    await front.call("PUT", "/cues/c", {**CUE, "if_then": WORDS})
    await front.until("2025-03-31 10:01")
    await front.rig.rest()
    everything = repr((front.rig.store.aggregates, front.rig.broker.logs)) + repr(vars(front.rig.store))
    assert "breakfast" not in everything
    assert "walk to" not in everything


async def test_what_was_not_sent_is_listed_with_why(front: Front) -> None:
    await front.call("PUT", "/cues/c", {**CUE, "time": "22:00"})
    await front.until("2025-03-31 22:01")
    (item,) = (await front.call("GET", "/reminders")).json()["items"]
    assert (item["status"], item["reason"], item["reason_text"]) == (
        "suppressed",
        "quiet_hours",
        "It fell into your quiet hours.",
    )


async def test_a_changed_dose_and_an_offer_can_be_traced_to_their_events(front: Front) -> None:
    await front.until("2025-03-31 09:00")
    now = front.rig.clock.now()
    await front.hear(decided("d-1", 600, 480))
    cause = await front.hear(changed("d-1", 600, 480, now))
    await front.hear(decided("d-2", 600, 660, "R11"))
    offer = await front.hear(proposed("o-1", now + timedelta(hours=48), "d-2"))
    await front.until("2025-03-31 09:01")
    items = {item["kind"]: item for item in (await front.call("GET", "/reminders")).json()["items"]}
    assert items["change_note"]["cause_event_id"] == cause
    assert items["change_note"]["text"][1] == "From now on: 8 minutes (it was 10 minutes)."
    assert items["proposal"]["cause_event_id"] == offer
    assert items["proposal"]["text"][:3] == [
        "3 steady sessions. Would you like 11 minutes? Staying is fine too.",
        "yes: 11 minutes",
        "stay: 10 minutes",
    ]
    published = [orjson.loads(raw.value or b"") for raw in front.rig.broker.topic("reminders-events")]
    mine = [event for event in published if event["patient_id"] == front.person]
    assert {event["data"]["cause_event_id"] for event in mine} == {cause, offer}


async def test_the_list_is_paged_newest_first(front: Front) -> None:
    await front.call("PUT", "/cues/c", CUE)
    await front.until("2025-04-03 10:01")
    first = (await front.call("GET", "/reminders?limit=2")).json()
    second = (await front.call("GET", f"/reminders?limit=2&cursor={first['next_cursor']}")).json()
    assert second["next_cursor"] is None
    seen = [item["local_date"] for page in (first, second) for item in page["items"]]
    assert seen == ["2025-04-03", "2025-04-02", "2025-04-01", "2025-03-31"]
    assert (await front.call("GET", "/reminders?cursor=x")).status_code == 400


async def test_quiet_hours_are_the_default_until_the_person_chooses(front: Front) -> None:
    default = (await front.call("GET", "/quiet-hours")).json()
    assert (default["start"], default["end"], default["enabled"], default["chosen"]) == ("21:00", "08:00", True, False)
    assert (default["reason"], default["reason_text"]) == (
        "default",
        "These are the usual quiet hours. You can choose your own.",
    )
    body = {"id": "q-1", "start": "22:00", "end": "07:00"}
    assert (await front.call("PUT", "/quiet-hours", body, "clinician")).status_code == 403
    assert (await front.call("PUT", "/quiet-hours", body)).status_code == 200
    assert (await front.call("GET", "/quiet-hours")).json()["chosen"] is True


@pytest.mark.parametrize(
    "change",
    [
        {"time": "24:00"},
        {"time": 10},
        {"track_id": "swim"},
        {"if_then": {"situation": "only half"}},
        {"if_then": {"situation": "a", "action": "b\nc"}},
        {"if_then": {"situation": "Annas house", "action": "x" * 201}},
        {"more": 1},
    ],
)
async def test_a_wrong_cue_is_refused_without_an_echo(front: Front, change: dict[str, Any]) -> None:
    answer = await front.call("PUT", "/cues/c", {**CUE, **change})
    assert answer.status_code == 422
    assert "Annas" not in answer.text
    assert (await front.call("GET", "/cues")).json()["cues"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/cues/c", CUE),
        ("GET", "/cues", None),
        ("PUT", "/quiet-hours", {"id": "q", "start": "20:00", "end": "09:00"}),
        ("GET", "/quiet-hours", None),
        ("PUT", "/blocked-days/b", BLOCKED),
        ("GET", "/blocked-days", None),
        ("DELETE", "/blocked-days/b", None),
        ("GET", "/reminders", None),
    ],
)
async def test_nobody_else_sees_or_sets_a_persons_reminders(front: Front, method: str, path: str, body: Any) -> None:
    assert (await front.call(method, path, body, "caregiver")).status_code == 403
    assert (await front.call(method, path, body, patient="other")).status_code == 403
    assert (await front.call(method, path, body, "clinician", tenant="other")).status_code == 404
    assert (await front.call(method, path, body, "clinician")).status_code == 200


async def test_the_same_cue_again_is_told_the_same_and_another_under_its_id_is_refused(front: Front) -> None:
    first = await front.call("PUT", "/cues/c", {**CUE, "if_then": WORDS})
    assert (await front.call("PUT", "/cues/c", {**CUE, "if_then": WORDS})).json() == first.json()
    assert (await front.call("PUT", "/cues/c", {**CUE, "time": "11:00"})).status_code == 409


@pytest.mark.article("P6.5")
async def test_days_are_blocked_read_and_taken_back_and_why_lies_only_sealed(front: Front) -> None:
    block = {"first": "2025-04-01", "last": "2025-04-03"}
    done = await front.call("PUT", "/blocked-days/b", BLOCKED)
    assert (done.status_code, done.json()["blocked"]) == (200, [{"block_id": "b", **block, "kind": "religious"}])
    await front.call("PUT", "/blocked-days/c", {"id": "b-2", "first": "2025-03-31", "last": "2025-03-31"})
    read = (await front.call("GET", "/blocked-days", role="clinician")).json()["blocked"]
    assert [(one["block_id"], one["kind"]) for one in read] == [("c", None), ("b", "religious")]
    await front.call("PUT", "/cues/c", CUE)
    await front.until("2025-03-31 10:01")
    (item,) = (await front.call("GET", "/reminders")).json()["items"]
    assert (item["status"], item["reason_text"]) == ("suppressed", "That day was blocked.")

    for _ in range(2):
        left = await front.call("DELETE", "/blocked-days/b")
        assert (left.status_code, [one["block_id"] for one in left.json()["blocked"]]) == (200, ["c"])
    assert (await front.call("PUT", "/blocked-days/b", BLOCKED | {"id": "b-3"})).status_code == 200
    left = await front.call("DELETE", "/blocked-days/b")
    assert [one["block_id"] for one in left.json()["blocked"]] == ["c"]

    await front.rig.rest()
    everything = repr((front.rig.store.aggregates, front.rig.broker.logs)) + repr(vars(front.rig.store))
    assert "religious" not in everything
    published = [orjson.loads(raw.value or b"") for raw in front.rig.broker.topic("reminders-events")]
    mine = [e["data"]["blocked"] for e in published if (e["patient_id"], e["type"]) == (front.person, "days.blocked")]
    assert [len(ranges) for ranges in mine] == [1, 1, 1, 1, 1]


async def test_kinds_of_blocked_days_cannot_be_told_apart_by_their_length(front: Front) -> None:
    for number, kind in enumerate(("religious", "travel", "clinic", "other")):
        await front.call("PUT", f"/blocked-days/b{number}", BLOCKED | {"id": f"b-{number}", "kind": kind})
    await front.rig.rest()
    state = (await front.rig.runtime.state(front.person, "clinic")).blocked

    assert len({block.kind_sealed for block in state.values()}) == 4
    assert len({len(block.kind_sealed) for block in state.values()}) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"last": "2025-03-30"}, "/last"),
        ({"first": "2025-03-02"}, "/first"),
        ({"last": "2027-01-01"}, "/last"),
        ({"first": "2025-02-30"}, "/first"),
        ({"kind": "Annas wedding"}, "/kind"),
        ({"more": 1}, "extra_forbidden"),
    ],
)
async def test_a_wrong_range_is_refused_with_its_place_and_without_an_echo(
    front: Front, change: dict[str, Any], pointer: str
) -> None:
    answer = await front.call("PUT", "/blocked-days/b", {**BLOCKED, **change})
    assert answer.status_code == 422
    assert pointer in answer.text
    assert "Annas" not in answer.text
    assert (await front.call("GET", "/blocked-days")).json()["blocked"] == []


ROUTES: Final = {
    ("PUT", "/cues/{cue_id}"): ("/cues/c", CUE),
    ("GET", "/cues"): ("/cues", None),
    ("PUT", "/quiet-hours"): ("/quiet-hours", {"id": "q", "start": "20:00", "end": "09:00"}),
    ("GET", "/quiet-hours"): ("/quiet-hours", None),
    ("PUT", "/blocked-days/{block_id}"): ("/blocked-days/b", BLOCKED),
    ("GET", "/blocked-days"): ("/blocked-days", None),
    ("DELETE", "/blocked-days/{block_id}"): ("/blocked-days/b", None),
    ("GET", "/reminders"): ("/reminders", None),
}
"""Every route, with a path and a body to call it by."""


def test_every_route_of_the_service_is_among_those_that_are_walked(front: Front) -> None:
    served = {
        (method, path.removeprefix("/v1/patients/{patient_id}"))
        for path, methods in front.app.openapi()["paths"].items()
        for method in map(str.upper, methods)
        if path.startswith("/v1/")
    }
    assert served == ROUTES.keys()


@pytest.mark.article("P8.1")
@pytest.mark.parametrize(
    ("locale", "hours"), [("en", "Mon-Fri 8-17"), ("es-MX", "lun-vie 8-17"), ("fr", "Mon-Fri 8-17")]
)
@pytest.mark.parametrize("route", ROUTES)
async def test_every_answer_to_a_patient_names_a_human_in_their_language(
    front: Front, route: tuple[str, str], locale: str, hours: str
) -> None:
    await front.hear(PatientEnrolledV1(tz="UTC", locale=locale))
    path, body = ROUTES[route]
    for _ in range(2):
        answer = await front.call(route[0], path, body)
        assert answer.status_code == 200
        assert answer.json()["human"] == {
            "name": "Harbour Pain Clinic", "phone": "+1 555 0100", "hours": hours, "messages_read": False
        }  # fmt: skip


async def test_a_tenant_that_is_not_listed_is_told_the_human_of_any_tenant(front: Front) -> None:
    front.person, front.seqs, front.tenant = f"p{int(front.person[1:]) + 1}", {}, "elsewhere"
    await front.hear(PatientEnrolledV1(tz="UTC", locale="en"))
    answer = await front.call("GET", "/cues", tenant="elsewhere")
    front.tenant = "clinic"
    assert (answer.status_code, answer.json()["human"]["name"]) == (200, "Clinic")


CLOSING: Final = {
    "en": "Harbour Pain Clinic: +1 555 0100, Mon-Fri 8-17. No one reads what you write here; please phone. In danger, "
    "call 911.",
    "es": "Harbour Pain Clinic: +1 555 0100, lun-vie 8-17. Nadie lee lo que usted escribe aquí; por favor, llame por "
    "teléfono. En peligro, llame al 911.",
}


@pytest.mark.article("P8.6")
@pytest.mark.parametrize("locale", CLOSING)
async def test_every_message_ends_with_whom_the_person_can_reach(front: Front, locale: str) -> None:
    await front.hear(PatientEnrolledV1(tz="UTC", locale=locale))
    await front.call("PUT", "/cues/c", CUE)
    await front.until("2025-03-31 09:00")
    now = front.rig.clock.now()
    await front.hear(decided("d-1", 600, 480))
    await front.hear(changed("d-1", 600, 480, now))
    await front.hear(proposed("o-1", now + timedelta(hours=48)))
    await front.until("2025-03-31 10:01")
    await front.hear(suspended(now))
    await front.until("2025-04-01 10:01")
    items = (await front.call("GET", "/reminders")).json()["items"]
    assert {(item["kind"], item["status"]) for item in items} == {
        ("change_note", "sent"), ("proposal", "sent"), ("cue", "sent"), ("safety", "sent"), ("cue", "suppressed")
    }  # fmt: skip
    assert {item["text"][-1] for item in items} == {CLOSING[locale]}


async def test_messages_and_reasons_are_told_in_the_persons_language(front: Front) -> None:
    await front.hear(PatientEnrolledV1(tz="UTC", locale="es-MX"))
    quiet = (await front.call("GET", "/quiet-hours")).json()
    assert quiet["reason_text"] == "Estas son las horas de descanso habituales. Puede elegir otras."
    await front.call("PUT", "/cues/c", {**CUE, "time": "22:00"})
    off = (await front.call("PUT", "/cues/c", {**CUE, "id": "c-2", "enabled": False})).json()
    assert (off["reason"], off["reason_text"]) == ("switched_off", "Usted lo desactivó.")
    await front.call("PUT", "/cues/d", {**CUE, "id": "c-3", "time": "22:00"})
    await front.until("2025-03-31 09:00")
    await front.hear(decided("d-1", 600, 480))
    await front.hear(changed("d-1", 600, 480, front.rig.clock.now()))
    await front.until("2025-03-31 22:01")
    note, cue = sorted((await front.call("GET", "/reminders")).json()["items"], key=lambda item: item["local_time"])
    assert note["text"][:3] == [
        "Después de esa tardó más en calmarse. Probemos 8 minutos la próxima vez. Su anotación ayuda a ajustar el plan "
        "a usted.",
        "A partir de ahora: 8 minutos (antes: 10 minutos).",
        "Hacer menos siempre está bien.",
    ]
    assert (cue["reason"], cue["reason_text"]) == ("quiet_hours", "Caía en sus horas de descanso.")


async def test_a_suspension_is_told_at_once_and_shown_as_the_reason_of_what_rests(front: Front) -> None:
    await front.call("PUT", "/cues/c", CUE)
    await front.until("2025-03-31 07:00")
    cause = await front.hear(suspended(front.rig.clock.now()))
    await front.until("2025-03-31 07:01")
    (message,) = (await front.call("GET", "/reminders")).json()["items"]
    assert (message["kind"], message["status"], message["cause_event_id"]) == ("safety", "sent", cause)
    assert message["text"][:4] == [
        "Please stop exercise for now.",
        "Go to the nearest emergency room now. If you cannot get there, call 911.",
        "Your plan and its messages rest until a clinician has looked at this. You can still read and write here.",
        "In danger, call 911.",
    ]
    (cue,) = (await front.call("GET", "/cues")).json()["cues"]
    assert (cue["reason"], cue["reason_text"]) == (
        "suspended",
        "Reminders rest until your clinic has talked with you.",
    )
    await front.until("2025-03-31 10:01")
    (resting, _) = (await front.call("GET", "/reminders")).json()["items"]
    assert (resting["reason"], resting["reason_text"]) == (
        "suspended",
        "Messages were resting until your clinic had talked with you.",
    )
    assert front.received() == ["safety"]


async def test_after_the_end_of_the_plan_nothing_leaves(front: Front) -> None:
    await front.call("PUT", "/cues/c", CUE)
    await front.until("2025-03-31 09:58")
    await front.hear(PlanEndedV1(plan_id="plan", reason="moved"))
    (cue,) = (await front.call("GET", "/cues")).json()["cues"]
    assert (cue["waits_for_plan"], cue["reason"]) == (True, "no_active_plan")
    await front.until("2025-04-02 12:00")
    items = (await front.call("GET", "/reminders")).json()["items"]
    assert {(item["status"], item["reason"]) for item in items} == {("suppressed", "no_active_plan")}
    assert front.received() == []
    (cue,) = (await front.call("GET", "/cues")).json()["cues"]
    assert (cue["reason"], cue["reason_text"]) == ("no_active_plan", "It rests until a plan is in force.")


def suspended(at: datetime) -> AutomationSuspendedV1:
    """A suspension of the gravest level."""
    return AutomationSuspendedV1(
        suspension_id="s-1", flag_id="f-1", level="emergency", signs=("cauda_equina",), since=at
    )
