"""The issuer's keys: which are usable, and how often they are read again."""

import json
from collections.abc import Iterable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from shared.web.keys import JwksKeys, KeysUnavailable, keys_from_url, parse_jwks

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SMALL = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the point of the test
P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())


def entry(kid: str, key: Any = None, **more: Any) -> dict[str, Any]:
    key = key or RSA.public_key()
    algorithm = RSAAlgorithm if isinstance(key, (rsa.RSAPublicKey, rsa.RSAPrivateKey)) else ECAlgorithm
    return {**algorithm.to_jwk(key, as_dict=True), "kid": kid, **more}


def document(*entries: Any) -> bytes:
    return json.dumps({"keys": entries}).encode()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(entry("k"), "RS256", id="RSA"),
        pytest.param(entry("k", P256.public_key()), "ES256", id="P-256"),
        pytest.param(entry("k", alg="RS256", use="sig"), "RS256", id="RSA, says so"),
        pytest.param(entry("k", SMALL.public_key()), None, id="short RSA"),
        pytest.param(entry("k", P384.public_key()), None, id="another curve"),
        pytest.param(entry("k", RSA), None, id="a private key"),
        pytest.param(entry("k", use="enc"), None, id="for encryption"),
        pytest.param(entry("k", alg="RS512"), None, id="another algorithm"),
        pytest.param({"kty": "oct", "k": "c2VjcmV0", "kid": "k", "alg": "HS256"}, None, id="symmetric"),
        pytest.param({**entry("k"), "kid": 7}, None, id="no kid"),
        pytest.param({"kty": "RSA", "kid": "k"}, None, id="incomplete"),
        pytest.param({"kty": "?", "kid": "k"}, None, id="unknown type"),
        pytest.param("text", None, id="no object"),
    ],
)
def test_only_public_signature_keys_of_two_kinds_are_usable(given: Any, expected: str | None) -> None:
    found = parse_jwks(document(given))
    assert (found["k"].algorithm if found else None) == expected


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"keys": {}}', b"\xff"])
def test_what_is_no_jwks_document_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any ValueError will do
        parse_jwks(text)


class _Issuer:
    """Gives one document after the other and counts how often it was asked."""

    def __init__(self, documents: Iterable[bytes | Exception]) -> None:
        self.documents = list(documents)
        self.asked = 0
        self.seconds = 0.0
        self.failures: list[str] = []

    async def read(self) -> bytes:
        given = self.documents[min(self.asked, len(self.documents) - 1)]
        self.asked += 1
        if isinstance(given, Exception):
            raise given
        return given

    def monotonic(self) -> float:
        return self.seconds

    def keys(self) -> JwksKeys:
        return JwksKeys(self.read, monotonic=self.monotonic, failed=self.failures.append)


async def test_an_unknown_kid_reads_again_at_most_once_a_minute() -> None:
    issuer = _Issuer([document(entry("old")), document(entry("old"), entry("new"))])
    keys = issuer.keys()
    assert await keys.find("old") is not None
    for _ in range(100):
        assert await keys.find("new") is None
    assert issuer.asked == 1
    issuer.seconds = 60
    assert await keys.find("new") is not None
    assert issuer.asked == 2


async def test_known_keys_are_read_again_after_ten_minutes_so_that_a_withdrawn_one_goes() -> None:
    issuer = _Issuer([document(entry("old")), document(entry("new"))])
    keys = issuer.keys()
    assert await keys.find("old") is not None
    issuer.seconds = 599
    assert await keys.find("old") is not None
    issuer.seconds = 600
    assert await keys.find("old") is None


@pytest.mark.parametrize("trouble", [OSError(), httpx.ConnectError("x"), ValueError(), b"garbage", document()])
async def test_keys_stay_in_force_while_the_issuer_cannot_be_read(trouble: bytes | Exception) -> None:
    issuer = _Issuer([document(entry("old")), trouble])
    keys = issuer.keys()
    await keys.find("old")
    assert issuer.failures == []
    issuer.seconds = 600
    assert await keys.find("old") is not None
    assert len(issuer.failures) == 1
    assert issuer.asked == 2


async def test_before_any_keys_were_read_it_is_tried_every_five_seconds() -> None:
    issuer = _Issuer([OSError(), document(entry("k"))])
    keys = issuer.keys()
    for _ in range(10):
        with pytest.raises(KeysUnavailable):
            await keys.find("k")
    assert issuer.asked == 1
    issuer.seconds = 5
    assert await keys.find("k") is not None


@pytest.mark.parametrize("url", ["http://issuer.example/keys", "ftp://issuer.example/keys", "file:///etc/passwd"])
def test_keys_are_not_fetched_over_the_open_network(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        keys_from_url(url)


async def test_a_found_key_verifies_a_signature() -> None:
    found = await _Issuer([document(entry("k", P256.public_key()))]).keys().find("k")
    assert found is not None
    assert jwt.decode(jwt.encode({"a": 1}, P256, "ES256"), found.key, [found.algorithm]) == {"a": 1}
