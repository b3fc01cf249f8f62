"""What the rules need of a person's answers to questionnaires, and the command that notes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from services.plans.domain.circle import Role
from services.plans.domain.instruments import Instrument

Missing = Literal["not_now", "declined", "not_asked"]
Scores = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Permits:
    """What the person's clinic has said of the instruments that need a word first.

    `phq4_within_hours` is how soon `phq4_role` acts on it. `ears_reversed` are the numbers of the items that the
    licensed text of EARS scores the other way round.
    """

    phq4_role: Role | None = None
    phq4_within_hours: int | None = None
    promis: bool = False
    pseq2: bool = False
    ears: bool = False
    ears_reversed: tuple[int, ...] = ()

    def allows(self, instrument: Instrument) -> bool:
        """Whether this instrument may be used at all."""
        if instrument.switch is None:
            return True
        given = {"phq4": self.phq4_role is not None, "promis": self.promis, "pseq2": self.pseq2, "ears": self.ears}
        return given[instrument.switch]


@dataclass(frozen=True, slots=True)
class SubmitMeasure:
    """Note what the person answered to one instrument: a number or the reason why there is none, for each item.

    `review_id` is the review that it is a part of. Words (sealed) belong to an open question, of a `domain` or of
    none. `adjust_plan` is the wish to talk about the plan.
    """

    measure_id: str
    instrument: str
    values: Mapping[str, int | None]
    reasons: Mapping[str, Missing]
    permits: Permits = Permits()
    review_id: str | None = None
    domain: str | None = None
    words_sealed: str | None = None
    adjust_plan: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """A day on which the person was asked so many items; `of` is the review or `intake` that it is a part of."""

    on: date
    instrument: str
    items: int
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Last:
    """The last scores of an instrument."""

    instrument: str
    scores: Scores


@dataclass(frozen=True, slots=True)
class Asked:
    """What waits for an answer since `on`, in the plan `plan_id`; nobody answers it after `until`."""

    plan_id: str
    instrument: str
    ref: str
    on: date
    until: datetime


@dataclass(frozen=True, slots=True)
class Measures:
    """What the rules need of a person's answers: when what was asked, the last scores, and how check-ins go on.

    `contacts` are those of the last 28 days, `opened_on` the day of the last open answer. A check-in comes every
    `checkin_days` days after `checkin_on`, a PEG 28 days after `peg_on`; `skips` counts check-ins left out in a row,
    `skips_told` says that the clinician knows. On `looked_on` nothing could be asked: the next look is a day later.
    """

    contacts: tuple[Contact, ...] = ()
    last: tuple[Last, ...] = ()
    asked: Asked | None = None
    opened_on: date | None = None
    checkin_on: date | None = None
    checkin_days: int = 14
    skips: int = 0
    skips_told: bool = False
    peg_on: date | None = None
    looked_on: date | None = None


NOTHING_MEASURED: Final = Measures()


def last_of(measures: Measures, instrument: str) -> Scores:
    """The scores of this instrument that the next ones are compared with."""
    return next((one.scores for one in measures.last if one.instrument == instrument), ())


def live(measures: Measures, plan_id: str) -> Asked | None:
    """What waits for an answer; what was asked under another plan does not."""
    return measures.asked if measures.asked is not None and measures.asked.plan_id == plan_id else None
