"""An offer over HTTP on the running stack: choices and no change among them, the person's yes, and one that is gone."""

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic
from tests.support.e2e_walks import PAGE, REWRITE, a_late_yes, a_step


def test_a_step_is_offered_beside_no_change_and_comes_with_the_persons_yes_alone(stack: Running) -> None:
    """As the page of walk-throughs tells it, word by word."""
    assert a_step(Clinic(stack)).page() in PAGE.read_text(encoding="utf-8"), REWRITE


@pytest.mark.story(22)
def test_a_flare_withdraws_the_offer_at_once_and_a_late_yes_raises_nothing(stack: Running) -> None:
    """As the page of walk-throughs tells it, word by word."""
    assert a_late_yes(Clinic(stack)).page() in PAGE.read_text(encoding="utf-8"), REWRITE
