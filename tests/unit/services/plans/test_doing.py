"""What is adapted, what gets in the way and when there is energy is written down once, ended once, and told by code."""

from datetime import date
from typing import Any

import pytest

from services.plans.domain.doing import (
    STANDING_MAX,
    AddAccommodation,
    AddBarrier,
    Doing,
    EndAccommodation,
    EndBarrier,
)
from services.plans.domain.energy import EnergyMap, SetEnergy
from services.plans.folding.doing import note_barrier
from shared.contracts.plans_doing import AccommodationDocumentedV1, BarrierRecordedV1, EnergymapUpdatedV1
from shared.contracts.session_logging import JournalRecordedV1
from shared.runtime.messages import SYSTEM, Message
from tests.unit.services.plans.clinic import CAREGIVER, SELF, STAFF, Clinic

STARTS = ("06:00", "10:00", "12:00", "15:00", "18:00", "22:00")
MAP = EnergyMap(STARTS, (1, 3, 2, 1, 1, 0), (0, 2, 3, 2, 1, 0), 12, {"walk": 3})
CHAIR = AddAccommodation("a-1", "equipment", "chair", "s1.words")
RAIN = AddBarrier("b-1", "weather", "walk_indoors", "s1.words")


@pytest.mark.article("P1.5")
def test_what_is_adapted_stands_until_it_ends_and_its_words_go_with_it() -> None:
    clinic = Clinic().enrolled()
    done = clinic.fold(CHAIR)
    (event,) = done.events
    assert event.data == AccommodationDocumentedV1(accommodation_id="a-1", kind="equipment", standing=True)
    assert clinic.records["a-1"]["words_sealed"] == "s1.words"
    ended: Any = clinic.fold(EndAccommodation("a-1"), SELF)
    assert [one.data.standing for one in ended.events] == [False]
    assert clinic.records["a-1"]["words_sealed"] is None
    assert clinic.records["a-1"]["ended_at"] == clinic.now.isoformat()
    assert clinic.state.doing == Doing(ended=("a-1",))
    assert clinic.refused(EndAccommodation("a-1")) == (409, "accommodation_over")
    assert clinic.refused(CHAIR) == (409, "id_known")
    assert clinic.refused(EndAccommodation("a-2")) == (404, "unknown_accommodation")


def test_the_same_is_adapted_once_and_no_more_than_16_things_are() -> None:
    clinic = Clinic().enrolled()
    clinic.fold(CHAIR)
    assert clinic.refused(AddAccommodation("a-2", "equipment", "chair")) == (409, "adapted_already")
    for number in range(2, STANDING_MAX + 1):
        clinic.fold(AddAccommodation(f"a-{number}", "time", "other", "s1.words"))
    assert clinic.refused(AddAccommodation("a-99", "time", "other")) == (409, "too_many")


@pytest.mark.article("P5.6")
def test_a_barrier_is_noted_with_the_persons_own_plan_which_the_next_of_its_code_replaces() -> None:
    clinic = Clinic().enrolled()
    (event,) = clinic.fold(RAIN, SELF, "app").events
    assert event.data == BarrierRecordedV1(barrier_id="b-1", code="weather", plan_b=True)
    clinic.fold(AddBarrier("b-2", "weather"), SELF, "app")
    assert [one.barrier_id for one in clinic.state.doing.barriers] == ["b-2"]
    assert (clinic.records["b-1"]["ended_because"], clinic.records["b-1"]["words_sealed"]) == ("replaced", None)
    clinic.fold(EndBarrier("b-2"), STAFF, "phone")
    assert clinic.records["b-2"]["ended_because"] == "ended"
    assert clinic.refused(EndBarrier("b-2"), SELF, "app") == (409, "barrier_over")
    assert clinic.refused(EndBarrier("b-9"), SELF, "app") == (404, "unknown_barrier")
    assert clinic.refused(RAIN, SELF, "app") == (409, "id_known")


@pytest.mark.parametrize("command", [RAIN, EndBarrier("b-1"), SetEnergy(MAP)])
def test_only_the_person_says_what_gets_in_the_way_and_when_they_have_energy(command: Any) -> None:
    clinic = Clinic().enrolled()
    for actor, source in ((STAFF, "clinician"), (CAREGIVER, "app")):
        assert clinic.refused(command, actor, source) == (403, "only_the_persons_own_answer")


@pytest.mark.article("P4.4", "P5.6")
def test_a_journal_entry_about_something_in_the_way_is_noted_once_on_the_persons_day() -> None:
    clinic = Clinic().enrolled("Asia/Tokyo")
    entry = JournalRecordedV1(entry_id="j-1", tags=("hard", "barrier"))
    event: Any
    (event,) = clinic.fold(entry, SYSTEM, id="e-1").events
    assert (event.data.code, event.data.plan_b) == (None, False)
    assert [(one.entry_id, one.on) for one in clinic.state.doing.noted] == [("j-1", date(2025, 4, 1))]
    assert clinic.fold(entry, SYSTEM, id="e-2").events == ()
    assert clinic.fold(JournalRecordedV1(entry_id="j-2", tags=("easy",)), SYSTEM, id="e-3").events == ()
    assert len(clinic.state.doing.noted) == 1


def test_journal_entries_are_noted_alike_in_whatever_order_they_come_and_the_last_10_stay() -> None:
    clinic, other = Clinic().enrolled(), Clinic().enrolled()
    entries = [(f"j-{number:02}", date(2025, 3, 1 + number)) for number in range(25)]
    for one, order in ((clinic, entries), (other, entries[::-1])):
        for entry_id, day in order:
            data = JournalRecordedV1(entry_id=entry_id, tags=("barrier",))
            message = Message(data, "p-1", "t", entry_id, one.now, one.now, local_date=day)
            one.state = note_barrier(one.state, message, one.now).state
    assert clinic.state == other.state
    assert [one.entry_id for one in clinic.state.doing.noted] == [entry_id for entry_id, _ in entries[-10:]]


@pytest.mark.article("P10.1", "P10.2", "P10.3")
def test_the_energy_map_is_told_when_it_changed_and_the_budget_stays_here() -> None:
    clinic = Clinic().enrolled()
    (event,) = clinic.fold(SetEnergy(MAP), SELF, "app").events
    assert event.data == EnergymapUpdatedV1(starts=STARTS, weekday=MAP.weekday, weekend=MAP.weekend)
    assert "budget" not in event.data.model_dump()
    again = EnergyMap(STARTS, MAP.weekday, MAP.weekend, 20)
    assert clinic.fold(SetEnergy(again), STAFF, "paper").events == ()
    assert clinic.state.doing.energy == again
