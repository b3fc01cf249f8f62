"""`tenant create`: a clinic more in the clinics file, checked by the model that the services read it with; `token`."""

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from deploy.local.issuer import open_issuer
from deploy.operations.installation import Installation
from deploy.operations.telling import Answer
from deploy.operations.wrong import WrongQuestion
from shared.clinics import Clinic, read_clinics
from shared.web.principal import ROLES


def created(file: Path, tenant: str, fields: Mapping[str, Any]) -> Answer:
    """Add a clinic to the file, which is replaced in one step; services read it when they start.

    `WrongQuestion` when a field breaks its rule, the tenant is there already, or the file cannot be read or written.
    """
    try:
        clinic = Clinic.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise WrongQuestion(f"The clinic is wrong at {place}: {first['msg']}.") from None
    try:
        known = orjson.loads(file.read_bytes()) if file.exists() else {}
        if file.exists():
            read_clinics(file)
        if tenant in known:
            raise WrongQuestion(f"{tenant} is in {file} already.")
        known[tenant] = clinic.model_dump()
        _replace(file, orjson.dumps(known, option=orjson.OPT_INDENT_2) + b"\n")
        read_clinics(file)
    except ValueError as error:
        raise WrongQuestion(str(error)) from None
    except OSError as error:
        raise WrongQuestion(f"{file} cannot be read or written: {error.strerror}.") from None
    said = f"{tenant} is in {file}; the services read it when they start."
    return Answer({"tenant": tenant, "file": str(file), "clinic": known[tenant]}, lines=(said,))


def hours_of(given: Sequence[str]) -> dict[str, str]:
    """`en=Mon–Fri 9–17` becomes an entry."""
    pairs = [entry.partition("=") for entry in given]
    if any(not (language and between and text) for language, between, text in pairs):
        raise WrongQuestion("Hours are given by language: --hours 'en=Mon–Fri 9–17'.")
    return {language: text for language, _, text in pairs}


def minted(
    installation: Installation,
    roles: Sequence[str],
    tenant: str,
    patient: str | None,
    subject: str | None,
    hours: float,
) -> Answer:
    """A token of the local issuer; `WrongQuestion` where an OIDC provider gives them."""
    if installation.issuer is None:
        raise WrongQuestion("This installation's tokens come from its OIDC provider, not from here.")
    if not tenant.strip():
        raise WrongQuestion("Say which clinic: --tenant.")
    if unknown := set(roles) - set(ROLES):
        raise WrongQuestion(f"There is no role {min(unknown)}; there are {', '.join(ROLES)}.")
    issuer = open_issuer(installation.issuer)
    token = issuer.mint(roles, tenant, patient_id=patient, subject=subject, valid_for=timedelta(hours=hours))
    return Answer({"token": token, "tenant": tenant, "roles": sorted(roles)}, lines=(token,))


def _replace(file: Path, content: bytes) -> None:
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    beside.write_bytes(content)
    if file.exists():
        beside.chmod(file.stat().st_mode & 0o777)
    beside.replace(file)
