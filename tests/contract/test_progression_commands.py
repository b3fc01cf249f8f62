"""`explain` and `shadow` read what the service stores on a real engine."""

import asyncio
import json

import pytest

from services.progression.__main__ import main
from services.progression.commands import database
from services.progression.domain.table import RULE_SET
from services.progression.transitions import SERVICE
from shared.mongo.client import connect
from shared.mongo.store import MongoStore
from tests.support.progression_person import Person


@pytest.mark.parametrize("kind", ["engine", "java_engine"])
def test_a_person_of_a_real_database_is_explained_and_compared(
    kind: str,
    namespace: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url, person = request.getfixturevalue(kind), Person().enrol().plan()
    for day in (0, 2, 4, 7):
        person.good_day(day)

    async def stored() -> None:
        client = connect(url, app="test", timeout_ms=5000)
        store = MongoStore(client[f"{namespace}-progression"])
        await store.prepare(SERVICE)
        records: dict[str, list[dict[str, object]]] = {}
        for (name, id_), data in person.records.items():
            whole = {"_id": f"p1:{id_}", "id": id_, "key": "p1", "tenant": "t1", "seq": 1, **data}
            records.setdefault(name, []).append(whole)
        await store.put(records)
        client.close()

    asyncio.run(stored())
    monkeypatch.setattr(database, "PAGE", 3)
    place = ["--mongo-url", url, "--namespace", namespace]

    assert main(["explain", "p1", "--json", *place]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["rule"], told["next_up"]["rule"], told["offer"]["dose"]) == ("R11", "R11", 660)
    assert main(["shadow", "--rules", RULE_SET, "--json", *place]) == 0
    compared = json.loads(capsys.readouterr().out)
    assert (compared["decisions"], compared["differing"]) == (person.state.numbered, 0)
    assert main(["explain", "nobody", *place]) == 2
