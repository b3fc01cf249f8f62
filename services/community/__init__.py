"""Who is in which group, what a person may celebrate there, and what they chose to share.

Owns: groups, members and their pseudonyms, offers to celebrate, posts.
Consumes: patient.enrolled, plan.ended, consent.granted, consent.withdrawn, milestone.reached, automation.suspended,
automation.resumed, member.joined, member.left, membership.ended, celebration.shared.
Publishes: member.joined, member.left, membership.ended, celebration.offered, celebration.shared, post.published.
"""
