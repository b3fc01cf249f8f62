"""Trying an activity out: 14 days with a start of its own, then the person keeps or drops it (article P12.3)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.plans.domain.commands import AnswerTryout, SetOverride
from shared.contracts.plans import OverrideEndedV1, PlanActivatedV1, PlanChangedV1
from tests.unit.services.plans.clinic import CAREGIVER, SELF, STAFF, TERMS, WALK, Clinic, change, first
from tests.unit.services.plans.front import TRACK, Front

SWIM = replace(WALK, track_id="swim", activity_family="swimming", tryout=True)
TODAY = date(2025, 4, 1)
"""The person's own day in Tokyo."""


def trying() -> Clinic:
    clinic = Clinic().ready()
    clinic.fold(first(replace(TERMS, tracks=(WALK, SWIM))))
    return clinic


def last_tracks(clinic: Clinic) -> dict[str, Any]:
    changed = [one.data for one in clinic.events if isinstance(one.data, PlanChangedV1)][-1]
    return {track.track_id: track.tryout_until for track in changed.tracks}


@pytest.mark.article("P12.3")
def test_a_try_out_is_over_on_a_day_and_keeps_it_through_later_versions() -> None:
    clinic = trying()
    over = TODAY + timedelta(days=14)
    assert {track.track_id: track.tryout_until for track in clinic.last(PlanActivatedV1).tracks} == {
        "walk": None,
        "swim": over,
    }
    clinic.now += timedelta(days=3)
    clinic.fold(change(1, replace(TERMS, tracks=(WALK, SWIM), usual_pain=3)))
    assert last_tracks(clinic) == {"walk": None, "swim": over}


def test_what_is_kept_is_a_track_like_any_other() -> None:
    clinic = trying()
    done = clinic.fold(AnswerTryout("swim", keep=True), SELF, "app")
    assert done.answer is not None
    assert done.answer.body == {"plan_id": "plan-1", "plan_version": 2, "track_id": "swim", "kept": True}
    assert last_tracks(clinic) == {"walk": None, "swim": None}
    assert clinic.refused(AnswerTryout("swim", keep=False), SELF, "app") == (409, "not_tried_out")


def test_what_is_dropped_leaves_the_plan_with_all_that_stood_on_it() -> None:
    clinic = trying()
    clinic.fold(SetOverride("o-1", "advance_days", 14, "trial", track_id="swim"))
    clinic.fold(AnswerTryout("swim", keep=False), STAFF, "phone")
    assert last_tracks(clinic) == {"walk": None}
    assert [one.data.because for one in clinic.events if isinstance(one.data, OverrideEndedV1)] == ["plan_changed"]


def test_only_the_persons_own_word_counts_and_only_on_what_is_tried_out() -> None:
    clinic = trying()
    drop = AnswerTryout("swim", keep=False)
    assert clinic.refused(drop, CAREGIVER, "app") == (403, "only_the_persons_own_answer")
    assert clinic.refused(drop, STAFF, "clinician") == (403, "only_the_persons_own_answer")
    assert clinic.refused(AnswerTryout("row", keep=True), SELF, "app") == (404, "unknown_track")
    assert clinic.refused(AnswerTryout("walk", keep=True), SELF, "app") == (409, "not_tried_out")
    alone = Clinic().ready()
    alone.fold(first(replace(TERMS, tracks=(SWIM,))))
    assert alone.refused(drop, SELF, "app") == (409, "last_track")


def test_a_try_out_finds_its_own_start() -> None:
    graded = replace(SWIM, start_phase="GRADED", start_dose=600)
    plan = first(replace(TERMS, tracks=(graded,)))
    assert Clinic().ready().refused(plan) == (422, "tryout_finds_its_start")


async def test_a_try_out_is_read_in_the_plan_and_answered_over_http(front: Front) -> None:
    swim = {**TRACK, "track_id": "swim", "activity_family": "swimming", "tryout": True}
    await front.plan(tracks=[TRACK, swim])
    read = (await front.call("GET", "/patients/p1/plan", "patient")).json()["tracks"]
    assert [(track["tryout"], track["tryout_until"] is None) for track in read] == [(False, True), (True, False)]
    answer = await front.call("POST", "/patients/p1/tracks/swim/tryout", "patient", {"id": "t-1", "keep": False})
    assert (answer.status_code, answer.json()["plan_version"]) == (200, 2)
    assert len((await front.call("GET", "/patients/p1/plan", "patient")).json()["tracks"]) == 1
    assert (
        await front.call("POST", "/patients/p1/tracks/swim/tryout", "caregiver", {"id": "t-2", "keep": False})
    ).status_code == 403
