"""The catalog agrees with itself and with the code of every service: who publishes, who consumes."""

import re

import pytest

from shared.contracts.catalog import BY_MODEL, BY_TYPE, CATALOG, LATEST, Row
from shared.contracts.code_paths import transitions
from shared.contracts.schemas import version_name
from shared.contracts.trace import SERVICES, producers


def test_a_type_and_version_stands_once() -> None:
    assert len(BY_TYPE) == len(BY_MODEL) == len(CATALOG)


@pytest.mark.parametrize("row", CATALOG, ids=version_name)
def test_a_model_is_named_like_its_event(row: Row) -> None:
    words = re.split(r"[._]", row.type)

    assert row.model.__name__ == "".join(word.capitalize() for word in words) + f"V{row.version}"
    module = row.model.__module__.removeprefix("shared.contracts.")
    assert module == row.producer or module.startswith(f"{row.producer}_")
    assert row.model.__doc__


@pytest.mark.parametrize("row", CATALOG, ids=version_name)
def test_a_model_inherits_from_no_other_event(row: Row) -> None:
    assert [base.__name__ for base in row.model.__mro__] == [row.model.__name__, "BaseModel", "object"]
    assert (row.model.model_config.get("frozen"), row.model.model_config.get("extra")) == (True, "ignore")


def test_versions_of_a_type_have_no_gap() -> None:
    for event_type, latest in LATEST.items():
        assert [(event_type, version) in BY_TYPE for version in range(1, latest + 1)] == [True] * latest


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_of_the_catalog_has_transitions(service: str) -> None:
    assert transitions(service)


@pytest.mark.parametrize("row", CATALOG, ids=version_name)
def test_an_event_is_published_by_a_transition_of_its_producer(row: Row) -> None:
    assert producers(row)


@pytest.mark.parametrize("row", CATALOG, ids=version_name)
def test_consumers_are_exactly_the_services_that_handle_the_event(row: Row) -> None:
    handling = {service for service in SERVICES if row.model in (transitions(service) or {})}

    assert handling == set(row.consumers)
