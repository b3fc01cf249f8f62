"""Somebody at a terminal who operates the running stack by its installation's file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from typer.testing import CliRunner

from deploy.local.supervisor import Running
from deploy.local.topology import SERVICES
from deploy.operations.cli import app


class Operator:
    """Somebody at a terminal who has the installation's file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def ask(self, *words: str) -> tuple[int, Any]:
        """The exit code and the JSON that was answered."""
        done = CliRunner().invoke(app, ["--installation", str(self._file), *words, "--json"])
        assert done.exit_code in (0, 1, 3), (done.output, done.exception)
        return done.exit_code, orjson.loads(done.stdout)


def operator_of(stack: Running, services: Sequence[str] = SERVICES) -> Operator:
    """An operator of this stack; the file describes it as any other installation."""
    ports, home = stack.layout.ports, stack.layout.home
    lines = [
        f'master_key_file = "{stack.layout.master_key_file.relative_to(home)}"',
        f'clock_file = "{stack.layout.clock_file.relative_to(home)}"',
        f'issuer = "{stack.layout.issuer.relative_to(home)}"',
        f'messages = "{stack.layout.messages.relative_to(home)}"',
        f'kafka = {{ servers = "{stack.kafka.bootstrap}" }}',
        f'keys = {{ mongo_url = "mongodb://127.0.0.1:{ports.keys}/" }}',
    ]
    for name in services:
        lines += [
            f"[services.{name}]",
            f'http = ["{stack.url(name)}"]',
            f'mongo_url = "mongodb://127.0.0.1:{ports.engines[name]}/"',
        ]
    file = home / "installation.toml"
    file.write_text("\n".join(lines))
    return Operator(file)
