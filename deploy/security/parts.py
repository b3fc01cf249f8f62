"""Every package and jar that the lock files name, with its version, its hash and what needs it."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
RUNTIME: Final = "requirements.lock"
PYTHON_LOCKS: Final = (RUNTIME, "requirements-dev.lock", "requirements-uv.lock")
JAR_LOCK: Final = "deploy/local/jgo.lock.toml"
JAR_LOCKS: Final = (JAR_LOCK, "tests/support/mongo_java/jgo.lock.toml")

_PACKAGE: Final = re.compile(r"^([a-z0-9][a-z0-9._\-]*)==(\S+)(?: ; (.*?))? \\$")
_VIA: Final = re.compile(r"^    #(?: via)?\s+([a-z0-9][a-z0-9._\-]*)(?: \(.*\))?$")


@dataclass(frozen=True, slots=True)
class Part:
    """One package from PyPI or one jar from Maven Central, as a lock file names it."""

    ecosystem: str
    name: str
    version: str
    lock: str
    marker: str | None = None
    sha256: str | None = None
    needed_by: tuple[str, ...] = field(default=())

    @property
    def purl(self) -> str:
        """The package URL: `pkg:pypi/name@version` or `pkg:maven/group/artifact@version`."""
        if self.ecosystem == "PyPI":
            return f"pkg:pypi/{self.name}@{self.version}"
        return f"pkg:maven/{self.name.replace(':', '/')}@{self.version}"


def parts(locks: tuple[str, ...] = (*PYTHON_LOCKS, *JAR_LOCKS), root: Path = ROOT) -> list[Part]:
    """The parts of these lock files, each once, sorted by package URL."""
    found: dict[str, Part] = {}
    for lock in locks:
        text = (root / lock).read_text(encoding="utf-8")
        for part in _jars(text, lock) if lock.endswith(".toml") else _packages(text, lock):
            found.setdefault(part.purl, part)
    return [found[purl] for purl in sorted(found)]


def _packages(text: str, lock: str) -> Iterator[Part]:
    """Requirements as `uv pip compile --generate-hashes` writes them; comments below say what needs each."""
    head: re.Match[str] | None = None
    needed: list[str] = []
    for line in [*text.splitlines(), "end==0 \\"]:
        if (package := _PACKAGE.match(line)) is not None:
            if head is not None:
                yield Part("PyPI", head[1], head[2], lock, marker=head[3], needed_by=tuple(needed))
            head, needed = package, []
        elif (via := _VIA.match(line)) is not None:
            needed.append(via[1])


def _jars(text: str, lock: str) -> Iterator[Part]:
    for jar in tomllib.loads(text)["dependencies"]:
        yield Part("Maven", f"{jar['groupId']}:{jar['artifactId']}", jar["version"], lock, sha256=jar["sha256"])
