"""The issuer's public keys, from a file or an address, looked up by the `kid` of a token."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import httpx
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_AGAIN_S: Final = 60.0
_STALE_S: Final = 600.0
_NONE_YET_S: Final = 5.0
_TIMEOUT_S: Final = 3.0
_MAX_BYTES: Final = 262_144
_MIN_RSA_BITS: Final = 2048


class KeysUnavailable(Exception):
    """The issuer's keys could not be read so far, so no token can be judged."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key with the only algorithm that it may be used with, which follows from its type."""

    algorithm: str
    key: RSAPublicKey | EllipticCurvePublicKey


class KeySource(Protocol):
    """Where keys are looked up."""

    async def find(self, kid: str) -> PublicKey | None:
        """The key of this id, or None when the issuer has none; `KeysUnavailable` before any were read."""
        ...


class JwksKeys:
    """A JWKS document, remembered; read again on an unknown `kid`, at most once a minute, and after ten minutes.

    While it cannot be read, the keys last read stay in force.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[bytes]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._read = read
        self._failed = failed
        self._monotonic = monotonic
        self._keys: Mapping[str, PublicKey] = {}
        self._tried = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, kid: str) -> PublicKey | None:
        """The key of this id; see `KeySource`."""
        if self._due(kid) or (not self._keys and self._lock.locked()):
            async with self._lock:  # the first read may be under way: wait for it
                if self._due(kid):
                    await self._refresh()
        if not self._keys:
            raise KeysUnavailable
        return self._keys.get(kid)

    def _due(self, kid: str) -> bool:
        age = self._monotonic() - self._tried
        if not self._keys:
            return age >= _NONE_YET_S
        return age >= (_STALE_S if kid in self._keys else _AGAIN_S)

    async def _refresh(self) -> None:
        self._tried = self._monotonic()
        try:
            keys = parse_jwks(await self._read())
        except (OSError, ValueError, httpx.HTTPError) as error:
            self._failed(type(error).__name__)
            return
        if keys:
            self._keys = keys
        else:
            self._failed("NoKeys")


def keys_from_file(path: Path) -> JwksKeys:
    """The keys in a JWKS file."""

    async def read() -> bytes:
        return await asyncio.to_thread(path.read_bytes)

    return JwksKeys(read)


def keys_from_url(url: str, *, failed: Callable[[str], None] = lambda _: None) -> JwksKeys:
    """The keys that an issuer serves; `ValueError` unless it is https or on this machine.

    `failed` is told the kind of error whenever they cannot be read.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise ValueError("keys are fetched over https only")

    async def read() -> bytes:
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise ValueError("the issuer did not give its keys")
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > _MAX_BYTES:
                    raise ValueError("the issuer's keys are too large")
            return body

    return JwksKeys(read, failed=failed)


def parse_jwks(text: bytes) -> dict[str, PublicKey]:
    """The usable keys of a JWKS document: public RSA of 2048 bits or more and P-256, for signatures, with a `kid`.

    Others, symmetric and private ones above all, are left out; `ValueError` if it is no JWKS document.
    """
    document = orjson.loads(text)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("not a JWKS document")
    found = {}
    for entry in entries:
        if isinstance(entry, dict) and isinstance(kid := entry.get("kid"), str) and (key := _usable(entry)) is not None:
            found[kid] = key
    return found


def _usable(entry: dict[str, Any]) -> PublicKey | None:
    if "d" in entry or "k" in entry or entry.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK(entry).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    usable = None
    if isinstance(key, RSAPublicKey) and key.key_size >= _MIN_RSA_BITS:
        usable = PublicKey("RS256", key)
    elif isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        usable = PublicKey("ES256", key)
    return usable if usable and entry.get("alg", usable.algorithm) == usable.algorithm else None
