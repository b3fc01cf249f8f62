"""A person turns a feature on or off; what waited for them because of it waits no more, and counts not as left out."""

from dataclasses import replace
from datetime import datetime

from services.plans.domain import features
from services.plans.domain.features import SwitchFeature
from services.plans.domain.model import PatientState
from services.plans.folding.around import own_words, person_of, placed
from services.plans.folding.measures import PROMPTS
from services.plans.folding.prompts import close_prompts
from shared.contracts.plans_circle import FeaturesChangedV1
from shared.runtime.messages import Answer, Message, Transition


def switch_feature(state: PatientState, message: Message[SwitchFeature], now: datetime) -> Transition[PatientState]:
    """The person's own word, at once and without anybody's approval (article H3, P5.7); the plan is not touched."""
    person, command = person_of(state), message.data
    own_words(message, command.heard)
    body = {"feature": command.feature, "on": command.on}
    if features.is_on(state.circle.switched, command.feature) == command.on:
        return Transition(state, answer=Answer(200, body))
    switched = {**state.circle.switched, command.feature: command.on}
    measures, asked = state.measures, state.measures.asked
    if asked is not None and not features.told(switched, PROMPTS[asked.instrument]):
        measures = replace(measures, asked=None)
    circle = replace(state.circle, switched=dict(sorted(switched.items())))
    after = Transition(replace(state, circle=circle, measures=measures))
    for waiting in state.prompts:
        if not features.told(switched, waiting.kind):
            closed = close_prompts(after.state, waiting.kind, waiting.ref, now, "needless")
            after = replace(closed, events=(*after.events, *closed.events))
    event = FeaturesChangedV1(on=features.all_on(switched), changed_at=now)
    return replace(after, events=(placed(event, person, now), *after.events), answer=Answer(200, body))
