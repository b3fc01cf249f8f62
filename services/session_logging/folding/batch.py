"""The batch log: an offline queue or a paper diary in one command, every item with an answer of its own."""

from collections import Counter
from datetime import datetime
from typing import Any

from services.session_logging.domain.attention import WHYS, Why, fresh, why_of
from services.session_logging.domain.commands import BatchItem, LogBatch, MorningCheck
from services.session_logging.domain.log import Setting, checked_morning, digest, is_history, new_session
from services.session_logging.domain.rules import IdHasOtherContent, RuleBroken
from services.session_logging.domain.state import SessionLogState
from services.session_logging.domain.window import check_name, require_current, session_name
from services.session_logging.folding.events import Check, all_but_last_announce_more, checked, logged
from services.session_logging.folding.setting import setting_of
from services.session_logging.folding.views import attention_view
from services.session_logging.store import check_record, session_record
from shared.runtime.messages import Answer, Emit, Message, Record, Transition

OUTCOMES = ("created", "exists", "history_only", "rejected")


def log_batch(state: SessionLogState, message: Message[LogBatch], now: datetime) -> Transition[SessionLogState]:
    """Log what is new and valid, in the order given; one bad item does not hinder the others.

    Each item ends as `created`, `history_only` (created, but older than 28 days), `exists` (logged before with the same
    content, whether alone or in any batch) or `rejected` with the rule it breaks. A worrying session of today or
    yesterday says so (W15), and the gravest of them says what to do, once for the whole batch.
    """
    command, caller = message.data, message.actor.kind
    setting = setting_of(state, message, now)
    require_current(state.window, command.basis, tuple(item_name(item) for item in command.items))
    known, window = dict(command.basis.found), state.window
    events: list[Emit] = []
    records: list[Record] = []
    answers: list[dict[str, Any]] = []
    for item in command.items:
        name = item_name(item)
        try:
            content = digest(item.session or item.morning_check or MorningCheck())
            if known.get(name, content) != content:
                raise IdHasOtherContent("/id")
            outcome, why = "exists", _why(item, state, setting)
            if name not in known:
                outcome, why, event, record = _log(item, state, setting, content)
                events.append(event)
                records.append(record)
                known[name], window = content, window.touched(name)
            worries = {} if why is None or not attention_view(why, state, caller) else {"attention": why}
            answers.append({"id": item.id, "outcome": outcome, **worries})
        except RuleBroken as rule:
            answers.append({"id": item.id, "outcome": "rejected", "problem": problem_of(rule)})
    body = {"batch_id": command.batch_id, "items": answers, "counts": counts(answers)}
    gravest = next((why for why in WHYS if any(answer.get("attention") == why for answer in answers)), None)
    return Transition(
        state.touched(window),
        events=all_but_last_announce_more(events),
        records=tuple(records),
        answer=Answer(200, {**body, **attention_view(gravest, state, caller)}),
    )


def item_name(item: BatchItem) -> str:
    """How the item's id stands in the window."""
    return session_name(item.id) if item.session is not None else check_name(item.id)


def problem_of(rule: RuleBroken) -> dict[str, Any]:
    """The rule that an item broke."""
    return {"code": rule.code, "detail": rule.detail, "field": rule.field}


def counts(answers: list[dict[str, Any]]) -> dict[str, int]:
    """How many items ended in each way; every way is named."""
    ended = Counter(answer["outcome"] for answer in answers)
    return {outcome: ended[outcome] for outcome in OUTCOMES}


def morning_check(check_id: str, item: MorningCheck, setting: Setting, content: str) -> Check:
    """A valid morning check, placed on the person's day; raises the rule it breaks."""
    at = checked_morning(item, setting)
    return Check(
        check_id=check_id,
        at=at,
        pain=item.pain,
        fatigue=item.fatigue,
        reporter=setting.reporter,
        source=setting.source,
        local_date=setting.day_of(at),
        tz=setting.tz,
        digest=content,
    )


def _log(
    item: BatchItem, state: SessionLogState, setting: Setting, content: str
) -> tuple[str, Why | None, Emit, Record]:
    if item.session is not None:
        session, why = new_session(item.id, item.session, state, setting), _why(item, state, setting)
        return _outcome(session.history_only), why, logged(session, why), session_record(session)
    check = morning_check(item.id, item.morning_check or MorningCheck(), setting, content)
    return _outcome(is_history(check.local_date, setting)), None, checked(check), check_record(check)


def _why(item: BatchItem, state: SessionLogState, setting: Setting) -> Why | None:
    """Why an item worries (W15), also one that was logged before: its first answer may never have arrived."""
    if item.session is None:
        return None
    try:
        session = new_session(item.id, item.session, state, setting)
    except RuleBroken:
        return None
    return why_of(session, state.usual_at(setting.now)) if fresh(session, setting) else None


def _outcome(history_only: bool) -> str:
    return "history_only" if history_only else "created"
