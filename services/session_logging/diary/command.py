"""`python -m services.session_logging import`: the command line around reading, sending and reporting."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.session_logging.api.requests import MOST_ITEMS
from services.session_logging.diary.client import BatchClient, ImportStopped
from services.session_logging.diary.mapping import MappingInvalid, load_mapping
from services.session_logging.diary.report import Report
from services.session_logging.diary.rows import batches, read_diary
from services.session_logging.settings import TOKEN_VARIABLE, ImportSettings

DONE: Final = 0
SOME_REJECTED: Final = 1
STOPPED: Final = 2
_HELP: Final = """\
Every row ends as logged, history only (older than 28 days), exists (logged before), or rejected with its reason.
A second import of the same diary changes nothing, whatever it is shifted to.

mapping file (TOML; deploy/examples/diary/README.md explains every key by example)
  [file]      encoding, delimiter, header_row, repeat_above (columns in which blank means: as above)
  [date]      columns, format, may_go_back_days
  [time]      zone, column, format, default, words
  [activity]  column, unlisted = "reject" or a meaning; [activity.words] word = { family or track, amount = [...] }
  [amount.X]  column, counts, unit (of a bare number), decimal, colon, units, words, reject
  [score.X]   X = pain, pain_before, effort, fatigue, enjoyment, morning_pain, morning_fatigue; column, bands, words
  [variant] and [stop]  column, words
  [morning]   time, day = "same" | "next"

exit code
  0  every row is logged, history only, or there already
  1  some rows were rejected (see --rejected), all others are in
  2  the import could not start or not go on; run it again, what is in is not logged twice
"""


def import_diary(
    arguments: Sequence[str],
    *,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Take one diary in; returns the exit code. `transport` and `sleep` stand in for the network and for waiting."""
    options = _parser().parse_args(arguments)
    console = Console(stderr=True)
    try:
        mapping = load_mapping(options.mapping)
        diary = read_diary(options.file, mapping, options.patient, shift_to=options.shift_to, until=options.until)
    except MappingInvalid as invalid:
        for sentence in invalid.sentences:
            console.print(sentence, markup=False, highlight=False)
        return STOPPED
    report = Report(diary)
    report.open()
    stopped = None if options.dry_run else _send(options, report, console, transport, sleep)
    if options.rejected is not None:
        report.write_rejected(options.rejected)
    if options.json:
        sys.stdout.write(json.dumps(report.as_json()) + "\n")
    else:
        report.show(Console())
    if stopped is not None:
        console.print(stopped, markup=False, highlight=False)
        return STOPPED
    return SOME_REJECTED if report.counts["rejected"] else DONE


def _send(
    options: argparse.Namespace,
    report: Report,
    console: Console,
    transport: httpx.BaseTransport | None,
    sleep: Callable[[float], None],
) -> str | None:
    """Send every item; returns why it could not go on, or None."""
    secret = ImportSettings().token
    token = options.token or (secret.get_secret_value() if secret else None)
    if not token:
        return f"A token is needed: --token or {TOKEN_VARIABLE}."
    total = sum(len(row.items) for row in report.diary.rows)
    headers = {"Authorization": f"Bearer {token}"}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        httpx.Client(base_url=options.url, headers=headers, timeout=30.0, transport=transport) as http,
        Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress,
    ):
        task = progress.add_task("sending", total=total)
        client = BatchClient(
            http,
            options.patient,
            source=options.source,
            patience_s=options.patience,
            sleep=sleep,
            on_wait=lambda reason: progress.update(task, description=f"waiting ({reason})"),
        )
        try:
            for batch in batches(report.diary.rows, options.batch):
                for (row, _), answer in zip(batch, client.send([item for _, item in batch]), strict=True):
                    report.take(row, answer)
                progress.update(task, advance=len(batch), description="sending")
        except ImportStopped as stopped:
            return str(stopped)
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.session_logging import",
        description="Take a paper or spreadsheet diary (CSV) through the batch log.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("file", type=Path, help="the diary, a CSV file")
    add("--mapping", type=Path, required=True, help="the mapping file that says what its columns mean")
    add("--patient", required=True, help="the person's id")
    add("--shift-to", type=date.fromisoformat, metavar="DATE", help="move all dates so that the last is this one")
    add("--until", type=date.fromisoformat, metavar="DATE", help="leave out rows after this date of the diary")
    add("--url", default="http://127.0.0.1:18102", help="where session_logging answers (default: %(default)s)")
    add("--token", help=f"a bearer token; better in {TOKEN_VARIABLE}, where no process list shows it")
    add("--source", choices=("import", "paper"), default="import", help="how it came (default: %(default)s)")
    add("--batch", type=_batch, default=MOST_ITEMS, help="items a request, at most 200 (default: %(default)s)")
    add("--patience", type=float, default=600.0, metavar="S", help="seconds to wait for an answer (default: 600)")
    add("--rejected", type=Path, metavar="FILE", help="write the rejected rows with their reasons here, as CSV")
    add("--json", action="store_true", help="print the result as JSON on standard output")
    add("--dry-run", action="store_true", help="read the diary and send nothing")
    return parser


def _batch(text: str) -> int:
    size = int(text)
    if not 1 <= size <= MOST_ITEMS:
        raise argparse.ArgumentTypeError(f"must lie between 1 and {MOST_ITEMS}")
    return size
