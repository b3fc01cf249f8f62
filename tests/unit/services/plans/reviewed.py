"""A person's file over weeks: time acts whenever it is due, and the person answers or does not."""

from datetime import timedelta
from typing import Any

from services.plans.domain.instruments import BY_CODE
from services.plans.domain.measures import Permits, SubmitMeasure
from services.plans.domain.model import WorkItem
from services.plans.folding.timing import due
from shared.runtime.messages import SYSTEM, Tick
from tests.unit.services.plans.clinic import NOW, SELF, Clinic

REASONS = {"checkins_skipped", "motivation_drop", "adjust_plan", "review_due", "review_missing", "phq4_positive",
           "phq4_severe"}  # fmt: skip
ALL_ON = Permits("psychologist", 24, promis=True, pseq2=True, ears=True)


def until(clinic: Clinic, days: float) -> None:
    """Time goes on to so many days after the plan began, and acts on its way."""
    end = NOW + timedelta(days=days)
    for _ in range(500):
        at = due(clinic.state)
        if at is None or at > end:
            break
        clinic.now = max(clinic.now, at)
        clinic.fold(Tick(at), SYSTEM)
        again = due(clinic.state)
        assert again is None or again > clinic.now, "a tick leaves something that is due at once again"
    clinic.now = end


def submit(clinic: Clinic, instrument: str, *values: int | None, **more: Any) -> SubmitMeasure:
    """The answer to an instrument; None is skipped."""
    items = [item.code for item in BY_CODE[instrument].items][: len(values)]
    said = dict(zip(items, values, strict=True))
    given = {item: value for item, value in said.items() if value is not None}
    reasons = {item: more.pop("because", "not_now") for item, value in said.items() if value is None}
    return SubmitMeasure(f"ms-{clinic.messages}", instrument, given, reasons, **more)


def tell(clinic: Clinic, instrument: str, *values: int | None, **more: Any) -> Any:
    """The person answers an instrument."""
    return clinic.fold(submit(clinic, instrument, *values, **more), SELF, "app")


def say(clinic: Clinic, words: str | None = "s1.words", **more: Any) -> Any:
    """The person answers the open question, or declines it."""
    reasons: Any = {} if words is not None else {"words": "declined"}
    command = SubmitMeasure(f"ms-{clinic.messages}", "open", {}, reasons, words_sealed=words, **more)
    return clinic.fold(command, SELF, "app")


def told(clinic: Clinic, name: str) -> list[Any]:
    """The events of this model so far."""
    return [one.data for one in clinic.events if type(one.data).__name__ == name]


def work(clinic: Clinic) -> list[WorkItem]:
    """What a human is asked for because of answers and reviews."""
    return [one for one in clinic.state.work if one.reason in REASONS]


def reasons(clinic: Clinic) -> list[str]:
    """Why, the oldest first."""
    return [one.reason for one in work(clinic)]


def prompts(clinic: Clinic) -> list[str]:
    """What waits for the person."""
    return [one.kind for one in clinic.state.prompts]
