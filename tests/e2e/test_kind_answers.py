"""No answer of any service has a place for a percentage of a person, a streak, or a count of what was not done."""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from deploy.local.supervisor import Running
from deploy.local.topology import SERVICES
from tests.support.e2e_routes import openapi

JUDGING: Final = re.compile(
    r"(?<![a-z])((non)?adheren(ce|t)|(non)?complian(ce|t)|percent(age)?|missed|streak|skipped|fail(ed|ure)|rank|"
    r"leaderboard|grade|colou?r)(?![a-z])",
    re.IGNORECASE,
)
"""Names under which somebody would be rated (article P2.5, P4.6)."""


def names(node: Any) -> Iterator[str]:
    """Every field and every word of a closed list in a description."""
    if isinstance(node, dict):
        yield from node.get("properties", {})
        yield from (str(word) for word in node.get("enum", []))
        for value in node.values():
            yield from names(value)
    elif isinstance(node, list):
        for value in node:
            yield from names(value)


@pytest.mark.article("P2.5", "P4.6")
@pytest.mark.parametrize("service", SERVICES)
def test_no_answer_rates_a_person(service: str, stack: Running) -> None:
    found = set(names(openapi(stack, service)["components"]["schemas"]))

    assert found
    assert {name for name in found if JUDGING.search(name)} == set()


def test_a_field_that_rates_is_found_wherever_it_hides() -> None:
    description = {"a": [{"properties": {"adherence_pct": {"type": "integer"}, "kind": {"enum": ["missed", "done"]}}}]}

    assert {name for name in names(description) if JUDGING.search(name)} == {"adherence_pct", "missed"}
