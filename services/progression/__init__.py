"""What the next dose is, and why.

Owns: the dose and state of each track, decisions with their explanation, open proposals, milestones,
flares and pauses, the questions that a person is asked, adherence.
Consumes: patient.enrolled, plan.activated, plan.changed, plan.ended, proposal.answered, work_item.closed,
override.set, override.ended, session.logged, session.amended, session.voided, morning_check.recorded,
automation.suspended, automation.resumed, days.blocked.
Publishes: progression.decided, progression.proposed, proposal.withdrawn, frequency.agreed, dose.changed,
review.requested, milestone.reached, flare.started, flare.ended, flare.suspected, settling.asked, question.asked,
question.closed, pause.started, pause.ended, adherence.updated.
"""
