"""Making go wrong what the schedule says, and putting right what can be put right."""

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from deploy.local.engine import Engine
from deploy.local.kafka import Kafka
from shared.runtime.ports import CrashPoint
from tests.chaos.bed import STORE_READY_S, Bed, Instance
from tests.chaos.ledger import Ledger
from tests.chaos.meddling import poison, publish_again
from tests.chaos.operating import operated
from tests.chaos.schedule import Entry
from tests.support.cluster import KILLED
from tests.support.link import Trouble

DIES_WITHIN_S: Final = 45.0
LEAVES_WITHIN_S: Final = 15.0
STAYS_S: Final = 6.0
AWAY_S: Final = 4.0
CUT_WITHIN_S: Final = 3.0
A_WHILE: Final = timedelta(minutes=20)
"""So far the clocks go at a time when somebody is to be spoken to: a cue that is much too late stays silent."""

SPOKEN: Final = frozenset({CrashPoint.AFTER_CLAIM, CrashPoint.AFTER_SEND, CrashPoint.AFTER_OUTCOME})
_ORDERLY: Final = frozenset({None, 0, -15, KILLED})


class Faults:
    """Does one entry of the schedule after the other."""

    def __init__(self, bed: Bed, ledger: Ledger, dice: random.Random, tell: Callable[[str], None]) -> None:
        self._bed = bed
        self._ledger = ledger
        self._dice = dice
        self._tell = tell
        self.deaths: Counter[CrashPoint] = Counter()

    async def do(self, entry: Entry) -> None:
        """One thing goes wrong and, but for a clock, is over on return."""
        what, whom, detail = entry.what, entry.whom, entry.detail
        seconds = float(detail.split()[0]) if " s" in detail else 1.0
        link = self._bed.links.get(whom)
        match what:
            case "kill" if link is not None:
                await self._kill_store(self._store(whom))
            case "kill":
                await self._kill(self._instance(whom))
            case "restart":
                await self._restart(self._instance(whom))
            case "freeze" if link is not None:
                await self._freeze_store(self._store(whom), seconds)
            case "freeze":
                await self._freeze(self._instance(whom), seconds)
            case "slow" | "cut" | "hang" if link is not None:
                whose = detail.partition(" of ")[2]
                delay_s = self._dice.uniform(0.01, 0.06)
                trouble = Trouble("slow" if what == "slow" else "cut" if what == "cut" else "hang", whose, delay_s)
                link.begin(trouble)
                await _lasts(seconds)
                link.end(trouble)
            case "cut produce":
                await self._cut_produces(whom, detail)
            case "publish again":
                self._tell(f"{await publish_again(self._bed, self._ledger, whom, detail)} records published again")
            case "poison":
                await poison(self._bed, self._ledger, self._dice, whom)
            case "clock":
                instance = self._instance(whom)
                instance.jump = timedelta(hours=float(detail.split()[0]))
                self._bed.show_time(instance)
            case "join and leave":
                await self._join_and_leave(whom)
            case "leave outboxes":
                await self._leave_outboxes(whom)
            case "lose database":
                await self._lose_database(whom)
            case "die":
                await self.die(whom, CrashPoint(detail))
            case _:
                raise ValueError(what)

    async def die(self, service: str, point: CrashPoint) -> bool:
        """A process is started to die at a point, and comes back; whether it died there in time."""
        instance = self._bed.instance(service, self._dice.choice("12") if service in self._bed.twice else "1")
        rare = point is CrashPoint.AFTER_DEAD_LETTER or point in SPOKEN
        count = 1 if rare else self._dice.choice((1, 2, 5))
        await asyncio.to_thread(instance.fork.kill)
        await self._bed.start(instance, f"{point.value}:{count}")
        until = asyncio.get_running_loop().time() + DIES_WITHIN_S
        meddled = asyncio.get_running_loop().time() + 3.0
        while instance.fork.running and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.1)
            if asyncio.get_running_loop().time() > meddled:
                meddled += 0.7 if point in SPOKEN else 5.0
                await self._provoke(point)
        died = instance.fork.exit_code == KILLED
        self.deaths[point] += died
        if not died:
            self._tell(f"{instance.name} did not come to {point.value}")
            await asyncio.to_thread(instance.fork.kill)
        await self._bed.start(instance)
        return died

    async def heal(self) -> None:
        """Everybody up, nobody's clock wrong, every link whole."""
        for link in self._bed.links.values():
            link.spare_produces()
        for instance in self._bed.instances:
            if instance.fork.exit_code not in _ORDERLY:
                self._ledger.surprises.append(f"{instance.name} ended by itself with {instance.fork.exit_code}")
            instance.jump = timedelta(0)
            self._bed.show_time(instance)
            if instance.number in "12" and not instance.fork.running:
                await self._bed.start(instance)
        await asyncio.gather(*(self._bed.ready(one) for one in self._bed.instances if one.number in "12"))

    async def _provoke(self, point: CrashPoint) -> None:
        if point is CrashPoint.AFTER_DEAD_LETTER:
            await poison(self._bed, self._ledger, self._dice, "session_logging")
        if point in SPOKEN:
            self._bed.go_on(A_WHILE)

    async def _kill(self, instance: Instance) -> None:
        await asyncio.to_thread(instance.fork.kill)
        await _lasts(self._dice.uniform(0.0, 2.0))
        await self._bed.start(instance)

    async def _restart(self, instance: Instance) -> None:
        instance.fork.ask_to_stop()
        if not await asyncio.to_thread(instance.fork.wait, LEAVES_WITHIN_S):
            self._tell(f"{instance.name} did not leave within {LEAVES_WITHIN_S:.0f} s and was killed")
            await asyncio.to_thread(instance.fork.kill)
        await self._bed.start(instance)

    async def _kill_store(self, store: Kafka | Engine) -> None:
        await asyncio.to_thread(store.kill)
        await _lasts(self._dice.uniform(0.0, 2.0))
        await asyncio.to_thread(store.start, STORE_READY_S)

    async def _freeze(self, instance: Instance, seconds: float) -> None:
        instance.frozen = True
        instance.fork.freeze()
        await _lasts(seconds)
        instance.fork.thaw()
        instance.frozen = False

    async def _freeze_store(self, store: Kafka | Engine, seconds: float) -> None:
        store.child.freeze()
        await _lasts(seconds)
        store.child.thaw()

    async def _cut_produces(self, service: str, where: str) -> None:
        """Three times, each as soon as there is something to cut; where nobody produces for a while, fewer."""
        link = self._bed.kafka_link
        for _ in range(3):
            came = link.cut_next_produce(service, "request" if where == "request" else "answer")
            with suppress(TimeoutError):
                await asyncio.wait_for(came.wait(), CUT_WITHIN_S)
        link.spare_produces()

    async def _leave_outboxes(self, service: str) -> None:
        """What is accepted while Kafka is away lies in outboxes, and those who knew of it die."""
        trouble = Trouble("cut", service)
        self._bed.kafka_link.begin(trouble)
        await _lasts(AWAY_S)
        mine = [one for one in self._bed.instances if one.service == service and one.fork.running]
        for instance in mine:
            await asyncio.to_thread(instance.fork.kill)
        self._bed.kafka_link.end(trouble)
        for instance in mine:
            await self._bed.start(instance)

    async def _lose_database(self, service: str) -> None:
        """A backup is taken, some time goes by, the service stops, its database is lost, and the backup put back."""
        folder, installation = self._bed.folder / f"backup-{service}", self._bed.installation()
        await asyncio.to_thread(operated, installation, "backup", service, str(folder))
        await _lasts(STAYS_S)
        mine = [one for one in self._bed.instances if one.service == service and one.fork.running]
        for instance in mine:
            instance.fork.ask_to_stop()
        for instance in mine:
            if not await asyncio.to_thread(instance.fork.wait, LEAVES_WITHIN_S):
                await asyncio.to_thread(instance.fork.kill)
        engine = self._bed.engines[service]
        await asyncio.to_thread(engine.kill)
        await asyncio.to_thread(shutil.rmtree, self._bed.layout.engine(service))
        await asyncio.to_thread(engine.start, STORE_READY_S)
        back = await asyncio.to_thread(operated, installation, "restore", service, str(folder))
        self._ledger.restored.add(service)
        self._tell(f"put back: {back['documents']}, {back['folded']} journal lines folded, {back['raised']} raised")
        for instance in mine:
            await self._bed.start(instance)

    async def _join_and_leave(self, service: str) -> None:
        """A third process comes and goes: the group is rebalanced twice."""
        third = self._bed.instance(service, "3")
        await self._bed.start(third)
        await self._bed.ready(third)  # it has joined
        await _lasts(STAYS_S)
        third.fork.ask_to_stop()
        if not await asyncio.to_thread(third.fork.wait, LEAVES_WITHIN_S):
            await asyncio.to_thread(third.fork.kill)

    def _instance(self, name: str) -> Instance:
        service, _, number = name.rpartition("-")
        return self._bed.instance(service, number)

    def _store(self, name: str) -> Kafka | Engine:
        return self._bed.kafka if name == "kafka" else self._bed.engines[name]


async def _lasts(seconds: float) -> None:
    """How long a fault lasts: it is part of it, and nothing is waited for."""
    await asyncio.sleep(seconds)
