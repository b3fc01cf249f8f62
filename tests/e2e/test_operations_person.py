"""A person's data on the running stack: handed over with their words opened, then erased, and looked for."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic, Somebody, eventually, fresh
from tests.support.e2e_operator import Operator, operator_of

STEP, SITUATION = "sit by the turquoise harbour wall", "when the tangerine kettle whistles"
NOTE = "a quince tree and the neighbour's accordion"


@pytest.fixture(scope="module")
def operator(stack: Running) -> Operator:
    return operator_of(stack)


@pytest.fixture(scope="module")
def person(stack: Running) -> Somebody:
    """Somebody who wrote three things: in their flare plan, in a reminder, in their journal."""
    phones = [{"label": "The clinic", "number": "+1 555 010 0199"}]
    person = Clinic(stack).enrol_with_plan(flare_plan={"steps": [STEP], "phones": phones})
    words = {"situation": SITUATION, "action": "once around the square"}
    cue = {"id": fresh(), "time": "18:00", "track_id": "walking", "if_then": words}
    person.ask("patient", "PUT", "reminders", "/patients/{id}/cues/evening", cue)
    person.ask("patient", "POST", "session_logging", "/patients/{id}/journal-entries", {"id": fresh(), "text": NOTE})
    person.log(pain=2)
    return person


def test_what_is_held_of_a_person_is_exported_with_their_words_opened(operator: Operator, person: Somebody) -> None:
    code, found = operator.ask("export", person.id)

    assert code == 0
    text = orjson.dumps(found).decode()
    assert all(words in text for words in (STEP, SITUATION, NOTE))
    assert '"s1.' not in text
    assert {"plans", "session_logging", "progression", "reminders"} <= set(found["services"])
    assert found["services"]["session_logging"]["sessions"]
    assert operator.ask("export", fresh())[0] == 1


def test_an_erased_person_is_found_nowhere(
    operator: Operator, person: Somebody, stack: Running, tmp_path: Path
) -> None:
    (tmp_path / "words.txt").write_text("\n".join((STEP, SITUATION, NOTE)))
    where: list[str] = ["--words", str(tmp_path / "words.txt")]
    for folder in (stack.layout.data, stack.layout.home / "logs"):
        where += ["--scan", str(folder)]

    code, found = operator.ask("erase", person.id, "--yes", "--wait", "0", *where)

    assert (code, found["key_thrown_away"]) == (0, True)
    assert found["documents_removed"] > 6
    assert (found["left"]["own_documents"], found["left"]["words_found_in"]) == ([], [])
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
