"""What waited on the disk is stored once and in order when the database is back; what cannot be is set aside."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from services.safety.desk import Desk
from services.safety.replay import UNKNOWN_FOR_S, Replay
from services.safety.spool import ASIDE, Entry, Spool
from services.safety.transitions import SERVICE
from shared.runtime.messages import Refused
from tests.support.rig import Rig

KEY = b"k" * 32
WALL_S = 1_000_000.0


@dataclass
class Place:
    """A desk, its disk and what stores from it."""

    rig: Rig
    spool: Spool
    folder: Path
    wall_s: float = WALL_S
    monotonic_s: float = 0.0

    def __post_init__(self) -> None:
        self.desk = Desk(self.rig.runtime, self.spool, store_s=30.0, spool_s=30.0, again_s=0.0)
        self.replay = Replay(self.rig.runtime, self.spool, wall=lambda: self.wall_s, monotonic=lambda: self.monotonic_s)

    async def take(self, id: str, *yes: str, key: str = "p1", role: str = "patient") -> str:
        at = self.rig.clock.now().isoformat()
        entry = Entry("clinic", key, id, "check_in", yes, at, role, "u1", "app", int(self.wall_s * 1000))
        return (await self.desk.take(entry)).recorded

    def types(self, key: str = "p1") -> list[str]:
        return [event["type"] for event in self.rig.events(key)]

    def flags(self, key: str = "p1") -> list[str]:
        return [e["data"]["flag_id"] for e in self.rig.events(key) if e["type"] == "redflag.raised"]

    def aside(self) -> int:
        return len(list((self.folder / ASIDE).glob("*"))) if (self.folder / ASIDE).exists() else 0

    def metric(self, name: str) -> float | None:
        return self.rig.runtime.metrics.registry.get_sample_value(f"pacewell_{name}", {"service": "safety"})


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    return Place(Rig(SERVICE), Spool(tmp_path / "spool", KEY), tmp_path / "spool")


async def test_what_waited_is_raised_in_order_when_the_database_is_back(place: Place) -> None:
    place.rig.store.down = True
    assert [await place.take(f"f{n}", "chest") for n in range(4)] == ["spooled"] * 4
    assert await place.take("g1", "trauma", key="p2") == "spooled"
    assert place.metric("safety_spool_waiting") == 5
    assert await place.replay.round() is False
    assert len(place.spool) == 5

    place.rig.store.down = False
    assert await place.replay.round() is True
    await place.rig.rest()
    assert place.flags() == ["f0", "f1", "f2", "f3"]
    assert place.types() == ["redflag.raised", "automation.suspended", *["redflag.raised"] * 3]
    assert place.types("p2") == ["redflag.raised", "automation.suspended"]
    assert (len(place.spool), place.metric("safety_spool_waiting")) == (0, 0)


async def test_an_answer_replayed_twice_is_one_flag(place: Place) -> None:
    place.rig.store.down = True
    await place.take("f1", "chest")
    copies = [(path, path.read_bytes()) for path in place.folder.iterdir()]
    place.rig.store.down = False
    await place.replay.round()
    for path, content in copies:  # the file came back: its removal was not yet on the disk when the power failed
        path.write_bytes(content)
    again = Place(place.rig, Spool(place.folder, KEY), place.folder)
    assert len(again.spool) == 1
    assert await again.replay.round() is True
    await place.rig.rest()
    assert place.flags() == ["f1"]


async def test_an_answer_whose_storing_was_not_acknowledged_is_one_flag(place: Place) -> None:
    """The write took effect and the connection broke: it waits on the disk as well, and is stored again in vain."""
    place.rig.store.lose_answers = 1
    first = await place.take("f1", "chest")
    await place.replay.round()
    await place.rig.rest()
    assert first in ("stored", "spooled")
    assert place.flags() == ["f1"]


async def test_a_later_answer_of_the_same_person_waits_behind_the_earlier_one(place: Place) -> None:
    place.rig.store.down = True
    await place.take("f1", "trauma")
    place.rig.store.down = False
    assert await place.take("f2", "chest") == "spooled"
    assert await place.take("g1", "chest", key="p2") == "stored"
    await place.replay.round()
    await place.rig.rest()
    assert place.flags() == ["f1", "f2"]
    assert await place.take("f3", "chest") == "stored"


async def test_the_same_answer_sent_again_while_it_waits_makes_nothing_new(place: Place) -> None:
    place.rig.store.down = True
    assert await place.take("f1", "chest") == "spooled"
    assert await place.take("f1", "chest") == "spooled"
    assert len(place.spool) == 1
    with pytest.raises(Refused, match="id_used_for_other_content"):
        await place.take("f1", "stroke")


async def test_the_same_answer_sent_again_after_it_was_stored_makes_nothing_new(place: Place) -> None:
    place.rig.store.down = True
    await place.take("f1", "chest")
    place.rig.store.down = False
    await place.replay.round()
    assert await place.take("f1", "chest") == "stored"
    await place.rig.rest()
    assert place.flags() == ["f1"]
    with pytest.raises(Refused) as refusal:
        await place.take("f1", "stroke")
    assert refusal.value.status == 409


async def test_staffs_answer_waits_for_the_enrolment_and_is_set_aside_when_none_comes(place: Place) -> None:
    place.rig.store.down = True
    await place.take("f1", "chest", role="clinician")
    await place.take("g1", "chest", key="p2")
    place.rig.store.down = False
    assert await place.replay.round() is True
    assert (len(place.spool), place.aside()) == (1, 0)
    place.monotonic_s += 10
    await place.replay.round()
    assert len(place.spool) == 1

    place.wall_s += UNKNOWN_FOR_S
    place.monotonic_s += 10
    await place.replay.round()
    assert (len(place.spool), place.aside(), place.metric("safety_spool_set_aside_total")) == (0, 1, 1)
    await place.rig.rest()
    assert (place.flags("p2"), place.rig.store.aggregates.get("p1")) == (["g1"], None)


async def test_an_unreadable_file_is_set_aside_and_stops_nothing(place: Place) -> None:
    place.rig.store.down = True
    await place.take("f1", "chest")
    await place.take("f2", "trauma")
    torn = min(place.folder.iterdir())
    torn.write_bytes(torn.read_bytes()[:30])
    place.rig.store.down = False
    assert await place.replay.round() is True
    await place.rig.rest()
    assert (place.flags(), place.aside(), place.metric("safety_spool_set_aside_total")) == (["f2"], 1, 1)


async def test_how_many_lie_set_aside_is_told_until_somebody_takes_them_away(place: Place) -> None:
    assert await place.spool.aside() == 0
    place.rig.store.down = True
    await place.take("f1", "chest")
    (torn,) = place.folder.iterdir()
    torn.write_bytes(b"")
    place.rig.store.down = False
    await place.replay.round()
    assert await place.spool.aside() == 1
    (place.folder / ASIDE / torn.name).unlink()
    assert await place.spool.aside() == 0


async def test_an_answer_that_is_refused_for_ever_is_set_aside(place: Place) -> None:
    await place.take("f1", "chest")
    waits = Entry("clinic", "p1", "f1", "check_in", ("stroke",), "2026-03-02T09:00:00Z", "patient", "u1", "app", 1)
    await place.spool.append(waits)
    await place.spool.append(replace(waits, id="f2"))
    assert await place.replay.round() is True
    await place.rig.rest()
    assert (place.flags(), place.aside()) == (["f1", "f2"], 1)


async def test_a_database_that_hangs_ends_the_round_and_loses_nothing(place: Place) -> None:
    place.rig.store.down = True
    await place.take("f1", "chest")
    place.rig.store.down = False
    place.rig.life.stall_before("load")
    place.replay = Replay(place.rig.runtime, place.spool, store_s=0.01)
    assert await place.replay.round() is False
    assert len(place.spool) == 1
    place.rig.life.go_on()
    place.replay = Replay(place.rig.runtime, place.spool, store_s=30.0)
    assert await place.replay.round() is True
    await place.rig.rest()
    assert place.flags() == ["f1"]


async def test_a_person_of_whom_too_much_waits_holds_up_nobody_else(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = place.rig.runtime.execute

    async def full(**given: Any) -> Any:
        if given["key"] == "p1":
            raise Refused(503, "catching_up", "Too much is waiting to be sent.")
        return await execute(**given)

    monkeypatch.setattr(place.rig.runtime, "execute", full)
    assert await place.take("f1", "chest") == "spooled"
    assert await place.take("g1", "chest", key="p2") == "stored"
    assert await place.replay.round() is True
    assert len(place.spool) == 1
    monkeypatch.undo()
    place.monotonic_s += 10
    await place.replay.round()
    await place.rig.rest()
    assert (place.flags(), len(place.spool)) == (["f1"], 0)
