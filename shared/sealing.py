"""What a person wrote, sealed with a key of the person's own, which can be thrown away.

Every person has a random 64-byte key. It is stored wrapped under the installation's master key, in a database of its
own, and erasing it makes everything sealed with it unreadable wherever copies lie. Sealing is deterministic (AES-SIV),
so the same words give the same token and equal states stay equal bytes; the token is bound to its tenant and person.
"""

import base64
import binascii
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER_KEY_BYTES: Final = 32
_PERSON_KEY_BYTES: Final = 64
_NONCE_BYTES: Final = 12
_SEALED: Final = "s1."
_WRAPPED: Final = "w1."


class NotSealed(ValueError):
    """A token must be one that was sealed for this tenant and person, unchanged."""

    def __init__(self) -> None:
        super().__init__("not sealed for this person, or changed since")


class Erased(Exception):
    """The person's key was thrown away: nothing can be sealed for them or opened any more."""

    def __init__(self) -> None:
        super().__init__("the person's key was erased")


class WrongMasterKey(Exception):
    """The master key must be the one under which the stored keys were wrapped."""

    def __init__(self) -> None:
        super().__init__("the master key does not open the stored keys")


class KeyStore(Protocol):
    """Where wrapped keys live: one text per id, or a tombstone; both stay what they are."""

    async def get(self, ids: Iterable[str]) -> Mapping[str, str | None]:
        """The wrapped keys of these ids; None stands for a tombstone, an id never heard of is left out."""
        ...

    async def create(self, wrapped: Mapping[str, str]) -> None:
        """Insert each key unless its id exists, key or tombstone, which then stays; durable on return."""
        ...

    async def erase(self, id: str) -> None:
        """Replace the key by a tombstone for ever, also where there was none; durable on return."""
        ...


class Keyring:
    """The loaded keys of some people: seals and opens without waiting, for as long as one batch takes."""

    def __init__(self, ciphers: Mapping[str, AESSIV | None]) -> None:
        self._ciphers = ciphers

    def seal(self, tenant: str, key: str, plain: bytes) -> str:
        """The token of these bytes; `Erased` if the key was thrown away, `KeyError` if it was not loaded."""
        sealed = self._cipher(tenant, key).encrypt(plain, [tenant.encode(), key.encode()])
        return _SEALED + _text(sealed)

    def unseal(self, tenant: str, key: str, token: str) -> bytes:
        """The bytes of a token; `Erased` if the key was thrown away, `NotSealed` if they are not this person's."""
        cipher = self._cipher(tenant, key)
        try:
            return cipher.decrypt(_bytes(_SEALED, token), [tenant.encode(), key.encode()])
        except (InvalidTag, ValueError):
            raise NotSealed from None

    def holds(self, tenant: str, key: str) -> bool:
        """Whether this person's key was asked for and is known, be it as thrown away."""
        return key_id(tenant, key) in self._ciphers

    def erased(self, tenant: str, key: str) -> bool:
        """Whether the key of a loaded person was thrown away."""
        return self._ciphers[key_id(tenant, key)] is None

    def _cipher(self, tenant: str, key: str) -> AESSIV:
        cipher = self._ciphers[key_id(tenant, key)]
        if cipher is None:
            raise Erased
        return cipher


class Sealer:
    """Loads people's keys, makes missing ones, and remembers them for at most `ttl_s` seconds.

    An erasure in another process is therefore in force here after `ttl_s`; in this process at once.
    """

    def __init__(
        self,
        store: KeyStore,
        master_key: bytes,
        *,
        ttl_s: float = 60.0,
        max_keys: int = 20_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._master = AESGCM(_checked(master_key))
        self._ttl_s = ttl_s
        self._max_keys = max_keys
        self._monotonic = monotonic
        self._cache: OrderedDict[str, tuple[float, AESSIV | None]] = OrderedDict()

    async def load(self, tenant: str, keys: Iterable[str], *, create: bool = True) -> Keyring:
        """The keys of some people of one tenant, in one read, and one write if some are new."""
        return await self.load_people(((tenant, key) for key in keys), create=create)

    async def load_people(self, people: Iterable[tuple[str, str]], *, create: bool = True) -> Keyring:
        """As `load`, for (tenant, key) pairs of any tenants; with `create=False` an unknown person has no key."""
        wanted = {key_id(tenant, key) for tenant, key in people}
        now = self._monotonic()
        ring: dict[str, AESSIV | None] = {}
        for id in wanted:
            if (entry := self._cache.get(id)) is not None and entry[0] > now:
                self._cache.move_to_end(id)
                ring[id] = entry[1]
        if missing := wanted - ring.keys():
            ring.update(await self._fetch(missing, create))
        return Keyring(ring)

    async def seal(self, tenant: str, key: str, text: str) -> str:
        """The token of a text; the same text of the same person always gives the same. `Erased` after an erasure."""
        return (await self.load(tenant, [key])).seal(tenant, key, text.encode())

    async def unseal(self, tenant: str, key: str, token: str) -> str:
        """The text of a token; `NotSealed` if it is not one of this person, `Erased` after an erasure."""
        ring = await self.load(tenant, [key], create=False)
        try:
            return ring.unseal(tenant, key, token).decode()
        except KeyError:
            raise NotSealed from None

    async def erase(self, tenant: str, key: str) -> None:
        """Throw a person's key away, for ever: no new one is made for them."""
        id = key_id(tenant, key)
        await self._store.erase(id)
        self._remember(id, None)

    async def _fetch(self, ids: set[str], create: bool) -> dict[str, AESSIV | None]:
        stored = dict(await self._store.get(ids))
        if create and (new := ids - stored.keys()):
            await self._store.create({id: self._wrap(id, os.urandom(_PERSON_KEY_BYTES)) for id in new})
            stored.update(await self._store.get(new))  # whoever was first won
        found = {id: None if text is None else AESSIV(self._unwrap(id, text)) for id, text in stored.items()}
        for id, cipher in found.items():
            self._remember(id, cipher)
        return found

    def _remember(self, id: str, cipher: AESSIV | None) -> None:
        self._cache[id] = (self._monotonic() + self._ttl_s, cipher)
        self._cache.move_to_end(id)
        while len(self._cache) > self._max_keys:
            self._cache.popitem(last=False)

    def _wrap(self, id: str, key: bytes) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        return _WRAPPED + _text(nonce + self._master.encrypt(nonce, key, id.encode()))

    def _unwrap(self, id: str, text: str) -> bytes:
        try:
            raw = _bytes(_WRAPPED, text)
            return self._master.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], id.encode())
        except (InvalidTag, ValueError):
            raise WrongMasterKey from None


def key_id(tenant: str, key: str) -> str:
    """The id of a person's key; a tenant has no colon in its name, so no two people share one."""
    if ":" in tenant:
        raise ValueError("a tenant has no colon in its name")
    return f"{tenant}:{key}"


def make_master_key(path: Path) -> None:
    """Make a random master key in a file that only its owner reads; an existing file is left alone."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        file.write(_text(os.urandom(MASTER_KEY_BYTES)) + "\n")


def read_master_key(path: Path) -> bytes:
    """The 32 bytes of a master key file (base64url); `ValueError`, without its content, if it holds anything else."""
    try:
        return _checked(_bytes("", path.read_text().strip().rstrip("=")))
    except NotSealed:
        raise ValueError("a master key file holds 32 bytes in base64url") from None


def derived_key(master_key: bytes, purpose: str) -> bytes:
    """A 32-byte key for another purpose, from which the master key cannot be found (HKDF-SHA256)."""
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"pacewell:{purpose}".encode()).derive(_checked(master_key))


def _checked(master_key: bytes) -> bytes:
    if len(master_key) != MASTER_KEY_BYTES:
        raise ValueError("a master key file holds 32 bytes in base64url")
    return master_key


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(prefix: str, text: str) -> bytes:
    """The bytes behind the prefix; one spelling only, so that no two texts mean the same."""
    body = text.removeprefix(prefix)
    try:
        raw = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotSealed from None
    if prefix + _text(raw) != text:
        raise NotSealed
    return raw
