"""The service's database as a command reads it: the one that the settings name, else that of the local stack."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from services.progression.settings import CommandSettings
from services.progression.store import DECISIONS
from shared.mongo.client import connect
from shared.mongo.store import MongoStore

TIMEOUT_MS: Final = 5000
PAGE: Final = 500
WELL, WRONG, WRONG_QUESTION, UNREACHABLE = 0, 1, 2, 3
"""Exit codes: as asked, something was found wrong, a wrong question, a dependency cannot be reached."""


def add_database(parser: argparse.ArgumentParser) -> None:
    """The options that say where the data are; each has the service's own setting as its default."""
    settings, add = CommandSettings(), parser.add_argument
    add("--mongo-url", default=settings.mongo_url, help="the service's MongoDB (else the local one)")
    add("--namespace", default=settings.namespace, help="prefix of the database, where there is one")
    add("--suffix", default=settings.database_suffix, help="suffix of a replayed database")


def name_of_database(namespace: str | None, suffix: str | None) -> str:
    """The name as the service's own settings make it."""
    return "-".join(part for part in (namespace, "progression", suffix) if part)


@asynccontextmanager
async def opened(options: argparse.Namespace) -> AsyncIterator[MongoStore]:
    """The database that the options name, closed at the end; reading raises `DependencyDown`."""
    client = connect(options.mongo_url, app="progression-commands", timeout_ms=TIMEOUT_MS)
    try:
        yield MongoStore(client[name_of_database(options.namespace, options.suffix)])
    finally:
        client.close()


async def all_decisions(store: Any, where: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Every stored decision that fits, in pages by id, so that none is left out or told twice."""
    last = ""
    while True:
        page = await store.find(DECISIONS, {**where, "_id": {"$gt": last}}, sort=[("_id", 1)], limit=PAGE)
        for document in page:
            yield document
        if len(page) < PAGE:
            return
        last = page[-1]["_id"]


def complain(sentence: str, code: int) -> int:
    """Say on standard error what is wrong; gives the exit code back."""
    sys.stderr.write(sentence + "\n")
    return code


def show(text: str) -> None:
    """Write what was asked for on standard output."""
    sys.stdout.write(text + "\n")
