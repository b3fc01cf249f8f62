"""Answers that cannot be stored now, one sealed file each on the local disk, until the database is back."""

import asyncio
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MOST: Final = 20_000
"""So many answers wait at most; what comes then is not kept, and the person is told to phone."""

MOST_OF_ONE: Final = 200
"""And so many of one person, so that nobody takes the room of others: what they said first is what must be raised."""

ASIDE: Final = "refused"
SUFFIX: Final = ".sealed"
_NONCE_BYTES: Final = 12


class Unreadable(Exception):
    """A file of the spool must hold one whole answer, sealed by this installation."""


class SpoolFull(OSError):
    """No more answers fit."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer with all that is needed to store it later, as if it were now; `answered_at` as ISO text."""

    tenant: str
    key: str
    id: str
    context: str
    yes: tuple[str, ...]
    answered_at: str
    role: str
    subject: str
    source: str
    spooled_at_ms: int


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """The name of a file: its number gives the order; person, id and content are hashes under a secret key."""

    number: int
    person: str
    id: str
    content: str

    @property
    def file(self) -> str:
        """As it is on the disk."""
        return f"{self.number:012d}-{self.person}-{self.id}-{self.content}{SUFFIX}"


class Spool:
    """The files of one process, in order per person. Made of whole files only: written aside, synced, then renamed.

    The index lies in memory, so that asking it never touches the disk; a file put back by hand is seen after a restart.
    """

    def __init__(self, folder: Path, key: bytes, *, most: int = MOST) -> None:
        self._folder = folder
        self._key = key
        self._seal = AESGCM(key)
        self._most = most
        self._names: dict[str, dict[int, Name]] = {}
        self._writing: dict[str, int] = {}
        self._later: dict[Name, float] = {}
        self._wake = asyncio.Event()
        for name in sorted(_listed(folder)):
            self._names.setdefault(name.person, {})[name.number] = name
        self._next = 1 + max((n for names in self._names.values() for n in names), default=0)

    def __len__(self) -> int:
        """How many answers wait."""
        return sum(map(len, self._names.values()))

    def waits(self, tenant: str, key: str) -> bool:
        """Whether answers of this person wait, or are just being written: what they say next must wait behind them."""
        person = self._hash(tenant, key)
        return bool(self._names.get(person)) or person in self._writing

    def same(self, entry: Entry) -> bool | None:
        """Whether an answer of this id waits with the same content; None when none of this id does."""
        person, id = self._hash(entry.tenant, entry.key), self._hash(entry.id)
        for name in self._names.get(person, {}).values():
            if name.id == id:
                return name.content == self._content(entry)
        return None

    async def append(self, entry: Entry) -> None:
        """Put an answer to the disk; on return it is there even if the power fails. `OSError` where that fails."""
        if len(self) + sum(self._writing.values()) >= self._most:
            raise SpoolFull
        person = self._hash(entry.tenant, entry.key)
        if len(self._names.get(person, ())) + self._writing.get(person, 0) >= MOST_OF_ONE:
            raise SpoolFull
        name = Name(self._next, person, self._hash(entry.id), self._content(entry))
        self._next += 1
        self._writing[person] = self._writing.get(person, 0) + 1
        try:
            await asyncio.to_thread(self._write, name, self._sealed(name, entry))
            self._names.setdefault(person, {})[name.number] = name
        finally:
            self._writing[person] -= 1
            if not self._writing[person]:
                del self._writing[person]
            self._wake.set()

    def heads(self, now_s: float, limit: int = 64) -> list[Name]:
        """The oldest answer of each person whose turn it is: not while an older one of theirs may still be written."""
        heads = [min(names.values()) for person, names in self._names.items() if person not in self._writing and names]
        return sorted(name for name in heads if self._later.get(name, 0.0) <= now_s)[:limit]

    async def read(self, name: Name) -> Entry:
        """The answer in a file; raises `Unreadable` for a torn or foreign one, `OSError` where the disk fails."""
        try:
            raw = await asyncio.to_thread((self._folder / name.file).read_bytes)
            found: Any = orjson.loads(self._seal.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], name.file.encode()))
            return Entry(**{**found, "yes": tuple(found["yes"])})
        except (FileNotFoundError, InvalidTag, ValueError, TypeError, KeyError):
            raise Unreadable from None

    def later(self, name: Name, at_s: float) -> None:
        """Leave this answer, and what the person said after it, until this moment (of the monotonic clock)."""
        self._later[name] = at_s

    async def remove(self, name: Name) -> None:
        """Forget an answer that was stored; should its file come back after a power failure, it still counts once."""
        await asyncio.to_thread((self._folder / name.file).unlink, missing_ok=True)
        self._forget(name)

    async def set_aside(self, name: Name) -> None:
        """Keep an answer that can never be stored as it is, out of the way, for a person to look at."""
        await asyncio.to_thread(self._move_aside, name)
        self._forget(name)

    async def aside(self) -> int:
        """How many answers lie set aside until somebody puts them back or takes them away."""
        return await asyncio.to_thread(lambda: sum(1 for _ in (self._folder / ASIDE).glob(f"*{SUFFIX}")))

    async def changed(self, timeout_s: float) -> None:
        """Return when an answer was put in, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()
        self._wake.clear()

    def _forget(self, name: Name) -> None:
        names = self._names.get(name.person, {})
        names.pop(name.number, None)
        if not names:
            self._names.pop(name.person, None)
        self._later.pop(name, None)

    def _move_aside(self, name: Name) -> None:
        aside = self._folder / ASIDE
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            (self._folder / name.file).rename(aside / name.file)

    def _write(self, name: Name, sealed: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part, whole = self._folder / f"{name.file}.part", self._folder / name.file
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            part.rename(whole)
        except OSError:
            with suppress(OSError):
                part.unlink()
            raise
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _sealed(self, name: Name, entry: Entry) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, orjson.dumps(asdict(entry)), name.file.encode())

    def _content(self, entry: Entry) -> str:
        return self._hash(entry.context, *sorted(set(entry.yes)))

    def _hash(self, *parts: str) -> str:
        return blake2b(orjson.dumps(parts), key=self._key, digest_size=12).hexdigest()


def _listed(folder: Path) -> list[Name]:
    """The whole files of a folder; what was being written when the process ended was never promised, and is removed."""
    names = []
    with suppress(OSError):
        for path in folder.iterdir():
            if path.name.endswith(".part"):
                path.unlink(missing_ok=True)
            parts = path.name.removesuffix(SUFFIX).split("-")
            if path.name.endswith(SUFFIX) and len(parts) == len(Name.__slots__) and parts[0].isdecimal():
                names.append(Name(int(parts[0]), *parts[1:]))
    return names
