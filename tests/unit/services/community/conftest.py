"""One service for all tests of a module, each with a clinic of its own."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.issuer import open_issuer
from tests.unit.services.community.town import Town


@pytest.fixture(scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    made = Town(open_issuer(tmp_path_factory.mktemp("issuer")))
    yield made
    await made.client.aclose()


@pytest.fixture
async def town(whole: Town) -> Town:
    """A clinic in which ana, ben and eva are enrolled."""
    whole.tests += 1
    await whole.enrol("ana", "ben", "eva")
    return whole
