"""`python -m services.progression decide`: JSON lines in, decisions out; a malformed line is named by its number."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.progression.__main__ import decide_lines
from services.progression.domain.cases import CaseMalformed, answer_line
from tests.support.vector_cases import generate_cases

LINES = [json.dumps(line) for line in generate_cases(11, 5)]


def changed(**parts: Any) -> str:
    """The first line with parts of it replaced; `state__dose=1` reaches inside."""
    line = json.loads(LINES[0])
    for path, value in parts.items():
        *way, last = path.split("__")
        target = line
        for name in way:
            target = target[name]
        if value is ...:
            del target[last]
        else:
            target[last] = value
    return json.dumps(line)


def test_each_line_is_answered_with_its_decision() -> None:
    out, errors = io.StringIO(), io.StringIO()
    code = decide_lines([*LINES, "\n"], out, errors)

    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (code, errors.getvalue()) == (0, "")
    assert [set(answer) for answer in answers] == [{"name", "rule", "action", "dose", "review", "notes"}] * 5
    for line, answer in zip(map(json.loads, LINES), answers, strict=True):
        assert answer == {"name": line["name"], **line["expect"]}


def test_a_malformed_line_is_named_by_its_number_and_the_others_are_answered() -> None:
    out, errors = io.StringIO(), io.StringIO()
    code = decide_lines([LINES[0], "{", LINES[1], "[]", '{"name": 3}'], out, errors)

    assert code == 2
    assert len(out.getvalue().splitlines()) == 2
    assert [line.split(":")[0] for line in errors.getvalue().splitlines()] == ["line 2", "line 4", "line 5"]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"today": "soon"}, "today must be a date"),
        ({"today": "9999-12-31"}, "between 1900 and 2200"),
        ({"state__dose": -1}, r"state\.dose must be a whole number from 0"),
        ({"state__dose": 2.5}, r"state\.dose must be a whole number"),
        ({"state__usual_pain": 11}, r"state\.usual_pain must be a number from 0 to 10"),
        ({"state__usual_pain": float("nan")}, r"state\.usual_pain"),
        ({"state__status": "RESTING"}, r"state\.status must be one of"),
        ({"state__ladder": [50], "state__idx": 1}, r"state\.idx must be a whole number from 0 to 0"),
        ({"state__changed": ...}, r"state\.changed is missing"),
        ({"config__freq": 0}, r"config\.freq must be a whole number from 1 to 7"),
        ({"config__step": ...}, "step is required"),
        ({"config__pace": 3}, "unknown parameter"),
        ({"sessions": {}}, "sessions must be a list"),
        ({"sessions": [{"day": "2025-03-30", "amount": 1}]}, r"sessions\[0\]\.planned is missing"),
        ({"sessions": [3]}, r"sessions\[0\] must be an object"),
    ],
)
def test_what_is_wrong_is_said_without_repeating_it(parts: dict[str, Any], said: str) -> None:
    with pytest.raises(CaseMalformed, match=said):
        answer_line(changed(**parts))


def test_the_command_ends_without_a_traceback_on_bytes_that_are_no_text() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.progression", "decide"],
        input=b"\xff\xfe\n" + LINES[0].encode() + b"\n",
        capture_output=True,
        cwd=Path(__file__).parents[4],
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == b"line 1: not valid JSON\n"
    assert json.loads(done.stdout)["name"] == json.loads(LINES[0])["name"]
