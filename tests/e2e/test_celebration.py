"""From the first session to the group: offered, shared by the person alone, read by members and by nobody else."""

from functools import partial
from typing import Any, Final

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import CELEBRATIONS, OTHER_TENANT, Clinic, Somebody, eventually, fresh
from tests.support.e2e_problems import not_a_problem
from tests.support.e2e_traces import about, every_record, files_with, marks, records_since, told_in

NAME: Final = "Kestrels over wet slate"


@pytest.fixture(scope="module")
def clinic(stack: Running) -> Clinic:
    return Clinic(stack)


def open_group(clinic: Clinic, **fields: Any) -> str:
    """A group of the clinic; its id."""
    body = {"id": fresh(), "name": NAME, "language": "es", "run_by": "clinic", **fields}
    answer = clinic.send(clinic.token("moderator"), "community", "POST", "/groups", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["group_id"])


def join(person: Somebody, group: str) -> dict[str, Any]:
    """The person joins with consent; how they are called there."""
    offered = person.ask("patient", "GET", "community", f"/groups/{group}/pseudonyms")["pseudonyms"]
    body = {"id": fresh(), "consent": True, "pseudonym": offered[1], "avatar": "kite"}
    joined: dict[str, Any] = person.ask("patient", "POST", "community", f"/groups/{group}/members", body)
    assert joined["pseudonym"] == offered[1]
    return joined


def offers(person: Somebody) -> list[dict[str, Any]]:
    """What the person may share now."""
    found: list[dict[str, Any]] = person.ask("patient", "GET", "community", CELEBRATIONS)["open"]
    return found


def posts(person: Somebody, group: str) -> list[dict[str, Any]]:
    """What the person reads in the group."""
    found: list[dict[str, Any]] = person.ask("patient", "GET", "community", f"/groups/{group}/posts")["items"]
    return found


@pytest.mark.article("P6.2")
def test_a_first_session_is_offered_shared_by_the_person_and_read_by_the_group_alone(clinic: Clinic) -> None:
    before = marks(clinic.running)
    person, friend, stranger = (clinic.enrol_with_plan() for _ in range(3))
    group = open_group(clinic)
    me, _ = join(person, group), join(friend, group)

    person.log(pain=2)
    (offer,) = eventually(partial(offers, person), "the offer to celebrate")
    assert offer["kind"] == "first_session"
    assert posts(friend, group) == []

    path = f"{CELEBRATIONS}/{offer['offer_id']}/share"
    body = {"id": fresh(), "group_id": group, "template": offer["wordings"][0]["template"]}
    for role in ("clinician", "moderator", "caregiver"):
        assert person.send(role, "POST", "community", path, body).status_code == 403
    answers = [person.ask("patient", "POST", "community", path, body) for _ in range(2)]
    assert answers[0] == answers[1]
    (post,) = eventually(partial(posts, friend, group), "the post")
    assert post["text"] == "He hecho mi primera sesión."
    assert post["author"] == {"name": me["pseudonym"], "avatar": "kite"}
    assert (post["mine"], posts(person, group)[0]["mine"]) == (False, True)
    again = person.send("patient", "POST", "community", path, {**body, "id": fresh()})
    assert (again.status_code, again.json()["code"]) == (409, "already_shared")

    feed = f"/groups/{group}/posts"
    denied = [
        (stranger.send("patient", "GET", "community", feed), 403),
        (person.send("clinician", "GET", "community", feed), 403),
        (person.send("caregiver", "GET", "community", feed), 403),
        (clinic.send(clinic.token("patient", friend.id, OTHER_TENANT), "community", "GET", feed), 404),
        (clinic.send(clinic.token("moderator", None, OTHER_TENANT), "community", "GET", feed), 404),
    ]
    for answer, status in denied:
        assert answer.status_code == status, answer.text
        assert not_a_problem(answer) is None
    assert person.send("moderator", "GET", "community", feed).is_success

    published = [record for record in records_since(clinic.running, before) if record.topic == "community-events"]
    assert len(about(published, group)) == 3  # two members and one post
    assert told_in(every_record(clinic.running), NAME.encode()) == []
    assert told_in(every_record(clinic.running), me["pseudonym"].encode()) == []
    assert files_with(clinic.running.layout.home, NAME.encode()) == []


def test_who_leaves_reads_nothing_more_at_once_and_their_post_has_no_name_any_more(clinic: Clinic) -> None:
    person, friend = (clinic.enrol_with_plan() for _ in range(2))
    group = open_group(clinic, language="en")
    me, _ = join(person, group), join(friend, group)
    person.log(pain=2)
    (offer,) = eventually(partial(offers, person), "the offer to celebrate")
    body = {"id": fresh(), "group_id": group, "template": "first_session.thanks"}
    person.ask("patient", "POST", "community", f"{CELEBRATIONS}/{offer['offer_id']}/share", body)
    eventually(partial(posts, friend, group), "the post")

    person.ask("patient", "POST", "community", f"/groups/{group}/leave", {"id": fresh(), "posts": "anonymise"})
    gone = person.send("patient", "GET", "community", f"/groups/{group}/posts")
    assert (gone.status_code, gone.json()["code"]) == (403, "not_a_member")
    (post,) = posts(friend, group)
    assert post["author"] == {"name": "a member", "avatar": None}
    assert me["pseudonym"] not in str(post)


def test_a_red_flag_holds_celebrations_back_until_a_clinician_resumes(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    group = open_group(clinic, language="en")
    join(person, group)
    person.log(pain=2)
    (offer,) = eventually(partial(offers, person), "the offer to celebrate")

    flag = {"id": fresh(), "context": "something_wrong", "yes": ["cancer"]}
    assert person.ask("patient", "POST", "safety", "/patients/{id}/red-flags", flag)["suspended"]
    eventually(
        lambda: person.ask("patient", "GET", "community", CELEBRATIONS)["held_back"], "the offer to be held back"
    )
    assert offers(person) == []
    path = f"{CELEBRATIONS}/{offer['offer_id']}/share"
    body = {"id": fresh(), "group_id": group, "template": "first_session.plain"}
    refused = person.send("patient", "POST", "community", path, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "automation_suspended")

    suspension = person.ask("clinician", "GET", "safety", "/patients/{id}/suspension")["suspension_id"]
    resume = {"id": fresh(), "suspension_id": suspension, "note": "Seen today; may go on."}
    person.ask("clinician", "POST", "safety", "/patients/{id}/suspension/resume", resume)
    (again,) = eventually(partial(offers, person), "the offer to come back")
    assert again["offer_id"] == offer["offer_id"]
    person.ask("patient", "POST", "community", path, body)
    eventually(partial(posts, person, group), "the post")


def test_the_end_of_a_plan_ends_the_membership_within_a_minute(clinic: Clinic) -> None:
    person = clinic.enrol()
    plan_id = person.plan()
    person.until_known()
    group = open_group(clinic)
    join(person, group)
    assert posts(person, group) == []
    end = {"id": fresh(), "reason": "completed"}
    person.ask("clinician", "POST", "plans", f"/patients/{{id}}/plans/{plan_id}/end", end)

    def out() -> bool:
        return person.send("patient", "GET", "community", f"/groups/{group}/posts").status_code == 403

    eventually(out, "the end of the membership")
