"""A backup's folder: lines of JSON by collection, and a manifest that is written last and says what must be there."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.operations.wrong import WrongQuestion
from shared.mongo.whole import as_line, of_line
from shared.runtime.aggregate import Document

MANIFEST: Final = "manifest.json"
_CHUNK: Final = 1 << 20
_TOGETHER: Final = 500

Offsets = Mapping[int, int]


class Manifest(BaseModel):
    """What a backup holds, and where Kafka was just before the first document was read.

    `taken_at` is that moment by the machine's clock. `group` is what the service's group had committed, by topic and
    partition; `journal`, `events` and `dead_letters` are the ends of the service's own topics.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    format: Literal[1] = 1
    service: str
    namespace: str | None
    state_schema: int
    taken_at: datetime
    documents: Mapping[str, int] = {}
    sha256: Mapping[str, str] = {}
    group: Mapping[str, Offsets] = {}
    journal: Offsets = {}
    events: Offsets = {}
    dead_letters: Offsets = {}


class Writing:
    """A folder that is being filled; only its owner may read it. Used as a context; `finish` makes it a backup."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if any(folder.iterdir()):
                raise WrongQuestion(f"{folder} is not empty: a backup has a folder of its own.")
        except OSError as error:
            raise WrongQuestion(f"{folder} cannot be written: {error.strerror}.") from None
        self._folder = folder
        self._files: dict[str, Any] = {}
        self._sums: dict[str, Any] = {}
        self.counts: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Nothing is open yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what was written."""
        for file in self._files.values():
            file.close()

    def write(self, collection: str, documents: list[Document]) -> None:
        """Add documents; of two with one id the later one counts."""
        if collection not in self._files:
            self._files[collection] = _open(self._folder / f"{collection}.jsonl")
            self._sums[collection] = hashlib.sha256()
            self.counts[collection] = 0
        text = b"".join(as_line(document) + b"\n" for document in documents)
        self._files[collection].write(text)
        self._sums[collection].update(text)
        self.counts[collection] += len(documents)

    def finish(self, manifest: Manifest) -> Manifest:
        """Write the manifest, once every file is on the disk."""
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        sums = {f"{name}.jsonl": digest.hexdigest() for name, digest in self._sums.items()}
        whole = manifest.model_copy(update={"documents": dict(self.counts), "sha256": sums})
        with _open(self._folder / MANIFEST) as file:
            text = whole.model_dump(mode="json")
            file.write(orjson.dumps(text, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
            file.flush()
            os.fsync(file.fileno())
        return whole


class Backup:
    """A folder that holds a whole backup: its files are there and are what the manifest says; else `WrongQuestion`.

    Without a folder it is the backup of before there was anything.
    """

    def __init__(self, folder: Path | None, service: str, namespace: str | None) -> None:
        self._folder = folder or Path()
        if folder is None:
            began = datetime.fromtimestamp(0, UTC)
            self.manifest = Manifest(service=service, namespace=namespace, state_schema=0, taken_at=began)
            return
        try:
            self.manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
        except OSError:
            raise WrongQuestion(f"{folder} holds no backup: there is no {MANIFEST}.") from None
        except ValidationError:
            raise WrongQuestion(f"The {MANIFEST} of {folder} is not one of a backup.") from None
        if (self.manifest.service, self.manifest.namespace) != (service, namespace):
            raise WrongQuestion(f"{folder} is a backup of {self.manifest.service}, or of another installation.")
        if {f"{name}.jsonl" for name in self.manifest.documents} != set(self.manifest.sha256):
            raise WrongQuestion(f"The {MANIFEST} of {folder} is not one of a backup.")
        for name, digest in self.manifest.sha256.items():
            if _digest(folder / name) != digest:
                raise WrongQuestion(f"{name} of {folder} is not what was written.")

    @property
    def collections(self) -> list[str]:
        """Which collections it holds."""
        return sorted(self.manifest.documents)

    def pages(self, collection: str) -> Iterator[list[Document]]:
        """Its documents as they were written, some hundred at a time; of two with one id the later one counts."""
        page: list[Document] = []
        with (self._folder / f"{collection}.jsonl").open("rb") as file:
            for line in file:
                page.append(of_line(line))
                if len(page) == _TOGETHER:
                    yield page
                    page = []
        if page:
            yield page


def _open(path: Path) -> Any:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _digest(path: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()
