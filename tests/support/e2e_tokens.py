"""Tokens that must not open anything: forged, foreign, expired, incomplete."""

import hashlib
import hmac
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization

from deploy.local.issuer import AUDIENCE, ISSUER, LocalIssuer


def bad_tokens(own: LocalIssuer, stranger: LocalIssuer, mark: str) -> Iterator[tuple[str, str]]:
    """Each with what is wrong with it; `mark` lies in those that are no tokens at all."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "s-1", "iat": now, "exp": now + 600, "tenant": "e2e-clinic"}
    claims |= {"roles": ["clinician"]}
    head = {"kid": own.kid}
    public = own.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def signed(**changed: Any) -> str:
        left = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        return jwt.encode(left, own.key, algorithm="RS256", headers=head)

    good = signed()
    yield "none", ""
    yield "garbage", mark
    yield "three parts of garbage", f"{mark}.{mark}.{mark}"
    yield "expired", own.mint(["clinician"], "e2e-clinic", valid_for=timedelta(hours=-1))
    yield "a stranger's key", stranger.mint(["clinician"], "e2e-clinic")
    yield "a stranger's key under our kid", jwt.encode(claims, stranger.key, algorithm="RS256", headers=head)
    yield "alg none", jwt.encode(claims, "", algorithm="none", headers=head)
    yield "the public key as a secret", _hs256(claims, public, head)
    yield "another issuer", signed(iss="https://elsewhere.example")
    yield "another audience", signed(aud="elsewhere")
    yield "not yet", signed(nbf=now + 600)
    yield "a changed signature", good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB")
    yield "a changed body", ".".join([good.split(".")[0], signed(tenant="other").split(".")[1], good.split(".")[2]])
    for missing in ("exp", "iss", "aud", "sub", "tenant", "roles"):
        yield f"without {missing}", signed(**{missing: None})
    yield "a tenant of odd letters", signed(tenant="a b$")
    yield "very long", mark * 600


def _hs256(claims: dict[str, Any], secret: bytes, head: dict[str, str]) -> str:
    """What the library refuses to make: a token signed with a public key as if that were a shared secret."""
    parts = jwt.encode(claims, "x" * 32, algorithm="HS256", headers=head).split(".")[:2]
    signature = hmac.new(secret, ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, jwt.utils.base64url_encode(signature).decode()])
