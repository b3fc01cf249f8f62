"""The routes of progression behind the real gate, on the real runtime over memory."""

from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client import CollectorRegistry

from deploy.local.issuer import AUDIENCE, ISSUER, LocalIssuer, open_issuer
from services.progression.http import router
from services.progression.transitions import SERVICE
from shared.clinics import Clinics
from shared.observability.metrics import Metrics
from shared.runtime.messages import Tick
from shared.web.app import create_app
from shared.web.keys import keys_from_file
from shared.web.tokens import Verifier
from tests.support.progression_person import Person, body_of
from tests.support.progression_stops import suspend
from tests.support.rig import Rig, lay


class Front:
    """The service with one person's history in it, and who calls its routes."""

    def __init__(self, issuer: LocalIssuer) -> None:
        self.issuer = issuer
        self.rig = Rig(SERVICE)
        metrics = Metrics(CollectorRegistry(), "progression")
        verifier = Verifier(ISSUER, AUDIENCE, keys_from_file(issuer.jwks_file))
        app = create_app("progression", [router(self.rig.runtime, Clinics({}))], verifier, self.rig.clock, metrics)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://progression")

    async def live(self, person: Person) -> None:
        messages = [message for message, _ in person.history if not isinstance(message.data, Tick)]
        await self.rig.consume([lay(self.rig.broker, body_of(message)) for message in messages])

    async def get(self, path: str, role: str = "patient", *, tenant: str = "clinic", own: str = "p1") -> httpx.Response:
        token = self.issuer.mint([role], tenant, patient_id=own if role in ("patient", "caregiver") else None)
        return await self.client.get(f"/v1/patients/{path}", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
async def front(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    made = Front(open_issuer(tmp_path_factory.mktemp("issuer")))
    person = Person().enrol().plan()
    for day in (0, 2, 4, 7):
        person.log(day, 600)
        person.morning(day + 1)
    await made.live(person)
    yield made
    await made.client.aclose()


async def test_a_track_shows_the_dose_in_force_with_the_whole_explanation(front: Front) -> None:
    answer = await front.get("p1/tracks")
    (shown,) = answer.json()["tracks"]

    assert answer.status_code == 200
    assert (shown["track_id"], shown["dose"], shown["unit"], shown["status"]) == ("walk", 600, "min", "ACTIVE")
    decision = shown["decision"]
    assert (decision["rule"], decision["action"], decision["dose"]) == ("R11", "ADVANCE", 660)
    assert decision["explanation"]["text"] == "4 steady sessions. Would you like 11 min? Staying is fine too."
    assert decision["explanation"]["clinician_text"] is None
    assert decision["parameters"]["advance_days"] == 7
    assert [unit["settled"] for unit in decision["units"]] == [True] * 4
    assert shown["proposal"]["dose"] == 660


async def test_a_clinician_reads_the_clinical_words_too(front: Front) -> None:
    (shown,) = (await front.get("p1/tracks", "clinician")).json()["tracks"]

    assert shown["decision"]["explanation"]["clinician_text"] == "4 ok, 4 green, settled; +1 min."


async def test_decisions_are_paged_latest_first_without_loss(front: Front) -> None:
    seen: list[int] = []
    path = "p1/decisions?limit=3"
    while True:
        page = (await front.get(path)).json()
        seen += [decision["number"] for decision in page["decisions"]]
        if page["next"] is None:
            break
        path = f"p1/decisions?limit=3&cursor={page['next']}"

    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == 1
    assert len(seen) == len(set(seen)) == 9


async def test_decisions_of_one_track_are_found(front: Front) -> None:
    assert len((await front.get("p1/decisions?track_id=walk&limit=100")).json()["decisions"]) == 9
    assert (await front.get("p1/decisions?track_id=other")).json() == {"decisions": [], "next": None}


@pytest.mark.article("P12.2")
async def test_one_decision_is_read_with_everything_it_rests_on(front: Front) -> None:
    (latest,) = (await front.get("p1/decisions?limit=1")).json()["decisions"]
    answer = await front.get(f"p1/decisions/{latest['decision_id']}")

    assert answer.json()["standing"]["dose"] == 600
    assert len(answer.json()["units"]) == 4


@pytest.mark.parametrize(
    ("path", "who", "status"),
    [
        ("p1/tracks", {"own": "p2"}, 403),
        ("p1/tracks", {"role": "caregiver"}, 403),
        ("p1/tracks", {"role": "moderator"}, 403),
        ("p2/tracks", {"role": "clinician"}, 404),
        ("p1/tracks", {"role": "clinician", "tenant": "other"}, 404),
        ("p1/decisions", {"role": "clinician", "tenant": "other"}, 404),
        ("p1/decisions/unknown", {}, 404),
        ("p1/decisions?cursor=rubbish", {}, 400),
        ("p1/decisions?limit=0", {}, 422),
        ("p1/decisions?limit=1000", {}, 422),
    ],
)
async def test_who_may_not_read_or_asks_wrongly_is_refused(
    front: Front, path: str, who: dict[str, str], status: int
) -> None:
    answer = await front.get(path, **who)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_later_decision_does_not_hide_why_the_dose_changed(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = Front(open_issuer(tmp_path_factory.mktemp("issuer")))
    person = Person().enrol().plan()
    person.log(0, 600, pain=8)
    person.morning(1, 7)
    person.log(1, 480)
    await made.live(person)
    (shown,) = (await made.get("p1/tracks", "clinician")).json()["tracks"]
    await made.client.aclose()

    assert (shown["dose"], shown["decision"]["action"]) == (480, "HOLD")
    assert (shown["last_change"]["rule"], shown["last_change"]["dose_in_force"]) == ("R8a", 480)
    assert shown["last_change"]["explanation"]["text"].startswith("It took longer to settle after that one.")


async def test_a_stopped_track_is_shown_as_such(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = Front(open_issuer(tmp_path_factory.mktemp("issuer")))
    person = Person().enrol().plan()
    person.log(0, 600)
    suspend(person, 1)
    await made.live(person)
    (shown,) = (await made.get("p1/tracks")).json()["tracks"]
    await made.client.aclose()

    assert (shown["status"], shown["dose"], shown["proposal"]) == ("SUSPENDED", 0, None)
    assert shown["decision"] == shown["last_change"]
    assert shown["decision"]["explanation"]["text"].startswith("Please stop exercise for now.")


async def test_a_decision_says_why_not_the_next_rule_up(front: Front) -> None:
    for role, waiting in (
        ("patient", "Keep 10 min for now. A next step can come from 10 March."),
        ("clinician", "0 d since the last change."),
    ):
        (first,) = (await front.get("p1/decisions?limit=100", role)).json()["decisions"][-1:]
        told = (await front.get(f"p1/decisions/{first['decision_id']}", role)).json()["next_up"]
        (days,) = [one for one in told["conditions"] if one["rule"] == "R10d"]

        assert (told["rule"], told["dose"]) == ("R11s", 660)
        assert (days["met"], days["have"], days["need"], days["text"]) == (False, 0, 7, waiting)
    (shown,) = (await front.get("p1/tracks")).json()["tracks"]
    assert all(one["met"] for one in shown["decision"]["next_up"]["conditions"])


async def test_a_decision_is_read_in_the_language_that_is_asked_for(front: Front) -> None:
    said = {}
    for language in ("en", "es", "ar", "fr"):
        (shown,) = (await front.get(f"p1/tracks?language={language}", "clinician")).json()["tracks"]
        told = shown["decision"]["explanation"]
        said[language] = (told["text"], told["clinician_text"])

    assert "11 minutos" in said["es"][0]
    assert said["es"][1] == "4 correctas, 4 verdes, calmadas; +1 minuto."
    assert "11 دقيقة" in said["ar"][0]
    assert said["fr"] == said["en"]
    assert (await front.get("p1/tracks?language=rubbish")).status_code == 422
