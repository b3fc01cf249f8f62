"""One thing after another within a transition: each step sees the state that the one before left."""

from collections.abc import Callable
from dataclasses import replace

from services.plans.domain.model import PatientState
from shared.runtime.messages import Transition

Result = Transition[PatientState]


def then(done: Result, *steps: Callable[[PatientState], Result]) -> Result:
    """What was done and then each step on the state that is left; the answer stays that of `done`."""
    for step in steps:
        more = step(done.state)
        done = replace(
            done,
            state=more.state,
            events=(*done.events, *more.events),
            records=(*done.records, *more.records),
            effects=(*done.effects, *more.effects),
        )
    return done
