"""The ways to reach a person; in local mode every message is a file that a person can read."""

import asyncio
import os
import re
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

from services.reminders.contact import Contact, contact
from services.reminders.texts import Catalogue, catalogue
from shared.clinics import Clinics
from shared.runtime.messages import Effect
from shared.runtime.ports import ChannelFailed

Unseal = Callable[[str, str, str], Awaitable[str]]
"""(tenant, key, token) -> the person's own words."""

_SAFE: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._\-]{0,99}$")


class FileChannel:
    """The in-app inbox of local mode: one UTF-8 file per message, in a folder per person.

    A file is complete or not there, and the same effect never writes twice: its name is its local time and its id, both
    decided before it was sent. Its last line names a human of the person's clinic. The person sees a message once
    however often it is sent; each sending after the first leaves an empty file beside it (`.2.again`, `.3.again` …), so
    that whoever looks after the installation sees what no reader does.
    """

    def __init__(self, folder: Path, unseal: Unseal, clinics: Clinics) -> None:
        self._folder = folder
        self._unseal = unseal
        self._clinics = clinics

    async def send(self, effect: Effect, key: str, tenant: str) -> None:
        """Lay the message down; `ChannelFailed` when an id cannot be a file name, `OSError` when the disk fails."""
        if not _SAFE.match(key) or not _SAFE.match(effect.id):
            raise ChannelFailed("no_such_folder")
        words = {
            name: await self._unseal(tenant, key, token)
            for name in ("situation", "action")
            if (token := effect.data.get(name))
        }
        text = render(effect, key, words, contact(self._clinics, tenant, effect.data["locale"]))
        moment = datetime.fromisoformat(effect.data["local_time"])
        name = f"{moment:%Y-%m-%dT%H-%M-%S}_{effect.id}.txt"
        await asyncio.to_thread(_write_once, self._folder / key / name, text)


def render(effect: Effect, key: str, words: dict[str, str], human: Contact) -> str:
    """The whole file in the person's language: to whom, when in their own time, what, why, and whom they can reach."""
    data = effect.data
    texts, tz = catalogue(data["locale"]), data["tz"]
    moment = datetime.fromisoformat(data["local_time"])

    def told(name: str, **params: str) -> str:
        return texts.text(name, params, tz) or ""

    head = [
        told("file.to", person=key),
        told("file.time", time=f"{moment:%Y-%m-%d %H:%M}", tz=tz),
        told("file.about", kind=told(f"kind.{data['kind']}")),
    ]
    foot = [_cause(data, texts), told("file.message", message=effect.id)]
    body, closing = texts.message(data["lines"], {**words, **human.facts()}, tz, human.closing)
    return texts.page([*head, "", *body, "", *foot, "", closing])


def _cause(data: Any, texts: Catalogue) -> str:
    if data.get("cause_event_id"):
        return texts.text("file.because.event", {"event": data["cause_event_id"]}, "UTC") or ""
    return texts.text("file.because.cue", {"cue": data["cue_id"]}, "UTC") or ""


def _write_once(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        _note_again(path)
        return
    handle, beside = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
    except FileExistsError:
        _note_again(path)
    finally:
        os.unlink(beside)


def _note_again(path: Path) -> None:
    """One more empty file; each number is given once, whoever writes at the same time."""
    for number in count(2):
        with suppress(FileExistsError):
            path.with_suffix(f".{number}.again").touch(exist_ok=False)
            return
