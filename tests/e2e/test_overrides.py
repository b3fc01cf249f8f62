"""An override on the running stack: set with a reason, read by the person, and the right to do less beside it."""

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic
from tests.support.e2e_walks import PAGE, REWRITE, an_override


def test_a_fixed_dose_is_told_with_its_reason_and_never_keeps_anybody_from_doing_less(stack: Running) -> None:
    """As the page of walk-throughs tells it, word by word."""
    assert an_override(Clinic(stack)).page() in PAGE.read_text(encoding="utf-8"), REWRITE
