"""What no life may break, asked at every step of it (domain/progression.md 2.7, 2.10, 2.11 W10 and W11)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from pydantic import BaseModel

from services.progression.domain.state import PatientState, TrackState, away_of, dose_hidden
from services.progression.domain.wishes import ApproveStep, AskLess
from services.progression.store import DECISIONS, basis_of
from shared.contracts.plans import PatientEnrolledV1, PlanActivatedV1, PlanChangedV1, ProposalAnsweredV1
from shared.contracts.progression import DoseChangedV1, FlareSuspectedV1, ProgressionProposedV1, ProposalWithdrawnV1
from shared.contracts.session_logging import (
    MorningCheckRecordedV1,
    SessionAmendedV1,
    SessionLoggedV1,
    SessionVoidedV1,
)
from shared.ids import named_id
from shared.runtime.messages import Tick
from tests.support.progression_choices import (
    something_new_is_offered_at_a_goal_and_rarely,
    two_bouts_are_the_dose_and_end_with_it,
)
from tests.support.progression_evidence import (
    a_flare_leaves_its_share,
    a_rung_up_was_earned,
    a_shared_morning_lowers_one_track,
    a_step_rests_on_good_sessions,
    silence_is_heard,
    what_was_too_much_is_heard,
)
from tests.support.progression_exempt import (
    after_a_fixed_dose_what_held_before_is_the_most,
    fixed_now,
    lowered_by_what_was_set,
    raised_by_what_was_set,
)
from tests.support.progression_lives import Step
from tests.support.progression_replay import same_again

RULES: Final = frozenset(
    {
        *("R1", "R2", "R3", "R4", "R5a", "R5b", "R5c", "R5d", "R6a", "R6b", "R7a", "R7b", "R7c", "R8a", "R8b", "R8c"),
        *("R8d", "R8e", "R9a", "R10a", "R10b", "R10c", "R10d", "R10e", "R10f", "R10g", "R10h", "R10i", "R11", "R11s"),
        *("W10", "W11"),
    }
)
_TOLD: Final = frozenset(
    {
        *(
            "session_id",
            "revision",
            "track_id",
            "amount",
            "pain",
            "pain_before",
            "stop",
            "variant",
            "reporter",
            "check_id",
        ),
        *("answer", "dose", "plan_version", "record_mode", "reason"),
    }
)
LOWERING: Final = frozenset(
    {*("R1", "R2", "R3", "R4", "R5b", "R5c", "R5d", "R7a", "R7b", "R7c", "R8a", "R8b", "R8c", "W10")}
)
"""Rules that may leave less in force, but for R6b, which finds a start."""

RECORDS: Final = (SessionLoggedV1, SessionAmendedV1, SessionVoidedV1, MorningCheckRecordedV1)
CONFIGURES: Final = (PlanActivatedV1, PlanChangedV1)
WISHES: Final = ("step", "less")
KEEP_OFFERS_BACK: Final = frozenset({"declined", "no_answer", "proposal_open"})
"""These keep offers back, and not the person who asks (W11)."""

HOLDS_A_RUNG: Final = frozenset({"declined", "no_answer", "proposal_open", "incomplete", "one_at_a_time"})
"""A rung of the way back is no increase: the other locks make it a question at most (W9)."""


@dataclass(slots=True)
class Memory:
    """What is remembered of a life so far: every decision by its id, who rose when, and which messages came."""

    decisions: dict[str, tuple[int, str]] = field(default_factory=dict)
    yeses: dict[str, date] = field(default_factory=dict)
    rises: list[date] = field(default_factory=list)
    came: set[tuple[str, int]] = field(default_factory=set)
    questioned: date | None = None
    widened: dict[str, date] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Memory:
        """The memory of a life that is forked."""
        said = dict(self.decisions), dict(self.yeses), list(self.rises), set(self.came)
        return Memory(*said, self.questioned, dict(self.widened), dict(self.held))


@dataclass(slots=True)
class Seen:
    """A step as promises look at it: `decisions` as they are stored, in order; the rest as published."""

    step: Step
    memory: Memory
    decisions: list[Mapping[str, Any]]
    offers: list[ProgressionProposedV1]
    changes: list[DoseChangedV1]
    closed: list[ProposalWithdrawnV1]
    again: bool = False
    _bases: dict[str, dict[str, Any]] = field(default_factory=dict)

    def basis(self, one: Mapping[str, Any]) -> dict[str, Any]:
        """What a decision rests on, read once."""
        found = self._bases.get(one["decision_id"])
        if found is None:
            found = self._bases[one["decision_id"]] = basis_of(one)
        return found

    @property
    def before(self) -> PatientState:
        """The person before it."""
        return self.step.before

    @property
    def after(self) -> PatientState:
        """The person after it."""
        return self.step.done.state

    def of(self, track_id: str) -> list[Mapping[str, Any]]:
        """The decisions on one track."""
        return [one for one in self.decisions if one["track_id"] == track_id]

    def pairs(self) -> list[tuple[str, TrackState, TrackState]]:
        """Tracks that were there before and are the same after: name, before, after."""
        plan, was = self.after.plan, self.before.plan
        if plan is None or was is None or plan.plan_id != was.plan_id:
            return []
        here = self.after.tracks
        return [(name, old, here[name]) for name, old in self.before.tracks.items() if name in here]


def seen_in(step: Step, memory: Memory) -> Seen:
    """What a step shows; what it shows is remembered by `remember`."""
    stored = [record.data for record in step.done.records if record.collection == DECISIONS]
    data = [emit.data for emit in step.done.events]
    return Seen(
        step,
        memory,
        sorted(stored, key=lambda one: one["number"]),
        [one for one in data if isinstance(one, ProgressionProposedV1)],
        [one for one in data if isinstance(one, DoseChangedV1)],
        [one for one in data if isinstance(one, ProposalWithdrawnV1)],
        (step.message.id, step.message.seq or 0) in memory.came,
    )


def in_force(track: TrackState) -> int:
    """The dose in force."""
    return track.doses[-1][1]


def came_back(seen: Seen) -> bool:
    """Whether a stop, a flare or a pause ended in the step."""
    over = (
        len(away_of(seen.after).over) != len(away_of(seen.before).over)
        or away_of(seen.after).over != away_of(seen.before).over
    )
    return over or (seen.before.suspension is not None and seen.after.suspension is None)


def said_yes(decision: Mapping[str, Any]) -> bool:
    """Whether a decision is the taking of an accepted offer."""
    return str(decision["text_key"]).endswith(".accepted")


def what_came_twice_changes_nothing(seen: Seen) -> None:
    """A record or a word of safety that comes again leaves the very same state and says nothing (2.7)."""
    if seen.again:
        assert seen.after == seen.before
        assert not seen.step.done.events
        assert not seen.step.done.records


def decisions_are_numbered_and_never_rewritten(seen: Seen) -> None:
    """Each decision is stored once, under its own id and the next number; it supersedes only what is known (2.7)."""
    number = seen.before.numbered
    for one in seen.decisions:
        number += 1
        assert one["number"] == number
        assert one["decision_id"] not in seen.memory.decisions
        assert one["supersedes"] is None or one["supersedes"] in seen.memory.decisions
    assert seen.after.numbered == number


def exactly_one_known_rule_decides(seen: Seen) -> None:
    """2.10 no. 9, with the version of the rules in every decision (2.7); one decision a track, two where a gap ends."""
    for one in seen.decisions:
        assert one["rule"] in RULES
        assert one["rule_set"]
    for name in seen.after.tracks:
        found = [one for one in seen.of(name) if one["trigger"] != "gap"]
        assert (
            len(found) <= 1
            or isinstance(seen.step.message.data, (*CONFIGURES, PatientEnrolledV1))
            or seen.before.waiting
        )


def a_decision_replays_to_the_same_verdict_and_id(seen: Seen) -> None:
    """2.10 no. 6: from what is stored with it, bit by bit."""
    follows = {name: track.latest.decision_id for name, track in seen.before.tracks.items() if track.latest}
    plan, was = seen.after.plan, seen.before.plan
    if plan is None or was is None or was.ended or plan.plan_id != was.plan_id:
        follows = {}
    message = seen.step.message
    answered = [getattr(message.data, "proposal_id", ""), *(named_id(w, message.key, message.id) for w in WISHES)]
    for one in seen.decisions:
        assert same_again(
            seen.step.message.key, one, follows.get(one["track_id"], ""), *answered, basis=seen.basis(one)
        )
        follows[one["track_id"]] = one["decision_id"]


def flare_began(seen: Seen) -> bool:
    """Whether a flare began in the step: it stands over a pause, and offers a little where nothing was (W14)."""
    return away_of(seen.before).flare is None and away_of(seen.after).flare is not None


def nothing_rises_without_its_reason(seen: Seen) -> None:
    """A yes, a rung of the way back, a start, a stop that ended, what corrected records give back, a plan; no more."""
    for name, old, new in seen.pairs():
        if in_force(new) <= in_force(old) or raised_by_what_was_set(seen, old, new):
            continue
        decided = seen.of(name)
        assert decided, "a rise without a decision"
        reasons = [
            one
            for one in decided
            if said_yes(one) or one["supersedes"] or one["rule"] in ("R5a", "R6b", "W11") or _override_allows(seen, one)
        ]
        rung = old.footing.d_pre or 0 if new.footing.status == "RETURNING" else 0
        most = max(old.footing.dose, int(new.config.parameters.get("fixed_dose", 0)), rung)
        back = (came_back(seen) or flare_began(seen)) and in_force(new) <= most
        assert reasons or back, decided


def _override_allows(seen: Seen, one: Mapping[str, Any]) -> bool:
    basis = seen.basis(one) if one["rule"] == "R4" else None
    if basis is None:
        return False
    fixed = basis["parameters"]["fixed_dose"]
    return basis["facts"].get("instead_of") in ("R5a", "R6b") or (fixed is not None and one["dose"] <= fixed)


def nothing_rises_or_is_offered_under_a_lock(seen: Seen) -> None:
    """2.10 no. 1: no offer and no yes under a stop, flare, pause or lock, and none without a session."""
    for offer in seen.offers:
        _may_rise(seen, next(one for one in reversed(seen.of(offer.track_id))) if seen.of(offer.track_id) else None)
        assert seen.after.suspension is None
        assert seen.after.tracks[offer.track_id].footing.status in ("ACTIVE", "RETURNING")
    for one in seen.decisions:
        if said_yes(one) or one["rule"] == "W11" or one["action"] == "MORE_OFTEN":
            _may_rise(seen, one)


def _may_rise(seen: Seen, one: Mapping[str, Any] | None) -> None:
    if one is None:  # a clinician's yes opens an offer that was decided on earlier
        assert isinstance(seen.step.message.data, (ProposalAnsweredV1, ApproveStep))
        return
    basis = seen.basis(one)
    way_back = basis["standing"]["status"] == "RETURNING"
    asked = seen.after.proposal is not None and seen.after.proposal.rule == "W11"
    against = set(one["locks"]) & HOLDS_A_RUNG if way_back else set(one["locks"])
    against -= KEEP_OFFERS_BACK if asked or one["rule"] == "W11" else set()
    assert not against, against
    assert basis["standing"]["status"] in ("ACTIVE", "RETURNING")
    asked |= one["rule"] == "W11"
    assert asked or any(unit["amount"] > 0 for unit in basis["units"])
    kept_back_alone = asked and bool(set(one["locks"]) & KEEP_OFFERS_BACK)  # no lock for who asks (W11)
    assert way_back or kept_back_alone or basis["parameters"]["allow_increase"]


def rises_are_rare(seen: Seen) -> None:
    """One upward change a day and two in seven days, over all tracks (2.5); a stop that ends gives back, and is one."""
    today = {one["day"] for one in seen.decisions}
    risen = [
        date.fromisoformat(one["day"])
        for one in seen.decisions
        if one["action"] == "MORE_OFTEN"
        or ((said_yes(one) or one["rule"] in ("R5a", "W11")) and not one["supersedes"] and _really_rose(seen, one))
    ]
    for day in risen:
        assert day not in seen.memory.rises, (day, today)
        assert sum(1 for other in seen.memory.rises if 0 <= (day - other).days < 7) < 2
        seen.memory.rises.append(day)


def _really_rose(seen: Seen, one: Mapping[str, Any]) -> bool:
    name = one["track_id"]
    return name in seen.before.tracks and in_force(seen.after.tracks[name]) > in_force(seen.before.tracks[name])


def a_yes_takes_what_still_holds_or_says_why_not(seen: Seen) -> None:
    """W10: the table runs again at a yes: only a step that it still gives is taken, never more than was offered; or the
    offer is withdrawn with its reason."""
    data, offer = seen.step.message.data, seen.before.proposal
    if offer is None or not isinstance(data, ProposalAnsweredV1) or data.answer not in ("accept", "smaller"):
        return
    still_open = seen.after.proposal is not None and seen.after.proposal.proposal_id == offer.proposal_id
    if data.proposal_id != offer.proposal_id or offer.kind != "step" or still_open:
        return
    taken = [one for one in seen.of(offer.track_id) if said_yes(one) or one["action"] == "GRANT"]
    assert taken or offer.proposal_id in {one.proposal_id for one in seen.closed}
    for one in taken:
        assert one["rule"] in {"R5a": ("R5a",), "W11": ("W11",)}.get(offer.rule, ("R11", "R11s"))
        assert one["dose"] <= max(offer.dose, seen.before.tracks[offer.track_id].footing.dose)


def a_step_comes_in_time_and_is_small(seen: Seen) -> None:
    """2.10 no. 2 and 3: `advance_days` after the last yes; at most one step or `g_normal`, goal and ceiling kept."""
    for one in seen.decisions:
        if not said_yes(one) or one["rule"] == "R5a":
            continue
        basis, name = seen.basis(one), str(one["track_id"])
        parameters, day = basis["parameters"], date.fromisoformat(one["day"])
        before, after = seen.before.tracks[name].footing.dose, seen.after.tracks[name].footing.dose
        last = seen.memory.yeses.get(name)
        assert last is None or (day - last).days >= parameters["advance_days"]
        share = before * max(parameters["g_normal"], parameters["g_small"]) // 100
        assert before <= after <= before + max(parameters["step"], share)
        assert all(parameters[cap] is None or after <= parameters[cap] for cap in ("goal_dose", "dose_max"))
        if after > before:
            seen.memory.yeses[name] = day


def a_fall_has_a_rule_that_matches_now(seen: Seen) -> None:
    """2.7, 2.10 no. 7 and 8: an accepted step stands unless a lowering rule holds; one session lowers only by R8a."""
    for one in seen.decisions:
        if one["action"] == "REGRESS":
            _enough_was_hard(seen, one)
    for name, old, new in seen.pairs():
        if in_force(new) >= in_force(old) or lowered_by_what_was_set(seen, old, new):
            continue
        decided = seen.of(name)
        assert decided
        last = decided[-1]
        found = [one for one in decided if one["rule"] in LOWERING]
        assert found or last["supersedes"] or last["rule"] == "R6b", decided


def _enough_was_hard(seen: Seen, one: Mapping[str, Any]) -> None:
    basis = seen.basis(one)
    standing = basis["standing"]
    assert one["dose"] < standing["dose"]
    since = [u for u in basis["units"] if u["planned"] > 0 and (u["started"] or 0) >= (standing["changed_at"] or 0)]
    if one["rule"] == "R8a":
        assert since[-1]["zone"] == "red"
        assert since[-1]["settled"] is False
    elif one["rule"] == "R8b":
        assert sum(1 for unit in since[-3:] if unit["bad"]) >= 2
    else:
        assert sum(1 for unit in since[-3:] if unit["stop"] in ("pain", "fatigue")) >= 2


def the_way_back_never_leads_above_where_it_began(seen: Seen) -> None:
    """On a ladder no dose is above `d_pre`, but one that a clinician fixed; its last rung is `d_pre` (2.4)."""
    for name, old, new in seen.pairs():
        footing, was = new.footing, old.footing
        if footing.status == "RETURNING" and new.config.parameters.get("fixed_dose") is None:
            assert footing.d_pre is not None
            assert in_force(new) <= footing.d_pre
        if was.status == "RETURNING" and footing.status == "ACTIVE" and was.d_pre is not None:
            superseded = any(one["supersedes"] for one in seen.of(name))
            assert footing.dose <= max(was.d_pre, fixed_now(new)) or superseded


def less_is_granted_at_once(seen: Seen) -> None:
    """W10, W11: whoever asks for less of what is in force has it with the answer."""
    data = seen.step.message.data
    if isinstance(data, AskLess) and seen.after.active:
        new = seen.after.tracks[data.track_id]
        assert new.footing.dose <= seen.before.tracks[data.track_id].footing.dose
        given = new.footing.dose if away_of(seen.after).flare is None else in_force(new)
        assert data.dose is None or given <= data.dose or new.config.parameters.get("fixed_dose") is not None
    if not isinstance(data, ProposalAnsweredV1) or data.answer != "less" or seen.again:
        return
    known = data.proposal_id in seen.before.closed
    offer = seen.before.proposal
    asked = data.dose if known or offer is None else (offer.less if data.dose is None else data.dose)
    running = seen.before.active and seen.before.suspension is None and away_of(seen.before).pause is None
    if asked is None or not running or data.track_id not in seen.before.tracks:
        return
    if known or (offer is not None and offer.proposal_id == data.proposal_id):
        old, new = seen.before.tracks[data.track_id], seen.after.tracks[data.track_id]
        smallest = seen.basis(seen.of(data.track_id)[-1])["parameters"]["dose_min"] if seen.of(data.track_id) else 1
        if (
            seen.step.message.recorded_at.timestamp() * 1000 < (offer.expires_at if offer else 0)
            or data.dose is not None
        ):
            assert in_force(new) <= max(asked, smallest, 0) or in_force(new) <= old.footing.dose <= asked


def changes_are_told_in_an_unbroken_chain(seen: Seen) -> None:
    """Every change starts from what was told before and leads to what is in force; none while a start is found (W4)."""
    for change in seen.changes:
        assert change.old_dose != change.new_dose
        assert change.decision_id in {one["decision_id"] for one in seen.decisions} | seen.memory.decisions.keys()
    told = {change.track_id: change.new_dose for change in seen.changes}
    for name, dose in told.items():
        track = seen.after.tracks[name]
        assert dose == (0 if dose_hidden(track) else in_force(track))


def in_a_flare_or_pause_nothing_goes_up(seen: Seen) -> None:
    """2.4, W14: as long as one goes on, no more is in force than before and no offer stands; in a pause, none."""
    was, now = away_of(seen.before), away_of(seen.after)
    if now.flare is None and now.pause is None:
        return
    assert seen.after.proposal is None
    for name, old, new in seen.pairs():
        if now.flare is None or seen.after.suspension is not None:
            assert in_force(new) == 0
        elif was.flare is not None and not raised_by_what_was_set(seen, old, new) and not came_back(seen):
            undone = any(one["supersedes"] for one in seen.of(name))
            assert in_force(new) <= in_force(old) or undone, name


def repeated_flares_keep_where_the_way_back_leads(seen: Seen) -> None:
    """2.4: a ladder already running keeps its `d_pre`, however many flares begin on it; but for less that the person
    asked for in one (W11)."""
    if away_of(seen.before).flare is None or away_of(seen.after).flare is not None:
        return
    for name, old, new in seen.pairs():
        if old.footing.status == "RETURNING" and new.footing.status == "RETURNING":
            assert new.footing.d_pre in (old.footing.d_pre, old.eased), name


def what_is_usual_stands_still_in_a_flare(seen: Seen) -> None:
    """2.3: usual pain is frozen from the beginning of a flare to its end, unless a clinician sets it."""
    flare = away_of(seen.after).flare
    if flare is None or any(one.name == "usual_pain" for one in seen.after.overrides):
        return
    if seen.after.plan is not None and seen.after.plan.usual_pain_override is not None:
        return
    for one in seen.decisions:
        if one["rule"] == "R3":
            assert seen.basis(one)["standing"]["usual_pain"] == flare.usual_pain


def the_flare_questions_are_rare(seen: Seen) -> None:
    """W8: at most once in seven days; never in a flare, a pause or a stop."""
    for emit in seen.step.done.events:
        if isinstance(emit.data, FlareSuspectedV1):
            day = emit.local_date or date.min
            assert seen.memory.questioned is None or (day - seen.memory.questioned).days >= 7
            assert seen.after.suspension is None
            assert away_of(seen.after).flare is None
            assert away_of(seen.after).pause is None
            seen.memory.questioned = day


def one_offer_is_open_at_a_time(seen: Seen) -> None:
    """W10: a new one only where none is, and a stop leaves none."""
    if seen.offers and seen.before.proposal is not None:
        closed = {one.proposal_id for one in seen.closed}
        same = seen.offers[0].proposal_id == seen.before.proposal.proposal_id
        assert (
            seen.before.proposal.proposal_id in closed or same or isinstance(seen.step.message.data, ProposalAnsweredV1)
        )
    assert len(seen.offers) <= 1
    if seen.after.suspension is not None:
        assert seen.after.proposal is None


def without_numbers_nothing_advances(seen: Seen) -> None:
    """2.10 no. 10: in the symptom-guided profile a step needs pain numbers."""
    for offer in seen.offers:
        if offer.next_dimension is not None and offer.next_dimension.freq is None:
            continue  # a talk about another kind of activity raises nothing
        for one in seen.of(offer.track_id)[-1:]:
            basis = seen.basis(one)
            if basis["parameters"]["profile"] == "symptom_guided":
                assert any(unit["pain"] is not None for unit in basis["units"])


def a_tick_alone_never_lowers_who_sends_in_batches(seen: Seen) -> None:
    """W6: silence of paper says nothing."""
    if isinstance(seen.step.message.data, Tick) and seen.before.record_mode == "batch":
        assert not any(one["rule"].startswith("R7") for one in seen.decisions)


Promise = Callable[[Seen], None]

PROMISES: Final[tuple[Promise, ...]] = (
    what_came_twice_changes_nothing,
    decisions_are_numbered_and_never_rewritten,
    exactly_one_known_rule_decides,
    a_decision_replays_to_the_same_verdict_and_id,
    nothing_rises_without_its_reason,
    nothing_rises_or_is_offered_under_a_lock,
    rises_are_rare,
    a_yes_takes_what_still_holds_or_says_why_not,
    a_step_comes_in_time_and_is_small,
    a_fall_has_a_rule_that_matches_now,
    the_way_back_never_leads_above_where_it_began,
    less_is_granted_at_once,
    changes_are_told_in_an_unbroken_chain,
    in_a_flare_or_pause_nothing_goes_up,
    repeated_flares_keep_where_the_way_back_leads,
    what_is_usual_stands_still_in_a_flare,
    the_flare_questions_are_rare,
    one_offer_is_open_at_a_time,
    without_numbers_nothing_advances,
    a_tick_alone_never_lowers_who_sends_in_batches,
    two_bouts_are_the_dose_and_end_with_it,
    something_new_is_offered_at_a_goal_and_rarely,
    what_was_too_much_is_heard,
    silence_is_heard,
    a_shared_morning_lowers_one_track,
    a_rung_up_was_earned,
    a_step_rests_on_good_sessions,
    a_flare_leaves_its_share,
    after_a_fixed_dose_what_held_before_is_the_most,
)


def keep_promises(step: Step, memory: Memory) -> None:
    """Ask every promise about a step, and remember it; raises `AssertionError` named after the promise that broke."""
    seen = seen_in(step, memory)
    for promise in PROMISES:
        try:
            promise(seen)
        except AssertionError as broken:
            raise AssertionError(f"{promise.__name__}: {broken}") from broken
    for one in seen.decisions:
        memory.decisions[one["decision_id"]] = (one["number"], one["track_id"])
    message = step.message
    if isinstance(message.data, RECORDS) or message.service == "safety":
        memory.came.add((message.id, message.seq or 0))
    if not seen.pairs():
        memory.yeses.clear()


def watching(memory: Memory, told: int = 8) -> Callable[[Step], None]:
    """What asks every promise of a life at each of its steps; a broken one comes with the last steps in words."""
    last: deque[Step] = deque(maxlen=told)

    def watch(step: Step) -> None:
        last.append(step)
        try:
            keep_promises(step, memory)
        except AssertionError as broken:
            for one in last:
                broken.add_note(in_words(one))
            raise

    return watch


def in_words(step: Step) -> str:
    """One step in a line: when, what came, and where each track stood then."""
    data = step.message.data
    said = (
        {k: v for k, v in data.model_dump().items() if k in _TOLD and v is not None}
        if isinstance(data, BaseModel)
        else ""
    )
    where = ", ".join(
        f"{name} {in_force(track)} {track.footing.status} {track.footing.phase}"
        for name, track in step.after.tracks.items()
    )
    rules = " ".join(
        f"{record.data['track_id']}:{record.data['rule']}"
        for record in step.done.records
        if record.collection == DECISIONS
    )
    return f"{step.now:%m-%d %H:%M} {type(data).__name__} {said} -> {where} [{rules}]"
