"""Sends the items of a diary through the batch route, again and again with the same ids while a dependency is away."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import httpx

from shared.ids import random_id

_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 15.0


class ImportStopped(Exception):
    """The import could not go on; what was sent before stays, and a later run takes up the rest."""


class BatchClient:
    """One person's batch route. `patience_s` is how long one batch is tried while nobody answers."""

    def __init__(
        self,
        http: httpx.Client,
        patient: str,
        *,
        source: str = "import",
        patience_s: float = 600.0,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        on_wait: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._http = http
        self._path = f"/v1/patients/{patient}/sessions/batch"
        self._source = source
        self._patience_s = patience_s
        self._sleep = sleep
        self._monotonic = monotonic
        self._on_wait = on_wait

    def send(self, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The answer to each item, in order; raises `ImportStopped` where trying again cannot help.

        A batch keeps its id through all attempts, so that an answer that was lost on its way is given again.
        """
        body = {"id": random_id(), "source": self._source, "items": list(items)}
        give_up_at = self._monotonic() + self._patience_s
        wait = _FIRST_WAIT_S
        while True:
            reason, after = self._attempt(body)
            if not isinstance(reason, str):
                return reason
            if self._monotonic() + wait > give_up_at:
                raise ImportStopped(f"No answer for {self._patience_s:.0f} s ({reason}).")
            self._on_wait(reason)
            self._sleep(max(wait, min(after, _LONGEST_WAIT_S)))
            wait = min(2 * wait, _LONGEST_WAIT_S)

    def _attempt(self, body: Mapping[str, Any]) -> tuple[list[dict[str, Any]] | str, float]:
        """The answers, or why to try again and after how many seconds at the earliest."""
        try:
            response = self._http.post(self._path, json=body)
        except httpx.TransportError as error:
            return f"the service cannot be reached: {type(error).__name__}", 0.0
        except httpx.InvalidURL:
            raise ImportStopped("The address is not valid.") from None
        if response.status_code in _AGAIN:
            after = response.headers.get("retry-after", "")
            return f"the service answers {response.status_code}", float(after) if after.isdigit() else 0.0
        if response.status_code != 200:
            raise ImportStopped(_told(response))
        return _answers(response, len(body["items"])), 0.0


def _answers(response: httpx.Response, expected: int) -> list[dict[str, Any]]:
    try:
        answers: list[dict[str, Any]] = response.json()["items"]
    except (ValueError, KeyError, TypeError):
        raise ImportStopped("The answer is not that of a batch log; is the address right?") from None
    if len(answers) != expected:
        raise ImportStopped("The answer does not tell of every item.")
    return answers


def _told(response: httpx.Response) -> str:
    """What a refusal says, in one sentence."""
    try:
        return f"The service refused the batch ({response.status_code}): {response.json()['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"The service refused the batch ({response.status_code})."
