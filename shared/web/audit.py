"""Every call leaves a record of who did what about whom, and whether it was allowed."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One call. `subject` and `patient_id` are random ids and still do not go into a log as they are.

    `outcome` is allowed, denied (401, 403, 404), rejected (another 4xx) or failed (5xx, or the caller went away).
    """

    at: datetime
    tenant: str | None
    subject: str | None
    roles: frozenset[str]
    patient_id: str | None
    method: str
    route: str
    status: int
    outcome: str


Audit = Callable[[AuditRecord], None]


def outcome_of(status: int) -> str:
    """The audit outcome of an HTTP status."""
    if status in (401, 403, 404):
        return "denied"
    if status >= 499:
        return "failed"
    return "rejected" if status >= 400 else "allowed"


def audit_log(key: bytes) -> Audit:
    """Audit as log lines in which ids are replaced by hashes under a secret key (see `shared.sealing.derived_key`)."""
    log = structlog.get_logger("audit")

    def hashed(id: str | None) -> str | None:
        return None if id is None else hashlib.blake2b(id.encode(), key=key, digest_size=8).hexdigest()

    def write(record: AuditRecord) -> None:
        log.info(
            "access.audited",
            tenant=record.tenant,
            actor_hash=hashed(record.subject),
            roles=sorted(record.roles),
            person_hash=hashed(record.patient_id),
            method=record.method,
            route=record.route,
            status=record.status,
            outcome=record.outcome,
        )

    return write
