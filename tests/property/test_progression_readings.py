"""The table and a second, plain reading of the rules give the same answer to whatever case."""

from dataclasses import asdict
from datetime import date
from typing import Any

from hypothesis import given, settings

from services.progression.domain.model import Case
from services.progression.domain.table import decide
from tests.property.test_progression_table import cases
from tests.vectors.reading import read


def written(case: Case) -> dict[str, Any]:
    """A case in the format of the vectors."""

    def plain(values: Any) -> dict[str, Any]:
        said = asdict(values)
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in said.items()}

    return {
        "today": case.today.isoformat(),
        "config": plain(case.parameters),
        "state": plain(case.standing),
        "sessions": [plain(unit) for unit in case.units],
    }


@settings(max_examples=1000, deadline=None)
@given(cases())
def test_both_readings_of_the_rules_agree(given_case: Case) -> None:
    verdict, other = decide(given_case), read(written(given_case))

    assert (verdict.rule, verdict.action, verdict.dose) == (other["rule"], other["action"], other["dose"])
    assert (verdict.review, list(verdict.notes)) == (other["review"], other["notes"])
