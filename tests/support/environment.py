"""The settings that every service needs to start, as environment variables."""

import os
from pathlib import Path

import pytest

from shared.sealing import make_master_key
from shared.settings import PREFIX


def complete(monkeypatch: pytest.MonkeyPatch, folder: Path, **more: str) -> None:
    """Set what is required, with its files in `folder`, and what is given beside or instead; nothing else is set."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    make_master_key(folder / "master.key")
    (folder / "jwks.json").write_text('{"keys": []}')
    required = {
        "KAFKA": "127.0.0.1:9092",
        "MONGO_URL": "mongodb://127.0.0.1:27117",
        "KEYS_MONGO_URL": "mongodb://127.0.0.1:27118",
        "MASTER_KEY_FILE": str(folder / "master.key"),
        "ISSUER": "http://issuer",
        "AUDIENCE": "pacewell",
        "JWKS_FILE": str(folder / "jwks.json"),
    }
    for name, value in {**required, **more}.items():
        monkeypatch.setenv(PREFIX + name, value)
