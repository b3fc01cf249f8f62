"""Fetch the Java archives that a `jgo.lock.toml` names, each checked against its SHA-256 before it is used."""

import fcntl
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import requests
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.env import LockedDependency, LockFile
from jgo.maven import Artifact, MavenContext, PythonResolver

from deploy.local.trouble import Trouble

KAFKA_LOCK: Final = Path(__file__).with_name("jgo.lock.toml")
_AT_ONCE: Final = 4
_TIMEOUT_S: Final = 30

Progress = Callable[[int, int], None]


def fetch(lock: Path, folder: Path, progress: Progress | None = None) -> list[Path]:
    """The archives of the lock in `folder`, sorted by name; what is missing or damaged there is downloaded.

    The Maven repositories are those of the user's own jgo configuration, by default Maven Central. `progress` is called
    with the archives that are ready and how many there are. `Trouble` names the archive that cannot be had.
    """
    context = MavenContext(
        resolver=PythonResolver(),
        repo_cache=folder / "downloads",
        local_repos=[],
        remote_repos={"central": MAVEN_CENTRAL_URL} | GlobalSettings.load().repositories,
        timeout=_TIMEOUT_S,
    )
    wanted = LockFile.load(lock).dependencies
    ready: list[Path] = []
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as alone, ThreadPoolExecutor(_AT_ONCE) as pool:
        fcntl.flock(alone, fcntl.LOCK_EX)
        for jar in pool.map(lambda locked: _one(locked, context, folder), wanted):
            ready.append(jar)
            if progress is not None:
                progress(len(ready), len(wanted))
    return sorted(ready)


def _one(locked: LockedDependency, context: MavenContext, folder: Path) -> Path:
    artifact = context.project(locked.groupId, locked.artifactId).at_version(locked.version).artifact()
    jar = folder / artifact.filename
    if jar.exists() and _sha256(jar) == locked.sha256:
        return jar
    if (leftover := artifact.cached_path) is not None:
        leftover.unlink(missing_ok=True)
    downloaded = _download(artifact)
    if _sha256(downloaded) != locked.sha256:
        downloaded.unlink()
        raise Trouble(f"{jar.name} was downloaded, but its SHA-256 is not the one in jgo.lock.toml.")
    downloaded.replace(jar)
    return jar


def _download(artifact: Artifact) -> Path:
    try:
        return artifact.resolve()
    except requests.RequestException:
        raise Trouble(f"{artifact.filename} could not be downloaded: the Maven repository is not reachable.") from None
    except RuntimeError:
        raise Trouble(f"{artifact.filename} is not in the Maven repository.") from None
    except OSError as error:
        raise Trouble(f"{artifact.filename} could not be stored: {error.strerror}.") from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
