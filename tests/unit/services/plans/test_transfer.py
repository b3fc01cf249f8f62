"""A person moves to another site of their clinic: what moves along, what ends, who is told, and what stays."""

from datetime import timedelta

from services.plans.domain.circle import SetMember
from services.plans.domain.commands import EndPlan, TakeWorkItem
from services.plans.domain.transfer import TOLD_FOR, Transfer
from services.plans.folding.timing import due
from shared.contracts.plans_circle import CareteamChangedV1
from shared.contracts.plans_transfer import PatientTransferredV1
from shared.runtime.messages import SYSTEM
from tests.unit.services.plans.clinic import NOW, SELF, Clinic
from tests.unit.services.plans.test_work import flag, review

NORTH = Transfer("tr-1", "north", "s1.note")


def sites(clinic: Clinic) -> dict[str, tuple[str, str]]:
    """Where each item of the list stands, and how."""
    return {one["reason"]: (one["site"], one["status"]) for one in clinic.records.values() if "waits" in one}


def waiting(clinic: Clinic) -> list[tuple[str, str]]:
    return [(one.kind, one.ref) for one in clinic.state.prompts if one.kind == "transfer"]


def test_what_is_open_stands_on_the_new_sites_list_as_nobodys_and_the_site_meets_the_person() -> None:
    clinic = Clinic().planned()
    clinic.fold(review(), SYSTEM)
    clinic.fold(flag(), SELF)
    clinic.fold(TakeWorkItem(clinic.state.work[0].item_id))
    plan = clinic.state.plan
    clinic.fold(NORTH)
    moved = ("north", "open")
    assert sites(clinic) == {"ceiling": moved, "red_flag": moved, "new_site": moved}
    assert [(one.kind, one.urgency) for one in clinic.state.work if one.reason == "new_site"] == [("call", "routine")]
    assert not [one for one in clinic.state.work if one.taken_by]
    assert clinic.state.plan == plan
    clinic.fold(review("overshoot"), SYSTEM)
    assert sites(clinic)["overshoot"] == moved


def test_the_care_team_of_the_old_site_ends_and_others_stay() -> None:
    clinic = Clinic().planned()
    clinic.fold(SetMember("m-1", "u-5", "nurse"))
    clinic.fold(SetMember("m-2", "u-6", "coach", site="north"))
    clinic.fold(SetMember("m-3", "u-7", "physician", site="south"))
    clinic.fold(NORTH)
    assert [(one.member_id, one.site) for one in clinic.state.circle.team] == [("m-2", "north"), ("m-3", "south")]
    told = clinic.last(CareteamChangedV1)
    assert (told.site, [one.subject for one in told.members]) == ("north", ["u-6", "u-7"])
    assert clinic.last(PatientTransferredV1) == PatientTransferredV1(
        transfer_id="tr-1", from_site="main", to_site="north", transferred_at=NOW
    )


def test_the_person_is_told_once_of_the_last_move_and_for_two_weeks() -> None:
    clinic = Clinic().planned()
    clinic.fold(NORTH)
    assert waiting(clinic) == [("transfer", "tr-1")]
    clinic.fold(Transfer("tr-2", "south", "s1.note"))
    assert waiting(clinic) == [("transfer", "tr-2")]
    assert clinic.state.prompts[-1].until == NOW + TOLD_FOR
    assert due(clinic.state) is not None
    assert [one["reason"] for one in clinic.records.values() if "waits" in one].count("new_site") == 1


def test_nobody_moves_to_where_they_are_and_a_stranger_not_at_all() -> None:
    assert Clinic().refused(NORTH) == (404, "unknown_person")
    clinic = Clinic().planned()
    assert clinic.refused(Transfer("tr-1", "main", "s1.note")) == (409, "same_site")


def test_who_has_no_plan_yet_is_met_too_and_who_has_none_any_more_is_not() -> None:
    new = Clinic().enrolled()
    new.fold(NORTH)
    assert [one.reason for one in new.state.work] == ["new_site"]
    over = Clinic().planned()
    over.fold(NORTH)
    over.fold(EndPlan("plan-1", "died"))
    assert over.state.work == ()
    over.now += timedelta(days=1)
    over.fold(Transfer("tr-2", "main", "s1.note"))
    assert over.state.work == ()
