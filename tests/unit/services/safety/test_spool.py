"""Answers on the disk: whole or not there at all, sealed, in order, and read again by the next process."""

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import services.safety.spool
from services.safety.spool import ASIDE, Entry, Name, Spool, SpoolFull, Unreadable

KEY = b"k" * 32
NOW_S = 1000.0


def entry(id: str, *yes: str, key: str = "p1") -> Entry:
    return Entry("clinic", key, id, "check_in", yes, "2026-03-02T09:00:00+00:00", "patient", "u1", "app", 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def ids(spool: Spool) -> list[str]:
    return [(await spool.read(name)).id for name in spool.heads(NOW_S)]


async def test_an_answer_is_read_back_as_it_was(folder: Path) -> None:
    spool = Spool(folder, KEY)
    await spool.append(entry("f1", "chest", "crash"))
    (name,) = spool.heads(NOW_S)
    assert await spool.read(name) == entry("f1", "chest", "crash")


async def test_answers_of_one_person_come_one_by_one_in_order_and_survive_the_process(folder: Path) -> None:
    spool = Spool(folder, KEY)
    for id in ("f1", "f2", "f3"):
        await spool.append(entry(id))
    await spool.append(entry("g1", key="p2"))
    assert await ids(spool) == ["f1", "g1"]

    spool = Spool(folder, KEY)
    assert len(spool) == 4
    order = []
    while heads := spool.heads(NOW_S):
        order.append((await spool.read(heads[0])).id)
        await spool.remove(heads[0])
    assert order == ["f1", "f2", "f3", "g1"]
    assert (len(spool), len(Spool(folder, KEY))) == (0, 0)


async def test_what_comes_after_a_restart_comes_after_what_waited(folder: Path) -> None:
    await Spool(folder, KEY).append(entry("f1"))
    spool = Spool(folder, KEY)
    await spool.append(entry("f2"))
    await spool.remove(spool.heads(NOW_S)[0])
    assert await ids(spool) == ["f2"]


async def test_file_and_folder_are_the_owners_alone_and_hold_nothing_that_can_be_read(folder: Path) -> None:
    await Spool(folder, KEY).append(entry("flag-one", "self_harm", key="person-one"))
    (file,) = files(folder)
    assert mode(file) == 0o600
    assert mode(folder) == 0o700
    for word in (b"flag-one", b"person-one", b"self_harm", b"clinic", b"patient"):
        assert word not in file.read_bytes()
        assert word not in file.name.encode()


async def test_the_file_and_its_folder_are_synced_before_the_answer_is_called_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    sync = os.fsync

    def noted(handle: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{handle}")).name)
        sync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    await Spool(folder, KEY).append(entry("f1"))
    (file,) = files(folder)
    assert synced == [f"{file.name}.part", folder.name]


async def test_a_write_that_was_cut_off_was_never_promised_and_is_cleared_away(folder: Path) -> None:
    await Spool(folder, KEY).append(entry("f1"))
    whole = files(folder)[0]
    (folder / f"{whole.name.replace('000001', '000002')}.part").write_bytes(whole.read_bytes()[:20])
    assert await ids(Spool(folder, KEY)) == ["f1"]
    assert files(folder) == [whole]


@pytest.mark.parametrize("kept", [0, 5, 60])
async def test_a_torn_file_is_told_and_does_not_stop_the_others(folder: Path, kept: int) -> None:
    spool = Spool(folder, KEY)
    await spool.append(entry("f1"))
    await spool.append(entry("f2"))
    first = spool.heads(NOW_S)[0]
    (folder / first.file).write_bytes((folder / first.file).read_bytes()[:kept])
    with pytest.raises(Unreadable):
        await spool.read(first)
    await spool.set_aside(first)
    assert await ids(spool) == ["f2"]
    assert [path.name for path in (folder / ASIDE).iterdir()] == [first.file]


async def test_a_file_of_another_key_or_under_another_name_opens_to_nobody(folder: Path) -> None:
    spool = Spool(folder, KEY)
    await spool.append(entry("f1"))
    (name,) = spool.heads(NOW_S)
    with pytest.raises(Unreadable):
        await Spool(folder, b"x" * 32).read(name)
    moved = replace(name, number=9)
    (folder / name.file).rename(folder / moved.file)
    with pytest.raises(Unreadable):
        await spool.read(moved)


async def test_a_file_that_was_put_back_is_taken_up_after_a_restart(folder: Path) -> None:
    spool = Spool(folder, KEY)
    await spool.append(entry("f1"))
    (name,) = spool.heads(NOW_S)
    await spool.set_aside(name)
    assert len(Spool(folder, KEY)) == 0
    (folder / ASIDE / name.file).rename(folder / name.file)
    assert await ids(Spool(folder, KEY)) == ["f1"]


async def test_an_id_that_waits_is_known_with_its_content(folder: Path) -> None:
    spool = Spool(folder, KEY)
    await spool.append(entry("f1", "chest", "crash"))
    assert spool.same(entry("f1", "crash", "chest")) is True
    assert spool.same(entry("f1", "chest")) is False
    assert spool.same(entry("f2", "chest", "crash")) is None
    assert spool.same(entry("f1", "chest", "crash", key="p2")) is None
    assert (spool.waits("clinic", "p1"), spool.waits("clinic", "p2"), spool.waits("other", "p1")) == (
        True, False, False,
    )  # fmt: skip


async def test_who_is_to_wait_holds_up_nobody_else(folder: Path) -> None:
    spool = Spool(folder, KEY)
    for id, key in (("f1", "p1"), ("f2", "p1"), ("g1", "p2")):
        await spool.append(entry(id, key=key))
    spool.later(spool.heads(NOW_S)[0], NOW_S + 5)
    assert await ids(spool) == ["g1"]
    assert [(await spool.read(name)).id for name in spool.heads(NOW_S + 5)] == ["f1", "g1"]


async def test_what_does_not_fit_is_refused(folder: Path) -> None:
    spool = Spool(folder, KEY, most=1)
    await spool.append(entry("f1"))
    with pytest.raises(SpoolFull):
        await spool.append(entry("f2"))


async def test_nobody_takes_the_room_of_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services.safety.spool, "MOST_OF_ONE", 2)
    spool = Spool(folder, KEY)
    await spool.append(entry("f1"))
    await spool.append(entry("f2"))
    with pytest.raises(SpoolFull):
        await spool.append(entry("f3"))
    await spool.append(entry("g1", key="p2"))
    assert len(spool) == 3


@pytest.mark.parametrize("what", ["fsync", "open"])
async def test_a_full_disk_is_an_error_and_leaves_nothing_new_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    spool = Spool(folder, KEY)
    await spool.append(entry("f0", key="p0"))
    before = files(folder)

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, what, full)
    with pytest.raises(OSError, match="space"):
        await spool.append(entry("f1"))
    monkeypatch.undo()
    assert (files(folder), len(spool), spool.waits("clinic", "p1")) == (before, 1, False)


def test_names_are_ordered_by_their_number() -> None:
    later = Name(10, "a", "a", "a")
    assert Name(9, "b", "b", "b") < later
