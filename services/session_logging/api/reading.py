"""Reading a diary: pages of it, and what a command must know before it is decided."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.session_logging.domain.commands import (
    AddJournal,
    AmendSession,
    LogBatch,
    LogSession,
    SubmitMorningCheck,
    VoidSession,
)
from services.session_logging.domain.session import Session
from services.session_logging.domain.state import SessionLogState
from services.session_logging.domain.window import Basis, check_name, journal_name
from services.session_logging.store import JOURNAL, MORNING_CHECKS, SESSIONS, session_from
from shared.runtime.runtime import Runtime
from shared.web.principal import found

Command = LogSession | AmendSession | VoidSession | LogBatch | SubmitMorningCheck | AddJournal
Document = Mapping[str, Any]


async def known_person(runtime: Runtime, key: str, tenant: str, *, settled: bool = False) -> SessionLogState:
    """The state of an enrolled person of this tenant; anybody else is `Refused` 404. See `Runtime.state`."""
    state: SessionLogState | None = await runtime.state(key, tenant, settled=settled)
    return found(state if state is not None and state.tz is not None else None)


async def with_basis(runtime: Runtime, key: str, tenant: str, command: Command) -> Command:
    """The command with what is stored under its ids: the aggregate is read first, then records (`domain.window`)."""
    state = await known_person(runtime, key, tenant, settled=True)
    touches = state.window.touches
    match command:
        case LogSession() | AmendSession() | VoidSession():
            current = await read_session(runtime, key, tenant, command.session_id)
            return replace(command, current=current, basis=Basis(touches))
        case SubmitMorningCheck():
            digests = await _digests(runtime, key, tenant, MORNING_CHECKS, [command.check_id])
            return replace(command, basis=Basis(touches, {check_name(id): digest for id, digest in digests.items()}))
        case AddJournal():
            digests = await _digests(runtime, key, tenant, JOURNAL, [command.entry_id])
            return replace(command, basis=Basis(touches, {journal_name(id): digest for id, digest in digests.items()}))
        case LogBatch():
            sessions = [item.id for item in command.items if item.session is not None]
            checks = [item.id for item in command.items if item.session is None]
            logged = await _digests(runtime, key, tenant, SESSIONS, sessions)
            checked = await _digests(runtime, key, tenant, MORNING_CHECKS, checks)
            names = logged | {check_name(id): digest for id, digest in checked.items()}
            return replace(command, basis=Basis(touches, names))


async def read_session(runtime: Runtime, key: str, tenant: str, session_id: str) -> Session | None:
    """One session as it is stored; the aggregate's pending records must be complete."""
    documents = await runtime.find(SESSIONS, {"_id": f"{key}:{session_id}", "tenant": tenant}, limit=1)
    return session_from(documents[0]) if documents else None


async def page(
    runtime: Runtime,
    collection: str,
    where: Mapping[str, Any],
    at: str,
    span: tuple[int | None, int | None],
    after: tuple[int, str] | None,
    limit: int,
) -> list[Document]:
    """Up to `limit` documents, newest first by (`at`, `_id`), of `span` = [from, to) in epoch ms, after a position.

    Two plain queries instead of an `$or`: what is left of the position's own millisecond, then what is older.
    """
    sort = [(at, -1), ("id", -1)]
    earliest, before = span
    documents: list[Document] = []
    if after is not None:
        moment, id = after
        documents += await runtime.find(collection, {**where, at: moment, "id": {"$lt": id}}, sort=sort, limit=limit)
        before = moment if before is None else min(before, moment)
    if len(documents) < limit:
        bounds = {"$lt": before, "$gte": earliest}
        bounds = {name: bound for name, bound in bounds.items() if bound is not None}
        query = {**where, at: bounds} if bounds else dict(where)
        documents += await runtime.find(collection, query, sort=sort, limit=limit - len(documents))
    return documents


async def _digests(runtime: Runtime, key: str, tenant: str, collection: str, ids: Sequence[str]) -> dict[str, str]:
    if not ids:
        return {}
    where = {"_id": {"$in": [f"{key}:{id}" for id in ids]}, "tenant": tenant}
    documents = await runtime.find(collection, where, limit=len(ids))
    return {document["_id"].removeprefix(f"{key}:"): document["digest"] for document in documents}
