"""A command finds the stack that runs in a folder, and says in a sentence when none does."""

from pathlib import Path

import pytest

from deploy.local.checks import alone
from deploy.local.found import found, write_down
from deploy.local.topology import Layout, Ports
from deploy.local.trouble import Trouble


def test_the_ports_of_a_running_stack_are_found(tmp_path: Path) -> None:
    running = Layout(tmp_path, Ports.usual(300), tmp_path)
    with alone(running):
        write_down(running)
        assert found(Layout(tmp_path, Ports.usual(), tmp_path)) == running


def test_a_stack_that_ended_is_not_found(tmp_path: Path) -> None:
    layout = Layout(tmp_path, Ports.usual(), tmp_path)
    with alone(layout):
        write_down(layout)
    with pytest.raises(Trouble, match=r"No Pacewell runs in .*: start it with make run"):
        found(layout)


def test_a_folder_in_which_nothing_ever_ran_is_one_sentence_too(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="No Pacewell runs in"):
        found(Layout(tmp_path / "none", Ports.usual(), tmp_path))
