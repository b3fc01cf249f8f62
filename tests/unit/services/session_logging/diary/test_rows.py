"""Rows: blank means above, ids come from the row, dates shift by whole days, and every row is told of."""

from datetime import date
from pathlib import Path

import pytest

from services.session_logging.diary.mapping import MappingInvalid, load_mapping
from services.session_logging.diary.rows import Diary, batches, read_diary

MAPPING = """
[file]
repeat_above = ["year", "month"]
[date]
columns = ["year", "month", "day"]
format = "%Y-%m-%d"
may_go_back_days = 1
[time]
zone = "Europe/Berlin"
column = "at"
default = 10:00:00
[activity]
column = "what"
[activity.words]
walk = { family = "walking", amount = ["time", "far"] }
[amount.time]
column = "long"
counts = "duration_s"
unit = "min"
[amount.far]
column = "km"
counts = "distance_m"
unit = "km"
[variant]
column = "how"
words = { no = "rest" }
[score.pain]
column = "pain"
[score.morning_pain]
column = "next"
[morning]
time = 08:00:00
"""
HEADER = "year,month,day,what,at,long,km,how,pain,next\n"


def read(folder: Path, text: str, patient: str = "p1", mapping: str = MAPPING, **options: date) -> Diary:
    (folder / "diary.csv").write_text(HEADER + text, encoding="utf-8")
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    return read_diary(folder / "diary.csv", load_mapping(folder / "mapping.toml"), patient, **options)


def ids(diary: Diary) -> list[str]:
    return [item["id"] for row in diary.rows for item in row.items]


def test_blank_means_as_above(tmp_path: Path) -> None:
    diary = read(tmp_path, "2026,1,31,walk,,10,,,,\n,2,1,walk,,10,,,,\n,,2,walk,,10,,,,\n")
    assert [row.day for row in diary.rows] == [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 2)]


def test_a_row_is_a_session_and_its_next_morning(tmp_path: Path) -> None:
    diary = read(tmp_path, "2026,1,31,Walk,9:30,10,,,3,2\n")
    session, morning = diary.rows[0].items
    assert {key: value for key, value in session.items() if key != "id"} == {
        "started_at": "2026-01-31T08:30:00+00:00",
        "activity": "walking",
        "amount": "10",
        "unit": "min",
        "pain": 3,
    }
    assert (morning["kind"], morning["at"], morning["pain"]) == ("morning_check", "2026-02-01T07:00:00+00:00", 2)
    assert session["id"] != morning["id"]


def test_a_row_of_morning_numbers_alone_is_no_session(tmp_path: Path) -> None:
    diary = read(tmp_path, "2026,1,31,,,,,,,2\n")
    assert [item["kind"] for item in diary.rows[0].items] == ["morning_check"]


def test_a_row_of_rest_needs_no_amount(tmp_path: Path) -> None:
    (item,) = read(tmp_path, "2026,1,31,walk,,,,no,,\n").rows[0].items
    assert item["variant"] == "rest"
    assert "amount" not in item


def test_the_first_amount_that_is_not_blank_counts(tmp_path: Path) -> None:
    diary = read(tmp_path, "2026,1,31,walk,,,0.8,,,\n,,31,walk,,10,0.8,,,\n")
    assert [(row.items[0]["amount"], row.items[0]["unit"]) for row in diary.rows] == [("0.8", "km"), ("10", "min")]


def test_every_row_that_cannot_be_taken_has_its_number_and_reason(tmp_path: Path) -> None:
    text = (
        "2026,1,31,walk,,10,,,,\n"
        "\n"
        ",,32,walk,,10,,,,\n"
        ",,29,walk,,10,,,,\n"
        ",2,1,swim,,10,,,,\n"
        ",,1,,,10,,,,\n"
        ",,1,walk,,,,,,\n"
        ",,1,walk,,10,,maybe,,\n"
        ",,1,walk,,10,,,eleven,\n"
        ",,1,walk,,10,,,,,too,much\n"
        ",,1,walk,later,10,,,,\n"
        ",,1,walk\n"
    )
    diary = read(tmp_path, text)
    assert [(row.number, row.reason) for row in diary.rows] == [
        (2, None),
        (4, "date_not_understood"),
        (5, "date_goes_back"),
        (6, "activity_not_listed"),
        (7, "activity_missing"),
        (8, "amount_missing"),
        (9, "variant_not_listed"),
        (10, "score_not_understood"),
        (11, "too_many_cells"),
        (12, "time_not_understood"),
        (13, "amount_missing"),
    ]
    assert diary.blank == 1
    assert all(row.items == [] for row in diary.rows if row.reason is not None)


def test_ids_come_from_the_person_the_row_and_how_often_it_came(tmp_path: Path) -> None:
    twice = "2026,1,31,walk,,10,,,,\n,,31,walk,,10,,,,\n"
    first = ids(read(tmp_path, twice))

    assert len(set(first)) == 2
    assert ids(read(tmp_path, twice)) == first
    assert ids(read(tmp_path, twice, shift_to=date(2026, 3, 1))) == first
    assert ids(read(tmp_path, "2026,1,30,walk,,5,,,,\n" + twice))[1:] == first
    assert ids(read(tmp_path, "2026,1,31, WALK ,,10,,,,\n".replace("WALK", "walk")))[:1] == first[:1]
    assert not set(ids(read(tmp_path, twice, patient="p2"))) & set(first)


def test_shifting_moves_every_date_alike_and_keeps_wall_times_over_a_change_of_clocks(tmp_path: Path) -> None:
    text = "2026,1,31,walk,9:30,10,,,,\n,2,2,walk,9:30,10,,,,\n"
    diary = read(tmp_path, text, shift_to=date(2026, 3, 30))
    assert diary.shifted_days == 56
    assert [row.items[0]["started_at"] for row in diary.rows] == [
        "2026-03-28T08:30:00+00:00",
        "2026-03-30T07:30:00+00:00",
    ]


def test_until_leaves_out_what_is_later(tmp_path: Path) -> None:
    text = "2026,1,31,walk,,10,,,,\n,2,2,walk,,10,,,,\n"
    diary = read(tmp_path, text, until=date(2026, 2, 1), shift_to=date(2026, 2, 1))
    assert [row.number for row in diary.rows] == [2]
    assert diary.shifted_days == 1


def test_batches_hold_every_item_once_in_order(tmp_path: Path) -> None:
    diary = read(tmp_path, "".join(f"2026,1,{day},walk,,10,,,,1\n" for day in range(1, 8)))
    parts = list(batches(diary.rows, 4))
    assert [len(part) for part in parts] == [4, 4, 4, 2]
    assert [item["id"] for part in parts for _, item in part] == ids(diary)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('column = "what"', 'column = "which"'), "'which'"),
        (("Europe/Berlin", "Mars/North"), "IANA"),
        (('unit = "km"', 'unit = "min"'), "unit does not measure"),
        (('["time", "far"]', '["hours"]'), "no section"),
        (("[morning]\ntime = 08:00:00\n", ""), "[morning]"),
        (('format = "%Y-%m-%d"', 'fromat = "%Y-%m-%d"'), "fromat"),
        (("[file]", "[file"), "not TOML"),
        (("[file]", '[file]\nencoding = "morse"'), "encoding"),
    ],
)
def test_a_mapping_that_does_not_fit_is_told_in_a_sentence(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    with pytest.raises(MappingInvalid) as invalid:
        read(tmp_path, "2026,1,31,walk,,10,,,,\n", mapping=MAPPING.replace(*change, 1))
    assert told in " ".join(invalid.value.sentences)


def test_a_file_in_another_encoding_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "diary.csv").write_bytes((HEADER + "2026,1,31,walk,,10,,,,é\n").encode("latin-1"))
    (tmp_path / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    with pytest.raises(MappingInvalid):
        read_diary(tmp_path / "diary.csv", load_mapping(tmp_path / "mapping.toml"), "p1")


def test_the_example_diary_is_read_as_its_page_says() -> None:
    folder = Path(__file__).parents[5] / "deploy" / "examples" / "diary"
    diary = read_diary(folder / "diary.csv", load_mapping(folder / "mapping.toml"), "p1")

    assert len(diary.rows) == 40
    assert [row.reason for row in diary.rows if row.reason] == ["amount_not_understood"] * 2
    assert sum(len(row.items) for row in diary.rows) == 64
