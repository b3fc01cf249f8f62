"""The answer to a question that stands open, whichever it is (domain/progression.md 2.6, W3, W5, W6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from services.progression.domain.asked import ANSWERS, Asked
from services.progression.domain.away_commands import MAY_SAY, AnswerFlareQuestions, AnswerQuestion, TellSettling
from services.progression.domain.kept_moving import take_moving
from services.progression.domain.questions import open_questions
from services.progression.domain.state import PatientState
from services.progression.domain.usual_asked import take_usual
from services.progression.folding.episodes import answer_flare_questions, begun, may, tell_settling
from shared.runtime.messages import Answer, Handler, Message, Refused, Transition

Result = Transition[PatientState]

YES: Final = "yes"


def answer_question(state: PatientState, message: Message[AnswerQuestion], now: datetime) -> Result:
    """The person's own answer, or staff noting it (W3): what it means is decided at once.

    409 for a question that is not open any more, 422 for an answer that it has not.
    """
    may(message, MAY_SAY)
    question = open_questions(message.key, state).get(message.data.question_id)
    if question is None:
        raise Refused(409, "question_closed", "That question is not open any more.")
    answers = _checked(question, message.data.answers)
    if question.kind == "flare":
        told = {name: answer == YES for name, answer in answers.items()}
        return _named(question, answer_flare_questions(state, _as(message, _flare(question, told)), now))
    if question.kind == "settling":
        return _named(question, tell_settling(state, _as(message, TellSettling(answers["settling"] == YES)), now))
    if question.kind == "tryout":
        raise Refused(409, "answered_in_the_plan", "What was tried out is kept or dropped in the plan.")
    if message.incomplete:
        raise Refused(409, "records_missing", "Some records have not come through yet. Please answer a little later.")
    turn, round_ = begun(state, message, question.kind, gap_rule=state.record_mode == "live")
    if question.until is not None and question.until <= round_.moment.at:
        raise Refused(409, "question_closed", "That question is not open any more.")
    if question.kind == "usual_pain":
        take_usual(round_, question, usual=answers["usual"] == YES)
    else:
        take_moving(round_, question, answers["moving"])
    turn.answers[question.kind] = answers
    turn.finish(round_)
    return _named(question, turn.result())


def _flare(question: Asked, told: Mapping[str, bool]) -> AnswerFlareQuestions:
    return AnswerFlareQuestions(told["worse"], told["hard"], told["limits"], question.question_id)


def _as(message: Message[Any], command: Any) -> Message[Any]:
    return replace(message, data=command)


def _named(question: Asked, done: Result) -> Result:
    body = {} if done.answer is None else dict(done.answer.body)
    answer = Answer(200, {"question_id": question.question_id, "kind": question.kind, **body})
    return Transition(done.state, done.events, done.records, answer=answer)


def _checked(question: Asked, given: tuple[tuple[str, str], ...]) -> dict[str, str]:
    possible, answers = ANSWERS[question.kind], dict(given)
    for name, choices in possible.items():
        if answers.get(name) not in choices:
            raise Refused(422, "not_an_answer", f"The question asks for: {', '.join(choices)}.", f"/answers/{name}")
    if answers.keys() - possible.keys():
        raise Refused(422, "not_an_answer", "The question has no such part.", "/answers")
    return answers


QUESTIONS: Final[Mapping[type, Handler]] = {AnswerQuestion: answer_question}
"""What a person may answer."""
