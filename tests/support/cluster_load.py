"""Load on the toy that keeps account: whatever was answered 201 or lies in a topic must have its effects once."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any, Final

import httpx

from tests.support.checker import Accepted, Verdict, judge_journal, judge_person, judge_topic
from tests.support.cluster import Cluster, Member, eventually
from tests.support.topics import Feed, read_topic
from tests.support.toy import event, session

RETRY_S: Final = 0.1


class Load:
    """Commands over HTTP and sessions over Kafka for a few people, each amount given once."""

    def __init__(self, cluster: Cluster, people: int = 6, seed: int = 1) -> None:
        self.cluster = cluster
        self.people = {f"p{number}": Accepted() for number in range(people)}
        self.random = random.Random(seed)
        self.poisoned = 0
        self._seq = dict.fromkeys(self.people, 0)
        self._number = 0

    async def command(self, members: Sequence[Member], key: str | None = None) -> None:
        """One command, sent again with the same id until one of these members accepts it."""
        key = key or self.random.choice(list(self.people))
        number = self._next()
        id = f"a{number}"
        while True:
            for member in members:
                try:
                    answer = await member.http.post(f"/v1/patients/{key}/adds", json={"id": id, "amount": number})
                except httpx.HTTPError:
                    continue  # the same id again: nobody knows whether it was stored
                if answer.status_code == 201:
                    self.people[key].amounts[id] = number
                    self.people[key].totals[id] = answer.json()["total"]
                    return
                assert answer.status_code == 503, answer.text
            await asyncio.sleep(RETRY_S)

    async def session(self, feed: Feed, *, family: str = "walk", key: str | None = None) -> dict[str, Any]:
        """One session of one person on the topic; `tell` has a message follow from it."""
        key = key or self.random.choice(list(self.people))
        number = self._next()
        self._seq[key] = self._seq.get(key, 0) + 1
        data = session(number, family=family)
        sent = event(key, self._seq[key], data)
        await feed.send(sent)
        if family in ("walk", "tell"):
            self.people[key].amounts[data.session_id] = number
        self.poisoned += family == "poison"
        if family == "tell":
            self.people[key].told.add(data.session_id)
        return sent

    async def run(self, members: Sequence[Member], feed: Feed | None, count: int, *, at_once: int = 4) -> None:
        """`count` commands and, with a feed, as many sessions, every third with a message."""
        slots = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with slots:
                await self.command(members)

        async def sessions() -> None:
            for place in range(count if feed else 0):
                assert feed is not None
                await self.session(feed, family="tell" if place % 3 == 0 else "walk")

        await asyncio.gather(sessions(), *(one() for _ in range(count)))

    async def rest(self, members: Sequence[Member], timeout_s: float = 30.0) -> Verdict:
        """Wait until everything has come to its end, and judge it; the last judgement when it does not in time."""
        verdict = Verdict()

        async def probe() -> Verdict:
            nonlocal verdict
            verdict = await self.judge(members[0])
            assert not verdict.problems, verdict.problems[:5]
            return verdict

        try:
            return await eventually(probe, timeout_s, every_s=0.3)
        except AssertionError:
            return verdict

    async def judge(self, member: Member) -> Verdict:
        """The judgement of what can be seen now: topics, readings over HTTP and the messages that left."""
        prefix = f"{self.cluster.namespace}-progression"
        events, verdict = judge_topic(await read_topic(self.cluster.kafka, f"{prefix}-events"))
        verdict.merge(judge_journal(await read_topic(self.cluster.kafka, f"{prefix}-journal")))
        file = self.cluster.messages
        lines = (await asyncio.to_thread(file.read_text)).splitlines() if file.exists() else []
        sent = [tuple(line.split(" ")) for line in lines]
        for key, accepted in self.people.items():
            if not accepted.amounts:
                continue
            answer = await member.http.get(f"/v1/patients/{key}/tally")
            assert answer.status_code == 200, answer.text
            mine = [id for whose, id in sent if whose == key]
            verdict.merge(judge_person(key, accepted, events.get(key, []), answer.json(), mine))
        return verdict

    def _next(self) -> int:
        self._number += 1
        return self._number
