"""How much may come at once: token buckets per caller, tenant and stranger's address, and requests in hand.

All of it lies in the memory of one process and is bounded; several processes of a service each count on their own.
"""

import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from starlette.routing import compile_path
from starlette.types import Scope

from shared.runtime.messages import Refused
from shared.web.principal import Principal
from shared.web.problems import refused

NEVER_LIMITED: Final[dict[str, Any]] = {"x-never-limited": True}
"""`openapi_extra` of a route that answers however much comes: a person in danger is never told to wait."""

MAX_KEYS: Final = 10_000
_FULL_RETRY_S: Final = "1"


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests per second of each kind and seconds' worth that may come at once; 0 is no limit."""

    per_token: int = 0
    per_tenant: int = 0
    per_address: int = 0
    burst_s: int = 5
    at_once: int = 0


class Buckets:
    """Token buckets of one kind, by key: `rate` a second, `rate × burst_s` at once.

    At most 10 000 keys are remembered; who was not seen for longest is forgotten first and has a full bucket then.
    """

    def __init__(self, name: str, rate: int, burst_s: int, monotonic: Callable[[], float]) -> None:
        self._name = name
        self._rate = rate
        self._burst_s = burst_s
        self._burst = float(rate * burst_s)
        self._monotonic = monotonic
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """One request of this key; `Refused` 429 when its bucket is empty."""
        if self._rate:
            self._put(key, self._full_enough(key) - 1)

    def look(self, key: str) -> None:
        """`Refused` 429 when the bucket is empty; takes nothing."""
        if self._rate:
            self._full_enough(key)

    def __len__(self) -> int:
        return len(self._left)

    def _full_enough(self, key: str) -> float:
        left, at = self._left.get(key, (self._burst, 0.0))
        left = min(self._burst, left + (self._monotonic() - at) * self._rate)
        if left < 1:
            raise self._refused((1 - left) / self._rate)
        return left

    def _put(self, key: str, left: float) -> None:
        self._left[key] = (left, self._monotonic())
        self._left.move_to_end(key)
        if len(self._left) > MAX_KEYS:
            self._left.popitem(last=False)

    def _refused(self, wait_s: float) -> Refused:
        """Fields of draft-ietf-httpapi-ratelimit-headers: quota `q` per window of `w` s, `r` left, more in `t` s."""
        again = max(1, math.ceil(wait_s))
        return refused(
            429,
            {
                "Retry-After": str(again),
                "RateLimit-Policy": f'"{self._name}";q={int(self._burst)};w={self._burst_s}',
                "RateLimit": f'"{self._name}";r=0;t={again}',
            },
        )


class Limiter:
    """All limits of one process; routes marked `NEVER_LIMITED` pass every one of them.

    `openapi` gives the app's own description, which is asked for once.
    """

    def __init__(
        self,
        limits: Limits,
        openapi: Callable[[], Mapping[str, Any]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._openapi = openapi
        self._at_once = limits.at_once
        self._tokens = Buckets("token", limits.per_token, limits.burst_s, monotonic)
        self._tenants = Buckets("tenant", limits.per_tenant, limits.burst_s, monotonic)
        self._strangers = Buckets("address", limits.per_address, limits.burst_s, monotonic)
        self._free: list[tuple[str, re.Pattern[str]]] | None = None
        self._in_hand = 0

    def applies(self, scope: Scope) -> bool:
        """Whether this request counts; it does unless its route is never limited."""
        if self._free is None:
            self._free = [
                (method.upper(), compile_path(path)[0])
                for path, operations in self._openapi()["paths"].items()
                for method, operation in operations.items()
                if operation.get("x-never-limited")
            ]
        return not any(method == scope["method"] and path.match(scope["path"]) for method, path in self._free)

    def caller(self, principal: Principal) -> None:
        """A request of a known caller; `Refused` 429. All tokens of one subject share one bucket."""
        self._tokens.take(f"{principal.tenant}:{principal.subject}")
        self._tenants.take(principal.tenant)

    def unknown(self, scope: Scope) -> None:
        """A request whose token is yet to be judged; `Refused` 429 where too many bad ones came from this address."""
        self._strangers.look(_address(scope))

    def stranger(self, scope: Scope) -> None:
        """A request whose token was found bad."""
        self._strangers.take(_address(scope))

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """Around one request until it is answered; `Refused` 503 when too many are in hand already."""
        if self._at_once and self._in_hand >= self._at_once:
            raise refused(503, {"Retry-After": _FULL_RETRY_S})
        self._in_hand += 1
        try:
            yield
        finally:
            self._in_hand -= 1


def _address(scope: Scope) -> str:
    """The client's address as the socket gives it, of IPv6 the first 64 bits: one caller has all the rest."""
    client = scope.get("client")
    try:
        address = ip_address(client[0] if client else "")
    except ValueError:
        return ""
    return str(int(address) >> 64) if isinstance(address, IPv6Address) else str(address)
