"""A backup's folder: whole and unchanged, or refused; readable by its owner alone."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.operations.folder import MANIFEST, Backup, Manifest, Writing
from deploy.operations.wrong import WrongQuestion

MANIFESTO = Manifest(
    service="progression",
    namespace=None,
    state_schema=1,
    taken_at=datetime(2026, 3, 2, tzinfo=UTC),
    group={"session-logging-events": {0: 7}},
    journal={0: 3},
)


def written(folder: Path) -> Path:
    with Writing(folder) as writing:
        writing.write("aggregates", [{"_id": "p1", "v": 1}])
        writing.write(
            "aggregates", [{"_id": "p1", "v": 2}, {"_id": "p2", "v": 1, "at": datetime(2026, 1, 1, tzinfo=UTC)}]
        )
        writing.finish(MANIFESTO)
    return folder


def test_what_was_written_is_read_again_with_where_kafka_was(tmp_path: Path) -> None:
    backup = Backup(written(tmp_path / "b"), "progression", None)

    assert [document["v"] for page in backup.pages("aggregates") for document in page] == [1, 2, 1]
    assert next(iter(backup.pages("aggregates")))[2]["at"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert (backup.manifest.documents, backup.manifest.journal) == ({"aggregates": 3}, {0: 3})
    assert backup.manifest.group == {"session-logging-events": {0: 7}}
    for path in (tmp_path / "b").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(WrongQuestion, match="not empty"):
        Writing(written(tmp_path / "b"))


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (MANIFEST, None, "holds no backup"),
        (MANIFEST, "{}", "not one of a backup"),
        ("aggregates.jsonl", None, "not what was written"),
        ("aggregates.jsonl", '{"_id":"p1","v":1}\n', "not what was written"),
    ],
)
def test_a_folder_that_is_not_what_was_written_is_refused(
    tmp_path: Path, file: str, text: str | None, said: str
) -> None:
    folder = written(tmp_path / "b")
    if text is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(text)

    with pytest.raises(WrongQuestion, match=said):
        Backup(folder, "progression", None)


def test_a_backup_of_something_else_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "b")

    for service, namespace in (("plans", None), ("progression", "east")):
        with pytest.raises(WrongQuestion, match="another installation"):
            Backup(folder, service, namespace)


def test_without_a_folder_it_is_the_backup_of_before_there_was_anything() -> None:
    nothing = Backup(None, "progression", None)

    assert (nothing.collections, nothing.manifest.taken_at.timestamp()) == ([], 0)
