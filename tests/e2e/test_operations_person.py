"""A person's data on the running stack: handed over with their words opened, then erased, and looked for."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from deploy.local.supervisor import Running
from deploy.operations.erase import files_with
from tests.support.e2e_clinic import Clinic, Days, Somebody, eventually, fresh
from tests.support.e2e_operator import Operator, operator_of

STEP, LABEL = "sit by the turquoise harbour wall", "Old Ferryman's brass bell"
SITUATION, ACTION = "when the tangerine kettle whistles", "once around the limestone square"
NOTE = "a quince tree and the neighbour's accordion"
CALLED, SEEN = "Called: a fall behind the apricot shed.", "Seen at the juniper clinic; nothing found."
WORDS = (STEP, LABEL, SITUATION, ACTION, NOTE, CALLED, SEEN)
"""Everything that anybody can write in or about a person: each other field is a number, a code or a moment."""

WORK = "/patients/{id}/work-items"


@pytest.fixture(scope="module")
def operator(stack: Running) -> Operator:
    return operator_of(stack)


@pytest.fixture(scope="module")
def person(stack: Running) -> Somebody:
    """Somebody who wrote, and about whom was written, wherever that is possible; they were reminded in their words."""
    phones = [{"label": LABEL, "number": "+1 555 010 0199"}]
    clinic = Clinic(stack)
    person = clinic.enrol_with_plan(flare_plan={"steps": [STEP], "phones": phones})
    cue = {"id": fresh(), "time": "18:00", "track_id": "walking", "if_then": {"situation": SITUATION, "action": ACTION}}
    person.ask("patient", "PUT", "reminders", "/patients/{id}/cues/evening", cue)
    person.ask("patient", "POST", "session_logging", "/patients/{id}/journal-entries", {"id": fresh(), "text": NOTE})
    Days(clinic).go(0, 18)
    eventually(lambda: files_with([stack.layout.messages], [ACTION.encode()]), "the reminder in their words")

    person.log(pain=9)
    (review,) = eventually(lambda: waiting(person), "the review")
    closing = {"id": fresh(), "note": CALLED}
    person.ask("clinician", "POST", "plans", f"{WORK}/{review['item_id']}/close", closing)
    answer = {"id": fresh(), "context": "check_in", "yes": ["trauma"]}
    person.ask("patient", "POST", "safety", "/patients/{id}/red-flags", answer)
    (flag,) = eventually(lambda: waiting(person), "the red flag")
    resuming = {"id": fresh(), "suspension_id": flag["suspension_id"], "note": SEEN}
    person.ask("clinician", "POST", "safety", "/patients/{id}/suspension/resume", resuming)
    return person


def waiting(person: Somebody) -> list[dict[str, Any]]:
    """What waits for somebody of the clinic."""
    found: list[dict[str, Any]] = person.ask("clinician", "GET", "plans", WORK)["waiting"]
    return found


def test_what_is_held_of_a_person_is_exported_with_their_words_opened(operator: Operator, person: Somebody) -> None:
    code, found = operator.ask("export", person.id)

    assert code == 0
    text = orjson.dumps(found).decode()
    assert [words for words in WORDS if words not in text] == []
    assert '"s1.' not in text
    assert {"plans", "session_logging", "progression", "reminders"} <= set(found["services"])
    assert found["services"]["session_logging"]["sessions"]
    assert operator.ask("export", fresh())[0] == 1


def test_an_erased_person_is_found_nowhere(
    operator: Operator, person: Somebody, stack: Running, tmp_path: Path
) -> None:
    (tmp_path / "words.txt").write_text("\n".join(WORDS))
    where: list[str] = ["--words", str(tmp_path / "words.txt")]
    for folder in (stack.layout.data, stack.layout.home / "logs"):
        where += ["--scan", str(folder)]

    assert files_with([stack.layout.home], [words.encode() for words in WORDS]) != []  # what was sent is a plain file
    code, found = operator.ask("erase", person.id, "--yes", "--wait", "0", *where)

    assert (code, found["key_thrown_away"]) == (0, True)
    assert found["documents_removed"] > 6
    assert found["messages_removed"] > 0
    assert (found["left"]["own_documents"], found["left"]["words_found_in"]) == ([], [])
    assert files_with([stack.layout.home], [words.encode() for words in WORDS]) == []
    assert found["left"]["journal_lines_nobody_can_open"] > 0
    again = ("erase", person.id, "--yes", "--wait", "0", "--tenant", person.clinic.tenant)
    assert _removed(operator.ask(*again)) == (0, 0)
    assert person.send("clinician", "GET", "plans", "/patients/{id}").status_code == 404


def test_who_is_in_a_group_is_erased_once_they_left(operator: Operator, stack: Running) -> None:
    clinic = Clinic(stack)
    person = clinic.enrol_with_plan()
    opened = {"id": fresh(), "name": "Herons at low tide", "language": "en", "run_by": "clinic"}
    group = clinic.send(clinic.token("moderator"), "community", "POST", "/groups", opened).json()["group_id"]
    offered = person.ask("patient", "GET", "community", f"/groups/{group}/pseudonyms")["pseudonyms"]
    joining = {"id": fresh(), "consent": True, "pseudonym": offered[0], "avatar": "kite"}
    person.ask("patient", "POST", "community", f"/groups/{group}/members", joining)
    words = ("erase", person.id, "--yes", "--wait", "0")
    assert operator.ask(*words) == (1, {"patient_id": person.id, "refused": "still_a_member"})

    person.ask("patient", "POST", "community", f"/groups/{group}/leave", {"id": fresh(), "posts": "anonymise"})

    def erased() -> dict[str, Any] | None:
        code, found = operator.ask(*words)
        return found if code == 0 else None

    found = eventually(erased, "the group to have let them go") or {}
    assert found["documents_removed"] > 0
    assert found["left"]["own_documents"] == []
    assert all(" community members " in f" {name}" for name in found["left"]["documents_naming_the_id"])


def _removed(asked: tuple[int, Any]) -> tuple[int, int]:
    code, found = asked
    return code, found["documents_removed"]
