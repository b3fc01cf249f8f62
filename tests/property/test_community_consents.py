"""Whatever order and however often a person's words on groups arrive, the word with the highest seq holds."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from services.community.domain import memberships
from services.community.domain.model import CommunityState
from services.community.transitions import TRANSITIONS as COMMUNITY
from services.plans.domain.consents import TEXT_VERSION, GrantConsent, Purpose, WithdrawConsent
from services.plans.domain.model import PatientState, Person
from services.plans.transitions import TRANSITIONS as PLANS
from shared.contracts.community import MemberJoinedV1, MemberLeftV1
from shared.contracts.plans_circle import ConsentGrantedV1, ConsentWithdrawnV1
from shared.ids import event_id
from shared.runtime.aggregate import encode
from shared.runtime.messages import Actor, Message, Refused, To

NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUICK = settings(max_examples=120, deadline=None)


def told(words: list[bool], purpose: Purpose = "group") -> list[Message[Any]]:
    """What plans publishes when a person says yes (True) and takes it back (False), an hour after another."""
    state, events = PatientState(person=Person("UTC", "en")), list[Message[Any]]()
    for number, yes in enumerate(words):
        at, last = NOW + timedelta(hours=number), state.circle.consents
        command: Any = WithdrawConsent(last[0].consent_id if last else "none", "app")
        if yes:
            command = GrantConsent(f"co-{number}", purpose, TEXT_VERSION, "en", "app")
        handler = PLANS[type(command)]
        assert not isinstance(handler, To)
        try:
            done = handler(state, Message(command, "p", "t", f"c{number}", at, at, Actor("patient", "p"), "app"), at)
        except Refused:
            continue
        state = done.state
        for emit in done.events:
            seq = len(events) + 1
            id = event_id("plans", "p", seq)
            events.append(Message(emit.data, "p", "t", id, at, at, service="plans", seq=seq))
    return events


def stays(hours: list[tuple[int, bool]]) -> list[Message[Any]]:
    """A stay in a group of its own from each of these hours on; some of them leave again."""
    made: list[Message[Any]] = []
    for number, (hour, leaves) in enumerate(hours):
        at, ids = NOW + timedelta(hours=hour, minutes=30), {"group_id": f"g{number}", "member_id": f"m{number}"}
        data: list[Any] = [MemberJoinedV1(**ids, patient_id="p", joined_at=at)]
        data += [MemberLeftV1(**ids, patient_id="p", left_at=at, reason="left")] if leaves else []
        made += [Message(one, "p", "t", f"m{number}", at, at, service="community", seq=n) for n, one in enumerate(data)]
    return [replace(message, seq=seq) for seq, message in enumerate(made, 1)]


def folded(messages: list[Message[Any]]) -> CommunityState:
    state = CommunityState()
    for message in messages:
        handler = COMMUNITY[type(message.data)]
        state = (handler.handler if isinstance(handler, To) else handler)(state, message, NOW).state
    return state


@QUICK
@given(st.lists(st.booleans(), max_size=8), st.randoms(use_true_random=False))
def test_in_any_order_and_however_often_the_highest_seq_says_what_holds(words: list[bool], draw: random.Random) -> None:
    events = told(words)
    heard = [*events, *(draw.choice(events) for _ in range(4) if events)]
    draw.shuffle(heard)
    person = folded(heard).person
    if not events:
        assert person is None
        return
    assert person is not None
    assert person.consent is not None
    last = events[-1]
    assert person.consent.seq == last.seq
    assert person.consent.on == isinstance(last.data, ConsentGrantedV1)
    assert folded(heard) == folded(events)


@QUICK
@given(
    st.lists(st.booleans(), max_size=6),
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=4),
    st.randoms(use_true_random=False),
)
def test_stays_end_with_the_consent_alike_for_every_interleaving_of_the_topics(
    words: list[bool], hours: list[tuple[int, bool]], draw: random.Random
) -> None:
    plans, community = told(words), stays(hours)
    topics = ["plans"] * len(plans) + ["community"] * len(community)
    draw.shuffle(topics)
    left = {"plans": iter(plans), "community": iter(community)}
    mixed = folded([next(left[topic]) for topic in topics])
    assert encode(mixed) == encode(folded([*plans, *community]))
    person = mixed.person
    if person is not None and person.consent is not None:
        ends = [one.data.withdrawn_at for one in plans if isinstance(one.data, ConsentWithdrawnV1)]
        assert person.consent.withdrawn_at == (ends[-1] if ends else None)
        active = memberships.active(person).values()
        assert all(one.joined_at is not None and one.joined_at > max(ends, default=NOW) for one in active)


@QUICK
@given(st.lists(st.booleans(), max_size=6))
def test_words_on_other_purposes_change_nothing_in_groups(words: list[bool]) -> None:
    assert folded(told(words, "research")) == CommunityState()
