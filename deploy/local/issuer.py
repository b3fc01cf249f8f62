"""The issuer of local mode: makes its key pair on first start and mints tokens such as an OIDC provider would.

`python -m deploy.local.issuer mint --role clinician --tenant demo-clinic`
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from shared.ids import named_id
from shared.web.principal import ROLES

ISSUER: Final = "http://127.0.0.1:18100"
AUDIENCE: Final = "pacewell"
FOLDER: Final = Path(".pacewell/issuer")
PRIVATE_KEY: Final = "issuer.pem"
JWKS: Final = "jwks.json"
_KEY_BITS: Final = 2048


@dataclass(frozen=True, slots=True)
class LocalIssuer:
    """A key pair in a folder of this machine; whoever reads it can be anybody: for local mode alone."""

    key: RSAPrivateKey
    kid: str
    jwks_file: Path

    def mint(
        self,
        roles: Iterable[str],
        tenant: str,
        *,
        patient_id: str | None = None,
        subject: str | None = None,
        valid_for: timedelta = timedelta(hours=12),
    ) -> str:
        """A token with these roles, valid from now by the machine's wall clock.

        Without a `subject`, the same tenant, roles and person always give the same random-looking one.
        """
        roles = sorted(roles)
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject or named_id("local-subject", tenant, *roles, patient_id),
            "iat": now,
            "exp": now + int(valid_for.total_seconds()),
            "tenant": tenant,
            "roles": roles,
        }
        if patient_id is not None:
            claims["patient_id"] = patient_id
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.kid})


def open_issuer(folder: Path = FOLDER) -> LocalIssuer:
    """The issuer of this folder, made if it has none; both files are readable by their owner only.

    Two processes that start at once end up with the same key.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    private = folder / PRIVATE_KEY
    if not private.exists():
        _make(private)
    key = serialization.load_pem_private_key(private.read_bytes(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("the local issuer's key must be an RSA key")
    public: dict[str, Any] = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    kid = sha256(orjson.dumps({name: public[name] for name in ("e", "kty", "n")})).hexdigest()[:16]
    entry = {"kty": public["kty"], "n": public["n"], "e": public["e"], "kid": kid, "use": "sig", "alg": "RS256"}
    text = orjson.dumps({"keys": [entry]}, option=orjson.OPT_INDENT_2)
    jwks = folder / JWKS
    if not jwks.exists() or jwks.read_bytes() != text:
        _write(beside := jwks.with_name(f"{JWKS}.{os.getpid()}"), text)
        beside.replace(jwks)
    return LocalIssuer(key, kid, jwks)


def main(arguments: Sequence[str] | None = None) -> int:
    """`init` makes the keys and prints the path of the public ones; `mint` prints a token."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.issuer", description="Tokens for the local stack.")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the keys lie (default: %(default)s)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init", help="make the keys if there are none, and print the path of the public ones")
    mint = commands.add_parser("mint", help="print a bearer token")
    mint.add_argument("--role", action="append", required=True, choices=ROLES, help="may be given more than once")
    mint.add_argument("--tenant", required=True, help="the clinic's id")
    mint.add_argument("--patient", help="the person the token speaks for (patient, caregiver, device)")
    mint.add_argument("--subject", help="the account's random id (default: derived from the rest)")
    mint.add_argument("--hours", type=float, default=12.0, help="how long it is valid (default: %(default)s)")
    given = parser.parse_args(arguments)
    try:
        issuer = open_issuer(given.folder)
    except (OSError, ValueError, TypeError):
        sys.stderr.write(f"The issuer's keys in {given.folder} cannot be read or made.\n")
        return 1
    if given.command == "init":
        print(issuer.jwks_file)
    else:
        print(
            issuer.mint(
                given.role,
                given.tenant,
                patient_id=given.patient,
                subject=given.subject,
                valid_for=timedelta(hours=given.hours),
            )
        )
    return 0


def _make(private: Path) -> None:
    pem = generate_private_key(public_exponent=65_537, key_size=_KEY_BITS).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(beside := private.with_name(f"{PRIVATE_KEY}.{os.getpid()}"), pem)
    try:
        os.link(beside, private)  # whoever is first wins
    except FileExistsError:
        pass
    finally:
        beside.unlink()


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


if __name__ == "__main__":
    raise SystemExit(main())
