"""The rules of reminders as pure functions over frozen values: no I/O, no clock, standard library only.

Events and commands only change what is known; **only a tick decides** what is sent and what is not. A shard ticks only
while it is caught up, so nobody is reminded of a session that lies in the backlog, and the order in which topics arrive
cannot matter.

How cues, change notes and proposals share a person's attention (domain/reminders.md 5.2, frequency cap): the cap
counts cues, one a day and four hours apart. A change note or a proposal goes to the in-app inbox, the only channel so
far, as soon as quiet hours allow; it neither counts against the cap nor holds a cue back. Weekly caps belong to push,
SMS, e-mail and voice and come with them.

While automation is suspended (R1) every such moment ends as `suspended` and only a safety message leaves, in quiet
hours too; a change note or a proposal that is still true is given afterwards. After the end of a plan nothing leaves
(2.11 W16): `muted.recall` is asked once more just before a message does.
"""
