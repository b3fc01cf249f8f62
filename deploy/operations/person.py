"""Where a person's data lie: their own documents in every service's database, and what else names them."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from deploy.local.topology import SERVICES
from deploy.operations.reach import Reach
from deploy.operations.wrong import WrongQuestion
from shared.runtime.aggregate import Document
from shared.runtime.letters import COLLECTION as LETTERS
from shared.runtime.replay import AGGREGATES
from shared.sealing import Erased, Keyring, NotSealed

_TOKEN: Final = re.compile(r"s1\.[A-Za-z0-9_\-]{16,}")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-.]{0,99}")


@dataclass(frozen=True, slots=True)
class Place:
    """One document; `own` when it is the person's and nobody else's."""

    service: str
    collection: str
    document: Document
    own: bool

    @property
    def name(self) -> str:
        """Where it is, without what it holds."""
        return f"{self.service} {self.collection} {self.document['_id']}"


def checked(reach: Reach, person: str) -> str:
    """An id as it may stand in a key, asked of every service there is; `WrongQuestion` otherwise."""
    if not _ID.fullmatch(person):
        raise WrongQuestion("That is not the id of a person.")
    if missing := set(SERVICES) - set(reach.names()):
        raise WrongQuestion(f"The installation file leaves out {min(missing)}, which may hold something of them.")
    return person


async def databases_aside(reach: Reach) -> list[str]:
    """Databases of services that run on another one by now: what is in them is old, and still somebody's."""
    found = []
    for name in reach.names():
        found += [one for one in await reach.whole(name, "").relatives() if one != reach.whole(name).name]
    return found


async def places(reach: Reach, person: str) -> AsyncIterator[Place]:
    """Every document of every service that is the person's, or names them. Looks at all documents."""
    for name in reach.names():
        whole = reach.whole(name)
        for collection in await whole.collections():
            async for page in whole.pages(collection):
                for document in page:
                    if _is_own(collection, document, person):
                        yield Place(name, collection, document, True)
                    elif names(document, person):
                        yield Place(name, collection, document, False)


def names(document: Document, text: str) -> bool:
    """Whether a text stands anywhere in a document."""
    return text in orjson.dumps(document, default=str).decode()


async def tenant_of(reach: Reach, person: str, told: str | None) -> str:
    """The person's tenant, as the services have it; `WrongQuestion` when nobody knows them and none was told."""
    for name in reach.names():
        for document in await reach.store(name).load([person]):
            if document["tenant"]:
                return str(document["tenant"])
    if told is None:
        raise WrongQuestion(
            "No service knows this person; where a trace of them may be left all the same, say --tenant."
        )
    return told


def unsealed(value: Any, tenant: str, person: str, ring: Keyring) -> Any:
    """The same with the person's words opened, in JSON within text too; what is not theirs stays as it is."""
    if isinstance(value, dict):
        return {name: unsealed(one, tenant, person, ring) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [unsealed(one, tenant, person, ring) for one in value]
    if not isinstance(value, str):
        return value
    if _TOKEN.fullmatch(value):
        opened = _opened(value, tenant, person, ring)
        return opened if opened == value else _structured(opened, tenant, person, ring)
    return _structured(value, tenant, person, ring)


def _structured(text: str, tenant: str, person: str, ring: Keyring) -> Any:
    """JSON within text as what it is, so that nothing sealed in it is left out."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return unsealed(orjson.loads(text), tenant, person, ring)
    except orjson.JSONDecodeError:
        return text


def _opened(token: str, tenant: str, person: str, ring: Keyring) -> str:
    try:
        return ring.unseal(tenant, person, token).decode()
    except (NotSealed, Erased, KeyError, UnicodeDecodeError):
        return token


def _is_own(collection: str, document: Document, person: str) -> bool:
    if collection == AGGREGATES:
        return bool(document["_id"] == person)
    own: bool = document.get("key") == person
    return own or (collection == LETTERS and document["_id"].startswith(f"tick:{person}:"))
