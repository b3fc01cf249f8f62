"""The command `pacewell`: which questions there are, and what each is given."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from deploy.operations import letters, tenants, topics
from deploy.operations.erase import REMEMBERED_S, Scan, erase, read_words
from deploy.operations.export import export
from deploy.operations.installation import VARIABLE, installation
from deploy.operations.keeping import backup_command, restore_command
from deploy.operations.outages import outage
from deploy.operations.reach import Reach
from deploy.operations.rebuild import Asked, replay
from deploy.operations.republish import republish
from deploy.operations.status import status
from deploy.operations.telling import WRONG_QUESTION, Advance, Answer, Meant, carry_out, tell
from deploy.operations.trace import trace
from deploy.operations.verify import verify
from deploy.operations.wrong import WrongQuestion

app: Final = typer.Typer(
    name="pacewell",
    help="Operate an installation: the local one that runs, or one that a file describes. Exit codes: 0 well, 1 "
    "something is wrong, 2 a wrong question, 3 something cannot be reached.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_letters: Final = typer.Typer(help="What could not be handled.", no_args_is_help=True)
_topics: Final = typer.Typer(help="Kafka's topics against the catalog.", no_args_is_help=True)
_outage: Final = typer.Typer(help="Days without the platform, which count for nobody.", no_args_is_help=True)
_tenant: Final = typer.Typer(help="Clinics.", no_args_is_help=True)
app.add_typer(_letters, name="dead-letters")
app.add_typer(_topics, name="topics")
app.add_typer(_tenant, name="tenant")
app.add_typer(_outage, name="outage")

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Patient = Annotated[str, typer.Argument(help="The person's id.")]
Tenant = Annotated[str | None, typer.Option(help="Their clinic, where no service knows the person any more.")]
Service = Annotated[str, typer.Argument(help="The service's name.")]
_MOMENTS: Final = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]
From = Annotated[datetime, typer.Option("--from", formats=_MOMENTS, help="When it began, in UTC.")]
Until = Annotated[datetime, typer.Option("--until", formats=_MOMENTS, help="When it ended, in UTC.")]
Clinic = Annotated[str | None, typer.Option(help="One clinic; all where none is named.")]


@app.callback()
def which(
    ctx: typer.Context,
    local: Annotated[bool, typer.Option("--local", help="The local stack that runs (the default).")] = False,
    home: Annotated[Path | None, typer.Option(help="The folder of a local stack, where not .pacewell.")] = None,
    file: Annotated[
        Path | None, typer.Option("--installation", envvar=VARIABLE, help="A TOML or JSON file: where everything is.")
    ] = None,
) -> None:
    """Take note of which installation is meant."""
    ctx.obj = Meant(lambda: installation(home, None if local or home else file))


@app.command("status")
def status_command(ctx: typer.Context, as_json: Json = False) -> None:
    """Whether each process is ready, how far behind it is, and what waits in it."""
    carry_out(ctx, as_json, status)


@app.command("verify")
def verify_command(ctx: typer.Context, as_json: Json = False) -> None:
    """Look through every topic and database: gaps, old outboxes, records without history, letters, holes."""
    carry_out(ctx, as_json, verify)


@app.command("trace")
def trace_command(
    ctx: typer.Context,
    session_id: Annotated[str, typer.Argument(help="The id under which the session was logged.")],
    as_json: Json = False,
) -> None:
    """The whole path of one log, as a tree of what led to what, with times."""
    carry_out(ctx, as_json, lambda reach, advance: trace(reach, advance, session_id))


@app.command("resume")
def resume_command(ctx: typer.Context, service: Service, as_json: Json = False) -> None:
    """Let a service go on that stopped because too much died at once."""
    carry_out(ctx, as_json, lambda reach, _: letters.resumed(reach, service))


@app.command("replay")
def replay_command(
    ctx: typer.Context,
    service: Service,
    into: Annotated[str | None, typer.Option(help="Suffix of the new database; the same again goes on there.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Into a database that is dropped afterwards.")] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="The service was stopped: take over the rest, and what waits in it.")
    ] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Remove such a database; '' is the one without suffix.")] = False,
    processes: Annotated[int, typer.Option(min=1, max=64, help="So many fold beside each other.")] = 1,
    as_json: Json = False,
) -> None:
    """Fold a service's journal into a new database while the old one serves, and compare both."""
    carry_out(
        ctx, as_json, lambda reach, bar: replay(reach, bar, service, Asked(into, dry_run, finish, drop, processes))
    )


@app.command("republish")
def republish_command(
    ctx: typer.Context,
    service: Service,
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="In UTC.")],
    as_json: Json = False,
) -> None:
    """Publish a service's older events once more, with the ids that they had, for a new consumer."""
    carry_out(ctx, as_json, lambda reach, bar: republish(reach, bar, service, since.replace(tzinfo=UTC)))


app.command("backup")(backup_command)
app.command("restore")(restore_command)


@app.command("export")
def export_command(
    ctx: typer.Context,
    patient: Patient,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Everything that the services hold of one person, their words opened: for the person, and nobody else."""
    carry_out(ctx, as_json, lambda reach, bar: export(reach, bar, patient, tenant))


@app.command("erase")
def erase_command(
    ctx: typer.Context,
    patient: Patient,
    tenant: Tenant = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether this is meant.")] = False,
    words: Annotated[Path | None, typer.Option(help="A file with phrases of theirs, one a line, to look for.")] = None,
    scan: Annotated[list[Path] | None, typer.Option(help="Folders to look through for them, files and all.")] = None,
    wait_s: Annotated[
        int, typer.Option("--wait", min=0, max=3600, help="Seconds until no process remembers the key.")
    ] = REMEMBERED_S,
    as_json: Json = False,
) -> None:
    """Remove a person's documents and messages, throw their key away, and look for what is left of them."""
    if not yes:
        typer.confirm("This cannot be undone. Erase this person?", abort=True, err=True)

    async def work(reach: Reach, bar: Advance) -> Answer:
        looked_for = Scan(read_words(words) if words else (), tuple(scan or ()))
        return await erase(reach, bar, patient, tenant, looked_for, wait_s)

    carry_out(ctx, as_json, work)


@_letters.command("list")
def list_command(
    ctx: typer.Context,
    service: Annotated[str | None, typer.Argument(help="One service; all where none is named.")] = None,
    status: Annotated[str, typer.Option(help="open, redriven or discarded.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many of each service.")] = 200,
    as_json: Json = False,
) -> None:
    """Dead letters, oldest first."""
    if status not in letters.STATUSES:
        raise typer.BadParameter("open, redriven or discarded", param_hint="--status")
    carry_out(ctx, as_json, lambda reach, _: letters.listed(reach, service, status, limit))


@_letters.command("show")
def show_command(ctx: typer.Context, service: Service, letter: str, as_json: Json = False) -> None:
    """One letter with what it holds; words in it stay sealed."""
    carry_out(ctx, as_json, lambda reach, _: letters.shown(reach, service, letter))


@_letters.command("redrive")
def redrive_command(
    ctx: typer.Context,
    service: Service,
    ids: Annotated[list[str] | None, typer.Argument(help="Which letters.")] = None,
    reason: Annotated[str | None, typer.Option(help="All open ones with this reason.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All open ones.")] = False,
    as_json: Json = False,
) -> None:
    """Fold letters again, in that service only, under their own ids; doing it again changes nothing."""
    carry_out(ctx, as_json, lambda reach, bar: letters.redriven(reach, bar, service, ids or [], reason, every))


@_letters.command("discard")
def discard_command(
    ctx: typer.Context,
    service: Service,
    ids: Annotated[list[str], typer.Argument(help="Which letters.")],
    as_json: Json = False,
) -> None:
    """Give letters up for good: what they hold never takes effect, and their people's plans go on."""
    carry_out(ctx, as_json, lambda reach, _: letters.discarded(reach, service, ids))


@_topics.command("diff")
def diff_command(ctx: typer.Context, as_json: Json = False) -> None:
    """What differs between the topics that are there and those that are wanted."""
    carry_out(ctx, as_json, lambda reach, _: topics.differing(reach))


@_topics.command("apply")
def apply_command(ctx: typer.Context, as_json: Json = False) -> None:
    """Make what is missing and set retention; partitions are never changed."""
    carry_out(ctx, as_json, lambda reach, _: topics.applied(reach))


@_outage.command("declare")
def declare_command(
    ctx: typer.Context, since: From, until: Until, clinic: Clinic = None, as_json: Json = False
) -> None:
    """Set days aside: those of which the platform was away for more than 6 hours, by each person's own day."""
    span = since.replace(tzinfo=UTC), until.replace(tzinfo=UTC)
    carry_out(ctx, as_json, lambda reach, bar: outage(reach, bar, *span, clinic))


@_outage.command("withdraw")
def withdraw_command(
    ctx: typer.Context, since: From, until: Until, clinic: Clinic = None, as_json: Json = False
) -> None:
    """Take an outage back that was declared in error, by the same moments."""
    span = since.replace(tzinfo=UTC), until.replace(tzinfo=UTC)
    carry_out(ctx, as_json, lambda reach, bar: outage(reach, bar, *span, clinic, withdrawn=True))


@_tenant.command("create")
def create_command(
    ctx: typer.Context,
    tenant: Annotated[str, typer.Argument(help="The id that its tokens carry.")],
    name: Annotated[str, typer.Option(help="What people call the clinic.")],
    country: Annotated[str, typer.Option(help="Two letters (ISO 3166).")],
    phone: Annotated[str, typer.Option(help="Where a human answers.")],
    emergency_number: Annotated[str, typer.Option(help="The country's.")],
    crisis_line: Annotated[str, typer.Option(help="The country's.")],
    hours: Annotated[list[str], typer.Option(help="When the phone is answered, by language: 'en=Mon–Fri 9–17'.")],
    messages_read: Annotated[bool, typer.Option(help="Whether somebody reads what is written in the product.")],
    minors: Annotated[bool, typer.Option(help="Whether people under age may be given a plan.")] = False,
    file: Annotated[Path | None, typer.Option(help="The clinics file, where not the installation's own.")] = None,
    as_json: Json = False,
) -> None:
    """Add a clinic to the clinics file, checked as the services check it."""
    try:
        clinics = file or ctx.obj.installation().clinics_file
        if clinics is None:
            raise WrongQuestion("Say which clinics file: --file.")
        fields = {
            "name": name,
            "country": country,
            "emergency_number": emergency_number,
            "crisis_line": crisis_line,
            "phone": phone,
            "hours": tenants.hours_of(hours),
            "messages_read": messages_read,
            "minors": minors,
        }
        tell(tenants.created(clinics, tenant, fields), as_json)
    except WrongQuestion as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(WRONG_QUESTION) from None


@app.command("token")
def token_command(
    ctx: typer.Context,
    role: Annotated[list[str], typer.Option(help="May be given more than once.")],
    tenant: Annotated[str, typer.Option(help="The clinic's id.")],
    patient: Annotated[str | None, typer.Option(help="The person that the token speaks for.")] = None,
    subject: Annotated[
        str | None, typer.Option(help="The account's random id; derived from the rest if not given.")
    ] = (None),
    hours: Annotated[float, typer.Option(min=0.01, max=720, help="How long it is valid.")] = 12.0,
    as_json: Json = False,
) -> None:
    """Print a bearer token of the local issuer."""
    try:
        tell(tenants.minted(ctx.obj.installation(), role, tenant, patient, subject, hours), as_json)
    except WrongQuestion as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(WRONG_QUESTION) from None
