"""When a message to a person is due, whether it may leave, and what became of it.

Owns: cues, if-then words, quiet hours, blocked days, messages (sent, and not sent with the reason).
Consumes: patient.enrolled, plan.activated, plan.changed, plan.ended, proposal.answered, session.logged,
session.amended, session.voided, progression.decided, progression.proposed, proposal.withdrawn, dose.changed,
question.asked, question.closed, prompt.opened, prompt.closed, override.set, override.ended, features.changed,
automation.suspended, automation.resumed, flare.started, flare.ended, pause.started, pause.ended.
Publishes: reminder.dispatched, reminder.suppressed, days.blocked.
"""
