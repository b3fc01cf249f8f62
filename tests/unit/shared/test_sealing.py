"""Sealing: deterministic, bound to the person, and gone for ever once the key is erased."""

import asyncio
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from shared.sealing import (
    Erased,
    NotSealed,
    Sealer,
    WrongMasterKey,
    derived_key,
    key_id,
    make_master_key,
    read_master_key,
)
from tests.support.key_store import MemoryKeyStore

MASTER = bytes(range(32))


class _Time:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize("text", ["", "a", "the garden again 🌱", "x" * 10_000, "line\nline"])
async def test_a_text_comes_back_as_it_was(text: str) -> None:
    sealer = Sealer(MemoryKeyStore(), MASTER)
    token = await sealer.seal("clinic", "p1", text)
    assert token.startswith("s1.")
    assert await sealer.unseal("clinic", "p1", token) == text


async def test_the_same_text_gives_the_same_token_in_every_process() -> None:
    store = MemoryKeyStore()
    one, other = Sealer(store, MASTER), Sealer(store, MASTER)
    assert await one.seal("clinic", "p1", "why") == await other.seal("clinic", "p1", "why")


async def test_a_token_is_bound_to_its_tenant_and_person() -> None:
    sealer = Sealer(MemoryKeyStore(), MASTER)
    token = await sealer.seal("clinic", "p1", "why")
    assert token != await sealer.seal("clinic", "p2", "why")
    for tenant, key in (("clinic", "p2"), ("other", "p1"), ("clinic", "never-heard-of")):
        await sealer.seal(tenant, "p2", "x")
        with pytest.raises(NotSealed):
            await sealer.unseal(tenant, key, token)


async def test_any_change_to_a_token_is_noticed() -> None:
    sealer = Sealer(MemoryKeyStore(), MASTER)
    token = await sealer.seal("clinic", "p1", "my own words")
    changed = [token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :] for i in range(len(token))]
    for wrong in [*changed, "", "s1.", "plain text", token + "=", token + "\n", token[:-1], "ü" + token]:
        with pytest.raises(NotSealed) as refused:
            await sealer.unseal("clinic", "p1", wrong)
        assert "words" not in str(refused.value)


async def test_an_erased_key_never_comes_back() -> None:
    store = MemoryKeyStore()
    sealer = Sealer(store, MASTER)
    token = await sealer.seal("clinic", "p1", "why")
    await sealer.erase("clinic", "p1")
    for fresh in (sealer, Sealer(store, MASTER)):
        with pytest.raises(Erased):
            await fresh.unseal("clinic", "p1", token)
        with pytest.raises(Erased):
            await fresh.seal("clinic", "p1", "again")
        assert (await fresh.load("clinic", ["p1"])).erased("clinic", "p1")
    assert store.stored[key_id("clinic", "p1")] is None


async def test_erasing_an_unknown_person_forbids_a_key_for_them() -> None:
    sealer = Sealer(MemoryKeyStore(), MASTER)
    await sealer.erase("clinic", "p1")
    with pytest.raises(Erased):
        await sealer.seal("clinic", "p1", "why")


async def test_an_erasure_elsewhere_is_in_force_after_the_time_to_live() -> None:
    store, now = MemoryKeyStore(), _Time()
    here, elsewhere = Sealer(store, MASTER, ttl_s=60, monotonic=now), Sealer(store, MASTER)
    token = await here.seal("clinic", "p1", "why")
    await elsewhere.erase("clinic", "p1")
    now.seconds = 59.9
    assert await here.unseal("clinic", "p1", token) == "why"
    now.seconds = 60.0
    with pytest.raises(Erased):
        await here.unseal("clinic", "p1", token)


async def test_a_batch_needs_one_read_and_one_write_and_then_nothing() -> None:
    store = MemoryKeyStore()
    sealer = Sealer(store, MASTER)
    people = [f"p{i}" for i in range(100)]
    ring = await sealer.load("clinic", people)
    assert (store.reads, store.writes) == (2, 1)
    assert ring.unseal("clinic", "p7", ring.seal("clinic", "p7", b"\x00\xff")) == b"\x00\xff"
    await sealer.load("clinic", people)
    assert (store.reads, store.writes) == (2, 1)


async def test_a_keyring_may_hold_people_of_several_tenants() -> None:
    sealer = Sealer(MemoryKeyStore(), MASTER)
    ring = await sealer.load_people([("a", "p1"), ("b", "p1")])
    assert ring.seal("a", "p1", b"x") != ring.seal("b", "p1", b"x")
    with pytest.raises(KeyError):
        ring.seal("c", "p1", b"x")


async def test_the_cache_stays_bounded() -> None:
    store = MemoryKeyStore()
    sealer = Sealer(store, MASTER, max_keys=2)
    for person in ("p1", "p2", "p3"):
        await sealer.seal("clinic", person, "x")
    reads = store.reads
    await sealer.seal("clinic", "p3", "x")
    assert store.reads == reads
    await sealer.seal("clinic", "p1", "x")
    assert store.reads == reads + 1


async def test_reading_makes_no_key() -> None:
    store = MemoryKeyStore()
    with pytest.raises(NotSealed):
        await Sealer(store, MASTER).unseal("clinic", "p1", "s1.AAAAAAAAAAAAAAAAAAAAAA")
    assert store.stored == {}


class _Slow(MemoryKeyStore):
    """Lets others in between every read and write."""

    async def get(self, ids: Iterable[str]) -> Mapping[str, str | None]:
        found = await super().get(ids)
        await asyncio.sleep(0)
        return found

    async def create(self, wrapped: Mapping[str, str]) -> None:
        await asyncio.sleep(0)
        await super().create(wrapped)


async def test_processes_that_make_a_key_at_once_agree_on_one() -> None:
    store = _Slow()
    tokens = await asyncio.gather(*(Sealer(store, MASTER).seal("clinic", "p1", "why") for _ in range(8)))
    assert len(set(tokens)) == 1
    assert store.writes > 1


async def test_an_erasure_between_read_and_create_wins() -> None:
    store = MemoryKeyStore()

    class Overtaken(MemoryKeyStore):
        async def get(self, ids: Iterable[str]) -> Mapping[str, str | None]:
            return await store.get(ids)

        async def create(self, wrapped: Mapping[str, str]) -> None:
            await store.erase(key_id("clinic", "p1"))
            await store.create(wrapped)

    with pytest.raises(Erased):
        await Sealer(Overtaken(), MASTER).seal("clinic", "p1", "why")


async def test_stored_keys_are_wrapped_and_bound_to_their_owner() -> None:
    store = MemoryKeyStore()
    await Sealer(store, MASTER).load("clinic", ["p1", "p2"])
    with pytest.raises(WrongMasterKey):
        await Sealer(store, bytes(32)).seal("clinic", "p1", "x")
    store.stored[key_id("clinic", "p1")] = store.stored[key_id("clinic", "p2")]
    with pytest.raises(WrongMasterKey):
        await Sealer(store, MASTER).seal("clinic", "p1", "x")


def test_two_people_never_share_a_key_id() -> None:
    with pytest.raises(ValueError, match="colon"):
        key_id("a:b", "c")


def test_a_master_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "master"
    make_master_key(path)
    key = read_master_key(path)
    make_master_key(path)
    assert read_master_key(path) == key
    assert len(key) == 32
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "short", "AAAA", "!" * 43, "A" * 44])
def test_a_wrong_master_key_file_is_refused_without_its_content(tmp_path: Path, content: str) -> None:
    path = tmp_path / "master"
    path.write_text(content)
    with pytest.raises(ValueError, match="32 bytes") as refused:
        read_master_key(path)
    assert not content or content not in str(refused.value)


def test_derived_keys_differ_by_purpose_and_from_the_master_key() -> None:
    assert len({MASTER, derived_key(MASTER, "audit"), derived_key(MASTER, "logs")}) == 3
    assert derived_key(MASTER, "audit") == derived_key(MASTER, "audit")
