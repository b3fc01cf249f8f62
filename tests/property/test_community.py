"""Whatever happens in any order: no group is too full, nothing is posted unasked, and all sides agree at rest."""

import random
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from services.community.domain import memberships, offers
from services.community.domain.commands import (
    Command,
    CreateGroup,
    DismissCelebration,
    JoinGroup,
    LeaveGroup,
    ShareCelebration,
)
from services.community.domain.groups import member_of
from services.community.domain.model import CommunityState, Person
from services.community.domain.pseudonyms import offered
from services.community.texts import pseudonym_words
from services.community.transitions import TRANSITIONS
from shared.contracts.community import MemberJoinedV1, MemberLeftV1
from shared.contracts.plans import PatientEnrolledV1, PlanEndedV1
from shared.contracts.progression import MilestoneReachedV1
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1
from shared.ids import event_id, named_id
from shared.runtime.aggregate import encode
from shared.runtime.messages import Message, Refused, To

NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE: Final = tuple(f"p{number}" for number in range(9))
GROUPS: Final = tuple(f"g{number}" for number in range(7))
SOME: Final = (*PEOPLE[:3], *GROUPS[:2])
LIMIT: Final = 8
QUICK = settings(max_examples=150, deadline=None)


@dataclass
class Village:
    """Every aggregate, what is on its way between them, and what an observer noted."""

    states: dict[str, CommunityState] = field(default_factory=dict)
    seqs: dict[tuple[str, str], int] = field(default_factory=dict)
    lines: dict[str, deque[Message[Any]]] = field(default_factory=dict)
    delivered: list[Message[Any]] = field(default_factory=list)
    posts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    now: datetime = NOW
    commands: int = 0

    def __post_init__(self) -> None:
        for group in GROUPS:
            self.command(group, CreateGroup("sealed", "en", "clinic", LIMIT, "salt"))
        for person in PEOPLE:
            self.event(
                "plans", person, PatientEnrolledV1(tz="UTC", locale="en", day_starts_at="03:00", record_mode="live")
            )

    def state(self, key: str) -> CommunityState:
        return self.states.get(key, CommunityState())

    def person(self, key: str) -> Person:
        return self.state(key).person or Person()

    def command(self, key: str, command: Command) -> bool:
        """Whether the command was accepted."""
        self.commands += 1
        message: Message[Any] = Message(command, key, "t", f"c{self.commands}", self.now, self.now)
        try:
            self._fold(message)
        except Refused:
            return False
        return True

    def event(self, service: str, key: str, data: BaseModel) -> None:
        """An event of another service, handled at once."""
        self._fold(self._message(service, key, data))

    def _message(self, service: str, key: str, data: BaseModel) -> Message[Any]:
        seq = self.seqs[service, key] = self.seqs.get((service, key), 0) + 1
        return Message(data, key, "t", event_id(service, key, seq), self.now, self.now, service=service, seq=seq)

    def deliver(self, key: str) -> None:
        """The next own event of an aggregate reaches the other one."""
        if self.lines.get(key):
            message = self.lines[key].popleft()
            self.delivered.append(message)
            self._fold(message)

    def again(self, number: int) -> None:
        """An own event of earlier comes once more, past every memory of the runtime."""
        if self.delivered:
            self._fold(self.delivered[number % len(self.delivered)])

    def rest(self) -> None:
        while any(self.lines.values()):
            for key in sorted(self.lines):
                self.deliver(key)

    def _fold(self, message: Message[Any]) -> None:
        handler = TRANSITIONS[type(message.data)]
        if isinstance(handler, To):
            message = replace(message, key=handler.key(message))
            handler = handler.handler
        done = handler(self.state(message.key), message, self.now)
        self.states[message.key] = done.state
        for emit in done.events:
            sent = self._message("community", message.key, emit.data)
            if type(emit.data) in TRANSITIONS:
                self.lines.setdefault(message.key, deque()).append(sent)
        for record in done.records:
            if record.collection == "posts":
                before = self.posts.get(record.id)
                assert before is None or (before["status"], record.data["status"]) == ("shown", "deleted")
                self.posts[record.id] = record.data

    def check(self) -> None:
        """What holds at any moment."""
        for key in GROUPS:
            group = self.state(key).group
            assert group is not None
            people = [member.patient_id for member in group.members.values()]
            assert len(people) == len(set(people)) <= LIMIT
            assert len({member.pseudonym for member in group.members.values()}) == len(people)
        assert self.posts.keys() <= self.asked

    def check_at_rest(self) -> None:
        """What holds when every event has arrived."""
        self.check()
        for key in PEOPLE:
            person = self.person(key)
            seen = {name: one.member_id for name, one in memberships.active(person).items()}
            held = {name: found[0] for name in GROUPS if (found := member_of(self._group(name), key)) is not None}
            assert seen == held
            assert len(held) <= memberships.GROUPS_MAX
            ended = person.plan_ended_at
            assert ended is None or all(
                (member_of(self._group(name), key) or ("", None))[1] is not None
                and self._group(name).members[id].joined_at > ended
                for name, id in held.items()
            )

    def _group(self, key: str) -> Any:
        return self.state(key).group


HAPPENINGS: Final = ("join", "milestone", "share", "share", "leave", "dismiss", "suspend", "resume", "end", "wait")
WEIGHTS: Final = (6, 6, 8, 6, 2, 1, 1, 2, 1, 1)


def happening(draw: random.Random) -> tuple[Any, ...]:
    """Something that a few people in two groups may do, or that reaches them."""
    if draw.random() < 0.5:
        return ("again", draw.randrange(1000)) if draw.random() < 0.2 else ("deliver", draw.choice(SOME))
    person, group, number = draw.choice(PEOPLE[:3]), draw.choice(GROUPS[:2]), draw.randint(1, 2)
    match what := draw.choices(HAPPENINGS, WEIGHTS)[0]:
        case "join":
            return what, person, group
        case "leave":
            return what, person, group, draw.choice(("anonymise", "delete"))
        case "share":
            return what, person, number, group
        case "milestone" | "dismiss":
            return what, person, number
        case "wait":
            return what, draw.randint(1, 200)
    return what, person


def live(village: Village, step: tuple[Any, ...]) -> None:
    """One thing that happens."""
    match step:
        case ("join", person, group):
            names = offered(pseudonym_words("en"), "salt", person)
            village.command(group, JoinGroup(person, names, None, None))
        case ("leave", person, group, posts):
            village.command(group, LeaveGroup(person, posts))
        case ("milestone", person, number):
            milestone = MilestoneReachedV1(
                milestone_id=f"m{number}-{person}", kind="first_session", reached_on=date(2026, 3, number)
            )
            village.event("progression", person, milestone)
        case ("share", person, number, group):
            share(village, person, named_id("offer", person, f"m{number}-{person}"), group)
        case ("dismiss", person, number):
            village.command(person, DismissCelebration(named_id("offer", person, f"m{number}-{person}")))
        case ("suspend", person):
            village.event("safety", person, suspended(village.now))
        case ("resume", person):
            village.event("safety", person, AutomationResumedV1(suspension_id="s", resumed_at=village.now))
        case ("end", person):
            village.event("plans", person, PlanEndedV1(plan_id="plan", reason="completed"))
        case ("deliver", key):
            village.deliver(key)
        case ("again", number):
            village.again(number)
        case ("wait", hours):
            village.now += timedelta(hours=hours)


def share(village: Village, person: str, offer_id: str, group: str) -> None:
    """A person shares; it is accepted only while open, by a member, once."""
    before, found = village.person(person), member_of(village._group(group), person)
    command = ShareCelebration(offer_id, group, "first_session.plain", found and found[0])
    if village.command(person, command):
        assert found is not None
        assert not offers.suspended(before)
        assert before.offers[offer_id].status == "open"
        assert (before.offers[offer_id].expires_at or NOW) > village.now
        post_id = named_id("post", offer_id)
        assert post_id not in village.asked
        village.asked.add(post_id)


def suspended(at: datetime) -> AutomationSuspendedV1:
    return AutomationSuspendedV1(suspension_id="s", flag_id="f", level="review", signs=("cancer",), since=at)


@QUICK
@given(st.builds(random.Random, st.integers(0, 2**32)), st.integers(10, 120))
def test_in_any_order_no_group_is_too_full_and_nothing_is_posted_unasked(draw: random.Random, length: int) -> None:
    village = Village()
    for _ in range(length):
        live(village, happening(draw))
        village.check()
    village.rest()
    village.check_at_rest()


@settings(QUICK, max_examples=50)
@given(st.permutations([(person, group) for person in PEOPLE for group in GROUPS]), st.booleans())
def test_when_everybody_joins_everything_limits_hold_at_rest(order: list[tuple[str, str]], heard_between: bool) -> None:
    village = Village()
    for person, group in order:
        live(village, ("join", person, group))
        if heard_between:
            village.rest()
        village.check()
    village.rest()
    village.check_at_rest()


def _stories(turns: int) -> dict[str, list[BaseModel]]:
    """What each topic tells about one person, in its own order."""
    enrolled = PatientEnrolledV1(tz="UTC", locale="es", day_starts_at="03:00", record_mode="live")
    resumed = AutomationResumedV1(suspension_id="s", resumed_at=NOW)
    milestones: list[BaseModel] = [
        MilestoneReachedV1(milestone_id=f"m{number}", kind="first_session", reached_on=date(2026, 3, number))
        for number in (1, 2)
    ]
    stay = {"group_id": "g0", "member_id": "m-0", "patient_id": "p"}
    again = {**stay, "member_id": "m-1"}
    return {
        "plans": [enrolled, PlanEndedV1(plan_id="plan", reason="completed")],
        "progression": milestones,
        "safety": [suspended(NOW), resumed, suspended(NOW), resumed][:turns],
        "community": [
            MemberJoinedV1(**stay, joined_at=NOW - timedelta(days=1)),
            MemberLeftV1(**stay, left_at=NOW, reason="left"),
            MemberJoinedV1(**again, joined_at=NOW + timedelta(days=1)),
        ],
    }


@QUICK
@given(st.integers(0, 4), st.randoms(use_true_random=False))
def test_one_persons_state_is_the_same_for_every_interleaving_of_topics(turns: int, draw: random.Random) -> None:
    def folded(order: list[str]) -> bytes:
        left = {topic: list(enumerate(story, 1)) for topic, story in _stories(turns).items()}
        state, told = CommunityState(), []
        for topic in order:
            seq, data = left[topic].pop(0)
            told.append(Message(data, "p", "t", f"{topic}:{seq}", NOW, NOW, service=topic, seq=seq))
        for message in [*told, *draw.sample([one for one in told if one.service == "community"], 2)]:
            handler = TRANSITIONS[type(message.data)]
            state = (handler.handler if isinstance(handler, To) else handler)(state, message, NOW).state
        return encode(state)

    in_turn = [topic for topic, story in _stories(turns).items() for _ in story]
    mixed = draw.sample(in_turn, len(in_turn))
    assert folded(mixed) == folded(in_turn)


@QUICK
@given(st.text(min_size=1, max_size=40), st.sampled_from(("en", "es", "ar")))
def test_pseudonyms_are_always_enough_and_hold_nothing_of_the_persons_id(patient_id: str, language: str) -> None:
    words = pseudonym_words(language)
    names = offered(words, "salt", patient_id)
    assert len(set(names)) == 40
    assert names == offered(words, "salt", patient_id)
    assert set(names) != set(offered(words, "other salt", patient_id))
    for name in names:
        first, second, number = name.split()
        assert first in words.first
        assert second in words.second
        assert 10 <= int(number) <= 99
