"""Cells: what is declared is taken, everything else is rejected with its reason."""

from datetime import date, time

import pytest

from services.session_logging.diary.cells import Rejected, amount_of, date_of, score_of, time_of, word_of
from services.session_logging.diary.mapping import AmountColumn, DateColumns, ScoreColumn, TimeColumn, WordColumn

MINUTES = AmountColumn(column="c", counts="duration_s", unit="min")
METRES = AmountColumn(column="c", counts="distance_m", unit="km")


@pytest.mark.parametrize(
    ("cell", "rule", "amount"),
    [
        ("30", MINUTES, ("30", "min")),
        (" 30  min ", MINUTES, ("30", "min")),
        ("30 Minutes", MINUTES, ("30", "min")),
        ("17.5", MINUTES, ("17.5", "min")),
        ("90s", MINUTES, ("90", "s")),
        ("1.5 h", MINUTES, ("1.5", "h")),
        ("1h20", MINUTES, ("80", "min")),
        ("1 h 20 min", MINUTES, ("80", "min")),
        ("2 min 30 s", MINUTES, ("150", "s")),
        ("0.75", METRES, ("0.75", "km")),
        ("800 m", METRES, ("800", "m")),
        ("2 miles", METRES, ("2", "mi")),
        ("0,35", METRES.model_copy(update={"decimal": ","}), ("0.35", "km")),
        ("1:20", MINUTES.model_copy(update={"colon": "h:mm"}), ("80", "min")),
        ("1:20", MINUTES.model_copy(update={"colon": "m:ss"}), ("80", "s")),
        ("2 Std", MINUTES.model_copy(update={"units": {"std": "h"}}), ("2", "h")),
        ("An  Hour", MINUTES.model_copy(update={"words": {"an hour": "60 min"}}), ("60", "min")),
        ("", MINUTES.model_copy(update={"words": {"": "10"}}), ("10", "min")),
    ],
)
def test_an_amount_is_read_as_it_is_written(cell: str, rule: AmountColumn, amount: tuple[str, str]) -> None:
    assert amount_of(cell, rule, []) == amount


@pytest.mark.parametrize(
    ("cell", "rule", "reason"),
    [
        ("", MINUTES, "amount_missing"),
        ("a while", MINUTES, "amount_not_understood"),
        ("~30", MINUTES, "amount_not_understood"),
        ("-30", MINUTES, "amount_not_understood"),
        ("30 m", MINUTES, "amount_not_understood"),  # metres do not measure time
        ("1:20", MINUTES, "amount_not_understood"),
        ("1:75", MINUTES.model_copy(update={"colon": "h:mm"}), "amount_not_understood"),
        ("20 30", MINUTES, "amount_not_understood"),
        ("20 min 1 h", MINUTES, "amount_not_understood"),
        ("1 h 1 h", MINUTES, "amount_not_understood"),
        ("1,5", MINUTES, "amount_not_understood"),
        ("1,234.5", MINUTES, "amount_not_understood"),
        ("3 parsec", METRES, "amount_not_understood"),
        ("1 km 200 m", METRES, "amount_not_understood"),
        ("30", MINUTES.model_copy(update={"unit": None}), "unit_not_declared"),
        ("App", MINUTES.model_copy(update={"reject": {"app": "amount_in_another_app"}}), "amount_in_another_app"),
    ],
)
def test_an_amount_that_nobody_declared_is_rejected(cell: str, rule: AmountColumn, reason: str) -> None:
    with pytest.raises(Rejected) as rejected:
        amount_of(cell, rule, [])
    assert rejected.value.reason == reason


def test_what_a_word_stands_for_is_told() -> None:
    declared: list[str] = []
    amount_of("as usual", MINUTES.model_copy(update={"words": {"as usual": "10"}}), declared)
    amount_of("10", MINUTES, declared)
    assert declared == ["amount 'as usual'"]


def test_a_date_is_read_in_its_format_from_one_column_or_three() -> None:
    assert date_of(["3.2.2026"], DateColumns(columns=("d",), format="%d.%m.%Y")) == date(2026, 2, 3)
    three = DateColumns(columns=("y", "m", "d"), format="%Y-%m-%d")
    assert date_of(["2026", "2", "3"], three) == date(2026, 2, 3)
    for cells, reason in ((["2026", "2", "30"], "date_not_understood"), (["2026", "", "3"], "date_missing")):
        with pytest.raises(Rejected) as rejected:
            date_of(cells, three)
        assert rejected.value.reason == reason


def test_a_time_comes_from_the_cell_a_word_or_the_declared_default() -> None:
    rule = TimeColumn(zone="Europe/Berlin", column="t", words={"Noon": time(12)})
    declared: list[str] = []
    assert time_of("9:05", rule, declared) == time(9, 5)
    assert time_of("NOON", rule, declared) == time(12)
    assert time_of("", rule.model_copy(update={"default": time(8)}), declared) == time(8)
    assert declared == ["time 'noon'", "time by default"]
    for cell, reason in (("", "time_missing"), ("25:00", "time_not_understood")):
        with pytest.raises(Rejected) as rejected:
            time_of(cell, rule, declared)
        assert rejected.value.reason == reason


def test_a_score_is_taken_as_it_is_or_by_the_bands_of_its_own_scale() -> None:
    plain = ScoreColumn(column="p")
    own = ScoreColumn(column="p", bands=((1.0, 2), (3.5, 6), (5.0, 10)), words={"None": 0})
    assert [score_of(cell, plain, 10) for cell in ("", "0", "7", "7.0", "10")] == [None, 0, 7, 7, 10]
    assert [score_of(cell, own, 10) for cell in ("none", "0.5", "1", "1.1", "3.5", "4")] == [0, 2, 2, 6, 6, 10]
    for cell, rule in (("3.4", plain), ("11", plain), ("-1", plain), ("bad", plain), ("5.1", own)):
        with pytest.raises(Rejected):
            score_of(cell, rule, 10)


def test_a_word_of_a_closed_list_is_taken_and_any_other_rejected() -> None:
    rule = WordColumn(column="v", words={"Not Today": "rest"})
    assert word_of("not today", rule, "variant_not_listed") == "rest"
    assert word_of("", rule, "variant_not_listed") is None
    with pytest.raises(Rejected):
        word_of("later", rule, "variant_not_listed")
