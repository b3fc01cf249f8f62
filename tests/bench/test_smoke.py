"""Every bench on a broker runs at its smallest size, and every contender ends where it must."""

import asyncio
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from tests.bench import growth, pipeline, replay
from tests.bench.bed import CONTENDERS, Bed, Ran, RunFailed, result, started
from tests.bench.contenders import single
from tests.bench.contenders.loops import NESTED, TEXT, Loop
from tests.bench.workload import Workload, expected


@pytest.fixture
def bed(kafka: str, tmp_path: Path) -> Bed:
    """The broker of all tests, and a folder of this one."""
    return Bed(tmp_path, kafka)


def nothing(_: int, __: int) -> None:
    """Nobody looks at the progress."""


async def test_every_contender_ends_in_the_same_state(bed: Bed) -> None:
    """Ours, with a store that others fill too, and the one with older libraries run as processes, the others here."""
    work = Workload(people=10, window=3, events=20, history=3)
    await asyncio.to_thread(bed.lay, work)
    with bed.engines() as (engine, keys, folder):
        jobs = {
            name: replace(bed.job(work, engine, keys, folder), run=f"smoke-{number}")
            for number, name in enumerate(pipeline.TINY.contenders)
        }
        jobs["ours"] = replace(jobs["ours"], others=5)
        here = {
            "floor": Loop(jobs["floor"], NESTED, durable=True).run(),
            "floor_text": Loop(jobs["floor_text"], TEXT, durable=True).run(),
            "floor_unsafe": Loop(jobs["floor_unsafe"], NESTED, durable=False).run(),
            "faststream_single": single.run(jobs["faststream_single"]),
        }
        with started("ours", jobs["ours"]) as ours, started("quix", jobs["quix"]) as quix:
            ran = {name: Ran(**orjson.loads(await told)) for name, told in here.items()}
            ran["ours"] = await asyncio.to_thread(result, ours, "ours", jobs["ours"])
            ran["quix"] = await asyncio.to_thread(result, quix, "quix", jobs["quix"])

    found = pipeline.judged({name: [run] for name, run in ran.items()}, dict.fromkeys(ran, expected(work)))
    assert found["state_as_expected"] == dict.fromkeys(pipeline.TINY.contenders, True)
    assert set(found["ours_times"]) == set(pipeline.RIVALS)
    assert all(run.seconds > 0 and run.cpu_s > 0 for run in ran.values())


def test_a_replay_is_measured_and_equals_the_live_state(bed: Bed) -> None:
    plan = replay.TINY

    found = replay.measure(bed, plan, nothing)

    assert (found["equal"], found["lines"]) == (True, plan.sessions + 2 * plan.people)
    assert found["replay_per_s"] > 0
    assert found["memory_mb_of_a_tenth"] > 0


def test_growth_is_measured(bed: Bed) -> None:
    found = growth.measure(bed, growth.TINY, nothing)

    costs = [*found["people"].values(), *found["years"].values()]
    assert len(costs) == len(growth.TINY.people) + len(growth.TINY.years)
    assert all(cost["ms"] > 0 for cost in costs)


def test_a_contender_that_dies_is_no_result(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONTENDERS, "ours", ("no_such_contender",))

    with pytest.raises(RunFailed, match="no result"):
        bed.run("ours", Workload(1, 3, 1))
