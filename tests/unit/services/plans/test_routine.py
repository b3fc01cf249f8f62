"""The order of a day: no muscle twice in a row, rests between, what matters first, and little where there is little."""

from datetime import date, time

import pytest

from services.plans.api.routine import day_kind
from services.plans.catalogue import catalogue
from services.plans.domain.energy import EnergyMap, best, block_at, blocks, disorder, usual
from services.plans.domain.routine import Item, Rest, items, offered, ordered, shares, with_rests
from services.plans.domain.terms import Track

STARTS = ("06:00", "10:00", "12:00", "15:00", "18:00", "22:00")
MAP = EnergyMap(STARTS, (1, 3, 2, 3, 1, 0), (0, 2, 3, 2, 1, 0))


def of(activity_id: str, priority: int = 1, freq: int = 3) -> Track:
    one = catalogue()[activity_id]
    return Track(activity_id, one.family, one.markers[0], "s", freq, priority, activity_id=activity_id)


def order(*tracks: Track, groups: tuple[str, ...] = ()) -> list[str]:
    return [one.track.track_id for one in ordered(items(tracks, catalogue()), groups)]


@pytest.mark.article("P10.5")
def test_the_same_muscles_never_work_twice_in_a_row_and_what_matters_most_comes_first() -> None:
    assert order(of("heel_raise", 3), of("sit_to_stand", 1), of("band_row", 2)) == [
        "sit_to_stand",
        "band_row",
        "heel_raise",
    ]


@pytest.mark.article("P10.5")
def test_what_matters_most_gives_way_where_only_so_no_muscle_works_twice_in_a_row() -> None:
    legs = [of("heel_raise", 2), of("sit_to_stand", 3)]
    assert order(of("band_row", 1), *legs) == ["heel_raise", "band_row", "sit_to_stand"]


@pytest.mark.article("P10.5")
def test_rests_of_60_seconds_lie_between_and_a_longer_one_where_one_muscle_is_all_there_is() -> None:
    three = ordered(items([of("heel_raise"), of("band_row"), of("side_leg")], catalogue()))
    assert [one.rest_s for one in with_rests(three) if isinstance(one, Rest)] == [60, 60]
    twice = ordered(items([of("heel_raise"), of("leg_lift_chair")], catalogue()))
    steps = with_rests(twice, 90)
    assert [type(one) for one in steps] == [Item, Rest, Item]
    assert steps[1] == Rest(180, same=True)
    assert with_rests(()) == ()


def test_the_order_of_muscles_that_a_clinician_set_counts_before_priority() -> None:
    tracks = (of("sit_to_stand", 1), of("band_row", 2), of("arm_curl", 3))
    assert order(*tracks, groups=("arms", "back")) == ["arm_curl", "band_row", "sit_to_stand"]


def test_a_track_without_an_activity_has_no_muscles_that_could_meet_its_neighbours() -> None:
    plain = Track("walk", "walking", "duration_s", "min", 3, 2)
    assert order(of("heel_raise", 1), plain, of("sit_to_stand", 3)) == ["heel_raise", "walk", "sit_to_stand"]
    gone = Track("old", "walking", "duration_s", "min", 3, activity_id="taken_out")
    assert items([gone], catalogue())[0].muscles == frozenset()


@pytest.mark.article("P3.4")
def test_with_energy_for_one_track_the_one_of_the_highest_priority_is_offered() -> None:
    whole = items([of("band_row", 3), of("walk_nature", 1), of("arm_curl", 2)], catalogue())
    assert [one.track.track_id for one in offered(whole, "one", None)] == ["walk_nature"]
    assert [one.track.track_id for one in offered(whole, "some", None)] == ["walk_nature", "arm_curl"]
    assert len(offered(whole, "all", None)) == 3
    assert offered((), "one", None) == ()


@pytest.mark.article("P3.4", "P10.1")
def test_a_weeks_budget_goes_to_what_matters_most_and_one_is_always_offered() -> None:
    whole = items([of("band_row", 2, 3), of("walk_nature", 1, 3), of("arm_curl", 3, 2)], catalogue())
    energy = EnergyMap(STARTS, MAP.weekday, MAP.weekend, 10, {"walk_nature": 2})
    assert [(one.track_id, one.points, one.within) for one in shares(whole, energy)] == [
        ("walk_nature", 6, True),
        ("band_row", 6, False),
        ("arm_curl", 2, True),
    ]
    assert [one.track.track_id for one in offered(whole, "some", energy)] == ["walk_nature", "arm_curl"]
    nothing = EnergyMap(STARTS, MAP.weekday, MAP.weekend, 0)
    assert [one.track.track_id for one in offered(whole, "some", nothing)] == ["walk_nature"]
    assert [one.within for one in shares(whole, None)] == [True, True, True]


@pytest.mark.article("P10.2")
@pytest.mark.parametrize(
    ("wall", "level"), [("06:00", 0), ("09:59", 0), ("10:00", 1), ("23:30", 5), ("00:00", 5), ("05:59", 5)]
)
def test_every_wall_time_lies_in_one_block(wall: str, level: int) -> None:
    assert block_at(STARTS, time.fromisoformat(wall)) == level


@pytest.mark.article("P10.3")
def test_the_block_of_most_energy_is_the_earliest_of_the_highest() -> None:
    assert (STARTS[best(MAP, "weekday")], STARTS[best(MAP, "weekend")]) == ("10:00", "12:00")


@pytest.mark.parametrize(("wall", "found"), [("23:00", "one"), ("07:00", "some"), ("10:30", "all"), ("12:30", "all")])
def test_the_map_says_for_how_much_there_is_energy_now(wall: str, found: str) -> None:
    assert usual(MAP, "weekday", time.fromisoformat(wall)) == found
    assert usual(None, "weekday", time.fromisoformat(wall)) == "all"


def test_blocks_begin_one_after_the_other() -> None:
    assert disorder(STARTS) is None
    assert disorder(STARTS[:5]) is not None
    assert disorder(("06:00", "06:00", "12:00", "15:00", "18:00", "22:00")) is not None
    assert blocks(STARTS)[-1] == (22 * 60, 30 * 60)


@pytest.mark.article("P6.5")
def test_the_weekend_is_that_of_the_persons_own_place() -> None:
    friday, sunday = date(2026, 1, 9), date(2026, 1, 11)
    assert [day_kind(friday, one) for one in ("ar-EG", "en-US", "es", "xx")] == ["weekend", *["weekday"] * 3]
    assert [day_kind(sunday, one) for one in ("ar-EG", "en-US", "es", "xx")] == ["weekday", *["weekend"] * 3]
