"""The work of the contenders, and the digest that tells whether one of them lost, doubled or reordered something."""

import itertools

from services.progression.domain.state import PatientState
from services.progression.transitions import SERVICE
from shared.runtime.wire import Raw, decode
from tests.bench.contenders.loops import NESTED, TEXT, fold
from tests.bench.workload import LOGGING, TOPIC, Workload, decide, digest, encoded, expected, headers_of

WORK = Workload(people=3, window=3, events=9)


def digest_of(work: Workload, order: list[int], *, seq_more: int = 0) -> str:
    """The digest after folding the messages at these places, without a look at marks."""
    people = dict.fromkeys(work.everybody(), (work.start.seq, work.start.state))
    messages = list(work.messages())
    for place in order:
        seq, state = people[messages[place].key]
        done = decide(state, messages[place])
        people[messages[place].key] = (seq + len(done.events), done.state)
    return digest((key, seq + seq_more, state) for key, (seq, state) in people.items())


def test_the_digest_is_what_folding_in_order_gives() -> None:
    assert digest_of(WORK, list(range(9))) == expected(WORK)


def test_the_order_between_people_is_of_no_account() -> None:
    by_person = [place for person in range(3) for place in range(person, 9, 3)]

    assert digest_of(WORK, by_person) == expected(WORK)


def test_a_lost_event_shows() -> None:
    assert all(digest_of(WORK, [p for p in range(9) if p != lost]) != expected(WORK) for lost in range(9))


def test_an_event_published_twice_shows() -> None:
    assert digest_of(WORK, list(range(9)), seq_more=1) != expected(WORK)


def test_the_order_in_which_people_are_read_is_of_no_account() -> None:
    people = [("a", 1, PatientState()), ("b", 2, PatientState(tz="UTC")), ("c", 3, PatientState())]

    assert len({digest(order) for order in itertools.permutations(people)}) == 1


def test_people_cannot_stand_in_for_each_other() -> None:
    assert digest([("a", 1, PatientState()), ("b", 2, PatientState())]) != digest(
        [("a", 2, PatientState()), ("b", 1, PatientState())]
    )


def test_every_session_leads_to_a_decision() -> None:
    state = WORK.start.state
    for message in (message for message in WORK.messages() if message.key == WORK.everybody()[0]):
        done = decide(state, message)
        state = done.state
        assert done.events
        assert done.records


def test_a_session_travels_as_our_services_write_it() -> None:
    message = next(WORK.messages())
    raw = Raw(TOPIC, 0, 0, message.key.encode(), encoded(message), tuple(headers_of(message)))

    read = decode(raw, frozenset(SERVICE.transitions))

    assert (read.data, read.key, read.seq, read.id) == (message.data, message.key, message.seq, message.id)


def test_sessions_continue_where_the_past_ended() -> None:
    work = Workload(people=1, window=12, events=2, history=30)

    assert [message.seq for message in work.messages()] == [31, 32]
    assert work.start.marks[LOGGING] == 30


def test_the_loops_by_hand_fold_alike_whatever_the_form_of_the_state_and_drop_what_came_twice() -> None:
    for form in (NESTED, TEXT):
        found = {
            key: {"_id": key, "v": 1, "seen": WORK.past, "seq": WORK.start.seq, "state": form.pack(WORK.start.state)}
            for key in WORK.everybody()
        }
        messages = list(WORK.messages())

        folded = fold(found, [*messages, *messages], form)

        people = ((d["_id"], d["seq"], form.unpack(d["state"])) for d in folded.documents)
        assert digest(people) == expected(WORK)
        assert len(folded.events) == sum(len(d["outbox"]) for d in folded.documents) >= len(messages)
