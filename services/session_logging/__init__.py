"""What a person did and how it felt: sessions alone and in batches, corrections, morning checks, the journal.

Owns: sessions, morning_checks, journal.
Consumes: patient.enrolled, plan.activated, plan.changed, plan.ended, override.set, override.ended.
Publishes: session.logged, session.amended, session.voided, morning_check.recorded, journal.recorded.
"""
