"""Events of `safety`: a red flag was answered yes, automation stopped for the person, a clinician let it go on."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.contracts.fields import CONTRACT, Code, Id, Moment

Level = Literal["emergency", "urgent", "review", "lock"]
"""How fast a human must act (domain/safety.md 9.1): E, U, R and L."""

Context = Literal["intake", "flare_report", "something_wrong", "check_in", "other"]


class RedflagRaisedV1(BaseModel):
    """At least one sign of the red-flag list was answered yes (domain/safety.md 9.1); `level` is that of the gravest.

    `signs` are the list's codes, never words. `suspension_id` names the suspension that this flag began or joined.
    """

    model_config = CONTRACT
    flag_id: Id
    suspension_id: Id
    signs: Annotated[tuple[Code, ...], Field(min_length=1, max_length=20)]
    level: Level
    context: Context
    answered_at: Moment


class AutomationSuspendedV1(BaseModel):
    """Nothing automatic may happen for the person any more, until `automation.resumed` of the same suspension (R1).

    One that a clinician began without a red flag has `by` clinician and a `reason` (a code); its `flag_id` is its own
    id and its only sign is `clinician`, which is none of the list. A red flag that joins it is told as one.
    """

    model_config = CONTRACT
    suspension_id: Id
    flag_id: Id
    level: Level
    signs: Annotated[tuple[Code, ...], Field(min_length=1, max_length=20)]
    since: Moment
    by: Literal["red_flag", "clinician"] = "red_flag"
    reason: Code | None = None


class AutomationResumedV1(BaseModel):
    """A clinician ended the suspension with a note, which stays in `safety` (domain/safety.md 9.2 Resume)."""

    model_config = CONTRACT
    suspension_id: Id
    resumed_at: Moment
