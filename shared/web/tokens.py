"""Bearer tokens: an OIDC JWT is good when its signature, issuer, audience, times and claims all are."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import jwt

from shared.runtime.messages import Refused
from shared.web.keys import KeySource, KeysUnavailable
from shared.web.principal import ROLES, Principal
from shared.web.problems import refused

_LEEWAY_S: Final = 5
_MAX_TOKEN: Final = 8192
_GOOD_S: Final = 60.0
_MAX_GOOD: Final = 4096
_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,99}")
_PERSON: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,99}")
_CLAIMS: Final = ["exp", "iat", "iss", "aud", "sub"]


class Verifier:
    """Turns the `Authorization` header into a `Principal`.

    Only RS256 and ES256, each with a key of its own kind, so that neither `none` nor a public key used as a shared
    secret passes. Times are judged by the machine's wall clock with 5 s of tolerance, never by a clock that local mode
    may have moved. A token found good is not judged again for up to a minute, and never past its expiry: checking a
    signature costs as much as many a request.
    """

    def __init__(self, issuer: str, audience: str, keys: KeySource, *, wall: Callable[[], float] = time.time) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._wall = wall
        self._good: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    async def principal(self, authorization: str | None) -> Principal:
        """The caller; `Refused` 401 with a code that says what is wrong, 503 while the issuer's keys are unknown."""
        if (known := self.known(authorization)) is not None:
            return known
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise refused(401, {"WWW-Authenticate": "Bearer"})
        now = self._wall()
        claims = await self._claims(token.strip())
        caller = _principal(claims)
        self._good[_digest(authorization)] = (min(now + _GOOD_S, int(claims["exp"]) + _LEEWAY_S), caller)
        if len(self._good) > _MAX_GOOD:
            self._good.popitem(last=False)
        return caller

    def known(self, authorization: str | None) -> Principal | None:
        """The caller, if this very header was found good within the last minute."""
        good = self._good.get(_digest(authorization))
        return good[1] if good is not None and good[0] > self._wall() else None

    async def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > _MAX_TOKEN:
            raise _invalid()
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.find(kid) if isinstance(kid, str) else None
            if key is None:
                raise _invalid()
            return jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm],
                issuer=self._issuer,
                audience=self._audience,
                leeway=_LEEWAY_S,
                options={"require": _CLAIMS, "strict_aud": False},
            )
        except jwt.ExpiredSignatureError:
            raise _unauthorised("token_expired", "The token has expired.") from None
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise _invalid() from None
        except KeysUnavailable:
            raise refused(503, {"Retry-After": "5"}) from None


def _digest(authorization: str | None) -> bytes:
    return sha256((authorization or "").encode("utf-8", "surrogatepass")).digest()


def _principal(claims: dict[str, Any]) -> Principal:
    tenant, subject, roles = claims.get("tenant"), claims.get("sub"), claims.get("roles")
    person = claims.get("patient_id")
    if not (_fits(_TENANT, tenant) and _fits(_ID, subject) and isinstance(roles, list)):
        raise _invalid()
    if person is not None and not _fits(_PERSON, person):
        raise _invalid()
    known = frozenset(role for role in roles if role in ROLES)
    return Principal(str(tenant), str(subject), known, person)


def _fits(form: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _invalid() -> Refused:
    return _unauthorised("token_invalid", "The token is not valid here.")


def _unauthorised(code: str, detail: str) -> Refused:
    return Refused(401, code, detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
