"""The services answer as their OpenAPI documents say, whatever is sent within or against them."""

from collections.abc import Mapping
from typing import Any, Final

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok

from deploy.local.supervisor import Running
from deploy.local.topology import SERVICES
from tests.support.e2e_clinic import Clinic
from tests.support.e2e_routes import openapi

Operation = APIOperation[Any, Any, Any, Any]
EXAMPLES: Final = 10
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
def known(stack: Running) -> Mapping[str, str]:
    """The ids in addresses of a person about whom there is something to read."""
    person = Clinic(stack).enrol()
    plan_id = person.plan()
    person.until_known()
    session = person.log(pain=2)
    decision = person.decisions()[0]
    return {
        "patient_id": person.id,
        "plan_id": plan_id,
        "session_id": session["id"],
        "decision_id": decision["decision_id"],
        "cue_id": "evening",
    }


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_is_one_that_the_service_describes(service: str, stack: Running, known: Mapping[str, str]) -> None:
    clinic = Clinic(stack)
    schema = schemathesis.openapi.from_dict(dict(openapi(stack, service)), config=REFUSED)
    calls = Calls(stack.url(service), clinic.token("clinician"))
    faults: list[str] = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        for mode, ids in ((GenerationMode.POSITIVE, _fitting(operation, known)), (GenerationMode.NEGATIVE, {})):
            fault = calls.try_out(operation, mode, ids)
            if fault is not None:
                faults.append(f"{operation.label} ({mode.value}): {fault}")
    assert not faults, "\n".join(faults)
    assert calls.made > EXAMPLES * len(list(schema.get_all_operations()))


class Calls:
    """Requests that hypothesis draws from the description, each answer checked against it."""

    def __init__(self, base_url: str, token: str) -> None:
        self.made = 0
        self._base = base_url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session = requests.Session()

    def try_out(self, operation: Operation, mode: GenerationMode, ids: Mapping[str, str]) -> str | None:
        """The first answer that is not as described; None when all are."""

        @RUN
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode, path_parameters=dict(ids) or None))
        def each(case: Case[Any]) -> None:
            self.made += 1
            answer = case.call(base_url=self._base, headers=self._headers, session=self._session, timeout=30)
            case.validate_response(answer, checks=CONFORMS)

        try:
            each()
        except BaseExceptionGroup as group:
            return "; ".join(str(error)[:500] for error in group.exceptions)
        except hypothesis.errors.Unsatisfiable:
            return None
        return None


def _fitting(operation: Operation, known: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in known.items() if f"{{{name}}}" in operation.path}
