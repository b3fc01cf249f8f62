"""What plans keeps of questionnaires and reviews: every answer with its scores, every review with its summary."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from services.plans.domain.measures import Scores, SubmitMeasure
from services.plans.domain.measures_scored import Answered, Change, Outcome
from services.plans.domain.reviews import Review
from shared.clock import to_ms
from shared.runtime.messages import Record

MEASURES: Final = "measures"
REVIEWS: Final = "reviews"
BROUGHT: Final = "brought_entries"

REVIEW_COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    MEASURES: ((("key", 1), ("order", -1)), (("key", 1), ("instrument", 1), ("order", -1))),
    BROUGHT: ((("key", 1), ("order", -1)),),
    REVIEWS: ((("key", 1), ("order", -1)), (("done_ms", 1),)),
}


def measure_record(
    command: SubmitMeasure,
    outcome: Outcome,
    answered: Iterable[Answered],
    scored: Scores,
    changed: Iterable[Change],
    on: date,
    at: datetime,
    by: str,
    source: str,
) -> Record:
    """One instrument as it was answered; `order` sorts a person's by time."""
    return Record(
        MEASURES,
        command.measure_id,
        {
            "order": order_of(at, command.measure_id),
            "measure_id": command.measure_id,
            "instrument": command.instrument,
            "outcome": outcome,
            "review_id": command.review_id,
            "domain": command.domain,
            "answered_on": on.isoformat(),
            "answered_by": by,
            "source": source,
            "items": [{"item": one.item, "value": one.value, "reason": one.reason} for one in answered],
            "scores": [{"score": name, "value": value} for name, value in scored],
            "changes": [{"score": one.score, "by": one.by, "detectable": one.detectable} for one in changed],
            "words_sealed": command.words_sealed,
            "adjust_plan": int(command.adjust_plan),
        },
    )


def review_record(
    review: Review,
    plan_id: str,
    *,
    done_at: datetime | None = None,
    done_by: str | None = None,
    on_time: bool = False,
    plan_versions: int = 0,
    next_on: date | None = None,
    summary_sealed: tuple[tuple[str, str], ...] = (),
    agenda_sealed: str | None = None,
    owner: str | None = None,
) -> Record:
    """One review; `done_ms` (epoch ms) is 0 until it is done, `on_time` 1 where the interval was kept."""
    return Record(
        REVIEWS,
        review.review_id,
        {
            "order": order_of(review.opened_at, review.review_id),
            "review_id": review.review_id,
            "plan_id": plan_id,
            "due_on": review.due_on.isoformat(),
            "heard": [{"part": part, "outcome": outcome} for part, outcome in review.heard],
            "done_ms": 0 if done_at is None else to_ms(done_at),
            "done_by": done_by,
            "on_time": int(on_time),
            "plan_versions": plan_versions,
            "next_on": next_on and next_on.isoformat(),
            "summary_sealed": [{"section": name, "words_sealed": words} for name, words in summary_sealed],
            "agenda_sealed": agenda_sealed,
            "owner": owner,
        },
    )


def brought_record(entry_id: str, tags: Iterable[str], on: date, at: datetime) -> Record:
    """A journal entry that the person brings to the visit; its words stay where they were written."""
    return Record(
        BROUGHT,
        entry_id,
        {"order": order_of(at, entry_id), "entry_id": entry_id, "tags": list(tags), "on": on.isoformat()},
    )


def order_of(at: datetime, id: str = "") -> str:
    """Text that sorts by time, then by id; without an id it comes before all of that moment."""
    return f"{to_ms(at):016d}:{id}"


def persons(tenant: str, key: str) -> dict[str, object]:
    """The query for what is kept of one person."""
    return {"key": key, "tenant": tenant}
