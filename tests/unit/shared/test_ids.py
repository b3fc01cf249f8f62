"""Identifiers that every service computes alike."""

from datetime import date
from uuid import UUID

import pytest

from shared.ids import content_hash, event_id, named_id, random_id, slot_id


def test_ids_stay_what_they_were() -> None:
    """Stored and published ids are computed anew by every version of the code; a change would double everything."""
    assert event_id("progression", "p1", 1) == "4d29ddf6-3f8c-5bd5-a12b-fffa925b4b81"
    assert slot_id("p1", "walk", date(2026, 1, 5)) == "4be4e3b2-9559-56ac-ac1a-cb9dec52f380"
    assert named_id("decision", "p1", "walk", 3, None) == "878abcbf-1e85-58ed-8350-365400bf76b3"
    assert (
        content_hash({"a": 1, "b": [True, None, "ü"]})
        == "546c74fce243b0d4a8ad4f06479a818fe1f5d854749cd53a101b3ab77c47bf0c"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (event_id("progression", "p1", 1), event_id("progression", "p1", 2)),
        (event_id("progression", "p1", 1), event_id("reminders", "p1", 1)),
        (slot_id("p1", "walk", date(2026, 1, 5)), slot_id("p1", "walk", date(2026, 1, 6))),
        (named_id("a", "b:c"), named_id("a:b", "c")),
        (named_id("a", "b", "c"), named_id("a", "b,c")),
        (named_id("a", "1"), named_id("a", 1)),
        (content_hash({"a": 1}), content_hash({"a": "1"})),
        (random_id(), random_id()),
    ],
)
def test_different_things_have_different_ids(one: str, other: str) -> None:
    assert one != other


def test_the_order_of_keys_does_not_change_a_content_hash() -> None:
    assert content_hash({"a": 1, "b": {"c": 2, "d": 3}}) == content_hash({"b": {"d": 3, "c": 2}, "a": 1})


def test_computed_ids_are_version_5_and_random_ones_version_4() -> None:
    assert UUID(event_id("s", "k", 1)).version == UUID(slot_id("p", "t", date(2026, 1, 5))).version == 5
    assert UUID(random_id()).version == 4
