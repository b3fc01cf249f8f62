"""What a replay holds in memory: people, the longest untouched leave first, and records not written yet."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable
from itertools import islice
from typing import Final

import orjson

from shared.clock import to_ms
from shared.runtime.aggregate import Aggregate, Codec, Document, encode
from shared.runtime.messages import Service
from shared.runtime.ports import Store

_PAGE: Final = 500
_LEAVE: Final = 10


class Held:
    """At most about so many people and so many records; a store that nobody else writes holds the rest.

    Records are written before the people whose steps made them, so that a person in the store has all of them; only the
    newest of each id is. One write of records is under way while the next people are folded.
    """

    def __init__(self, service: Service, codec: Codec, store: Store, *, people: int, records: int) -> None:
        self._service = service
        self._codec = codec
        self._store = store
        self._most_people = people
        self._most_records = records
        self._people: OrderedDict[str, Aggregate] = OrderedDict()
        self._changed: set[str] = set()
        self._records: dict[tuple[str, str], Document] = {}
        self._writing: asyncio.Task[None] | None = None

    def __getitem__(self, key: str) -> Aggregate:
        """Somebody who was loaded."""
        return self._people[key]

    def __len__(self) -> int:
        """How many people are here."""
        return len(self._people)

    @property
    def waiting(self) -> int:
        """How many records wait to be written."""
        return len(self._records)

    async def load(self, keys: Collection[str]) -> None:
        """Have these people here, new ones too. May raise `DependencyDown`."""
        wanted = [key for key in keys if key not in self._people]
        for start in range(0, len(wanted), _PAGE):
            for document in await self._store.load(wanted[start : start + _PAGE]):
                self._people[document["_id"]] = self._codec.decode(document)
        for key in keys:
            if key not in self._people:
                self._people[key] = self._codec.new(key)
            self._people.move_to_end(key)

    def change(self, key: str) -> None:
        """Note that somebody's aggregate is no longer what lies in the store."""
        self._changed.add(key)

    def put(self, collection: str, document: Document) -> None:
        """Hold a record, in place of an older one of its id."""
        place = (collection, document["_id"])
        self._records.pop(place, None)  # what is put again and again stays among the newest, and in memory
        self._records[place] = document

    async def make_room(self) -> None:
        """Write what is too much. May raise what writing raises, that of the time before too."""
        if len(self._records) > self._most_records:
            await self._settled()
            self._writing = asyncio.create_task(self._lay(self._taken(len(self._records) - self._most_records // 2)))
            await asyncio.sleep(0)
        if len(self._people) > self._most_people:
            leave = len(self._people) - self._most_people + self._most_people // _LEAVE
            oldest = list(islice(self._people, leave))
            if not self._changed.isdisjoint(oldest):
                await self._write_records()
                await self._write_people([key for key in oldest if key in self._changed])
            for key in oldest:
                del self._people[key]

    async def write(self) -> None:
        """Write everything. Raises `DependencyDown`, and `RuntimeError` when somebody else writes this store."""
        await self._write_records()
        await self._write_people(list(self._changed))

    async def _write_records(self) -> None:
        await self._settled()
        while self._records:
            await self._lay(self._taken(_PAGE))

    async def _write_people(self, keys: list[str]) -> None:
        for start in range(0, len(keys), _PAGE):
            page = keys[start : start + _PAGE]
            if not await self._store.fence([self._document(self._people[key]) for key in page]):
                raise RuntimeError("somebody else writes the database of this replay")
            self._changed.difference_update(page)

    def _document(self, aggregate: Aggregate) -> Document:
        due = self._service.due(aggregate.state)
        aggregate.due = None if due is None else max(to_ms(due), aggregate.snooze)
        document = self._codec.encode(aggregate)
        aggregate.v += 1
        return document

    def _taken(self, count: int) -> list[tuple[str, Document]]:
        """The records untouched for longest, which are no longer held."""
        places = list(islice(self._records, count))
        return [(collection, self._records.pop((collection, id))) for collection, id in places]

    async def _lay(self, records: Iterable[tuple[str, Document]]) -> None:
        by_collection: dict[str, list[Document]] = {}
        for collection, document in records:  # JSON types only, as an outbox would have given them
            by_collection.setdefault(collection, []).append(orjson.loads(encode(document)))
        await self._store.lay(by_collection)

    async def _settled(self) -> None:
        """Let the write under way end."""
        writing, self._writing = self._writing, None
        if writing is not None:
            await writing
