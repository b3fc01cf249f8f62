"""Who is enrolled, which plan is in force, what the person answered to an offered step, and what a human must do.

Owns: patients, plans (every version), proposals, overrides, prompts, goals, lessons given, accommodations, barriers,
the energy map, consents, caregivers, care teams, moves between sites, features, answers to questionnaires, reviews,
the work list.
Consumes: progression.proposed, proposal.withdrawn, frequency.agreed, review.requested, redflag.raised,
automation.resumed, journal.recorded.
Publishes: patient.enrolled, plan.activated, plan.changed, plan.ended, proposal.answered, override.set, override.ended,
consent.granted, consent.withdrawn, caregiver.linked, caregiver.unlinked, careteam.changed, features.changed,
patient.transferred, prompt.opened, prompt.closed, content.viewed, goal.set, goal.ended, goal.reconfirmed,
accommodation.documented, barrier.recorded, energymap.updated, measure.recorded, review.due, review.completed,
work_item.opened, work_item.closed.
"""
