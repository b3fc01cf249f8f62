"""Routes that are asked all the time are called at once, without FastAPI's search for every parameter of a request.

FastAPI stays the description and the judge: the parameters are read off the same signature, and a request in which
anything is out of order goes the long way, so that it gets the same answer as ever.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar, get_args, get_origin, get_type_hints

from fastapi import APIRouter
from fastapi.params import Depends
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.runtime.messages import Refused
from shared.web.principal import PERSON_ID, PersonId, Principal, RoleOf, allow, principal_of
from shared.web.problems import from_refused

DOCUMENT: Final = "document"
"""Where the gate leaves the parsed body in `scope["state"]`."""

_MARK: Final = "__pacewell_often__"
_PERSON: Final = re.compile(PERSON_ID)

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Response]])


def often(endpoint: Endpoint) -> Endpoint:
    """Mark a route as asked all the time: one of a person, with a body, a caller and `may(…)`, that makes its answer.

    Stands below the router's decorator. A signature that does not fit is a `TypeError` when the app is made.
    """
    setattr(endpoint, _MARK, True)
    return endpoint


@dataclass(frozen=True, slots=True)
class _Direct:
    """One marked route: what of the request goes into which parameter."""

    route: APIRoute
    person: str
    body: str
    model: type[BaseModel]
    caller: str
    role: str
    roles: tuple[str, ...]


class Often:
    """ASGI middleware behind the gate that calls marked routes itself and passes everything else on."""

    def __init__(self, app: ASGIApp, *, routers: Iterable[APIRouter]) -> None:
        self._app = app
        self._routes = [
            _direct(route)
            for router in routers
            for route in router.routes
            if isinstance(route, APIRoute) and getattr(route.endpoint, _MARK, False)
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that is in order; FastAPI answers any other."""
        if scope["type"] == "http":
            for direct in self._routes:
                if scope["method"] in (direct.route.methods or ()) and (
                    found := direct.route.path_regex.match(scope["path"])
                ):
                    answer = await _answered(direct, scope, found[direct.person])
                    if answer is not None:
                        await answer(scope, receive, send)
                        return
        await self._app(scope, receive, send)


async def _answered(direct: _Direct, scope: Scope, person: str) -> Response | None:
    """The route's answer; None where the request must go the long way."""
    document = scope.get("state", {}).get(DOCUMENT)
    if not isinstance(document, dict) or _PERSON.fullmatch(person) is None:
        return None
    scope["route"], scope["path_params"] = direct.route, {direct.person: person}
    try:
        caller = principal_of(scope)
        role = allow(caller, person, *direct.roles)
        body = direct.model.model_validate(document)
        given: dict[str, Any] = {direct.person: person, direct.body: body, direct.caller: caller, direct.role: role}
        answer: Response = await direct.route.endpoint(**given)
        return answer
    except ValidationError:
        return None
    except Refused as error:
        return from_refused(error)


def _direct(route: APIRoute) -> _Direct:
    """What a marked route asks for, from its signature."""
    hints = get_type_hints(route.endpoint, include_extras=True)
    hints.pop("return", None)
    found: dict[str, str] = {}
    model: type[BaseModel] | None = None
    roles: tuple[str, ...] = ()
    for name, hint in hints.items():
        told = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        rules = [what.dependency for what in told[1:] if isinstance(what, Depends)]
        if hint == PersonId:
            found["person"] = name
        elif told[0] is Principal:
            found["caller"] = name
        elif rules and isinstance(rules[0], RoleOf):
            found["role"], roles = name, rules[0].roles
        elif isinstance(told[0], type) and issubclass(told[0], BaseModel):
            found["body"], model = name, told[0]
        else:
            raise TypeError(f"a route that is asked often cannot take {name}")
    if model is None or len(found) != len(hints) or found.keys() != {"person", "caller", "role", "body"}:
        raise TypeError("a route that is asked often takes a person, a body, its caller and a role")
    return _Direct(route, model=model, roles=roles, **found)
