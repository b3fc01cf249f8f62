"""One house for every test of plans' routes, and a person of its own for each test."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.issuer import open_issuer
from tests.unit.services.plans.front import Front


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    made = Front(open_issuer(tmp_path_factory.mktemp("issuer")))
    yield made
    await made.client.aclose()


@pytest.fixture
async def front(house: Front) -> Front:
    house.tests += 1
    await house.call("POST", "/patients", body={"id": "p1", "tz": "Europe/Berlin", "adult": True})
    return house
