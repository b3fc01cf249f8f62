"""The ways to reach a person; in local mode every message is a file that a person can read."""

import asyncio
import os
import re
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from services.reminders.texts import catalogue
from shared.runtime.messages import Effect
from shared.runtime.ports import ChannelFailed

Unseal = Callable[[str, str, str], Awaitable[str]]
"""(tenant, key, token) -> the person's own words."""

_SAFE: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._\-]{0,99}$")


class FileChannel:
    """The in-app inbox of local mode: one UTF-8 file per message, in a folder per person.

    A file is complete or not there, and the same effect never writes twice: its name is its local time and its id, both
    decided before it was sent.
    """

    def __init__(self, folder: Path, unseal: Unseal) -> None:
        self._folder = folder
        self._unseal = unseal

    async def send(self, effect: Effect, key: str, tenant: str) -> None:
        """Lay the message down; `ChannelFailed` when an id cannot be a file name, `OSError` when the disk fails."""
        if not _SAFE.match(key) or not _SAFE.match(effect.id):
            raise ChannelFailed("no_such_folder")
        words = {
            name: await self._unseal(tenant, key, token)
            for name in ("situation", "action")
            if (token := effect.data.get(name))
        }
        text = render(effect, key, words)
        moment = datetime.fromisoformat(effect.data["local_time"])
        name = f"{moment:%Y-%m-%dT%H-%M-%S}_{effect.id}.txt"
        await asyncio.to_thread(_write_once, self._folder / key / name, text)


def render(effect: Effect, key: str, words: dict[str, str]) -> str:
    """The whole file: to whom, when in the person's own time, what, and why."""
    data = effect.data
    texts, tz = catalogue(data["locale"]), data["tz"]
    moment = datetime.fromisoformat(data["local_time"])
    head = [
        f"To: {key}",
        f"Time: {moment:%Y-%m-%d %H:%M} ({tz})",
        f"About: {texts.text('kind.' + data['kind'], {}, tz)}",
    ]
    foot = [f"Because of: {_cause(data)}", f"Message: {effect.id}"]
    return "\n".join([*head, "", *texts.lines(data["lines"], words, tz), "", *foot, ""])


def _cause(data: Any) -> str:
    if data.get("cause_event_id"):
        return f"event {data['cause_event_id']}"
    return f"the reminder that you set (cue {data['cue_id']})"


def _write_once(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    handle, beside = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(beside, path)
    finally:
        os.unlink(beside)
