"""The demo's bodies: the same for the same seed, tired by too much, and worse in a bad week."""

from dataclasses import replace
from statistics import mean

import pytest

from deploy.local.demo.cast import CAST, KINDS, Somebody
from deploy.local.demo.life import BAD_DAYS, Bout, Life

DAYS = range(28)
BY_KEY = {somebody.key: somebody for somebody in CAST}


def lived(who: Somebody, seed: int, dose: int | None = None) -> list[Bout | None]:
    life = Life(who, seed)
    return [life.bout(kind, day, dose or KINDS[kind].start) for day in DAYS for kind in who.tracks]


@pytest.mark.parametrize("who", CAST, ids=lambda who: who.key)
def test_the_same_seed_gives_the_same_life_and_another_seed_another(who: Somebody) -> None:
    assert lived(who, 1) == lived(who, 1)
    assert lived(who, 1) != lived(who, 2)


@pytest.mark.parametrize("who", CAST, ids=lambda who: who.key)
def test_what_a_person_tells_is_in_range(who: Somebody) -> None:
    life = Life(who, 1)
    for bout in filter(None, lived(who, 1)):
        assert (bout.amount == 0) == (bout.variant == "rest")
        for score in (bout.pain, bout.pain_before, bout.effort):
            assert score is None or 0 <= score <= 10
    for day in DAYS:
        felt = life.morning(day, dict.fromkeys(who.tracks, 10_000))
        assert felt is None or all(0 <= score <= 10 for score in felt)


def test_much_more_than_the_body_can_do_is_felt_the_next_morning() -> None:
    life = Life(BY_KEY["steady-walker"], 1)
    calm = [felt[0] for day in DAYS if (felt := life.morning(day, {"walking": 300}))]
    after = [felt[0] for day in DAYS if (felt := life.morning(day, {"walking": 2400}))]
    assert mean(after) > mean(calm) + 2


def test_a_bad_week_hurts_more_than_the_weeks_around_it() -> None:
    life = Life(BY_KEY["bad-week"], 1)
    mornings = {day: felt[0] for day in DAYS if (felt := life.morning(day, {}))}
    bad = [pain for day, pain in mornings.items() if day in BAD_DAYS]
    usual = [pain for day, pain in mornings.items() if day not in BAD_DAYS]
    assert mean(bad) > mean(usual) + 1


def test_boom_and_bust_does_far_more_than_planned_now_and_then_and_the_steady_do_not() -> None:
    def over(key: str) -> int:
        return sum(bout.amount > 1.5 * 600 for bout in lived(BY_KEY[key], 1, dose=600) if bout is not None)

    assert over("boom-and-bust") >= 3
    assert over("steady-walker") == 0


def test_without_a_dose_people_do_what_feels_right() -> None:
    life = Life(BY_KEY["finds-a-start"], 1)
    done = [bout for day in DAYS if (bout := life.bout("walking", day, None)) and bout.amount]
    assert done
    assert all(0 < bout.amount < 2 * KINDS["walking"].start for bout in done)


def test_sessions_a_week_are_as_many_as_were_agreed_with_rest_days_between() -> None:
    for who in CAST:
        for kind, freq in who.tracks.items():
            assert sum(Life(who, 1).trains(kind, day) for day in range(7)) == freq


def test_the_life_hangs_on_the_key_and_not_on_the_place_in_the_table() -> None:
    who = BY_KEY["steady-walker"]
    assert lived(replace(who, rank=99, locale="es"), 1) == lived(who, 1)
