"""What must hold before the stack starts, each told in one sentence."""

import socket
from pathlib import Path

import pytest

from deploy.local.checks import alone, enough_space, free_ports
from deploy.local.ports import LOOPBACK, free_port, is_free, is_open
from deploy.local.topology import Layout, Ports
from deploy.local.trouble import Trouble


def test_a_full_disk_is_told_with_both_figures(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"^Only [\d.]+ GB are free at .*, and 1000000000 GB are needed\.$"):
        enough_space(tmp_path, 10**18)
    enough_space(tmp_path, 1)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    layout = Layout(tmp_path / "file" / "home", Ports.free(), tmp_path)
    with pytest.raises(Trouble, match=r"home cannot be written: Not a directory\.$"), alone(layout):
        pass


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    layout = Layout(tmp_path, Ports.free(), tmp_path)
    free_ports(layout)
    port = layout.ports.engines["plans"]
    with (
        socket.create_server((LOOPBACK, port)),
        pytest.raises(Trouble, match=f"^Port {port}, needed by the database of plans, is in use"),
    ):
        free_ports(layout)


def test_free_ports_are_given_once_and_open_ones_are_seen() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert all(20_000 <= port < 32_768 for port in ports)
    assert is_free(ports[0])
    assert not is_open(ports[0])
    with socket.create_server((LOOPBACK, ports[0])):
        assert is_open(ports[0])
        assert not is_free(ports[0])
