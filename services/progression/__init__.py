"""What the next dose is, and why.

Owns: the dose and state of each track, decisions with their explanation, open proposals, milestones.
Consumes: patient.enrolled, plan.activated, plan.changed, plan.ended, proposal.answered, work_item.closed,
session.logged, session.amended, session.voided, morning_check.recorded, automation.suspended, automation.resumed.
Publishes: progression.decided, progression.proposed, proposal.withdrawn, dose.changed, review.requested,
milestone.reached.
"""
