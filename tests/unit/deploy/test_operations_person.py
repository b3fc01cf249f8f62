"""A person's own words are opened wherever they lie in a document, and nobody else's."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from deploy.local.topology import Layout
from deploy.operations.erase import files_with, read_words
from deploy.operations.installation import of_layout
from deploy.operations.person import checked, unsealed
from deploy.operations.reach import Reach
from deploy.operations.wrong import WrongQuestion
from shared.sealing import Sealer
from tests.support.key_store import MemoryKeyStore


async def test_words_are_opened_in_fields_in_lists_and_in_json_within_text_and_within_words() -> None:
    sealer = Sealer(MemoryKeyStore(), b"k" * 32)
    mine = await sealer.seal("t", "p1", "the kettle")
    within = await sealer.seal("t", "p1", '{"steps":["rest"]}')
    others = await sealer.seal("t", "p2", "the accordion")
    ring = await sealer.load("t", ["p1"], create=False)
    document: dict[str, Any] = {"a": mine, "b": [others, 3, None], "state": orjson.dumps({"c": {"d": mine}}).decode()}

    opened = unsealed({**document, "plan": within, "half": "{not json"}, "t", "p1", ring)

    assert opened == {
        "a": "the kettle",
        "b": [others, 3, None],
        "state": {"c": {"d": "the kettle"}},
        "plan": {"steps": ["rest"]},
        "half": "{not json",
    }


async def test_after_an_erasure_nothing_is_opened() -> None:
    sealer = Sealer(MemoryKeyStore(), b"k" * 32)
    token = await sealer.seal("t", "p1", "the kettle")
    await sealer.erase("t", "p1")

    assert unsealed({"a": token}, "t", "p1", await sealer.load("t", ["p1"], create=False)) == {"a": token}


def test_words_are_found_across_the_pieces_in_which_a_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.operations.erase._CHUNK", 8)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "segment.log").write_bytes(b"0123456the kettle")
    (tmp_path / "other.log").write_bytes(b"the ket tle")

    assert files_with([tmp_path], [b"accordion", b"the kettle"]) == [str(tmp_path / "deep" / "segment.log")]


async def test_what_is_no_id_and_a_file_without_words_are_wrong_questions(tmp_path: Path) -> None:
    every = of_layout(Layout.of_project())
    async with Reach(every) as reach:
        assert checked(reach, "p1") == "p1"
        for wrong in ("", "a b", "x" * 101, '"$gt"'):
            with pytest.raises(WrongQuestion, match="not the id"):
                checked(reach, wrong)
    fewer = {name: place for name, place in every.services.items() if name != "plans"}
    async with Reach(every.model_copy(update={"services": fewer})) as reach:
        with pytest.raises(WrongQuestion, match="leaves out plans"):
            checked(reach, "p1")
    (tmp_path / "words").write_text("\n \n")
    for file in ("words", "none"):
        with pytest.raises(WrongQuestion):
            read_words(tmp_path / file)
