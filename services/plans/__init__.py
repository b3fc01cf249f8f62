"""Who is enrolled, which plan is in force, and what the person answered to an offered step.

Owns: patients, plans (every version), proposals.
Consumes: progression.proposed, proposal.withdrawn.
Publishes: patient.enrolled, plan.activated, plan.changed, plan.ended, proposal.answered.
"""
