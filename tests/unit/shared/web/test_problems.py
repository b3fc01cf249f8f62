"""Errors as problem+json: the field and the rule, never what was sent, never what went wrong inside."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.web_world import THINGS, World


@pytest.mark.parametrize(
    ("body", "pointer", "rule", "detail"),
    [
        ({}, "/amount", "missing", "This field is required."),
        ({"amount": "Anna"}, "/amount", "int_parsing", "Must be a whole number."),
        ({"amount": 1.5}, "/amount", "int_from_float", "Must be a whole number."),
        ({"amount": None}, "/amount", "int_type", "Must be a whole number."),
        ({"amount": -77}, "/amount", "greater_than_equal", "Must be at least 0."),
        ({"amount": 777}, "/amount", "less_than_equal", "Must be at most 100."),
        ({"amount": 1, "unit": "Anna"}, "/unit", "literal_error", "Must be 's' or 'min'."),
        ({"amount": 1, "note": "Anna" * 10}, "/note", "string_too_long", "Must have at most 20 characters."),
        ({"amount": 1, "note": 77}, "/note", "string_type", "Must be a text."),
        ({"amount": 1, "note": "LOUD"}, "/note", "value_error", "A note is not shouted"),
        ({"amount": 1, "note": "echo"}, "/note", "value_error", "Breaks a rule."),
        ({"amount": 1, "tags": ["a", 77]}, "/tags/1", "string_type", "Must be a text."),
        ({"amount": 1, "tags": list("abcd")}, "/tags", "too_long", "Must have at most 3 entries."),
        ({"amount": 1, "more": {"Anna": "Anna"}}, "/more", "int_parsing", "Must be a whole number."),
        ({"amount": 1, "Anna": 1}, "", "extra_forbidden", "A field is not known here."),
        ("Anna", "", "model_attributes_type", "Must be an object."),
    ],
)
async def test_a_field_that_breaks_a_rule_is_named_and_not_repeated(
    world: World, body: Any, pointer: str, rule: str, detail: str
) -> None:
    answer = await world.client.post(THINGS, json=body, headers=world.patient)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["errors"] == [{"at": "body", "pointer": pointer, "rule": rule, "detail": detail}]
    assert (told["code"], told["field"], told["detail"]) == ("invalid", pointer, detail)
    assert "Anna" not in answer.text
    assert "77" not in answer.text


@pytest.mark.parametrize(
    ("path", "pointer"), [(f"{THINGS}?limit=Anna", "/limit"), ("/v1/patients/Anna%20B/things", "/patient_id")]
)
async def test_a_parameter_that_breaks_a_rule_is_named_and_not_repeated(world: World, path: str, pointer: str) -> None:
    answer = await world.client.get(path, headers=world.patient)
    assert answer.status_code == 422
    assert answer.json()["field"] == pointer
    assert "Anna" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/Anna", 404, "not_found"),
        ("DELETE", THINGS, 405, "method_not_allowed"),
        ("GET", "/v1/says-too-much", 409, "conflict"),
        ("GET", "/v1/overloaded", 503, "outbox_full"),
        ("GET", "/v1/fails", 500, "internal"),
        ("GET", "/v1/fails-later", 500, "internal"),
    ],
)
async def test_every_other_error_is_a_problem_too(world: World, method: str, path: str, status: int, code: str) -> None:
    with capture_logs():
        answer = await world.client.request(method, path, headers=world.patient)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["type"] == f"urn:pacewell:problem:{code}"
    assert (told["status"], told["code"]) == (status, code)
    assert told["title"]
    assert "Anna" not in answer.text


async def test_a_refusal_carries_its_headers(world: World) -> None:
    overloaded = await world.client.get("/v1/overloaded", headers=world.patient)
    assert overloaded.headers["retry-after"] == "7"
    unknown_method = await world.client.delete(THINGS, headers=world.patient)
    assert set(unknown_method.headers["allow"].split(", ")) & {"GET", "POST"}
    assert (await world.client.get(THINGS)).headers["www-authenticate"] == "Bearer"


async def test_an_unforeseen_error_is_logged_without_its_text(world: World) -> None:
    with capture_logs() as lines:
        await world.client.get("/v1/fails", headers=world.patient)
    (line,) = [line for line in lines if line["event"] == "http.failed"]
    assert line["exc"] == "RuntimeError"
    assert line["route"] == "/v1/fails"
    assert any("web_world:fails:" in frame for frame in line["frames"])
    assert "Anna" not in str(line)
    assert "2345678" not in str(line)


async def test_the_description_tells_problems_and_tokens(world: World) -> None:
    described = (await world.client.get("/openapi.json")).json()
    operation = described["paths"]["/v1/patients/{patient_id}/things"]["post"]
    for status in ("400", "401", "403", "404", "409", "413", "415", "422", "503"):
        assert "application/problem+json" in operation["responses"][status]["content"]
    assert "HTTPValidationError" not in str(operation)
    assert described["components"]["schemas"]["Problem"]["properties"]["code"]
    assert described["components"]["schemas"]["FieldProblem"]
    assert described["security"] == [{"bearer": []}]
