"""An operator declares that the platform was away: every person is told, once, and their days are counted anew."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from deploy.operations.outages import outage
from deploy.operations.wrong import WrongQuestion
from services.progression.transitions import SERVICE
from shared.clock import ManualClock
from shared.runtime.ports import DependencyDown
from shared.runtime.runtime import Runtime
from tests.support.operator import beside, no_bar
from tests.support.progression_person import Person, body_of
from tests.support.rig import Rig, lay


class Installation:
    """A service that runs over memory, and the operator's own process beside it."""

    def __init__(self) -> None:
        self.person = Person()
        self.now = self.person.at(7, "12:00")
        self.rig = Rig(SERVICE, clock=ManualClock(self.now))
        self.beside = beside(self.rig, SERVICE)

    def runtime(self, service: str) -> Runtime:
        assert service == "progression"
        return self.beside

    def store(self, service: str) -> Any:
        return self.rig.store

    def clock(self) -> ManualClock:
        return self.rig.clock

    async def filled(self, people: int) -> "Installation":
        """People with a week behind them; the service's own clock has ticked through it."""
        for number in range(people):
            person = Person(key=f"p{number:03}").enrol().plan()
            self.rig.clock.set(person.now)
            await self.rig.consume([lay(self.rig.broker, body_of(message)) for message, _ in person.history])
        while self.rig.clock.now() < self.now:
            self.rig.clock.advance(timedelta(hours=12))
            self.rig.caught_up()
            await self.rig.runtime.timers.tick()
        await self.rig.rest()
        return self

    def superseding(self) -> list[dict[str, Any]]:
        """What was told of adherence in place of what had been told before, person by person."""
        events = [event for key in self.rig.store.aggregates for event in self.rig.events(key)]
        once = {event["event_id"]: event["data"] for event in events}  # a sweep repeats
        return [data for data in once.values() if data.get("supersedes")]


async def test_an_outage_reaches_everybody_once_and_the_service_publishes_what_it_changed() -> None:
    here = await Installation().filled(3)
    since, until = here.person.at(3, "08:00"), here.person.at(3, "20:00")
    answer = await outage(here, no_bar, since, until, None)
    assert (answer.code, answer.found["declared"], answer.found["people"]) == (0, 3, 3)

    await here.rig.rest()
    told = here.superseding()
    assert [one["told"]["windows"][0]["eligible_days"] for one in told] == [6, 6, 6]
    again = await outage(here, no_bar, since, until, None)
    assert (again.found["declared"], again.found["people"]) == (0, 3)
    back = await outage(here, no_bar, since, until, None, withdrawn=True)
    assert back.found["withdrawn"] == 3
    await here.rig.rest()
    told = here.superseding()
    assert [one["told"]["windows"][0]["eligible_days"] for one in told] == [6, 7, 6, 7, 6, 7]
    assert all(orjson.loads(document["state"])["state"]["kept"]["off"]["outages"] == []
               for document in here.rig.store.aggregates.values())  # fmt: skip


async def test_more_people_than_a_page_holds_are_all_told() -> None:
    here = Installation()
    here.rig.clock.set(here.person.at(0))
    laid = []
    for number in range(205):
        person = Person(key=f"p{number:03}").enrol()
        laid += [lay(here.rig.broker, body_of(message)) for message, _ in person.history]
    await here.rig.consume(laid)
    here.rig.clock.set(here.now)

    answer = await outage(here, no_bar, here.person.at(3, "08:00"), here.person.at(3, "20:00"), None)
    assert (answer.found["declared"], answer.found["people"]) == (205, 205)


async def test_only_a_clinics_people_are_told_and_a_clinic_that_nobody_knows_is_a_wrong_question() -> None:
    here = await Installation().filled(1)
    since, until = here.person.at(3, "08:00"), here.person.at(3, "20:00")

    assert (await outage(here, no_bar, since, until, "clinic")).found["declared"] == 1
    with pytest.raises(WrongQuestion, match="Nobody of this clinic"):
        await outage(here, no_bar, since, until, "elsewhere")


@pytest.mark.parametrize(
    ("since", "until"), [((3, "20:00"), (3, "08:00")), ((7, "08:00"), (7, "20:00")), ((3, "08:00"), (3, "08:00"))]
)
async def test_an_outage_lies_behind_us_and_ends_after_it_began(since: tuple[int, str], until: tuple[int, str]) -> None:
    here = Installation()
    with pytest.raises(WrongQuestion):
        await outage(here, no_bar, here.person.at(*since), here.person.at(*until), None)


async def test_days_that_are_counted_for_good_cannot_be_set_aside() -> None:
    here = Installation()
    with pytest.raises(WrongQuestion, match="28 days"):
        await outage(here, no_bar, here.person.at(-22), here.person.at(0), None)


async def test_a_database_that_is_away_is_said_and_who_was_erased_is_left_alone() -> None:
    here = await Installation().filled(2)
    since, until = here.person.at(3, "08:00"), here.person.at(3, "20:00")
    await here.beside.sealer.erase("clinic", "p001")
    assert (await outage(here, no_bar, since, until, None)).found["declared"] == 1
    here.rig.store.down = True
    with pytest.raises(DependencyDown):
        await outage(here, no_bar, since, until, None)
