"""The whole embedded stack, started once for the end-to-end tests; its clock only moves forward."""

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from deploy.local.screen import Screen
from deploy.local.supervisor import Running, Supervisor
from deploy.local.topology import Layout, Ports
from deploy.local.trouble import Trouble
from tests.support.e2e_access import COUNTS
from tests.support.e2e_drawn import DRAWN
from tests.support.stack import JARS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What the requests of the access table, and those drawn from the descriptions, came to."""
    if (drawn := config.stash.get(DRAWN, None)) is not None:
        terminalreporter.section("descriptions: requests drawn from every OpenAPI document")
        for line in drawn.lines():
            terminalreporter.write_line(line)
    if (counts := config.stash.get(COUNTS, None)) is not None and counts.routes:
        terminalreporter.section("access: every route, every role, own and other")
        for line in counts.lines():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Kafka, the engines and every service as processes of their own, on free ports."""
    layout = Layout(tmp_path_factory.mktemp("stack"), Ports.free(), JARS)
    supervisor = Supervisor(layout, Screen(Console(file=io.StringIO())))
    try:
        with pytest.MonkeyPatch.context() as own:
            for kind in ("TOKEN", "TENANT", "ADDRESS"):  # a few callers send thousands of requests as fast as they can
                own.setenv(f"PACEWELL_RATE_PER_{kind}", "50000")
            running = supervisor.start()
        yield running
    except Trouble as trouble:
        pytest.fail(f"The stack did not start: {trouble}", pytrace=False)
    finally:
        supervisor.fleet.stop()
