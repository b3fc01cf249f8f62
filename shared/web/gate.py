"""The gate before every route: head limits, the token, rate limits, then the body; a stranger's body is never read."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.messages import Refused
from shared.web.limits import Limiter
from shared.web.often import DOCUMENT
from shared.web.principal import Principal
from shared.web.problems import from_refused, refused
from shared.web.strict_json import check_json
from shared.web.tokens import Verifier

MAX_HEAD_BYTES: Final = 16_384
MAX_ADDRESS_BYTES: Final = 4096
BODY_S: Final = 20.0
_UNAUTHORISED: Final = 401
_JSON: Final = {"application/json", "application/json;charset=utf-8"}


class Gate:
    """ASGI middleware that lets a request through only with a good token and a readable body of bounded size.

    `open_paths` need no token and have no rate limit. The caller lies in `scope["state"]["principal"]` afterwards, and
    the parsed body beside it. `known` gives the field names that a problem may repeat.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        verifier: Verifier,
        open_paths: frozenset[str],
        limiter: Limiter,
        body_bytes: int,
        known: Callable[[], frozenset[str]],
        body_s: float = BODY_S,
    ) -> None:
        self._app = app
        self._verifier = verifier
        self._open = open_paths
        self._limiter = limiter
        self._body_bytes = body_bytes
        self._known = known
        self._body_s = body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then serve or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with ExitStack() as in_hand:
            try:
                receive = await self._admitted(scope, receive, in_hand)
            except Refused as error:
                await from_refused(error)(scope, receive, send)
                return
            await self._app(scope, receive, send)

    async def _admitted(self, scope: Scope, receive: Receive, in_hand: ExitStack) -> Receive:
        """The request's body, read; `in_hand` counts it among those in hand from before that until it is answered."""
        headers = _checked_head(scope)
        if scope["path"] not in self._open:
            limited = self._limiter.applies(scope)
            caller = await self._caller(scope, headers.get("authorization"), limited)
            scope.setdefault("state", {})["principal"] = caller
            if limited:
                self._limiter.caller(caller)
                in_hand.enter_context(self._limiter.in_hand())
        return await self._checked_body(scope, headers, receive)

    async def _caller(self, scope: Scope, authorization: str | None, limited: bool) -> Principal:
        """Whose token it is; who sends bad ones is refused before the next one is judged."""
        if (known := self._verifier.known(authorization)) is not None:
            return known
        if limited:
            self._limiter.unknown(scope)
        try:
            return await self._verifier.principal(authorization)
        except Refused as error:
            if limited and error.status == _UNAUTHORISED:
                self._limiter.stranger(scope)
            raise

    async def _checked_body(self, scope: Scope, headers: dict[str, str], receive: Receive) -> Receive:
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > self._body_bytes:
            raise refused(413)
        try:
            async with asyncio.timeout(self._body_s):
                body = await self._read(receive)
        except TimeoutError:
            raise refused(408, {"Connection": "close"}) from None
        if body is None:
            return receive
        if body:
            kind = headers.get("content-type", "").lower().replace(" ", "").replace('"', "")
            if kind not in _JSON or headers.get("content-encoding", "identity") != "identity":
                raise refused(415)
            scope.setdefault("state", {})[DOCUMENT] = check_json(body, self._known())
        return _replay(body, receive)

    async def _read(self, receive: Receive) -> bytes | None:
        """The whole body, counted as it comes; None if the caller went away."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            part = message.get("body", b"")
            size += len(part)
            if size > self._body_bytes:
                raise refused(413)
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)


def _checked_head(scope: Scope) -> dict[str, str]:
    if len(scope.get("raw_path", b"")) + len(scope["query_string"]) > MAX_ADDRESS_BYTES:
        raise refused(414)
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEAD_BYTES:
        raise refused(431)
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _replay(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read once more, then whatever comes next (the caller's going away)."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
