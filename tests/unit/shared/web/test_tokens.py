"""Who gets past the gate: only the bearer of a whole, timely token of the right issuer for this audience."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from deploy.local.issuer import AUDIENCE, ISSUER, LocalIssuer
from shared.runtime.messages import Refused
from shared.web.keys import KeysUnavailable, PublicKey, keys_from_file
from shared.web.tokens import Verifier

ELLIPTIC = ec.generate_private_key(ec.SECP256R1())


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "a1",
        "iat": now,
        "exp": now + 60,
        "tenant": "clinic",
        "roles": ["patient"],
        "patient_id": "p1",
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def signed(issuer: LocalIssuer, **changed: Any) -> str:
    return jwt.encode(claims(**changed), issuer.key, "RS256", {"kid": issuer.kid})


def public_pem(issuer: LocalIssuer) -> bytes:
    return issuer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def hmac_with_public_key(issuer: LocalIssuer) -> str:
    """A token that anybody can make from what the issuer publishes, if the verifier takes the header's word."""

    def part(raw: bytes) -> bytes:
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    head = part(b'{"alg":"HS256","typ":"JWT","kid":"%s"}' % issuer.kid.encode())
    body = part(json.dumps(claims()).encode())
    mac = hmac.new(public_pem(issuer), head + b"." + body, hashlib.sha256).digest()
    return b".".join((head, body, part(mac))).decode()


def tampered(issuer: LocalIssuer) -> str:
    head, _, signature = signed(issuer).split(".")
    _, body, _ = signed(issuer, roles=["admin"]).split(".")
    return ".".join((head, body, signature))


INVALID: dict[str, Callable[[LocalIssuer], str]] = {
    "not yet issued": lambda i: signed(i, iat=int(time.time()) + 3600),
    "not valid yet": lambda i: signed(i, nbf=int(time.time()) + 3600),
    "wrong audience": lambda i: signed(i, aud="elsewhere"),
    "wrong issuer": lambda i: signed(i, iss="http://evil"),
    "no expiry": lambda i: signed(i, exp=None),
    "no audience": lambda i: signed(i, aud=None),
    "no issuer": lambda i: signed(i, iss=None),
    "no subject": lambda i: signed(i, sub=None),
    "no time of issue": lambda i: signed(i, iat=None),
    "no tenant": lambda i: signed(i, tenant=None),
    "a tenant with a colon": lambda i: signed(i, tenant="a:b"),
    "an empty tenant": lambda i: signed(i, tenant=""),
    "a subject that is an address": lambda i: signed(i, sub="anna@example.org"),
    "roles that are no list": lambda i: signed(i, roles="admin"),
    "no roles": lambda i: signed(i, roles=None),
    "a patient id that is none": lambda i: signed(i, patient_id={"$ne": 1}),
    "alg none": lambda i: jwt.encode(claims(), "", "none", {"kid": i.kid}),
    "HS256 with the public key": hmac_with_public_key,
    "another algorithm of the same key": lambda i: jwt.encode(claims(), i.key, "RS512", {"kid": i.kid}),
    "an elliptic signature for the RSA key": lambda i: jwt.encode(claims(), ELLIPTIC, "ES256", {"kid": i.kid}),
    "another key under the same kid": lambda i: jwt.encode(
        claims(), rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256", {"kid": i.kid}
    ),
    "unknown kid": lambda i: jwt.encode(claims(), i.key, "RS256", {"kid": "other"}),
    "no kid": lambda i: jwt.encode(claims(), i.key, "RS256"),
    "changed claims": tampered,
    "a cut signature": lambda i: signed(i)[:-4],
    "garbage": lambda _: "garbage",
    "dots": lambda _: "..",
    "other letters": lambda _: "ünï.cödé.tökèn",
    "a token of 10 kB": lambda i: signed(i, padding="x" * 10_000),
}


def verifier(issuer: LocalIssuer) -> Verifier:
    return Verifier(ISSUER, AUDIENCE, keys_from_file(issuer.jwks_file))


@pytest.mark.parametrize("case", INVALID)
async def test_a_token_that_is_not_whole_is_refused(issuer: LocalIssuer, case: str) -> None:
    with pytest.raises(Refused) as refused:
        await verifier(issuer).principal(f"Bearer {INVALID[case](issuer)}")
    assert (refused.value.status, refused.value.code) == (401, "token_invalid")
    assert refused.value.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


async def test_an_expired_token_is_refused_after_five_seconds_of_tolerance(issuer: LocalIssuer) -> None:
    now = int(time.time())
    await verifier(issuer).principal(f"Bearer {signed(issuer, iat=now - 60, exp=now - 2)}")
    with pytest.raises(Refused) as refused:
        await verifier(issuer).principal(f"Bearer {signed(issuer, iat=now - 60, exp=now - 10)}")
    assert (refused.value.status, refused.value.code) == (401, "token_expired")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "token"])
async def test_without_a_bearer_token_nobody_gets_in(issuer: LocalIssuer, header: str | None) -> None:
    with pytest.raises(Refused) as refused:
        await verifier(issuer).principal(header)
    assert (refused.value.status, refused.value.code) == (401, "token_missing")


async def test_a_good_token_gives_tenant_roles_and_person(issuer: LocalIssuer) -> None:
    caller = await verifier(issuer).principal(f"bearer {signed(issuer, roles=['patient', 'superuser', 7])}")
    assert (caller.tenant, caller.subject, caller.patient_id) == ("clinic", "a1", "p1")
    assert caller.roles == {"patient"}


async def test_es256_is_as_good_as_rs256() -> None:
    class Keys:
        async def find(self, kid: str) -> PublicKey | None:
            return PublicKey("ES256", ELLIPTIC.public_key()) if kid == "e" else None

    token = jwt.encode(claims(), ELLIPTIC, "ES256", {"kid": "e"})
    assert (await Verifier(ISSUER, AUDIENCE, Keys()).principal(f"Bearer {token}")).subject == "a1"


async def test_while_the_issuers_keys_are_unknown_the_answer_is_503(issuer: LocalIssuer) -> None:
    class NoKeys:
        async def find(self, kid: str) -> PublicKey | None:
            raise KeysUnavailable

    with pytest.raises(Refused) as refused:
        await Verifier(ISSUER, AUDIENCE, NoKeys()).principal(f"Bearer {signed(issuer)}")
    assert refused.value.status == 503
    assert refused.value.headers["Retry-After"] == "5"


class _Counted:
    """The issuer's keys, and how often they were asked for."""

    def __init__(self, issuer: LocalIssuer) -> None:
        self._keys = keys_from_file(issuer.jwks_file)
        self.asked = 0

    async def find(self, kid: str) -> PublicKey | None:
        self.asked += 1
        return await self._keys.find(kid)


@pytest.mark.parametrize(
    ("valid_for_s", "later_s", "asked"),
    [
        pytest.param(3600, 59, 1, id="within the minute"),
        pytest.param(3600, 61, 2, id="after it"),
        pytest.param(20, 24, 1, id="within the tolerance of its expiry"),
        pytest.param(20, 26, 2, id="past its expiry"),
    ],
)
async def test_a_good_token_is_not_judged_again_for_a_minute_or_until_it_expires(
    issuer: LocalIssuer, valid_for_s: int, later_s: int, asked: int
) -> None:
    now = time.time()
    wall = [now]
    keys = _Counted(issuer)
    verifier = Verifier(ISSUER, AUDIENCE, keys, wall=lambda: wall[0])
    header = f"Bearer {signed(issuer, exp=int(now) + valid_for_s)}"
    first = await verifier.principal(header)
    wall[0] = int(now) + later_s
    assert await verifier.principal(header) == first
    assert keys.asked == asked


async def test_a_bad_token_is_judged_every_time(issuer: LocalIssuer) -> None:
    keys = _Counted(issuer)
    verifier = Verifier(ISSUER, AUDIENCE, keys)
    for _ in range(3):
        with pytest.raises(Refused):
            await verifier.principal(f"Bearer {signed(issuer, aud='elsewhere')}")
    assert keys.asked == 3
