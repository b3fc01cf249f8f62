"""The lines of the README that talk to each role's routes are run as they stand, only the ports are this stack's."""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any, Final

import pytest

from deploy.local.supervisor import Running
from deploy.local.topology import ROOT, SERVICES, Ports
from shared.web.principal import ROLES

README: Final = ROOT / "README.md"
WITHIN_S: Final = 150.0


def blocks() -> list[str]:
    """Every shell block of the README's section on the roles, in order."""
    section = (
        README.read_text(encoding="utf-8").split("\n## Talk to it, role by role\n")[1].split("\n## ", maxsplit=1)[0]
    )
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def script(running: Running) -> str:
    """The blocks as one script; after each answer comes a line of its own."""
    text = "set -euo pipefail\n" + "".join(blocks())
    for service in SERVICES:
        text = text.replace(f"http://127.0.0.1:{Ports.usual().http[service]}", running.url(service))
    return re.sub(r"^(curl .*)$", r"\1; echo", text, flags=re.MULTILINE)


def answers(printed: str) -> list[Any]:
    """What each line was answered."""
    return [json.loads(line) for line in printed.splitlines()]


@pytest.fixture
def folder(stack: Running, tmp_path: Path) -> Path:
    """A folder that looks like the project's to the lines: its environment, and the issuer of this stack."""
    (tmp_path / ".pacewell").mkdir()
    (tmp_path / ".pacewell/issuer").symlink_to(stack.layout.issuer)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


def test_every_role_and_every_service_has_a_line() -> None:
    text = "".join(blocks())

    assert set(re.findall(r"^[A-Z]+=\$\(token (\w+)", text, re.MULTILINE)) == set(ROLES)
    for role in ROLES:
        assert re.search(rf'^curl .*-H "\${role.upper()}"', text, re.MULTILINE), role
    for port in Ports.usual().http.values():
        assert f":{port}/v1" in text


async def test_every_line_of_the_readme_works_as_it_stands(stack: Running, folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", script(stack)),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(WITHIN_S):
            out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert process.returncode == 0, f"{errors.decode()[-1500:]}\n{out.decode()[-1500:]}"
    told = answers(out.decode())
    assert len(told) == sum(line.startswith("curl ") for line in "".join(blocks()).splitlines())
    assert all(told)
