"""The route of adherence behind the real gate: what a person reads, what their clinician does, and who nothing."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.local.issuer import open_issuer
from tests.support.kind_payload import unkind
from tests.support.progression_person import Person, track
from tests.unit.services.progression.test_http import Front


@pytest.fixture(scope="module")
async def front(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    """A diary of four weeks that came at once, and a person whose days are still to come."""
    made = Front(open_issuer(tmp_path_factory.mktemp("issuer")))
    person = Person(mode="batch").enrol().plan(track())
    days = [day for day in range(28) if day % 7 in (0, 2, 4)]
    for day in days:
        person.log(day, 600, recorded=person.at(28), more_follow=day != days[-1])
    await made.live(person)
    await made.live(Person(key="new").enrol().plan(track()))
    yield made
    await made.client.aclose()


async def read(front: Front, path: str = "p1/adherence", role: str = "patient", own: str = "p1") -> Any:
    answer = await front.get(path, role, own=own)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.article("P6.4")
async def test_a_person_and_their_clinician_read_the_same_facts(front: Front) -> None:
    mine, theirs = await read(front), await read(front, role="clinician")

    assert theirs["person"] == mine
    assert mine["month"] == {"done": 12, "planned": 12, "text": "12 of 12 planned in the last 4 weeks."}
    assert (theirs["windows"][1]["session_pct"], theirs["windows"][1]["band"]) == (100, "as_agreed")
    assert theirs["tracks"][0]["windows"][1]["dose_pct"] == 100
    assert theirs["pillars"]["graded"] == "active"


@pytest.mark.article("P4.6")
@pytest.mark.parametrize("language", ["en", "es", "ar"])
async def test_the_person_reads_it_in_their_language_without_rates_or_blame(front: Front, language: str) -> None:
    payload = await read(front, f"p1/adherence?language={language}")

    assert payload["language"] == language
    assert list(unkind(payload, language)) == []


async def test_before_anything_was_counted_there_are_not_enough_days(front: Front) -> None:
    mine = await read(front, "new/adherence", own="new")
    theirs = await read(front, "new/adherence", role="clinician")

    assert (mine["as_of"], mine["week"]["text"]) == (None, "Not enough days yet.")
    assert (theirs["person"], theirs["windows"]) == (mine, [])


@pytest.mark.parametrize(
    ("path", "who", "status"),
    [
        ("p1/adherence", {"own": "new"}, 403),
        ("p1/adherence", {"role": "caregiver"}, 403),
        ("p1/adherence", {"role": "moderator"}, 403),
        ("p1/adherence", {"role": "clinician", "tenant": "other"}, 404),
        ("nobody/adherence", {"role": "clinician"}, 404),
        ("p1/adherence?language=english", {}, 422),
    ],
)
async def test_nobody_else_reads_it(front: Front, path: str, who: dict[str, str], status: int) -> None:
    assert (await front.get(path, **who)).status_code == status
