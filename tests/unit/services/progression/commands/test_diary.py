"""`diary` steps any diary through the service's own rules; a file that it cannot read is told why, and nothing is
guessed."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.progression.__main__ import main
from services.progression.commands.entries import DiaryUnreadable
from services.progression.commands.layouts import Ways, read
from tests.support.progression_person import Person, track

START = date(2025, 3, 3)


def day(number: int) -> str:
    return (START + timedelta(days=number)).isoformat()


def simple(days: Sequence[int], amount: int = 10, pain: int = 2) -> str:
    rows = [f"{day(number)},12:00,{amount},{pain},2,2" for number in days]
    return "\n".join(["date,time,amount,pain,before,morning", *rows]) + "\n"


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    return tmp_path / "diary.csv"


def told(capsys: pytest.CaptureFixture[str], *arguments: Any) -> dict[str, Any]:
    assert main(["diary", *map(str, arguments), "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_a_steady_diary_finds_its_start_and_is_offered_steps(diary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    diary.write_text(simple(range(0, 42, 2)))
    answer = told(capsys, diary, "--goal", "60", "--usual-pain", "2")

    assert answer["sessions"] == 21
    assert [one["rules"][-1] for one in answer["advice"][:3]] == ["R6a", "R6a", "R6b"]
    assert answer["advice"][2]["text"].startswith("Your start: 8 min.")
    assert answer["events"]["progression.proposed"] == answer["raised"] - 1 > 1
    assert answer["dose_at_the_end"] > 480


def test_the_advice_is_what_the_service_itself_decides(diary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same days through the fold by hand end in the same dose, by the same rules."""
    days = range(0, 30, 2)
    diary.write_text(simple(days))
    answer = told(capsys, diary, "--goal", "60", "--usual-pain", "2", "--answer", "none", "--freq", "4")
    person = (
        Person(tz="UTC").enrol().plan(track(freq=4, goal_dose=3600, start_phase="BASELINE", start_dose=None, step=None))
    )
    for number in days:
        person.tick_to(number, "05:00")
        person.morning(number)
        person.log(number, 600)

    assert answer["dose_at_the_end"] == person.dose()
    assert set(answer["decisions_by_rule"]) == set(person.rules())


def test_a_gap_lowers_the_dose_and_a_hard_week_too(diary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    diary.write_text(simple([0, 2, 4, 7, 9, 11, 40, 42, 44]))
    answer = told(capsys, diary, "--goal", "60")

    assert {"R7a", "R7b", "R7c"} & set(answer["decisions_by_rule"])
    assert answer["lowered"] >= 1


def test_columns_and_days_of_another_name_are_read_when_they_are_named(
    diary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    diary.write_text("Tag;Minuten;Schmerz\n03.03.2025;10;2\n05.03.2025;12;3\n07.03.2025;9;2\n")
    names = ["date=Tag", "amount=Minuten", "pain=Schmerz"]
    columns = [word for name in names for word in ("--column", name)]

    assert told(capsys, diary, *columns, "--date-format", "%d.%m.%Y")["sessions"] == 3


def test_days_of_steps_and_a_diary_of_symptoms_are_taken_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = [{"dateTime": day(number), "value": str(4000 + 10 * number)} for number in range(10)]
    (tmp_path / "steps.json").write_text(
        json.dumps({"activities-steps": [*steps, {"dateTime": day(10), "value": "0"}]})
    )
    rows = [f"Knee Pain,{3 + n},3,2025,{value}" for n, value in enumerate([1, 3.8, 2, 4.5])]
    rows += ["happiness,3,3,2025,4", "Elbow Pain,3,3,2025,3"]
    (tmp_path / "pain.csv").write_text("\n".join(["name,startday,startmonth,startyear,intensity", *rows]))

    whole = told(capsys, tmp_path / "steps.json", tmp_path / "pain.csv")
    knee = told(capsys, tmp_path / "steps.json", tmp_path / "pain.csv", "--symptom", "Knee Pain")

    assert whole["layout"] == "Fitbit steps + symptoms by name"
    assert whole["sessions"] == 10
    assert [one["pain"] for one in whole["advice"][:4]] == [3, 4, 2, 6]
    assert knee["advice"][0]["pain"] == 1


def layout_of(tmp_path: Path, name: str, text: str, **ways: Any) -> Any:
    file = tmp_path / name
    file.write_text(text)
    return read(file, Ways(**ways))


def test_sessions_by_activity_leave_out_what_points_to_another_program(tmp_path: Path) -> None:
    text = (
        "year,month,day,activity,start time,duration,km,denivelation,pain after,effort Intensity\n"
        "2015,11,23,Walk,16:30,40,3.5,,3.6,6.5\n,,26,Walk,09:30,taplog,,,,\n,12,1,Climbing,10:00,90,,,,\n,,2,Walk,,15,,,,\n"
    )
    found = layout_of(tmp_path, "sport.csv", text)

    assert [(one.day.isoformat(), one.amount, one.pain, one.effort) for one in found.entries] == [
        ("2015-11-23", 40, 4, 7),
        ("2015-12-02", 15, None, None),
    ]
    assert "1 sessions without a number of their own for the amount are left out" in found.remarks


def test_pain_by_region_is_the_worst_of_the_day(tmp_path: Path) -> None:
    text = (
        "No value = as above,,,region,side,intensity\nyear,month,day,region,side,intensity\n"
        "2015,11,25,Knees,,5.7\n,,25,Acute Pain,,3\n,,26,Knees,,2\n"
    )
    found = layout_of(tmp_path, "regions.csv", text)

    assert [(one.day.day, one.pain) for one in found.entries] == [(25, 6), (26, 2)]


def test_an_entry_of_the_small_hours_without_a_day_is_of_the_day_before(tmp_path: Path) -> None:
    text = "name,startday,startmonth,startyear,intensity,date\nKnee Pain,0,,0,3,2019-08-13 02:07:55\n"
    found = layout_of(tmp_path, "pain.csv", text)

    assert found.entries[0].day == date(2019, 8, 12)
    assert "1 rows name no day" in found.remarks[-1]


def test_days_of_other_devices_are_read(tmp_path: Path) -> None:
    garmin = [{"calendarDate": "2023-04-12", "totalSteps": 59}, {"calendarDate": "2023-04-13"}]
    start = 1531148400000
    points = [{"value": [{"intVal": 70}]}, {"value": [{"intVal": 30}]}]
    google = {"bucket": [{"startTimeMillis": str(start), "dataset": [{"point": points}]}]}
    fitbit = 'Activities\nDate,Calories Burned,Steps,Minutes Sedentary\n"02-09-2016","2,783","9,892","1,150"\n'

    found = [
        layout_of(tmp_path, "garmin.json", json.dumps(garmin)),
        layout_of(tmp_path, "google.json", json.dumps(google)),
        layout_of(tmp_path, "fitbit.csv", fitbit),
    ]
    assert [[(one.day.isoformat(), one.amount) for one in each.entries] for each in found] == [
        [("2023-04-12", 59)],
        [("2018-07-10", 100)],
        [("2016-09-02", 9892)],
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name,intensity,date\nStress,1,2019-11-25 05:45:57\n", "yes/no observations"),
        ("ID,Pain,Median_activity\n9,Pain,9\n", "no days"),
        ("rubbish\n1\n", "no layout is known"),
        ("date,amount,pain\n2025-03-03,10,3.4\n", "line 2: pain must be a whole number from 0 to 10"),
        ("date,amount\n03.03.2025,10\n", "line 2: date must be a date like 2025-03-31"),
        ("date,amount\n2025-03-03,ten\n", "line 2: amount must be a number"),
        ("date,amount,stop\n2025-03-03,10,tired\n", "line 2: stop must be one of"),
        ("[1, 2]", "neither a list of days nor a known export"),
        ("{", "not valid JSON"),
        ("date,amount\n", "no day with an amount"),
        ("date,pain\n2025-03-03,3\n", "no session with an amount"),
    ],
)
def test_what_cannot_be_read_is_said_and_never_echoed(
    text: str, sentence: str, diary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    diary.write_text(text)

    assert main(["diary", str(diary)]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "tired" not in said
    assert "ten" not in said.split()


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DiaryUnreadable, match="cannot be read"):
        read(tmp_path / "nothing.csv", Ways())


def test_the_printed_advice_says_what_it_is_not(diary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    diary.write_text(simple(range(0, 20, 2)))

    assert main(["diary", str(diary), "--most", "2"]) == 0
    printed = capsys.readouterr().out
    assert "not a plan they followed" in printed
    assert "more days with other advice" in printed
