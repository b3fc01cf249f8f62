"""One round of decisions for a person: undo what no longer holds, lower first, then at most one thing up (2.5, 2.7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from services.progression.domain.decisions import (
    Decision,
    DoseMoved,
    Output,
    name_of,
    snapshot_hash,
)
from services.progression.domain.dimensions import offer_dimension, offers_dimension
from services.progression.domain.explain import SAY_AGAIN_DAYS, STOPPED, Explanation, explain, reviews_for
from services.progression.domain.flare_dose import kept_in_mind, not_above_it
from services.progression.domain.halves import Halves
from services.progression.domain.having import having
from services.progression.domain.history import History
from services.progression.domain.judge import Moment, case_of, judge
from services.progression.domain.locks import ASKED, NEEDS_CONSENT, locks_of, may_rise
from services.progression.domain.machine import (
    effective_at,
    lowering_of,
    lowers,
    moved,
    rejudged,
    revisable,
    with_footing,
)
from services.progression.domain.model import Case, Verdict
from services.progression.domain.offers import close_offer, keep_or_open_offer, opens_offer, step_needs_yes
from services.progression.domain.once import once
from services.progression.domain.reviews import ask
from services.progression.domain.state import DIGITS, Footing, Latest, PatientState, dose_hidden, with_track
from services.progression.domain.suspending import given_now, quoted
from services.progression.domain.unnumbered import ask_for_steps_without_numbers

BASELINE_REVIEW_MS = 14 * 86_400_000

_BACK = {"resumed": "rule.R1.cleared", "pause_ended": "rule.R2.over", "kept_moving": "rule.W6.same"}
"""What is said of a dose that is in force again, by what brought it back."""


class Round:
    """A person's state on its way through one message, and what is to be told about it, in order.

    `flagged_on` is the person's day on which the open suspension began, `back` are the tracks that an override of has
    just ended.
    """

    def __init__(
        self, patient_id: str, state: PatientState, moment: Moment, trigger: str, flagged_on: date | None = None
    ) -> None:
        self.patient_id = patient_id
        self.flagged_on = flagged_on
        self.state = state
        self.moment = moment
        self.trigger = trigger
        self.out: list[Output] = []
        self.noted: list[tuple[str, ...]] = []
        self.back: frozenset[str] = frozenset()

    @once
    def history(self) -> History:
        """What the person did and how it felt: no round changes that, but for what a flare makes of it."""
        return History.of(self.state)

    def look(self, track_id: str, as_of: date | None = None) -> tuple[Verdict, Case, tuple[str, ...]]:
        """The verdict on a track just now, the case it rests on, and the locks that stood.

        `as_of` judges the evidence as on an earlier day.
        """
        moment = self.moment if as_of is None else replace(self.moment, today=as_of)
        locks = locks_of(self.state, track_id, self.moment)
        # Under `pem` and `clinician` a rung is the person's to say yes to (W9); an override (R4) asks nobody.
        parameters = self.state.tracks[track_id].config.parameters
        set_aside = parameters.get("fixed_dose") is not None or parameters.get("auto") is False
        held = (ASKED | NEEDS_CONSENT if set_aside else ASKED) & set(locks)
        may_step_up = self.moment.complete and may_rise(self.state, self.moment.today) and not held
        case = case_of(self.state, track_id, moment, self.history, allow_increase=not locks, may_step_up=may_step_up)
        verdict, case = not_above_it(self.state, track_id, judge(case), case)
        return quoted(self.state, verdict, self.moment.today, self.flagged_on), case, locks

    def anew(self) -> None:
        """Read the history again: a flare began or ended, which changes what is usual (2.3)."""
        self.__dict__.pop("history", None)

    def review(self, track_id: str | None, reason: str) -> None:
        """Ask a human to look, once per person, track and reason (W12)."""
        self.state, asked = ask(self.state, self.patient_id, track_id, reason, self.moment.today)
        if asked is not None:
            stop = self.state.suspension if reason == STOPPED else None
            self.out.append(asked if stop is None else replace(asked, suspension_id=stop.suspension_id))

    def conclude(
        self,
        track_id: str,
        found: tuple[Verdict, Case, tuple[str, ...]],
        *,
        concerned: bool,
        supersedes: str | None = None,
        footing: Footing | None = None,
        answered: str = "",
        since: int | None = None,
        halves: Halves | None = None,
    ) -> None:
        """Take a verdict over: move the track, tell the decision if it is news, and what follows from it.

        `footing` replaces the one the verdict leads to (an answered offer); `answered` makes the decision a new one;
        `since` is the instant from which it holds, where that is not now; `halves` are the two bouts in which an
        accepted step is taken.
        """
        verdict, case, locks = found
        track = self.state.tracks[track_id]
        before, dose_before = track.footing, track.doses[-1][1]
        told_before = 0 if dose_hidden(track) and track_id not in self.back else dose_before
        at = effective_at(track, self.moment.at if since is None else since)
        held = step_needs_yes(verdict, case, locks)
        if footing is None:
            footing = before if held else moved(before, verdict, case, at)
        now = given_now(self.state, verdict, footing, dose_before)
        self.state = kept_in_mind(self.state, track_id, verdict)
        eased = track.eased is not None and track.eased < int(track.config.parameters.get("fixed_dose", 0))
        text = explain(verdict, case, locks, track.said, track.config.unit, eased=eased)
        widens = not answered and offers_dimension(self, track_id, found)
        if verdict.rule == "R10b":
            text = replace(text, again=not widens)  # what asks for something new comes with the offer of it
        if answered and (verdict.action in ("ADVANCE", "GRANT") or held):
            text = _taken(text, verdict, halves)
        elif verdict.action == "LESS" and now and dose_hidden(having(track, footing=footing)):
            text = Explanation("rule.W4", {"unit": track.config.unit})  # what the smallest is, is not shown
        elif verdict.action == "LESS" and (now < verdict.dose or (now == 0 and verdict.facts)):
            text = _until_then(text, verdict, now)
        elif held:
            text = replace(text, key=f"{text.key}.offer")
        elif _again(self.trigger, supersedes) and verdict.action in ("HOLD", "ADVANCE") and footing.dose:
            text = Explanation(_BACK[self.trigger], {"dose": footing.dose, "unit": track.config.unit})
        elif track_id in self.back and 0 < now < dose_before and verdict.action == "HOLD":
            text = Explanation("rule.R4.over", {"dose": now, "unit": track.config.unit})
        elif self.trigger == "flare_ended" and text.key == "rule.R5d":
            text = replace(text, key="rule.R3.over")
        said = [verdict.rule, verdict.dose, verdict.review, verdict.notes, footing.dose, text.key]
        outcome = name_of("outcome", answered, str([*said, sorted(text.params.items())]))[:DIGITS]
        latest = track.latest
        news = concerned or supersedes is not None or footing != before or (not answered and opens_offer(self, found))
        snapshot, fresh = "", latest is None or news or latest.outcome != outcome
        if fresh:
            snapshot = name_of("answer", answered, snapshot_hash(self.patient_id, track_id, case))
            fresh = latest is None or latest.snapshot != snapshot[:DIGITS]
        follows = latest.decision_id if latest else ""
        decision_id = name_of("decision", snapshot, follows) if fresh or latest is None else latest.decision_id
        if answered or verdict.action == "SET_BASELINE" or "active" in verdict.notes:
            track = having(track, lowerings=())
        if revisable(verdict) and (fresh or footing != before):
            low = lowering_of(decision_id, verdict, case, before, at)
            track = having(track, lowerings=(*track.lowerings, low[:]))
        rises = (
            footing.dose > max(dose_before, before.dose) and case.standing.phase != "BASELINE" and supersedes is None
        )
        if rises:
            self.state = having(self.state, rises=tuple(sorted((*self.state.rises, self.moment.today))))
        if fresh:
            self.noted.append(verdict.notes)
            track = having(track, latest=Latest(decision_id, snapshot[:DIGITS], outcome))
            if verdict.rule in SAY_AGAIN_DAYS and text.text_key == f"rule.{verdict.rule}":
                track = having(track, said={**track.said, verdict.rule: self.moment.today})
            number = self.state.numbered + 1
            self.state = having(self.state, numbered=number)
            self.out.append(
                Decision(
                    decision_id,
                    number,
                    track_id,
                    self.moment.today,
                    self.moment.at,
                    verdict,
                    case,
                    locks,
                    text,
                    told_before,
                    now,
                    self.trigger,
                    supersedes,
                    verdict.action != "STOP" and self.history.tired(self.moment.today, case.standing.usual_fatigue),
                )
            )
        if now != dose_before:
            track = having(track, changed_by=decision_id)
        track = with_footing(track, footing, at, now)
        if halves is not None and sum(halves) == now:
            track = having(track, halves=halves)
        self.state = with_track(self.state, track_id, track)
        told_now = 0 if dose_hidden(track) else now
        if now != dose_before and told_now != told_before:
            self.out.append(DoseMoved(track_id, told_before, told_now, verdict.rule, decision_id, at))
        for reason in reviews_for(verdict, case) if fresh else ():
            self.review(None if reason in ("red_flag", STOPPED) else track_id, reason)
        if not answered:
            keep_or_open_offer(self, track_id, found, decision_id)
            if fresh and widens and text.text_key == "rule.R10b":
                offer_dimension(self, track_id, found, decision_id)


def _taken(text: Explanation, verdict: Verdict, halves: Halves | None) -> Explanation:
    """The words for a step that was taken, at once or in two bouts."""
    told = {**text.params, "dose": verdict.dose}
    key = f"rule.{verdict.rule}" if verdict.action == "GRANT" else f"rule.{verdict.rule}.accepted"
    if halves is not None:
        key = "rule.W10.halves" if verdict.action == "GRANT" else "rule.W10.halves.accepted"
        told |= {"first": halves[0], "second": halves[1]}
    return replace(text, key=key, params=told)


def _again(trigger: str, supersedes: str | None) -> bool:
    """Whether a dose is in force again because of the trigger; a word about a gap (W6) where it undid something."""
    return trigger in _BACK and (trigger != "kept_moving" or supersedes is not None)


def _until_then(text: Explanation, verdict: Verdict, now: int) -> Explanation:
    """The words for less that was asked for in a stop, a pause or a flare, of which its facts tell: no amount above the
    one that holds now, and the words of what stands over the plan where that is none."""
    if now:
        return replace(text, params={**text.params, "dose": now})
    over = (("sign", "R1"), ("stopped_for", "R1.clinician"), ("days", "R3.rest"))
    stands = next((rule for fact, rule in over if fact in verdict.facts), "R2")
    grave = {name: verdict.facts[name] for name in ("level",) if name in verdict.facts}
    return Explanation(f"rule.{stands}", {**text.params, "dose": now, **grave})


def run_round(
    round_: Round, concerned: Iterable[str], touched: int | None = None, corrected: Iterable[str] = ()
) -> None:
    """Judge every track of the person once.

    `concerned` are the tracks that something new was recorded for: they get a decision whenever their inputs changed,
    the others only when the outcome did. `touched` is the earliest instant (epoch ms) that corrected or late records
    speak of; `corrected` are tracks with amended or voided records: their new decision supersedes the one before.
    """
    told, superseded = set(concerned), {}
    for track_id in sorted(corrected):
        latest = round_.state.tracks[track_id].latest if track_id in round_.state.tracks else None
        if latest is not None:
            superseded[track_id] = latest.decision_id
    if touched is not None and round_.moment.complete:
        for track_id in sorted(round_.state.tracks):
            round_.state, undone = rejudged(round_.state, track_id, touched)
            if undone is not None:
                superseded[track_id] = undone
                told.add(track_id)
    tracks = round_.state.tracks
    by_last_raised = sorted(tracks, key=lambda t: (-tracks[t].footing.raised_at, -tracks[t].config.priority, t))
    rest: list[str] = []
    seen = {}
    for track_id in by_last_raised:
        found = round_.look(track_id)
        if not lowers(found[0]):
            rest.append(track_id)
            seen[track_id] = found
            continue
        # A lowering moves the track, which is news by itself; who rests has nothing to lower, and is told once.
        round_.conclude(track_id, found, concerned=track_id in told, supersedes=superseded.get(track_id))
        seen = {}  # what this lowering counts is not counted again elsewhere (W2)
    rest.sort(key=lambda t: (tracks[t].config.priority, tracks[t].footing.changed, t))
    for track_id in rest:
        before = round_.state
        found = seen.get(track_id) or round_.look(track_id)
        round_.conclude(track_id, found, concerned=track_id in told, supersedes=superseded.get(track_id))
        if (before.proposal, before.rises) != (round_.state.proposal, round_.state.rises):
            seen = {}  # one thing at a time: what was just offered or raised is a lock on the others
        _baseline_review(round_, track_id, found[0])
        _tryout_over(round_, track_id)
        ask_for_steps_without_numbers(round_, track_id, found[0])
    if round_.state.proposal is not None and round_.state.proposal.track_id not in round_.state.tracks:
        close_offer(round_, "plan_changed")
    if round_.history.usual_pain(round_.moment.today).drifted:
        round_.review(None, "usual_pain_up")


def _tryout_over(round_: Round, track_id: str) -> None:
    """A try-out ends with a question: keep it or drop it (article P12.3)."""
    until = round_.state.tracks[track_id].config.tryout_until
    if until is not None and round_.moment.today >= until:
        round_.review(track_id, "tryout_over")


def _baseline_review(round_: Round, track_id: str, verdict: Verdict) -> None:
    """R6a: after 14 days without a start a human sets it jointly (2.5, a timer of 2.6)."""
    since = round_.state.tracks[track_id].footing.phase_since
    if verdict.rule == "R6a" and round_.moment.at - since >= BASELINE_REVIEW_MS:
        round_.review(track_id, "baseline_incomplete")
