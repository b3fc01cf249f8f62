"""A person moves to another site of their clinic: the plan stays in force, and the new site takes over what is open."""

from dataclasses import replace
from datetime import datetime

from services.plans.domain import transfer, work
from services.plans.domain.circle import with_team
from services.plans.domain.model import PatientState
from services.plans.domain.transfer import Transfer
from services.plans.folding.around import person_of, placed
from services.plans.folding.prompts import close_prompts, open_prompt
from services.plans.folding.steps import then
from services.plans.folding.team import team_told
from services.plans.folding.work import ask, moved
from services.plans.store.transfer import transfer_record
from shared.contracts.plans_transfer import PatientTransferredV1
from shared.runtime.messages import Answer, Message, Refused, Transition

Result = Transition[PatientState]


def transfer_patient(state: PatientState, message: Message[Transfer], now: datetime) -> Result:
    """Another site of the clinic cares for the person from now on; 409 `same_site` for the one where they are.

    Open items stand on the new site's list, as nobody's; it is asked to meet the person. Who was on the care team at
    the old site is so no more. The person hears of it, once for the last of several moves.
    """
    person, command, before = person_of(state), message.data, state.circle.site
    if command.to_site == before:
        raise Refused(409, "same_site", "The person is at this site already.", "/to_site")
    team = transfer.staying(state.circle, command.to_site)
    after = replace(state, circle=replace(with_team(state.circle, team, now), site=command.to_site))
    event = PatientTransferredV1(
        transfer_id=command.transfer_id, from_site=before, to_site=command.to_site, transferred_at=now
    )
    done = Transition(
        after,
        events=(placed(event, person, now), team_told(after, now)),
        records=(transfer_record(command, before, now, message.actor.id),),
    )
    told = then(
        done,
        moved,
        lambda left: ask(left, message.key, command.transfer_id, "call", work.NEW_SITE, now),
        lambda left: close_prompts(left, "transfer", None, now, "over"),
        lambda left: open_prompt(left, message.key, "transfer", command.transfer_id, now, now + transfer.TOLD_FOR),
    )
    body = {"transfer_id": command.transfer_id, "from_site": before, "site": command.to_site, "at": now.isoformat()}
    return replace(told, answer=Answer(200, body))
