"""What no life may break about two bouts and what comes after a goal (domain/progression.md 2.4, 2.11 W10)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from services.progression.domain.wishes import ChooseBouts
from shared.contracts.plans import ProposalAnsweredV1
from shared.contracts.progression import FrequencyAgreedV1

if TYPE_CHECKING:
    from tests.support.progression_promises import Seen


def two_bouts_are_the_dose_and_end_with_it(seen: Seen) -> None:
    """W10: the parts are the dose in force, the larger first; only the person's own word makes them, and another dose
    ends them."""
    data = seen.step.message.data
    said = isinstance(data, ChooseBouts) or (isinstance(data, ProposalAnsweredV1) and data.bouts is not None)
    for name, old, new in seen.pairs():
        if new.halves is not None:
            assert new.halves[0] >= new.halves[1] > 0, name
            assert sum(new.halves) == new.doses[-1][1], name
            assert new.halves == old.halves or said or seen.before.waiting, name
        if old.doses[-1][1] != new.doses[-1][1]:
            assert new.halves is None or said or seen.before.waiting, name


def something_new_is_offered_at_a_goal_and_rarely(seen: Seen) -> None:
    """2.4: only where R10b holds, at most once in 28 days for a track, and never more often than every day; more often
    is agreed by the person's own yes alone, one session a week at a time, and moves no dose."""
    for offer in seen.offers:
        if offer.next_dimension is None:
            assert offer.options[0].kind == "step"
            continue
        assert {option.kind for option in offer.options} == {"stay", "less"}
        decided = [one for one in seen.of(offer.track_id) if one["decision_id"] == offer.decision_id]
        for one in decided:  # none where a clinician's yes opens what was decided on earlier
            day, last = date.fromisoformat(one["day"]), seen.memory.widened.get(offer.track_id)
            assert one["rule"] == "R10b"
            assert last is None or (day - last).days >= 28
            seen.memory.widened[offer.track_id] = day
    for emit in seen.step.done.events:
        agreed = emit.data
        if isinstance(agreed, FrequencyAgreedV1):
            data = seen.step.message.data
            assert isinstance(data, ProposalAnsweredV1)
            assert data.dimension == "frequency"
            assert agreed.freq == agreed.freq_before + 1 <= 7
            assert agreed.freq_before == seen.before.tracks[agreed.track_id].config.freq
            assert seen.changes == []
