"""What plans keeps to be read: every version of every plan."""

from dataclasses import asdict
from typing import Final

from services.plans.domain.model import Plan
from shared.clock import to_ms
from shared.runtime.messages import Record

PLANS: Final = "plans"

COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    PLANS: ((("key", 1), ("order", -1)),),
}


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
            "terms": {**asdict(plan.terms), "review_on": plan.terms.review_on and plan.terms.review_on.isoformat()},
        },
    )
