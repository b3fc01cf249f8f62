"""Carrying out a command on what was read before it, again and again until nothing changed in between."""

from dataclasses import asdict, fields
from typing import Any, Final

import orjson

from services.session_logging.api.reading import Command, with_basis
from services.session_logging.domain.commands import AmendSession, VoidSession
from services.session_logging.domain.rules import BasisIsOutdated
from shared.runtime.messages import Answer, Refused
from shared.runtime.runtime import Runtime
from shared.web.principal import Principal, actor

ATTEMPTS: Final = 5
_SOURCES: Final = {"patient": "app", "caregiver": "app", "clinician": "clinician", "device": "device"}
_READ_FOR_IT: Final = frozenset({"basis", "current"})


async def carry_out(
    runtime: Runtime, principal: Principal, role: str, key: str, command: Command, command_id: str, source: str | None
) -> Answer:
    """Execute a command; what it rests on is read only where the state alone cannot tell, and then afresh each time.

    What makes two commands the same is what the client said: what was read for them is left out. Raises `Refused`; 503
    when other writes kept coming in between.
    """
    content = said(command)
    read_first = isinstance(command, AmendSession | VoidSession)
    for attempt in range(ATTEMPTS):
        if read_first or attempt:
            command = await with_basis(runtime, key, principal.tenant, command)
        try:
            return await runtime.execute(
                key=key,
                tenant=principal.tenant,
                command=command,
                command_id=command_id,
                actor=actor(principal, role),
                source=source or _SOURCES[role],
                content=content,
            )
        except Refused as refusal:
            if refusal.code != BasisIsOutdated.code:
                raise
    raise Refused(503, BasisIsOutdated.code, BasisIsOutdated.detail, headers={"Retry-After": "1"})


def said(command: Command) -> bytes:
    """The content of a command as JSON: equal bytes for equal words of the client."""
    names = (field.name for field in fields(command) if field.name not in _READ_FOR_IT)
    return orjson.dumps({name: getattr(command, name) for name in names}, option=orjson.OPT_SORT_KEYS)


def derived_content(command: Any) -> list[Any]:
    """What names an amendment or a void that came without an id of its own: all that was said."""
    return [repr(value) for name, value in sorted(asdict(command).items()) if name not in _READ_FOR_IT]
