"""Which sign an answer is judged by, and when a suspension begins and ends."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from services.safety.domain import episodes
from services.safety.domain.levels import GRAVEST_FIRST, LEVELS, graver, in_order, level_of
from services.safety.requests import Sign
from shared.red_flags import SIGNS

SINCE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_every_sign_of_the_list_has_a_level_and_can_be_sent() -> None:
    assert tuple(LEVELS) == SIGNS == get_args(Sign)
    assert set(LEVELS.values()) == set(GRAVEST_FIRST)


@pytest.mark.parametrize(
    ("signs", "level"),
    [
        ("chest stroke cauda_equina self_harm clot pregnancy medication", "emergency"),
        ("new_weakness infection trauma post_op unsafe", "urgent"),
        ("cancer", "review"),
        ("crash", "lock"),
    ],
)
def test_the_levels_are_those_of_the_table_and_the_graver_where_it_names_two(signs: str, level: str) -> None:
    """domain/safety.md 9.1."""
    assert {LEVELS[sign] for sign in signs.split()} == {level}
    assert set(signs.split()) == {sign for sign, its_level in LEVELS.items() if its_level == level}


def test_the_gravest_sign_comes_first_and_each_once() -> None:
    assert in_order(["crash", "cancer", "trauma", "stroke", "chest", "chest"]) == (
        "chest", "stroke", "trauma", "cancer", "crash",
    )  # fmt: skip
    assert level_of(["crash", "trauma"]) == "urgent"


def test_nothing_answered_yes_has_no_level() -> None:
    assert (in_order([]), level_of([])) == ((), None)


def test_of_two_levels_the_graver_is_the_one_that_asks_for_a_human_sooner() -> None:
    assert graver("lock", "review") == graver("review", "lock") == "review"
    assert graver("emergency", "urgent") == "emergency"


def test_a_further_flag_makes_a_suspension_graver_but_never_less_grave() -> None:
    one = episodes.began("s", "f1", ("trauma",), SINCE)
    two = episodes.joined(one, "f2", ("crash",))
    three = episodes.joined(two, "f3", ("chest",))
    assert [(s.level, s.signs) for s in (one, two, three)] == [
        ("urgent", ("trauma",)),
        ("urgent", ("trauma", "crash")),
        ("emergency", ("chest", "trauma", "crash")),
    ]
    assert (three.suspension_id, three.since, three.flags) == ("s", SINCE, ("f1", "f2", "f3"))


def test_a_suspension_names_its_latest_flags_and_never_grows_without_end() -> None:
    suspension = episodes.began("s", "f0", ("chest",), SINCE)
    for number in range(1, 80):
        suspension = episodes.joined(suspension, f"f{number}", ("chest",))
    assert len(suspension.flags) == episodes.FLAGS_KEPT
    assert suspension.flags[-1] == "f79"


def test_only_the_open_suspension_that_is_named_ends() -> None:
    suspension = episodes.joined(episodes.began("s", "f1", ("chest",), SINCE), "f2", ("chest",))
    assert episodes.check_end(suspension, "s", None) is suspension
    assert episodes.check_end(suspension, "s", "f2") is suspension
    with pytest.raises(episodes.NotSuspended):
        episodes.check_end(None, "s", None)
    with pytest.raises(episodes.AnotherSuspension):
        episodes.check_end(suspension, "before", None)
    with pytest.raises(episodes.FlagSince):
        episodes.check_end(suspension, "s", "f1")
