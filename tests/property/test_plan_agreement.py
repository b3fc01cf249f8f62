"""Two clinicians and a person draft, amend, accept, decline and withdraw in any order, each on what they last read:
versions never fork, nothing is in force without both yeses, and what was declined or is stale never applies."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.plans.domain.agreement import (
    AcceptDraft,
    AmendDraft,
    DeclineDraft,
    DraftVersion,
    SeeChange,
    Why,
    WithdrawDraft,
)
from services.plans.domain.aims import Aims, Goal
from services.plans.domain.commands import AnswerTryout, EndPlan
from services.plans.domain.model import PatientState, Person
from services.plans.domain.terms import Terms, Track
from services.plans.transitions import TRANSITIONS
from shared.contracts.plans import PlanActivatedV1, PlanChangedV1, PlanEndedV1
from shared.contracts.progression import FrequencyAgreedV1
from shared.runtime.aggregate import encode
from shared.runtime.messages import Actor, Message, Refused, To

NOW = datetime(2025, 3, 31, 12, tzinfo=UTC)
WALK = Track("walk", "walking", "duration_s", "min", 3, goal_dose=1800)
SWIM = Track("swim", "swimming", "duration_s", "min", 2, goal_dose=1800, tryout=True)
TERMS = Terms(
    (WALK, SWIM), 4, flare_plan_sealed="s1.words", flare_phones=1, pem="no", review_on=date(2025, 9, 1), feedback="app"
)
WHY = Why("review", "s1.why")
START = PatientState(person=Person("UTC", "en", adult=True), aims=Aims((Goal("g-1", "patient", "family"),)))
STATES: TypeAdapter[PatientState] = TypeAdapter(PatientState)
WHO = {"ana": Actor("clinician", "ana"), "ben": Actor("clinician", "ben"), "person": Actor("patient", "p")}

anybody = st.sampled_from(("ana", "ben", "person"))
heard = st.sampled_from((None, None, "in_person", "phone"))
fresh = st.sampled_from((True, True, True, False))
"""Whether they read again before they act, or act on what they read some time ago."""

VERBS = ("draft", "draft", "amend", "accept", "accept", "decline", "withdraw", "tryout", "more_often", "seen", "end")
OF_CLINICIANS = frozenset({"draft", "amend", "withdraw"})
steps = st.tuples(st.sampled_from(VERBS), anybody, heard, fresh)
stories = st.lists(steps, min_size=4, max_size=30)


class Life:
    """One plan as anybody can follow it from records and events, and what each of the three last read of it.

    Every wording has a `usual_pain_override` of its own, by which it is known again.
    """

    def __init__(self) -> None:
        self.state = START
        self.now = NOW
        self.wordings = 0
        self.plans = 1
        self.read: dict[str, tuple[str, int, float]] = dict.fromkeys(WHO, ("none", 1, 0.0))
        self.version_read = dict.fromkeys(WHO, 0)
        self.versions: list[tuple[str, int]] = []
        self.records: dict[str, Any] = {}
        self.agreed_to: set[float] = set()
        self.dead: set[float] = set()
        self.sent: list[tuple[Any, Actor, str]] = []
        self.look("ana")
        self.look("ben")
        self.look("person")

    @property
    def plan_id(self) -> str:
        return f"plan-{self.plans}"

    def look(self, who: str) -> None:
        """They read the draft that is open, and the version in force."""
        draft, plan = self.state.agreement.draft, self.state.plan
        if draft is not None:
            self.read[who] = (draft.draft_id, draft.revision, draft.terms.usual_pain_override or 0.0)
        self.version_read[who] = 0 if plan is None or plan.ended else plan.version

    def terms(self) -> Terms:
        """Terms in words that nobody has read before."""
        self.wordings += 1
        tracks = (WALK, SWIM) if self.state.plan is None else self.state.plan.terms.tracks
        return replace(TERMS, tracks=tracks, usual_pain_override=round(self.wordings / 1000, 3))

    def do(self, step: tuple[Any, ...]) -> None:
        """One step; refused or not, what is true afterwards is checked."""
        self.now += timedelta(minutes=1)
        verb, who, how, anew = step
        who = "ben" if verb in OF_CLINICIANS and who == "person" else who
        if anew:
            self.look(who)
        command, source, yes_to = self.command(verb, who, how)
        if command is None:
            return
        self.agreed_to |= set() if yes_to is None else {yes_to}
        actor = WHO[who]
        self.sent.append((command, actor, source))
        self.hear(command, actor, source)

    def command(self, verb: str, who: str, how: Any) -> tuple[Any, str, float | None]:
        """What this step sends, from what its author last read, and the wording that it is the person's yes to."""
        draft_id, revision, wording = self.read[who]
        by_phone = "app" if who == "person" else "phone"
        plan = self.state.plan
        match verb:
            case "draft":
                terms = self.terms()
                made_from = self.version_read[who]
                yes = terms.usual_pain_override if how else None
                return DraftVersion(self.plan_id, made_from, terms, WHY, how), "clinician", yes
            case "amend":
                terms = self.terms()
                yes = terms.usual_pain_override if how else None
                return AmendDraft(draft_id, revision, terms, WHY, how), "clinician", yes
            case "accept":
                return AcceptDraft(draft_id, revision, by_phone), by_phone, wording  # type: ignore[arg-type]
            case "decline":
                return DeclineDraft(draft_id, revision, "too_much", None, by_phone), by_phone, None  # type: ignore[arg-type]
            case "withdraw":
                return WithdrawDraft(draft_id, "mistake"), "clinician", None
            case "tryout":
                return AnswerTryout("swim", keep=self.now.minute % 2 == 0), "app", None
            case "seen":
                unseen = self.state.agreement.unseen
                return (SeeChange(unseen[0].change_id) if unseen else None), "app", None
            case "more_often" if plan is not None:
                freq = plan.terms.tracks[0].freq
                event = FrequencyAgreedV1(
                    proposal_id="o",
                    decision_id="d",
                    plan_id=plan.plan_id,
                    track_id="walk",
                    freq_before=freq,
                    freq=min(7, freq + 1),
                )
                return (event if freq < 7 else None), "app", None
            case "end":
                return EndPlan(self.plan_id, "moved"), "clinician", None
        return None, "app", None

    def hear(self, data: Any, actor: Actor, source: str) -> None:
        """Fold it, and check what anybody can see of it."""
        handler = TRANSITIONS[type(data)]
        assert not isinstance(handler, To)
        by = WHO["ana"] if isinstance(data, EndPlan) else actor
        message = Message(data, "p", "t", f"m-{len(self.sent)}", self.now, self.now, by, source)
        open_before = self.state.agreement.draft
        try:
            done = handler(self.state, message, self.now)
        except Refused:
            return
        self.state = STATES.validate_python(orjson.loads(encode(done.state)))
        assert self.state == done.state
        self.records |= {f"{one.collection}/{one.id}": one.data for one in done.records}
        for emit in done.events:
            match emit.data:
                case PlanActivatedV1() | PlanChangedV1():
                    self.comes_into_force(emit.data, data)
                case PlanEndedV1():
                    self.plans += 1
        if open_before is not None and self.state.agreement.draft != open_before:
            now = self.records[f"plan_drafts/{open_before.draft_id}"]
            amended = now["revision"] != open_before.revision
            if amended or now["status"] != "accepted":
                self.dead.add(open_before.terms.usual_pain_override or 0.0)
        self.check()

    def comes_into_force(self, event: PlanActivatedV1 | PlanChangedV1, caused_by: Any) -> None:
        """Each version once, each after the one before, with both yeses, in words that both said yes to."""
        known = [version for plan_id, version in self.versions if plan_id == event.plan_id]
        assert event.plan_version == (known[-1] if known else 0) + 1
        self.versions.append((event.plan_id, event.plan_version))
        record = self.records[f"plans/{event.plan_id}:{event.plan_version}"]
        assert {one["of"] for one in record["accepted"]} == {"patient", "clinician"}
        if isinstance(caused_by, AnswerTryout | FrequencyAgreedV1):
            assert [one["how"] for one in record["accepted"] if one["of"] == "clinician"] == ["standing"]
            return
        wording = record["terms"]["usual_pain_override"]
        assert wording in self.agreed_to
        assert wording not in self.dead

    def check(self) -> None:
        """What always holds."""
        draft, plan = self.state.agreement.draft, self.state.plan
        drafts = {id: one for id, one in self.records.items() if id.startswith("plan_drafts/")}
        still_open = {id for id, one in drafts.items() if one["status"] == "open"}
        assert still_open == (set() if draft is None else {f"plan_drafts/{draft.draft_id}"})
        asked = [one.ref for one in self.state.prompts if one.kind == "agreement"]
        assert asked == ([] if draft is None else [draft.draft_id])
        if draft is not None:
            assert [one.of for one in draft.accepted] == ["clinician"]
            in_force = 0 if plan is None or plan.ended else plan.version
            assert draft.made_from == in_force
        if plan is not None:
            assert self.versions[-1] == (plan.plan_id, plan.version)


@settings(max_examples=300, deadline=None)
@given(stories)
def test_versions_never_fork_and_nothing_applies_without_both_yeses(story: list[tuple[Any, ...]]) -> None:
    life = Life()
    for step in story:
        life.do(step)
    assert len(set(life.versions)) == len(life.versions)
    assert len(encode(life.state)) < 8192


@settings(max_examples=150, deadline=None)
@given(stories)
def test_a_command_that_was_carried_out_does_nothing_when_it_comes_again(story: list[tuple[Any, ...]]) -> None:
    life = Life()
    for step in story:
        before = life.state
        life.do(step)
        if life.state == before:
            continue
        command, actor, source = life.sent[-1]
        after = life.state
        life.hear(command, actor, source)
        assert life.state == after
