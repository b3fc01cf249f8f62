"""Who is on a person's care team, whom of them the person can reach by name, and that somebody is named at all."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.plans.domain import circle
from services.plans.domain.circle import Circle, EndMember, Member, SetMember
from services.plans.domain.model import PatientState
from services.plans.folding.around import person_of, placed
from services.plans.folding.contact import answered
from shared.clock import day_start, local_date
from shared.contracts.plans_circle import CareteamChangedV1, TeamMemberV1
from shared.runtime.messages import SYSTEM, Actor, Answer, Emit, Message, Refused, Tick, Transition

Result = Transition[PatientState]


def set_member(state: PatientState, message: Message[SetMember], now: datetime) -> Result:
    """Somebody is on the care team, or is known otherwise; `careteam.changed` tells all of it, ids and roles alone.

    409 `already_on_the_team` for the same account under another id, `too_many_members` beyond twelve; 422 for an end
    that has passed.
    """
    person, command = person_of(state), message.data
    last = command.last_day
    if last is not None and last < local_date(now, person.tz, person.day_starts_at):
        raise Refused(422, "ends_before_it_begins", "The last day on the team is still to come.", "/last_day")
    until = None if last is None else day_start(last + timedelta(days=1), person.tz, person.day_starts_at)
    known = circle.member(state.circle, command.member_id)
    others = tuple(one for one in state.circle.team if one.member_id != command.member_id)
    if any(one.subject == command.subject for one in others):
        raise Refused(409, "already_on_the_team", "This account is on the team already.", "/subject")
    if len(others) >= circle.TEAM_MAX:
        raise Refused(409, "too_many_members", f"At most {circle.TEAM_MAX} are on a care team.")
    one = Member(
        member_id=command.member_id,
        subject=command.subject,
        role=command.role,
        site=command.site or state.circle.site,
        since=now if known is None else known.since,
        until=until,
        contact_sealed=command.contact_sealed,
    )
    body = {"member_id": one.member_id, "role": one.role, "site": one.site, "named": one.contact_sealed is not None}
    if one == known:
        return Transition(state, answer=Answer(200, body))
    done = answered(_changed(state, circle.keep_member(state.circle, one, now), now), message.actor.id, now)
    return replace(done, answer=Answer(200, body))


def end_member(state: PatientState, message: Message[EndMember], now: datetime) -> Result:
    """Somebody is off the care team from now on."""
    person_of(state)
    known = circle.member(state.circle, message.data.member_id)
    if known is None:
        raise Refused(404, "unknown_member", "Nobody of that id is on the team.")
    left = tuple(one for one in state.circle.team if one != known)
    done = _changed(state, circle.with_team(state.circle, left, now), now)
    body = {"member_id": known.member_id, "role": known.role, "site": known.site, "named": False}
    return replace(done, answer=Answer(200, body))


def next_leaving(state: PatientState) -> datetime | None:
    """When the next member's time is over (UTC)."""
    return circle.next_leaving(state.circle)


def on_leaving(state: PatientState, _: Message[Tick], now: datetime) -> Result:
    """Whose time is over is off the team."""
    gone = circle.left(state.circle, now)
    team = tuple(one for one in state.circle.team if one not in gone)
    return _changed(state, circle.with_team(state.circle, team, now), now, SYSTEM)


def team_told(state: PatientState, now: datetime, by: Actor | None = None) -> Emit:
    """The whole care team as it is now, as an event; also when the person's site has changed."""
    members = tuple(
        TeamMemberV1(subject=one.subject, role=one.role, site=one.site, named=one.contact_sealed is not None)
        for one in state.circle.team
    )
    event = CareteamChangedV1(site=state.circle.site, members=members, changed_at=now)
    return placed(event, state.person, now, by)


def _changed(state: PatientState, after: Circle, now: datetime, by: Actor | None = None) -> Result:
    changed = replace(state, circle=after)
    return Transition(changed, events=(team_told(changed, now, by),))
