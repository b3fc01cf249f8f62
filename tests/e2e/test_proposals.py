"""An offer over HTTP on the running stack: choices and no change among them, the person's yes, and one that is gone."""

from functools import partial
from typing import Any

from deploy.local.supervisor import Running
from tests.e2e.test_flares import good_day, say
from tests.e2e.test_suspension import standing
from tests.support.e2e_clinic import Clinic, Days, Somebody, eventually, fresh


def offers(person: Somebody, which: str = "open") -> list[dict[str, Any]]:
    """The offers that wait for an answer, or that no longer do."""
    found: list[dict[str, Any]] = person.ask("patient", "GET", "plans", "/patients/{id}/proposals")[which]
    return found


def answer_to(offer: dict[str, Any]) -> str:
    return f"/patients/{{id}}/proposals/{offer['proposal_id']}/answer"


def with_an_offer(stack: Running) -> tuple[Somebody, dict[str, Any]]:
    """Four steady sessions in eight days, and the step that is offered then."""
    clinic = Clinic(stack)
    days, person = Days(clinic), clinic.enrol_with_plan()
    for day in (0, 2, 4, 7):
        good_day(person, days, day)
    (offer,) = eventually(partial(offers, person), "the offer")
    return person, offer


def test_a_step_is_offered_beside_no_change_and_comes_with_the_persons_yes_alone(stack: Running) -> None:
    person, offer = with_an_offer(stack)
    doses = {one["kind"]: one["dose"] for one in offer["options"]}
    assert doses == {"step": 660, "two_bouts": 660, "stay": 600, "less": 480}
    assert person.track()["dose"] == 600
    yes = {"id": fresh(), "answer": "accept"}
    assert person.send("caregiver", "POST", "plans", answer_to(offer), yes).status_code == 403
    person.ask("patient", "POST", "plans", answer_to(offer), yes)

    track = eventually(lambda: now if (now := person.track())["dose"] == 660 else {}, "the step")
    assert track["decision"]["explanation"]["text"] == "Your new amount is 11 min. You can always do less."
    assert offers(person) == []


def test_a_flare_withdraws_the_offer_at_once_and_a_late_yes_raises_nothing(stack: Running) -> None:
    person, offer = with_an_offer(stack)
    say(person, "flare")
    (gone,) = eventually(partial(offers, person, "closed"), "the end of the offer")
    assert (gone["proposal_id"], gone["status"], gone["reason"]) == (offer["proposal_id"], "withdrawn", "flare")
    late = person.send("patient", "POST", "plans", answer_to(offer), {"id": fresh(), "answer": "accept"})
    assert late.status_code == 409
    (track,) = eventually(partial(standing, person, "FLARE"), "the flare")
    assert track["dose"] == 300
