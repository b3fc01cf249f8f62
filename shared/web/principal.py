"""Who calls, and what they may see: taken from the token alone (domain/community.md 6.3)."""

from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Path, Request

from shared.runtime.messages import Actor, Refused
from shared.web.problems import refused

T = TypeVar("T")

ROLES: Final = ("patient", "caregiver", "clinician", "moderator", "device", "admin")
_OWN_ONLY: Final = frozenset({"patient", "caregiver", "device"})
"""Roles that reach one person only: the one named in the token."""

PERSON_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9._\-]{0,99}$"
PersonId = Annotated[str, Path(pattern=PERSON_ID, description="The person's random id.")]
"""A person's id in a path; anything else is a 422 that does not repeat it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller whose token was checked; `subject` and `patient_id` are random ids."""

    tenant: str
    subject: str
    roles: frozenset[str]
    patient_id: str | None = None


async def authenticated(request: Request) -> Principal:
    """The caller of this request; 401 where the token was not checked before."""
    return principal_of(request.scope)


Caller = Annotated[Principal, Depends(authenticated)]
"""The parameter type by which a route asks for its caller."""


def principal_of(scope: Any) -> Principal:
    """The caller that the gate left in an ASGI scope, or `Refused` 401."""
    found = scope.get("state", {}).get("principal")
    if not isinstance(found, Principal):
        raise refused(401, {"WWW-Authenticate": "Bearer"})
    return found


def allow(principal: Principal, patient_id: str, *roles: str) -> str:
    """The first of `roles` in which the caller may act for this person, or `Refused` 403.

    Patients, caregivers and devices reach only the person named in their token. Asked before anything is read, so that
    the answer does not tell whether the person exists; `found` then answers 404 for an unknown or foreign person.
    """
    for role in roles:
        if role in principal.roles and (role not in _OWN_ONLY or principal.patient_id == patient_id):
            return role
    raise _forbidden()


def allow_role(principal: Principal, *roles: str) -> str:
    """The first of `roles` that the caller has, where a request is about no single person; else `Refused` 403."""
    for role in roles:
        if role in principal.roles:
            return role
    raise _forbidden()


@dataclass(frozen=True)
class RoleOf:
    """The role in which a caller may do what a route does."""

    roles: tuple[str, ...]

    async def __call__(self, request: Request, caller: Caller) -> str:
        """What `allow` gives for the person of the address; without one, `allow_role`."""
        patient_id = request.path_params.get("patient_id")
        return allow_role(caller, *self.roles) if patient_id is None else allow(caller, patient_id, *self.roles)


def may(*roles: str) -> Any:
    """A parameter of a route, `role: Annotated[str, may("clinician")]`: what `allow` gives, before the body is judged.

    So a wrong role is told 403 whatever else is wrong with its request.
    """
    return Depends(RoleOf(roles))


def found(thing: T | None) -> T:
    """The thing, or `Refused` 404: nobody of that id in the caller's tenant."""
    if thing is None:
        raise refused(404)
    return thing


def actor(principal: Principal, role: str) -> Actor:
    """The caller as the actor of a command, in the role that `allow` gave."""
    return Actor(role, principal.subject)


def _forbidden() -> Refused:
    return refused(403)
