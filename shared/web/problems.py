"""Errors as RFC 9457 `application/problem+json`: they name the field and the rule and never echo what was sent."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared.runtime.messages import Refused
from shared.web.rules import rule_of

MEDIA_TYPE: Final = "application/problem+json"


class FieldProblem(BaseModel):
    """One rule that one field broke."""

    at: str = Field(description="Where the field was looked for: body, path, query or header.")
    pointer: str = Field(description="JSON pointer to the field, as far as its names are ours.")
    rule: str = Field(description="The rule that was broken, as a word.")
    detail: str = Field(description="The rule as a sentence.")


class Problem(BaseModel):
    """Why a request was not served."""

    type: str = Field(description="`urn:pacewell:problem:` and the code.")
    title: str = Field(description="The status in words.")
    status: int
    code: str = Field(description="The rule that was broken, as a word that stays.")
    detail: str = Field(description="The rule as a sentence; never what was sent.")
    field: str | None = Field(None, description="JSON pointer to the field, where it was one.")
    errors: list[FieldProblem] | None = Field(None, description="Every field that broke a rule.")


_PLAIN: Final[Mapping[int, tuple[str, str]]] = {
    400: ("bad_request", "The request cannot be read."),
    401: ("token_missing", "A bearer token is needed."),
    403: ("forbidden", "This is not allowed for the caller's role."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "The method is not known for this address."),
    406: ("not_acceptable", "The answer exists only as JSON."),
    408: ("too_slow", "The request took too long to arrive."),
    409: ("conflict", "The request does not fit what is stored."),
    412: ("precondition_failed", "The thing was changed since it was read."),
    413: ("body_too_large", "The body is too large."),
    414: ("address_too_long", "The address is too long."),
    415: ("media_type", "The body must be application/json in UTF-8, not compressed."),
    422: ("invalid", "A field breaks a rule."),
    428: ("precondition_required", "The request needs an If-Match header."),
    429: ("too_many", "Too many requests."),
    431: ("head_too_large", "The request's head is too large."),
    500: ("internal", "Something went wrong here; the request may be sent again with the same id."),
    503: ("unavailable", "This cannot be served now; the request may be sent again with the same id."),
}


def plain(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The problem that a status alone tells."""
    code, detail = _PLAIN.get(status, ("error", "The request was not served."))
    return problem(status, code, detail, headers=headers)


def refused(status: int, headers: Mapping[str, str] | None = None) -> Refused:
    """The same, to raise."""
    code, detail = _PLAIN[status]
    return Refused(status, code, detail, headers=dict(headers or {}))


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    field: str | None = None,
    errors: Sequence[Mapping[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document with its status; a 401 also says which scheme is wanted."""
    body: dict[str, Any] = {
        "type": f"urn:pacewell:problem:{code}",
        "title": _title(status),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if field is not None:
        body["field"] = field
    if errors is not None:
        body["errors"] = errors
    return Response(orjson.dumps(body), status, dict(headers or {}), MEDIA_TYPE)


def from_refused(error: Refused) -> Response:
    """The problem of a command that broke a rule, or several, with its headers."""
    errors = [
        {"at": "body", "pointer": pointer, "rule": rule, "detail": detail} for pointer, rule, detail in error.errors
    ]
    return problem(
        error.status, error.code, error.detail, field=error.field, errors=errors or None, headers=error.headers
    )


def from_validation(errors: Iterable[Mapping[str, Any]], known: frozenset[str]) -> Response:
    """The problem of a request that does not fit its model; `known` are the names that are ours to repeat."""
    told = [rule_of(error, known) for error in errors]
    first = told[0]
    status = 400 if first["rule"] == "json_invalid" else 422
    return problem(status, "invalid", first["detail"], field=first["pointer"], errors=told)


def install(app: FastAPI) -> None:
    """Answer every error that a route raises as a problem; what is unforeseen is left to `shared.web.observe`."""
    names: list[frozenset[str]] = []

    @app.exception_handler(Refused)
    async def on_refused(_: Request, error: Refused) -> Response:
        return from_refused(error)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_: Request, error: RequestValidationError) -> Response:
        if not names:
            names.append(declared_names(app.openapi()))
        return from_validation(error.errors(), names[0])

    @app.exception_handler(HTTPException)
    async def on_http(_: Request, error: HTTPException) -> Response:
        return plain(error.status_code, error.headers)


def declared_names(openapi: Mapping[str, Any]) -> frozenset[str]:
    """Every field and parameter name that an OpenAPI document declares."""
    names: set[str] = set()
    todo: list[Any] = [openapi]
    while todo:
        node = todo.pop()
        if isinstance(node, Mapping):
            if isinstance(properties := node.get("properties"), Mapping):
                names.update(properties)
            if "in" in node and isinstance(name := node.get("name"), str):
                names.add(name)
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)
    return frozenset(names)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
