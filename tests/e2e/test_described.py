"""The services answer as their OpenAPI documents say, whatever is sent within or against them."""

from collections.abc import Mapping
from typing import Any, Final

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from pymongo import MongoClient
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok

from deploy.local.supervisor import Running
from deploy.local.topology import SERVICES
from tests.support.e2e_clinic import Clinic, Somebody
from tests.support.e2e_drawn import DRAWN, Drawn
from tests.support.e2e_routes import openapi
from tests.support.e2e_traces import about, marks, records_since

Operation = APIOperation[Any, Any, Any, Any]
EXAMPLES: Final = 8
"""Requests per operation within the description (about a known person), and as many against it."""

load_all_checks()
CONFORMS: Final[list[Any]] = [
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
    )
]
REFUSED: Final = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}}})
RUN: Final = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def drawn(pytestconfig: pytest.Config) -> Drawn:
    """What all requests came to, for the end of the run."""
    return pytestconfig.stash.setdefault(DRAWN, Drawn())


@pytest.fixture(scope="module")
def known(stack: Running) -> Somebody:
    """A person about whom there is something to read, and to change."""
    return somebody(stack)


@pytest.fixture(scope="module")
def quiet(stack: Running) -> Somebody:
    """Another, about whom nothing may change."""
    return somebody(stack)


@pytest.fixture(scope="module")
def caller(known: Somebody) -> str:
    return known.clinic.anybody(known.id)


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_is_one_that_the_service_describes(
    service: str, stack: Running, known: Somebody, caller: str, drawn: Drawn
) -> None:
    calls = Calls(stack, service, caller, drawn)
    ids = ids_of(known)
    assert calls.of_all_operations(GenerationMode.POSITIVE, ids) == []
    assert calls.made >= calls.operations


@pytest.mark.parametrize("service", SERVICES)
def test_what_does_not_fit_the_description_is_refused_and_stored_nowhere(
    service: str, stack: Running, quiet: Somebody, caller: str, drawn: Drawn
) -> None:
    """No new person, group or record in any database or topic, and nothing about somebody who was there."""
    calls = Calls(stack, service, caller, drawn)
    before, keys, published = quiet.settled(), stored_keys(stack, service), marks(stack)
    assert calls.of_all_operations(GenerationMode.NEGATIVE, ids_of(quiet)) == []
    assert calls.operations == 0 or calls.made > 0
    assert quiet.everything() == before
    since = records_since(stack, published)
    sent = {record.key.decode() for record in since if record.topic.startswith(service.replace("_", "-"))}
    assert (stored_keys(stack, service) | sent) - keys == set()
    assert about(since, quiet.id) == []


class Calls:
    """Requests that hypothesis draws from the description, each answer checked against it."""

    def __init__(self, stack: Running, service: str, token: str, drawn: Drawn) -> None:
        self.made = 0
        self.operations = 0
        self._service = service
        self._drawn = drawn
        document = {name: part for name, part in openapi(stack, service).items() if name != "security"}
        self._schema = schemathesis.openapi.from_dict(document, config=REFUSED)  # the token is always a good one
        self._base = stack.url(service)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session = requests.Session()

    def of_all_operations(self, mode: GenerationMode, ids: Mapping[str, str]) -> list[str]:
        """The first fault of each operation."""
        faults = []
        for result in self._schema.get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            self.operations += 1
            fitting = {name: value for name, value in ids.items() if f"{{{name}}}" in operation.path}
            fixed: dict[str, Any] = {"path_parameters": fitting} if fitting else {}
            if (
                mode is GenerationMode.NEGATIVE
            ):  # a good address and a bad body; where there is no body, the rest is bad
                fixed = {**fixed, "query": {}, "headers": {}, "cookies": {}} if operation.body else {}
            fault = self._try_out(operation, mode, fixed)
            if fault is not None:
                faults.append(f"{operation.label} ({mode.value}): {fault}")
        return faults

    def _try_out(self, operation: Operation, mode: GenerationMode, fixed: Mapping[str, Any]) -> str | None:
        """The first answer that is not as described; None when all are."""

        @RUN
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode, **fixed))
        def each(case: Case[Any]) -> None:
            if mode is GenerationMode.NEGATIVE and operation.body:  # a parameter too many beside a good body fits
                assert case.meta is not None
                hypothesis.assume(case.meta.components[ParameterLocation.BODY].mode is mode)
            self.made += 1
            answer = case.call(base_url=self._base, headers=self._headers, session=self._session, timeout=30)
            self._drawn.note(self._service, mode.value, operation.label, answer.status_code)
            case.validate_response(answer, checks=CONFORMS)

        try:
            each()
        except BaseExceptionGroup as group:
            return "; ".join(str(error)[:500] for error in group.exceptions)
        except hypothesis.errors.Unsatisfiable:
            return None
        return None


def somebody(stack: Running) -> Somebody:
    person = Clinic(stack).enrol_with_plan()
    person.log(pain=2)
    return person


def ids_of(person: Somebody) -> dict[str, str]:
    """What stands in the addresses of requests about a person."""
    return {
        "patient_id": person.id,
        "plan_id": person.ask("patient", "GET", "plans", "/patients/{id}/plan")["plan_id"],
        "session_id": person.sessions()[0]["id"],
        "decision_id": person.decisions()[0]["decision_id"],
        "cue_id": "evening",
    }


def stored_keys(stack: Running, service: str) -> set[str]:
    """Every person and group that the database of a service knows, whatever lies there about them."""
    client: MongoClient[dict[str, Any]] = MongoClient(f"mongodb://127.0.0.1:{stack.layout.ports.engines[service]}/")
    with client:
        database = client[service]
        return {
            str(found.get("key", found["_id"]))
            for collection in database.list_collection_names()
            if collection != "dead_letters"
            for found in database[collection].find({}, {"key": 1})
        }
