"""The committed vectors: the table decides what a second reading of the rules expects, and no rule is left out."""

import json
from collections import Counter

import pytest

from services.progression.domain.cases import answer_line
from tests.property.test_progression_table import RULES
from tests.vectors.make import FILE, text
from tests.vectors.reading import read

LINES = FILE.read_text("utf-8").splitlines()


@pytest.mark.parametrize("line", LINES, ids=[json.loads(line)["name"] for line in LINES])
def test_the_table_decides_what_the_vector_expects(line: str) -> None:
    case, answer = json.loads(line), json.loads(answer_line(line))

    assert answer == {"name": case["name"], **case["expect"]}
    assert case["expect"] == read(case)


def test_every_rule_is_reached_at_least_twice_and_every_action_and_note_is_met() -> None:
    expected = [json.loads(line)["expect"] for line in LINES]
    rules = Counter(one["rule"] for one in expected)

    assert {rule for rule in RULES if rules[rule] < 2} == set()
    assert len(LINES) >= 140
    assert {note for one in expected for note in one["notes"]} == {
        *("active", "at_floor", "baseline_not_settled", "offer_next_dimension", "overshoot"),
        *("override_not_tolerated", "rebaseline", "suspect_flare"),
    }
    assert len({one["action"] for one in expected}) == 10


def test_the_file_is_what_its_maker_writes() -> None:
    assert FILE.read_text("utf-8") == text()
