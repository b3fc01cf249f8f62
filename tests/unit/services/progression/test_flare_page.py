"""Who reports a flare reads at once what to do: the dose, the flare plan's own words, whom to call."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from prometheus_client import CollectorRegistry

from deploy.local.issuer import AUDIENCE, ISSUER, LocalIssuer, open_issuer
from services.progression.http import router
from services.progression.store import FLARE_PLANS
from services.progression.transitions import SERVICE
from shared.clinics import Clinics
from shared.observability.metrics import Metrics
from shared.runtime.ports import DependencyDown
from shared.web.app import create_app
from shared.web.keys import keys_from_file
from shared.web.tokens import Verifier
from tests.support.progression_person import Person, body_of, track
from tests.support.rig import Rig, lay
from tests.unit.services.progression.test_named_texts import READ

WORDS: Final = {
    "steps": ["Warm bath", "Lie down for an hour"],
    "phones": [{"label": "Ines", "number": "+43 1 2345678"}],
}


class Desk:
    """The service, people with a flare plan in it, and who speaks for them."""

    def __init__(self, issuer: LocalIssuer) -> None:
        self.issuer = issuer
        self.rig = Rig(SERVICE)
        verifier = Verifier(ISSUER, AUDIENCE, keys_from_file(issuer.jwks_file))
        routes = router(self.rig.runtime, Clinics({"clinic": READ}))
        app = create_app("progression", [routes], verifier, self.rig.clock, Metrics(CollectorRegistry(), "progression"))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://progression")
        self.people = 0

    async def person(self, words: Any = WORDS, **plan: Any) -> str:
        """Somebody new with ten minutes of walking, and a flare plan in these words."""
        self.people += 1
        key = f"p{self.people}"
        sealed = None if words is None else await self.rig.runtime.sealer.seal("clinic", key, json.dumps(words))
        person = Person(key=key).enrol().plan(flare_plan_sealed=sealed, **plan)
        person.log(0, 600)
        self.rig.clock.set(person.now + timedelta(hours=1))
        await self.rig.consume([lay(self.rig.broker, body_of(message)) for message, _ in person.history])
        return key

    async def report(self, person: str, role: str = "patient", language: str = "en", id: str = "a") -> httpx.Response:
        own = person if role in ("patient", "caregiver") else None
        headers = {"Authorization": f"Bearer {self.issuer.mint([role], 'clinic', patient_id=own)}"}
        path = f"/v1/patients/{person}/flare?language={language}"
        return await self.client.post(path, json={"id": id}, headers=headers)


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    made = Desk(open_issuer(tmp_path_factory.mktemp("issuer")))
    yield made
    await made.client.aclose()


@pytest.mark.article("P1.1")
async def test_the_answer_to_a_report_is_what_to_do_now(desk: Desk) -> None:
    p = await desk.person()
    told = (await desk.report(p)).json()

    (dose,) = told["doses"]
    assert (dose["track_id"], dose["dose"], dose["unit"]) == ("walk", 300, "min")
    assert "try 5 min in short bits" in dose["text"]
    assert told["flare_plan"] == WORDS
    assert told["flare_plan_at"] == f"/v1/patients/{p}/flare-plan"
    assert (told["human"]["phone"], told["emergency_number"]) == (READ.phone, "999")
    assert (told["began"], told["ask_red_flags"]) == (True, True)


async def test_it_is_told_in_the_language_that_was_asked_for(desk: Desk) -> None:
    told = (await desk.report(await desk.person(), language="es")).json()

    assert "5 minutos en ratos cortos" in told["doses"][0]["text"]
    assert told["human"]["hours"] == READ.hours["es"]


async def test_under_pem_the_page_says_rest(desk: Desk) -> None:
    told = (await desk.report(await desk.person(pem="yes"))).json()

    assert told["doses"][0]["dose"] == 0
    assert "Rest is the plan for now." in told["doses"][0]["text"]


async def test_a_clinician_who_notes_it_reads_the_same(desk: Desk) -> None:
    assert (await desk.report(await desk.person(), "clinician")).json()["flare_plan"] == WORDS


async def test_a_caregiver_reads_whom_to_call_and_nothing_of_the_plan(desk: Desk) -> None:
    """W3: a caregiver reports a flare; what the plan says is the person's own."""
    told = (await desk.report(await desk.person(), "caregiver")).json()

    assert (told["doses"], told["flare_plan"], told["flare_plan_at"]) == ([], None, None)
    assert told["human"]["phone"] == READ.phone


async def test_the_words_lie_sealed_and_in_no_answer_that_is_kept(desk: Desk) -> None:
    p = await desk.person()
    first, again = await desk.report(p), await desk.report(p)

    assert again.json() == first.json()
    (stored,) = await desk.rig.runtime.find(FLARE_PLANS, {"_id": f"{p}:latest", "tenant": "clinic"})
    assert stored["sealed"].startswith("s1.")
    kept = str(await desk.rig.runtime.state(p, "clinic")) + str(stored)
    assert "Warm bath" not in kept
    assert "Ines" not in kept


async def test_without_a_flare_plan_the_rest_is_told(desk: Desk) -> None:
    told = (await desk.report(await desk.person(None))).json()

    assert (told["flare_plan"], told["doses"][0]["dose"]) == (None, 300)


async def test_a_report_is_accepted_while_nobody_can_open_the_words(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = await desk.person()

    async def away(*_: Any) -> str:
        raise DependencyDown("keys")

    monkeypatch.setattr(desk.rig.runtime.sealer, "unseal", away)
    answer = await desk.report(p)

    assert (answer.status_code, answer.json()["flare_plan"]) == (200, None)
    assert answer.json()["doses"][0]["dose"] == 300


def test_a_changed_plan_brings_its_words_and_its_end_takes_them() -> None:
    person = Person().enrol().plan(flare_plan_sealed="s1.one")
    person.plan(track(), day=1, flare_plan_sealed="s1.two")
    assert person.records[FLARE_PLANS, "latest"] == {"sealed": "s1.two"}
    person.end_plan(2)

    assert person.records[FLARE_PLANS, "latest"] == {"sealed": None}
