"""The page on operations names every command and every option that has an effect beyond its answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import typer.main

from deploy.local.topology import ROOT
from deploy.operations.cli import app
from deploy.operations.installation import of_file

PAGE: Final = (ROOT / "deploy" / "docs" / "operations.md").read_text(encoding="utf-8")


def commands() -> Iterator[str]:
    """Every command with its group's name in front."""
    for group in app.registered_groups:
        for command in group.typer_instance.registered_commands if group.typer_instance else ():
            yield f"{group.name} {command.name}"
    yield from (str(command.name) for command in app.registered_commands)


def test_every_command_has_a_row_and_every_row_is_a_command() -> None:
    rows = {line.split("`")[1] for line in PAGE.splitlines() if line.startswith("| `")}
    named = {" ".join(word for word in row.split() if word.strip("[]…").islower()) for row in rows}

    assert named == set(commands())


def test_the_options_of_what_has_an_effect_are_told() -> None:
    click = typer.main.get_command(app)
    for name in ("replay", "erase", "republish", "backup", "restore"):
        command = click.commands[name]  # type: ignore[attr-defined]
        told = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        assert {option for option in told if option not in PAGE} <= {"--json", "--yes", "--tenant"}


def test_the_installation_file_of_the_page_is_one(tmp_path: Path) -> None:
    file = tmp_path / "installation.toml"
    file.write_text(PAGE.split("```toml\n")[1].split("```")[0], encoding="utf-8")

    read = of_file(file)

    assert read.namespace == "east"
    assert read.place("plans").mongo_url_file == tmp_path / "secrets" / "plans_mongo_url"
