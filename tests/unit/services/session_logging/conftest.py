"""The routes of the diary behind the real gate, on the real runtime over memory."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.issuer import LocalIssuer, open_issuer
from tests.unit.services.session_logging.desk import Desk, make_desk


@pytest.fixture(scope="session")
def diary_issuer(tmp_path_factory: pytest.TempPathFactory) -> LocalIssuer:
    """A local issuer with fresh keys."""
    return open_issuer(Path(tmp_path_factory.mktemp("issuer")))


@pytest.fixture
async def desk(diary_issuer: LocalIssuer) -> AsyncIterator[Desk]:
    """One person, p1 of clinic, enrolled and with a plan; and p2 of another clinic."""
    made = await make_desk(diary_issuer)
    yield made
    await made.close()
