"""Which red flags a person answered, what they are told at once, and whether automation is suspended for them.

Owns: answers to the red-flag list, suspensions with the note that ended each.
Consumes: patient.enrolled.
Publishes: redflag.raised, automation.suspended, automation.resumed.
"""
