"""What is kept to be read of the agreement: every version, every draft with its end, every change with whether it was
seen."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from pydantic import TypeAdapter

from services.plans.domain.agreement import Acceptance, Change, Draft, How, Status, Why
from services.plans.domain.model import Plan
from services.plans.domain.terms import Terms
from shared.clock import to_ms
from shared.runtime.messages import Record

PLANS: Final = "plans"
DRAFTS: Final = "plan_drafts"
CHANGES: Final = "plan_changes"

AGREEMENT_COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    PLANS: ((("key", 1), ("order", -1)),),
    DRAFTS: ((("key", 1), ("order", -1)),),
    CHANGES: ((("key", 1), ("order", -1)),),
}

_TERMS: Final[TypeAdapter[Terms]] = TypeAdapter(Terms)
_ACCEPTED: Final[TypeAdapter[tuple[Acceptance, ...]]] = TypeAdapter(tuple[Acceptance, ...])
_REASON: Final[TypeAdapter[Why]] = TypeAdapter(Why)
_WHY: Final[TypeAdapter[Why | None]] = TypeAdapter(Why | None)


def plan_record(plan: Plan) -> Record:
    """One version of a plan, in force since `effective_at`; `order` sorts a person's versions by time (epoch ms)."""
    return Record(
        PLANS,
        f"{plan.plan_id}:{plan.version}",
        {
            "order": to_ms(plan.effective_at),
            "plan_id": plan.plan_id,
            "plan_version": plan.version,
            "effective_at": plan.effective_at.isoformat(),
            "ended": plan.ended,
            "ended_at": plan.ended_at.isoformat() if plan.ended_at else None,
            "because": plan.because,
            "accepted": _plain(plan.accepted),
            "why": _plain(plan.why),
            "terms": _plain(plan.terms),
        },
    )


def plan_of(document: Mapping[str, Any], at: datetime | None = None) -> Plan:
    """The version that a record tells, as it stood at a moment: an end that came later is left out."""
    ended_at = document["ended_at"] and datetime.fromisoformat(document["ended_at"])
    over = ended_at is not None and (at is None or ended_at <= at)
    return Plan(
        plan_id=document["plan_id"],
        version=document["plan_version"],
        terms=_TERMS.validate_python(document["terms"]),
        effective_at=datetime.fromisoformat(document["effective_at"]),
        ended=document["ended"] if over else None,
        ended_at=ended_at if over else None,
        because=document["because"],
        accepted=_ACCEPTED.validate_python(document.get("accepted", ())),
        why=_WHY.validate_python(document.get("why")),
    )


def draft_record(
    draft: Draft,
    status: Status = "open",
    at: datetime | None = None,
    by: str | None = None,
    reason: str | None = None,
    words_sealed: str | None = None,
) -> Record:
    """A draft in its last wording; where it is not open, since when, by whom and why."""
    return Record(
        DRAFTS,
        draft.draft_id,
        {
            "order": to_ms(draft.drafted_at),
            "draft_id": draft.draft_id,
            "plan_id": draft.plan_id,
            "made_from": draft.made_from,
            "revision": draft.revision,
            "status": status,
            "drafted_at": draft.drafted_at.isoformat(),
            "accepted": _plain(draft.accepted),
            "why": _plain(draft.why),
            "terms": _plain(draft.terms),
            "ended_at": at.isoformat() if at else None,
            "ended_by": by,
            "ended_reason": reason,
            "ended_words_sealed": words_sealed,
        },
    )


def draft_of(document: Mapping[str, Any]) -> Draft:
    """The draft that a record tells."""
    return Draft(
        draft_id=document["draft_id"],
        plan_id=document["plan_id"],
        made_from=document["made_from"],
        terms=_TERMS.validate_python(document["terms"]),
        why=_REASON.validate_python(document["why"]),
        drafted_at=datetime.fromisoformat(document["drafted_at"]),
        accepted=_ACCEPTED.validate_python(document["accepted"]),
        revision=document["revision"],
    )


def change_record(change: Change, seen_at: datetime | None = None, seen_how: How | None = None) -> Record:
    """What a version changed; where the person has seen it, since when and how that was heard of."""
    return Record(
        CHANGES,
        change.change_id,
        {
            "order": to_ms(change.effective_at),
            "change_id": change.change_id,
            "plan_id": change.plan_id,
            "version": change.version,
            "what": list(change.what),
            "reason": change.reason,
            "by": change.by,
            "by_id": change.by_id,
            "effective_at": change.effective_at.isoformat(),
            "next_change_on": change.next_change_on.isoformat() if change.next_change_on else None,
            "seen_at": seen_at.isoformat() if seen_at else None,
            "seen_how": seen_how,
        },
    )


def in_force_at(tenant: str, key: str, at: datetime) -> dict[str, Any]:
    """The query for the versions that had come into force at a moment; the last of them is the one it was about."""
    return {"key": key, "tenant": tenant, "order": {"$lte": to_ms(at)}}


def _plain(value: Any) -> Any:
    """A value of the domain as a record holds it."""
    if hasattr(value, "__dataclass_fields__"):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, datetime | date) else value
