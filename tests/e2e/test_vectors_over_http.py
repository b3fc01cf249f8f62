"""What people log over HTTP leads to the decisions of the table."""

from deploy.local.supervisor import Running
from tests.support.vector_cases import generate_cases, logged_case
from tests.support.vectors_over_http import live


def test_two_hundred_records_logged_over_http_lead_to_the_decisions_of_the_table(stack: Running) -> None:
    cases = [case for line in generate_cases(7, 210) if (case := logged_case(line)) is not None]

    seen = live(stack, cases)

    assert len(seen) >= 200
    assert [one for one in seen if one.decided != one.expected] == []
