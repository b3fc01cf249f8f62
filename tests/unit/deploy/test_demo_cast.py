"""The demo's people: two clinics, three languages, plans that may come into force, prompts that are met in time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

import pytest

from deploy.local.demo.arriving import Arrivals
from deploy.local.demo.cast import CAST, CLINICS, FOLLOWED, KINDS, Somebody, cast
from deploy.local.demo.moments import at, coming, last_of, moments
from deploy.local.demo.web import Web
from deploy.local.issuer import open_issuer
from deploy.local.topology import Layout, Ports
from services.plans.api.drafts import VersionBody
from services.plans.api.requests import EnrolmentBody
from services.plans.domain.rules import breaches, missing
from services.session_logging.domain.activities import family_of
from shared.clinics import LANGUAGES

MOST_LATE = timedelta(minutes=30)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Web:
    home = tmp_path_factory.mktemp("demo")
    return Web(Layout(home, Ports.usual(), home), open_issuer(home / "issuer"), 1)


def test_about_thirty_people_of_two_clinics_in_three_languages() -> None:
    assert 28 <= len(CAST) <= 32
    assert len({somebody.key for somebody in CAST}) == len(CAST)
    assert {somebody.clinic for somebody in CAST} == set(CLINICS)
    assert {somebody.locale for somebody in CAST} == set(LANGUAGES)
    assert {somebody.tz for somebody in CAST} <= available_timezones()
    habits = {somebody.habit for somebody in CAST}
    assert habits == {"steady", "careful", "boom", "bad_week", "busy", "paper", "red_flag", "leaves"}


def test_a_group_has_room_for_its_clinics_people_and_is_not_small() -> None:
    for clinic in CLINICS:
        assert 8 <= sum(somebody.group for somebody in CAST if somebody.clinic == clinic) < 30


def test_small_demos_have_those_who_are_followed() -> None:
    assert {somebody.key for somebody in cast(3)} == set(FOLLOWED)
    assert len(cast(len(CAST))) == len(CAST)


@pytest.mark.parametrize("somebody", CAST, ids=lambda somebody: somebody.key)
def test_everybodys_plan_may_come_into_force(web: Web, somebody: Somebody) -> None:
    body = Arrivals(web, CAST, date(2026, 3, 2)).terms(somebody)
    terms = VersionBody.model_validate(body).terms("sealed")
    assert [*missing(terms, date(2026, 3, 1)), *breaches(terms)] == []
    person = {"id": web.id_of(somebody), "tz": somebody.tz, "locale": somebody.locale, "adult": True}
    assert EnrolmentBody.model_validate(person).adult


def test_what_else_is_done_on_a_track_belongs_to_its_family() -> None:
    for kind in KINDS.values():
        assert {family_of(activity) for activity in kind.also} <= {kind.family}


@pytest.mark.parametrize("somebody", [one for one in CAST if one.cue], ids=lambda somebody: somebody.key)
def test_every_prompt_is_met_within_half_an_hour_all_year(somebody: Somebody) -> None:
    assert somebody.cue is not None
    for offset in range(365):
        day = date(2026, 1, 1) + timedelta(days=offset)
        due = at(day, time.fromisoformat(somebody.cue), somebody.tz)
        near = [moment for add in (-1, 0, 1) for moment in moments(day + timedelta(days=add))]
        assert any(timedelta(0) <= moment - due < MOST_LATE for moment in near), day


def test_days_end_with_their_last_moment() -> None:
    morning, night = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 23, tzinfo=UTC)
    assert last_of(morning, 1) == date(2026, 3, 2)
    assert last_of(night, 1) == date(2026, 3, 3)
    assert len(coming(morning, last_of(morning, 2))) == len(coming(night, last_of(night, 2))) == 6
    assert coming(night, date(2026, 3, 2)) == []
