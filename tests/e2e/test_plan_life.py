"""A plan's life on the running stack: agreed on, lived, looked back on, changed and ended, step by step."""

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic
from tests.support.e2e_plan_life import STEPS, a_plan_life


def test_a_plan_is_agreed_on_lived_looked_back_on_changed_and_ended_and_both_sides_read_each_step(
    stack: Running,
) -> None:
    page = a_plan_life(Clinic(stack)).page()
    assert page.count("\n### ") == len(STEPS)
