"""The routes of progression: what is in force now and why, and every decision that led there."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.progression.adherence_routes import Language, adherence_router
from services.progression.episode_routes import episode_router
from services.progression.question_routes import question_router
from services.progression.store import DECISIONS, TRACKS, basis_of
from services.progression.telling import next_up_of
from services.progression.texts import Audience, render
from services.progression.wish_routes import wish_router
from shared.clinics import Clinic, Clinics
from shared.clock import from_ms
from shared.contracts.fields import Id
from shared.runtime.runtime import Runtime
from shared.web.cursor import read_cursor, write_cursor
from shared.web.principal import Caller, PersonId, allow, found

_READERS: Final = ("patient", "clinician")
_HIDDEN: Final = frozenset({"_id", "key", "tenant", "seq", "id", "basis"})


class Reader(NamedTuple):
    """Who reads, in which language, and whom the person can reach."""

    role: str
    language: str | None
    clinic: Clinic | None

    @property
    def audience(self) -> Audience:
        """For whom words are chosen where there is one text for each."""
        return "clinician" if self.role == "clinician" else "patient"


class Explanation(BaseModel):
    """Why: the words for the person, the words for the clinician, and the key and numbers they are made of."""

    text: str
    clinician_text: str | None = Field(description="Only for clinicians.")
    text_key: str
    text_params: dict[str, int | str]


class DecisionView(BaseModel):
    """One decision of the table; amounts in the base unit of the marker (s, repetitions, m)."""

    decision_id: str
    number: int = Field(description="Counts the person's decisions.")
    track_id: str
    at: str
    day: str
    rule_set: str
    rule: str
    action: str
    dose: int
    dose_before: int
    dose_in_force: int
    marker: str
    unit: str
    review: bool
    notes: list[str]
    locks: list[str]
    supersedes: str | None
    trigger: str
    explanation: Explanation


class ConditionView(BaseModel):
    """One condition of the next rule up; `text` says in words what is missing, None where nothing is.

    `have` of `need` count what there is of what is asked for, in `measure` (days, sessions or mornings).
    """

    rule: str
    lock: str | None
    met: bool
    have: int | None
    need: int | None
    measure: str | None
    text: str | None


class NextUpView(BaseModel):
    """Why not the next rule up: the rule that would raise the dose, the dose it would give where that is known."""

    rule: str
    dose: int | None
    conditions: list[ConditionView]


class FullDecisionView(DecisionView):
    """A decision with everything it rests on: enough to run the table again, and why the dose did not rise."""

    parameters: dict[str, Any]
    standing: dict[str, Any]
    units: list[dict[str, Any]]
    overrides: list[dict[str, Any]] = Field([], description="What a clinician set that stands behind it (2.8).")
    next_up: NextUpView


class TwoBoutsView(BaseModel):
    """The dose of a day in two bouts (W10): the amount of each, and how it is said to the person."""

    first: int
    second: int
    text: str


class TrackView(BaseModel):
    """A track as it stands: the dose in force (None until a start is found), and the latest decision in full.

    `last_change` is the decision that last changed the dose in force (None while it is the plan's): what the latest one
    only holds, that one explains.
    """

    track_id: str
    priority: int
    marker: str
    unit: str
    dose: int | None
    in_two: TwoBoutsView | None = Field(None, description="The dose in two bouts of the day, where that was chosen.")
    freq: int | None = Field(None, description="Sessions a week that the plan asks for.")
    goal_dose: int | None
    phase: str
    status: str
    changed: str
    ladder: list[int]
    rung: int
    proposal: dict[str, Any] | None
    decision: FullDecisionView | None
    last_change: FullDecisionView | None


class TrackList(BaseModel):
    """The tracks of the plan in force, the most important first."""

    tracks: list[TrackView]


class DecisionPage(BaseModel):
    """Decisions, the latest first; `next` is the cursor of the page after."""

    decisions: list[DecisionView]
    next: str | None


def router(runtime: Runtime, clinics: Clinics) -> APIRouter:
    """All routes, under `/v1`; tenant and roles come from the token, whom people can reach from the clinics."""
    routes = APIRouter(prefix="/v1", tags=["progression"])

    async def person(caller: Any, patient_id: str, language: str | None) -> Reader:
        role = allow(caller, patient_id, *_READERS)
        found(await runtime.settle(patient_id, caller.tenant) or None)
        return Reader(role, language, clinics.of(caller.tenant))

    @routes.get("/patients/{patient_id}/tracks")
    async def read_tracks(patient_id: PersonId, caller: Caller, language: Language = None) -> TrackList:
        """The dose in force of each track, with the full explanation of its latest decision. Patient or clinician."""
        reader = await person(caller, patient_id, language)
        where = {"key": patient_id, "tenant": caller.tenant}
        tracks = [t for t in await runtime.find(TRACKS, {**where, "active": 1}) if t.get("marker")]
        named = {t[name] for t in tracks for name in ("decision_id", "change_id") if t.get(name)}
        ids = sorted(f"{patient_id}:{decision_id}" for decision_id in named)
        wanted = {"_id": {"$in": ids}, "tenant": caller.tenant}
        decisions = {d["decision_id"]: d for d in await runtime.find(DECISIONS, wanted)} if ids else {}
        tracks.sort(key=lambda t: (t["priority"], t["track_id"]))
        return TrackList(tracks=[_track(t, decisions, reader) for t in tracks])

    @routes.get("/patients/{patient_id}/decisions")
    async def list_decisions(
        patient_id: PersonId,
        caller: Caller,
        track_id: Annotated[Id | None, Query(description="Only of this track.")] = None,
        cursor: Annotated[str | None, Query(description="Where the last page ended.", max_length=1000)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        language: Language = None,
    ) -> DecisionPage:
        """Every decision, the latest first. Patient or clinician."""
        position = read_cursor(cursor, number=int)
        reader = await person(caller, patient_id, language)
        where: dict[str, Any] = {"key": patient_id, "tenant": caller.tenant}
        if track_id is not None:
            where["track_id"] = track_id
        if position is not None:
            where["number"] = {"$lt": position["number"]}
        documents = await runtime.find(DECISIONS, where, sort=[("number", -1)], limit=limit + 1)
        page = documents[:limit]
        more = len(documents) > limit
        following = write_cursor({"number": page[-1]["number"]}) if more else None
        return DecisionPage(decisions=[DecisionView(**_decision(d, reader)) for d in page], next=following)

    @routes.get("/patients/{patient_id}/decisions/{decision_id}")
    async def read_decision(
        patient_id: PersonId, decision_id: Id, caller: Caller, language: Language = None
    ) -> FullDecisionView:
        """One decision with everything it rests on. Patient or clinician."""
        reader = await person(caller, patient_id, language)
        where = {"_id": f"{patient_id}:{decision_id}", "tenant": caller.tenant}
        documents = await runtime.find(DECISIONS, where, limit=1)
        return _full(found(documents[0] if documents else None), reader)

    whole = APIRouter()
    whole.include_router(routes)
    whole.include_router(episode_router(runtime, clinics))
    whole.include_router(wish_router(runtime, clinics))
    whole.include_router(adherence_router(runtime))
    whole.include_router(question_router(runtime))
    return whole


def _decision(document: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    basis = basis_of(document)
    params = basis["text_params"]
    clinician = None
    if reader.role == "clinician":
        facts = {"dose": document["dose"], **basis["facts"], **params}
        clinician = render(document["text_key"], facts, "clinician", reader.language)
    explanation = Explanation(
        text=render(document["text_key"], params, "patient", reader.language, reader.clinic),
        clinician_text=clinician,
        text_key=document["text_key"],
        text_params=params,
    )
    kept = {name: value for name, value in document.items() if name not in _HIDDEN}
    at = from_ms(document["at"]).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {**kept, **basis, "at": at, "explanation": explanation}


def _full(document: Mapping[str, Any], reader: Reader) -> FullDecisionView:
    up = NextUpView(**next_up_of(document, reader.audience, locale=reader.language, clinic=reader.clinic))
    return FullDecisionView(**_decision(document, reader), next_up=up)


def _track(document: Mapping[str, Any], decisions: Mapping[str, Mapping[str, Any]], reader: Reader) -> TrackView:
    def full(name: str) -> FullDecisionView | None:
        found = decisions.get(document.get(name) or "")
        return None if found is None else _full(found, reader)

    kept = {name: value for name, value in document.items() if name not in _HIDDEN}
    two = _in_two(kept.pop("halves", None), document["unit"], reader)
    return TrackView(**kept, in_two=two, decision=full("decision_id"), last_change=full("change_id"))


def _in_two(halves: Sequence[int] | None, unit: str, reader: Reader) -> TwoBoutsView | None:
    if halves is None:
        return None
    first, second = halves
    told: dict[str, int | str] = {"dose": first + second, "first": first, "second": second, "unit": unit}
    return TwoBoutsView(
        first=first, second=second, text=render("rule.W10.halves", told, reader.audience, reader.language)
    )
