"""The small app of `tests.support.web_world` as fixtures."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.issuer import LocalIssuer, open_issuer
from tests.support.web_world import World, make_world


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> LocalIssuer:
    """A local issuer with fresh keys."""
    return open_issuer(tmp_path_factory.mktemp("issuer"))


@pytest.fixture
async def world(issuer: LocalIssuer) -> AsyncIterator[World]:
    """A world as it is by default."""
    made = make_world(issuer)
    yield made
    await made.client.aclose()
