"""The rules of groups, memberships and offers on their own."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.community.domain import groups, memberships, offers, pseudonyms
from services.community.domain.model import AVATARS, Group, Member, Membership, Offer, Person, Suspension

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GROUP = Group("sealed", "en", "clinic", 30, "salt", NOW)
OFFER = Offer("m", "first_session", date(2026, 3, 2), NOW, NOW + timedelta(days=14))
WORDS = pseudonyms.Words(("Quiet", "Calm"), ("River", "Wren"), "{first} {second} {number}")


def member(number: int) -> Member:
    return Member(f"p{number}", f"Quiet River {number}", "leaf", NOW)


def crowd(count: int) -> Group:
    group = GROUP
    for number in range(count):
        group = groups.with_member(group, f"m{number:02}", member(number))
    return group


@pytest.mark.parametrize(
    ("members", "limit", "band"),
    [(0, 30, "below_8"), (7, 30, "below_8"), (8, 30, "from_8"), (29, 30, "from_8"), (30, 30, "full"), (8, 8, "full")],
)
def test_a_groups_size_is_a_band(members: int, limit: int, band: str) -> None:
    assert groups.size(members, limit) == band


def test_30_is_a_hard_limit_whatever_the_group_says() -> None:
    lax = replace(crowd(30), member_limit=500)
    assert groups.full(lax)
    assert not groups.full(groups.without(lax, "m00"))


def test_a_person_is_found_by_their_id_and_nobody_else() -> None:
    assert groups.member_of(crowd(3), "p1") == ("m01", member(1))
    assert groups.member_of(crowd(3), "p7") is None


def test_a_taken_pseudonym_is_not_free_until_its_member_leaves() -> None:
    wanted = ("Quiet River 1", "Quiet River 7")
    assert groups.free(crowd(3), wanted) == wanted[1:]
    assert groups.free(groups.without(crowd(3), "m01"), wanted) == wanted


def test_pseudonyms_follow_from_the_person_and_the_salt_and_few_words_are_enough() -> None:
    names = pseudonyms.offered(WORDS, "salt", "p1")
    assert len(set(names)) == pseudonyms.OFFERED > groups.MEMBERS_MAX
    assert names == pseudonyms.offered(WORDS, "salt", "p1")
    assert names != pseudonyms.offered(WORDS, "salt", "p2")
    assert names != pseudonyms.offered(WORDS, "pepper", "p1")
    assert len(set(AVATARS)) == 12


@pytest.mark.parametrize(
    ("offer", "on", "after", "told"),
    [
        (OFFER, False, timedelta(0), "open"),
        (OFFER, False, timedelta(days=14), "expired"),
        (OFFER, True, timedelta(0), "held_back"),
        (replace(OFFER, offered_at=None, expires_at=None), False, timedelta(0), "held_back"),
        (replace(OFFER, status="shared"), True, timedelta(days=99), "shared"),
        (replace(OFFER, status="dismissed"), False, timedelta(0), "dismissed"),
    ],
)
def test_what_is_told_of_an_offer(offer: Offer, on: bool, after: timedelta, told: str) -> None:
    assert offers.told(Person(suspension=Suspension("s", on, 1)), offer, NOW + after) == told


def test_of_many_offers_the_latest_are_kept() -> None:
    person = Person()
    for day in range(1, 29):
        person = offers.keep(person, f"o{day:02}", replace(OFFER, reached_on=date(2026, 2, day)))
    assert list(person.offers) == [f"o{day:02}" for day in range(9, 29)]


def test_memberships_of_now_are_all_kept_and_of_those_of_before_the_last() -> None:
    person = Person()
    for number in range(40):
        person = memberships.keep(person, f"g{number:02}", Membership("m", number, NOW, active=number < 5))
    assert list(memberships.active(person)) == [f"g{number:02}" for number in range(5)]
    assert len(person.memberships) == 5 + memberships.PAST_KEPT
    assert "g39" in person.memberships


def test_a_plan_that_ended_twice_ended_at_the_later_moment() -> None:
    person, _ = memberships.ended_with_plan(Person(), NOW)
    person, _ = memberships.ended_with_plan(person, NOW - timedelta(days=1))
    assert person.plan_ended_at == NOW
    assert memberships.over_at_once(person, "g", NOW) == "plan_ended"
    assert memberships.over_at_once(person, "g", NOW + timedelta(milliseconds=1)) is None
