"""The commands `backup` and `restore`: what each is given, for a service and for people's keys."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.operations.backup import KEYS, Copy, backup
from deploy.operations.keysback import restore_keys
from deploy.operations.reach import Reach
from deploy.operations.restore import Asked, restore
from deploy.operations.telling import Advance, Answer, carry_out
from deploy.operations.wrong import WrongQuestion

_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_What = Annotated[str, typer.Argument(metavar="SERVICE", help="The service's name, or keys.")]


def backup_command(
    ctx: typer.Context,
    service: _What,
    folder: Annotated[Path, typer.Argument(help="A folder that is empty or not there yet.")],
    copy: Annotated[
        str | None, typer.Option(help="Suffix of a copy that another tool made, to be taken instead.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S"], help="When that copy was made, in UTC.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Write a service's database into a folder while it runs, or people's wrapped keys."""
    if (copy is None) != (as_of is None):
        raise typer.BadParameter("--copy and --as-of go together", param_hint="--copy")
    made = None if copy is None or as_of is None else Copy(copy, as_of.replace(tzinfo=UTC))
    carry_out(ctx, as_json, lambda reach, bar: backup(reach, bar, service, folder, made))


def restore_command(
    ctx: typer.Context,
    service: _What,
    folder: Annotated[
        Path | None, typer.Argument(help="A backup's folder; without one the journal alone is folded.")
    ] = None,
    into: Annotated[str | None, typer.Option(help="Suffix of the database, where not the service's own.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Into a database that is dropped afterwards.")] = False,
    everybody: Annotated[
        bool, typer.Option("--everybody", help="Of keys: also of those whom no service knows any more.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Let a stopped service go on from a backup and from what its journal has of the time since, or add keys."""
    keys = service == KEYS
    if (everybody and not keys) or (into is not None and keys):
        raise typer.BadParameter("keys have --everybody and services --into", param_hint="SERVICE")

    async def work(reach: Reach, bar: Advance) -> Answer:
        if keys and folder is None:
            raise WrongQuestion("Say where the backup of the keys is.")
        if keys and folder is not None:
            return await restore_keys(reach, bar, folder, everybody=everybody, dry_run=dry_run)
        return await restore(reach, bar, service, folder, Asked(into, dry_run))

    carry_out(ctx, as_json, work)
