"""The toy service as a real process: `python -m tests.support.toy_process`, configured as every service is.

Beside sessions it hears two more topics, so that its subscription has three of them, as a real service's has.
"""

import asyncio
import os
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.clock import to_ms
from shared.contracts.plans import PatientEnrolledV1
from shared.contracts.reminders import ReminderDispatchedV1
from shared.contracts.session_logging import SessionLoggedV1
from shared.runtime.app import assemble
from shared.runtime.messages import Effect, Emit, Handler, Message, Record, Service, Transition
from shared.runtime.runtime import Runtime
from shared.settings import RuntimeSettings, load
from shared.web.principal import Caller, PersonId, actor, allow, found
from tests.support.toy import TOY, Add, Tally, decided, on_add, on_session_logged

LATEST = "latest"
MOST_RECORDS = 5000


class ToySettings(BaseSettings):
    """Where messages are counted, and whether this code can digest what the code before it could not."""

    model_config = SettingsConfigDict(env_prefix="PACEWELL_TOY_", frozen=True)
    messages: Path
    cured: bool = False


class CountingChannel:
    """Adds one line to a file for every message that leaves, so that a second one of the same id can be seen."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def send(self, effect: Effect, key: str, tenant: str) -> None:
        """Append in one write, which the operating system keeps though this process be killed the next moment."""
        await asyncio.to_thread(self._append, f"{key} {effect.id}\n".encode())

    def _append(self, line: bytes) -> None:
        file = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, line)
        finally:
            os.close(file)


class AddBody(BaseModel):
    """A command's body."""

    id: str
    amount: int


def toy_service(*, cured: bool = False) -> Service:
    """The toy with three topics; `cured`, it takes poison for an ordinary session."""

    def on_session(state: Tally, message: Message[SessionLoggedV1], now: datetime) -> Transition[Tally]:
        family = message.data.activity_family
        if family == "vast":
            vast = decided(1).model_copy(update={"text_params": {"all": "x" * 300_000}})
            return Transition(state, events=(Emit(vast),))
        if family == "beyond_int64":
            return Transition(replace(state, ticks=2**63))
        if cured and family == "poison":
            message = replace(message, data=message.data.model_copy(update={"activity_family": "walk"}))
        return _with_latest(on_session_logged(state, message, now), now)

    def on_addition(state: Tally, message: Message[Add], now: datetime) -> Transition[Tally]:
        return _with_latest(on_add(state, message, now), now)

    def ignore(state: Tally, _message: Message[Any], _now: datetime) -> Transition[Tally]:
        return Transition(state)

    others: dict[type, Handler] = {PatientEnrolledV1: ignore, ReminderDispatchedV1: ignore}
    return replace(TOY, transitions={**TOY.transitions, **others, SessionLoggedV1: on_session, Add: on_addition})


def _with_latest(transition: Transition[Tally], now: datetime) -> Transition[Tally]:
    """One record beside, that every step overwrites: an old one must never come back."""
    total = sum((transition.state.sessions or {}).values())
    latest = Record("sums", LATEST, {"total": total, "at": to_ms(now)})
    return replace(transition, records=(*transition.records, latest))


def router(runtime: Runtime) -> APIRouter:
    """One command, one reading, and what an observer asks of the mechanism."""
    routes = APIRouter(prefix="/v1")

    @routes.post("/patients/{patient_id}/adds", status_code=201)
    async def add(patient_id: PersonId, body: AddBody, caller: Caller) -> JSONResponse:
        """Add an amount under an id."""
        role = allow(caller, patient_id, "clinician")
        answer = await runtime.execute(
            key=patient_id,
            tenant=caller.tenant,
            command=Add(body.id, body.amount),
            command_id=body.id,
            actor=actor(caller, role),
            source="app",
        )
        return JSONResponse(dict(answer.body), answer.status)

    @routes.get("/patients/{patient_id}/tally")
    async def tally(patient_id: PersonId, caller: Caller) -> JSONResponse:
        """The state, and every record by its id."""
        allow(caller, patient_id, "clinician")
        state: Tally = found(await runtime.state(patient_id, caller.tenant))
        await runtime.settle(patient_id)
        where = {"key": patient_id, "tenant": caller.tenant}
        records = await runtime.find("sums", where, limit=MOST_RECORDS)
        body = asdict(state)
        body["next_tick"] = None if state.next_tick is None else state.next_tick.isoformat()
        return JSONResponse({**body, "records": {r["id"]: r["total"] for r in records}})

    @routes.get("/toy/shards")
    async def shards(caller: Caller) -> dict[str, list[int]]:
        """The shards that this process owns, and those that may tick now."""
        return {"owned": runtime.ownership.shards(), "caught_up": runtime.ownership.caught_up()}

    @routes.get("/toy/letters")
    async def letters(caller: Caller, status: str = "open") -> list[dict[str, Any]]:
        """The dead letters of a status."""
        return await runtime.letters.list(status)

    @routes.post("/toy/letters/{letter_id}/redrive")
    async def redrive(letter_id: Annotated[str, InPath()], caller: Caller) -> dict[str, str]:
        """Fold one dead letter again."""
        return {"became": await runtime.redrive(letter_id)}

    return routes


def main() -> None:
    """Serve until SIGTERM, or until the crash point that the environment names."""
    toy = load(ToySettings)
    service = toy_service(cured=toy.cured)
    channel = CountingChannel(toy.messages)
    assemble(service, load(RuntimeSettings), router, channels=lambda _sealer, _clock: {"file": channel}).run()


if __name__ == "__main__":
    main()
