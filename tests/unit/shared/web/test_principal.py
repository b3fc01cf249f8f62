"""Who may see whom (domain/community.md 6.3): 403 for the role, 404 for whoever is not there."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter

from deploy.local.issuer import LocalIssuer
from shared.runtime.messages import Actor, Refused
from shared.web.principal import Principal, actor, allow, allow_role, found, may, principal_of
from tests.support.web_world import Thing, World, make_world


def caller(*roles: str, patient_id: str | None = None) -> Principal:
    return Principal("clinic", "a1", frozenset(roles), patient_id)


@pytest.mark.parametrize(
    ("principal", "patient_id", "roles", "expected"),
    [
        pytest.param(caller("patient", patient_id="p1"), "p1", ("patient", "clinician"), "patient", id="oneself"),
        pytest.param(caller("patient", patient_id="p1"), "p2", ("patient", "clinician"), None, id="somebody else"),
        pytest.param(caller("patient"), "p1", ("patient",), None, id="a patient token without a person"),
        pytest.param(caller("clinician"), "p2", ("patient", "clinician"), "clinician", id="clinician"),
        pytest.param(caller("clinician"), "p2", ("patient",), None, id="clinician, where only the patient may"),
        pytest.param(
            caller("patient", "clinician", patient_id="p1"),
            "p2",
            ("patient", "clinician"),
            "clinician",
            id="both, about another",
        ),
        pytest.param(
            caller("patient", "clinician", patient_id="p1"),
            "p1",
            ("patient", "clinician"),
            "patient",
            id="both, about oneself",
        ),
        pytest.param(caller("caregiver", patient_id="p1"), "p1", ("caregiver",), "caregiver", id="caregiver"),
        pytest.param(caller("caregiver", patient_id="p1"), "p2", ("caregiver",), None, id="caregiver of another"),
        pytest.param(caller("device", patient_id="p1"), "p2", ("device",), None, id="another's device"),
        pytest.param(caller("admin"), "p1", ("patient", "clinician"), None, id="admin is no clinician"),
        pytest.param(caller(), "p1", ("patient", "clinician"), None, id="no role"),
        pytest.param(caller("clinician"), "p1", (), None, id="nobody may"),
    ],
)
def test_a_role_reaches_its_people_and_nobody_else(
    principal: Principal, patient_id: str, roles: tuple[str, ...], expected: str | None
) -> None:
    if expected is None:
        with pytest.raises(Refused) as refused:
            allow(principal, patient_id, *roles)
        assert refused.value.status == 403
    else:
        assert allow(principal, patient_id, *roles) == expected


def test_a_role_without_a_person_is_asked_for_by_itself() -> None:
    assert allow_role(caller("moderator", "admin"), "admin", "moderator") == "admin"
    with pytest.raises(Refused) as refused:
        allow_role(caller("patient", patient_id="p1"), "admin")
    assert refused.value.status == 403


def test_nobody_there_is_404_and_nothing_is_still_something() -> None:
    with pytest.raises(Refused) as refused:
        found(None)
    assert refused.value.status == 404
    assert found(0) == 0


def test_without_the_gate_there_is_no_caller() -> None:
    scopes: list[dict[str, Any]] = [{}, {"state": {}}, {"state": {"principal": "admin"}}]
    for scope in scopes:
        with pytest.raises(Refused) as refused:
            principal_of(scope)
        assert refused.value.status == 401


def test_the_actor_of_a_command_is_the_caller_in_the_role_that_was_allowed() -> None:
    assert actor(caller("clinician"), "clinician") == Actor("clinician", "a1")


@pytest.mark.parametrize(
    ("roles", "own", "tenant", "asked", "status"),
    [
        (("patient",), "p1", "clinic", "p1", 201),
        (("patient",), "p1", "clinic", "p2", 403),
        (("patient",), "p1", "clinic", "p9", 403),
        (("caregiver",), "p1", "clinic", "p1", 403),
        (("moderator",), None, "clinic", "p1", 403),
        (("moderator",), None, "clinic", "nobody", 403),
        (("clinician",), None, "clinic", "p2", 201),
        (("clinician",), None, "clinic", "nobody", 404),
        (("clinician",), None, "clinic", "p9", 404),
        (("clinician",), None, "other", "p1", 404),
        (("patient",), "p1", "other", "p1", 404),
    ],
)
async def test_the_matrix_holds_over_http(
    world: World, roles: tuple[str, ...], own: str | None, tenant: str, asked: str, status: int
) -> None:
    headers = world.token(*roles, tenant=tenant, patient_id=own)
    answer = await world.client.post(f"/v1/patients/{asked}/things", json={"amount": 1}, headers=headers)
    assert answer.status_code == status


async def test_a_role_is_judged_before_the_body(issuer: LocalIssuer) -> None:
    router = APIRouter(prefix="/v1")

    @router.post("/patients/{patient_id}/notes")
    async def note(patient_id: str, thing: Thing, role: Annotated[str, may("patient", "clinician")]) -> str:
        return role

    @router.post("/notes", dependencies=[may("admin")])
    async def notes(thing: Thing) -> None: ...

    world = make_world(issuer, routers=[router])
    own, other, staff = world.patient, world.token("patient", patient_id="p2"), world.token("clinician")
    path = "/v1/patients/p1/notes"
    for where, who, body, status in (
        (path, own, {"amount": 1}, 200),
        (path, own, {}, 422),
        (path, other, {}, 403),
        (path, staff, {"amount": 1}, 200),
        (path, world.token("moderator"), {}, 403),
        ("/v1/notes", staff, {}, 403),
        ("/v1/notes", world.token("admin"), {}, 422),
    ):
        answer = await world.client.post(where, json=body, headers=who)
        assert answer.status_code == status, (where, body)
