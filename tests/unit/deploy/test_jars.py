"""Java archives are used only when they are exactly the ones in the lock."""

import hashlib
from pathlib import Path

import pytest
import requests
from jgo.maven import Artifact, PythonResolver

from deploy.local.jars import KAFKA_LOCK, fetch
from deploy.local.trouble import Trouble

CONTENT = b"the archive"
LOCK = f"""
[metadata]
jgo_version = "3"

[[dependencies]]
groupId = "org.example"
artifactId = "thing"
version = "1.0"
packaging = "jar"
sha256 = "{hashlib.sha256(CONTENT).hexdigest()}"
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "jgo.lock.toml"
    path.write_text(LOCK)
    return path


def serve(monkeypatch: pytest.MonkeyPatch, *answers: bytes | Exception) -> list[str]:
    """A repository that gives one answer for each download; the names that were asked for."""
    asked: list[str] = []

    def download(_resolver: PythonResolver, artifact: Artifact) -> Path:
        answer = answers[len(asked)]
        asked.append(artifact.filename)
        if isinstance(answer, Exception):
            raise answer
        path = artifact.cached_path
        assert path is not None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(answer)
        return path

    monkeypatch.setattr(PythonResolver, "download", download)
    return asked


def test_an_archive_is_downloaded_once(lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = serve(monkeypatch, CONTENT)
    steps: list[tuple[int, int]] = []
    first = fetch(lock, tmp_path / "jars", lambda so_far, of: steps.append((so_far, of)))
    assert [jar.read_bytes() for jar in first] == [CONTENT]
    assert fetch(lock, tmp_path / "jars") == first
    assert (asked, steps) == (["thing-1.0.jar"], [(1, 1)])


def test_a_damaged_archive_is_downloaded_again(lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, CONTENT, CONTENT)
    [jar] = fetch(lock, tmp_path / "jars")
    jar.write_bytes(CONTENT[:-1])
    assert fetch(lock, tmp_path / "jars") == [jar]
    assert jar.read_bytes() == CONTENT


def test_another_file_under_the_same_name_is_refused(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, b"something else", CONTENT)
    with pytest.raises(Trouble, match=r"^thing-1\.0\.jar was downloaded, but its SHA-256 is not the one"):
        fetch(lock, tmp_path / "jars")
    assert [jar.read_bytes() for jar in fetch(lock, tmp_path / "jars")] == [CONTENT]


def test_an_unreachable_repository_is_one_sentence(lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, requests.ConnectionError("host:443"), RuntimeError("not found"), OSError(28, "No space left"))
    for sentence in (
        "thing-1.0.jar could not be downloaded: the Maven repository is not reachable.",
        "thing-1.0.jar is not in the Maven repository.",
        "thing-1.0.jar could not be stored: No space left.",
    ):
        with pytest.raises(Trouble) as trouble:
            fetch(lock, tmp_path / "jars")
        assert str(trouble.value) == sentence


def test_the_locks_of_the_project_name_hashes_and_no_addresses() -> None:
    mongo_java = Path(__file__).parents[2] / "support" / "mongo_java" / "jgo.lock.toml"
    for lock in (KAFKA_LOCK, mongo_java):
        text = lock.read_text()
        assert text.count("sha256") == text.count("[[dependencies]]") > 10
        assert "://" not in text


def test_the_broker_s_client_library_is_the_broker_s_own() -> None:
    """A parent of another archive would manage kafka-clients down to a version that the broker does not fit."""
    text = KAFKA_LOCK.read_text()
    assert 'artifactId = "kafka_2.13"\nversion = "4.3.1"' in text
    assert 'artifactId = "kafka-clients"\nversion = "4.3.1"' in text
