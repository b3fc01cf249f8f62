"""Audit records: every change, addition and removal is found, nothing in them is personal, and they outlive a kill."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.sealing import make_master_key, read_master_key
from shared.settings import PREFIX
from shared.web.audit import BROKEN, INTACT, NOT_JUDGED, AuditRecord, AuditTrail, audit_key, main, outcome_of
from shared.web.chain import verify
from tests.support.web_world import THINGS, World, make_world

KEY = b"k" * 32
NOW = datetime(2026, 1, 5, 12, 0, 0, 123_000, tzinfo=UTC)
RECORD = AuditRecord(
    NOW,
    "clinic",
    "subject-1",
    frozenset({"patient"}),
    "person-1",
    "group-1",
    "GET",
    "/v1/x/{patient_id}",
    200,
    "allowed",
)
Change = Callable[[list[bytes]], list[bytes]]


@pytest.fixture
def master(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The installation's master key, named in the environment."""
    make_master_key(tmp_path / "master.key")
    monkeypatch.setenv(f"{PREFIX}MASTER_KEY_FILE", str(tmp_path / "master.key"))
    return audit_key(read_master_key(tmp_path / "master.key"))


def trail_in(file: Path, records: int = 3, *, key: bytes = KEY, ended: bool = True) -> AuditTrail:
    trail = AuditTrail(key, "plans", "1", file=file)
    for _ in range(records):
        trail(RECORD)
    if ended:
        trail.end()
    return trail


def told(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str]:
    code = main(["verify", *map(str, arguments)])
    return code, capsys.readouterr().out


def test_a_record_holds_hashes_in_place_of_ids(tmp_path: Path) -> None:
    trail_in(tmp_path / "audit")
    start, one, two, _, end = map(json.loads, (tmp_path / "audit").read_text().splitlines())
    assert (start["event"], one["event"], end["event"]) == (
        "audit.chain_started",
        "access.audited",
        "audit.chain_ended",
    )
    assert (one["tenant"], one["outcome"], one["status"], one["roles"]) == ("clinic", "allowed", 200, ["patient"])
    assert len({one["actor_hash"], one["person_hash"], one["group_hash"]}) == 3
    assert one["person_hash"] == two["person_hash"]
    assert not any(id in (tmp_path / "audit").read_text() for id in ("subject-1", "person-1", "group-1"))


def test_a_hash_of_an_id_depends_on_the_key(tmp_path: Path) -> None:
    for name, key in (("a", KEY), ("b", b"other")):
        trail_in(tmp_path / name, 1, key=key)
    one, other = (json.loads((tmp_path / name).read_text().splitlines()[1]) for name in "ab")
    assert one["person_hash"] != other["person_hash"]


def test_records_are_numbered_and_each_names_the_one_before(tmp_path: Path) -> None:
    trail_in(tmp_path / "audit")
    lines = [json.loads(line) for line in (tmp_path / "audit").read_text().splitlines()]
    assert [line["seq"] for line in lines] == [0, 1, 2, 3, 4]
    assert [line["previous"] for line in lines] == ["", *(line["hash"] for line in lines[:-1])]
    assert len({line["chain"] for line in lines}) == 1


def test_the_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    trail_in(tmp_path / "audit")
    assert (tmp_path / "audit").stat().st_mode & 0o777 == 0o600


def test_without_a_file_records_go_among_the_lines_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    trail = AuditTrail(KEY, "plans", "1")
    trail(RECORD)
    print('{"event":"something.else"}')  # noqa: T201 - a line of the log
    trail(RECORD)
    trail.end()
    report = verify(capsys.readouterr().out.encode().splitlines(), KEY)
    assert report.faults == []
    assert [found.lines for found in report.chains.values()] == [4]


CHANGES: list[Any] = [
    pytest.param(lambda lines: lines[:2] + lines[3:], "number 2 of chain", id="one taken out"),
    pytest.param(lambda lines: lines[:1] + lines[4:], "number 1 to 3 of chain", id="several taken out"),
    pytest.param(lambda lines: lines[1:], "number 0 of chain", id="the start taken out"),
    pytest.param(lambda lines: [line.replace(b":200", b":404") for line in lines], "changed", id="text"),
    pytest.param(lambda lines: [lines[0], lines[1].replace(b":1,", b": 1,"), *lines[2:]], "changed", id="a blank"),
    pytest.param(lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "out of order", id="swapped"),
    pytest.param(lambda lines: [*lines[:2], lines[1], *lines[2:]], "twice", id="doubled"),
    pytest.param(lambda lines: [*lines[:2], lines[2][:-5] + b'0"}\n', *lines[3:]], "changed", id="another hash"),
    pytest.param(lambda lines: [*lines[:2], b"{" + lines[2], *lines[3:]], "number 2 of chain", id="made unreadable"),
    pytest.param(
        lambda lines: [*lines[:3], lines[2].replace(b'"seq":2', b'"seq":3'), *lines[3:]], "changed", id="one put in"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), CHANGES)
def test_whatever_is_done_to_a_line_is_found(
    tmp_path: Path, master: bytes, capsys: pytest.CaptureFixture[str], change: Change, sentence: str
) -> None:
    file = tmp_path / "audit"
    trail_in(file, 4, key=master)
    assert told(capsys, file)[0] == INTACT
    file.write_bytes(b"".join(change(file.read_bytes().splitlines(keepends=True))))
    code, said = told(capsys, file)
    assert code == BROKEN
    assert sentence in said
    assert "BROKEN" in said


def test_a_restart_begins_a_chain_that_names_where_the_file_ended(
    tmp_path: Path, master: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """A killed process leaves a chain without an end; the next start proves that nothing was cut off."""
    file = tmp_path / "audit"
    trail_in(file, 2, key=master, ended=False)
    trail_in(file, 2, key=master)
    code, said = told(capsys, file)
    assert (code, said.count("not ended"), "Intact: 7 lines in 2 chains." in said) == (INTACT, 1, True)
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:2] + lines[3:]))
    code, said = told(capsys, file)
    assert (code, "the records before this chain" in said) == (BROKEN, True)
    file.write_bytes(b"".join(lines[3:]))
    assert told(capsys, file)[0] == BROKEN


def test_a_file_that_was_set_aside_is_judged_together_with_the_next(
    tmp_path: Path, master: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "audit"
    trail_in(file, 200, key=master)
    lines = file.read_bytes().splitlines(keepends=True)
    for name, part in (("old", lines[:50]), ("new", lines[50:])):
        (tmp_path / name).write_bytes(b"".join(part))
    assert told(capsys, tmp_path / "old", tmp_path / "new")[0] == INTACT
    assert told(capsys, tmp_path / "new")[0] == BROKEN


def test_a_line_cut_short_by_a_crash_does_not_spoil_the_next(
    tmp_path: Path, master: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "audit"
    trail_in(file, 2, key=master, ended=False)
    file.write_bytes(file.read_bytes()[:-30])
    trail_in(file, 1, key=master)
    code, said = told(capsys, file)
    assert (code, "1 lines cannot be read" in said) == (INTACT, True)


def test_two_processes_may_write_to_one_file(tmp_path: Path, master: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "audit"
    trails = [AuditTrail(master, "plans", instance, file=file) for instance in "12"]
    for _ in range(3):
        for trail in trails:
            trail(RECORD)
    for trail in trails:
        trail.end()
    assert told(capsys, file)[0] == INTACT


@pytest.mark.parametrize("case", ["no such file", "no records", "another key", "no key"])
def test_what_cannot_be_judged_is_not_called_intact(
    tmp_path: Path, master: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    file = tmp_path / "audit"
    if case == "no records":
        file.write_text('{"event":"something.else"}\n')
    elif case != "no such file":
        trail_in(file, key=master if case == "no key" else KEY)
    if case == "no key":
        monkeypatch.delenv(f"{PREFIX}MASTER_KEY_FILE")
    code, said = told(capsys, file)
    assert (code, said.startswith("Not judged: ")) == (NOT_JUDGED, True)


def test_the_key_may_be_named_on_the_command_line(
    tmp_path: Path, master: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    trail_in(tmp_path / "audit", key=master)
    monkeypatch.delenv(f"{PREFIX}MASTER_KEY_FILE")
    assert told(capsys, tmp_path / "audit", "--master-key-file", tmp_path / "master.key")[0] == INTACT


def test_a_file_that_takes_no_more_loses_no_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Like a full disk: the line comes among those of the log instead."""
    failures: list[int] = []
    trail = AuditTrail(KEY, "plans", "1", file=Path("/dev/full"), failed=lambda: failures.append(1))
    trail(RECORD)
    assert failures
    lines = [line for line in capsys.readouterr().out.encode().splitlines() if b'"chain":"' in line]
    assert [found.lines for found in verify(lines, KEY).chains.values()] == [2]


async def test_the_app_writes_one_line_for_each_request(issuer: Any, tmp_path: Path) -> None:
    trail = AuditTrail(KEY, "things", "1", file=tmp_path / "audit")
    world: World = make_world(issuer, audit=trail)
    for headers in (world.patient, {}, world.token("caregiver", patient_id="p1")):
        await world.client.get(THINGS, headers=headers)
    trail.end()
    lines = (tmp_path / "audit").read_bytes().splitlines()
    assert [json.loads(line)["status"] for line in lines[1:-1]] == [200, 401, 403]
    assert verify(lines, KEY).faults == []


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "allowed"),
        (304, "allowed"),
        (401, "denied"),
        (403, "denied"),
        (404, "denied"),
        (409, "rejected"),
        (429, "rejected"),
        (499, "failed"),
        (503, "failed"),
    ],
)
def test_an_outcome_follows_from_the_status(status: int, outcome: str) -> None:
    assert outcome_of(status) == outcome
