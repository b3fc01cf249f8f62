"""The person's word on a track that was tried out (article P12.3)."""

from dataclasses import replace
from datetime import datetime

from services.plans.domain import tryouts
from services.plans.domain.commands import AnswerTryout
from services.plans.domain.model import PatientState
from services.plans.folding.around import own_words, person_of
from services.plans.folding.versions import by_the_person, next_version
from shared.runtime.messages import Answer, Message, Refused, Transition


def answer_tryout(state: PatientState, message: Message[AnswerTryout], now: datetime) -> Transition[PatientState]:
    """Keep or drop it, by the person's own word: the plan's next version."""
    person, command = person_of(state), message.data
    own_words(message)
    plan = state.plan
    if plan is None or plan.ended:
        raise Refused(409, "no_plan_in_force", "There is no plan in force.")
    track = next((one for one in plan.terms.tracks if one.track_id == command.track_id), None)
    if track is None:
        raise Refused(404, "unknown_track", "The plan in force has no such track.")
    if not track.tryout:
        raise Refused(409, "not_tried_out", "This track is not tried out.")
    if not command.keep and len(plan.terms.tracks) == 1:
        raise Refused(409, "last_track", "A plan has at least one track; talk about another one first.")
    terms = tryouts.answered(plan.terms, track.track_id, keep=command.keep)
    after = by_the_person(plan, terms, "tryout_kept" if command.keep else "tryout_dropped", message, now)
    done = next_version(state, after, person, message.actor, message.key, now)
    version = {"plan_id": plan.plan_id, "plan_version": plan.version + 1}
    return replace(done, answer=Answer(200, {**version, "track_id": track.track_id, "kept": command.keep}))
