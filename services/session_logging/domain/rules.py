"""Every rule that a log can break, each named by the sentence that holds or broke."""

from typing import ClassVar


class RuleBroken(Exception):
    """A command breaks a rule; `field` is a JSON pointer into what was asked, which the sentence never repeats."""

    status: ClassVar[int] = 422
    code: ClassVar[str]
    detail: ClassVar[str]

    def __init__(self, field: str | None = None) -> None:
        super().__init__(self.code)
        self.field = field


class PersonIsUnknown(RuleBroken):
    """Only an enrolled person has a diary."""

    status, code, detail = 404, "unknown_person", "There is no such person."


class UnitIsUnknown(RuleBroken):
    """An amount comes in s, min, h, reps, m, km or mi (article P2.3)."""

    code, detail = "unknown_unit", "The unit must be one of s, min, h, reps, m, km, mi."


class UnitIsRequired(RuleBroken):
    """Without a known track nobody could tell what a bare number counts."""

    code, detail = "unit_required", "A unit is needed, because no track says what the number counts."


class AmountIsRequired(RuleBroken):
    """Every variant but rest says how much was done."""

    code, detail = "amount_required", "An amount is needed for every variant but rest."


class AmountIsNoNumber(RuleBroken):
    """An amount is a decimal number of at most 12 digits."""

    code, detail = "amount_not_a_number", "The amount must be a number from 0 up, with at most 12 digits."


class AmountOutOfRange(RuleBroken):
    """At most 12 hours, 10 000 repetitions or 300 km in one bout."""

    code, detail = "amount_out_of_range", "One bout has at most 12 hours, 10 000 repetitions or 300 km."


class AmountTooSmall(RuleBroken):
    """What is not zero may not become zero by rounding: at least 1 s, 1 repetition or 1 m."""

    code, detail = "amount_too_small", "An amount that is not zero must be at least 1 s, 1 repetition or 1 m."


class RestHasNoAmount(RuleBroken):
    """A `rest` record says "not today": its amount is 0 (progression 2.3)."""

    code, detail = "rest_has_no_amount", "Rest means not today: its amount is 0."


class MarkerDiffersFromTrack(RuleBroken):
    """A track has exactly one marker, and its sessions are counted in it (article P2.3)."""

    code, detail = "marker_mismatch", "The unit does not measure what this track counts."


class StartsInTheFuture(RuleBroken):
    """A start or end more than 10 minutes ahead means a wrong clock (progression 2.7)."""

    code, detail = "clock_skew", "The time lies more than 10 minutes in the future."


class StartsTooLongAgo(RuleBroken):
    """Nothing is older than 40 years."""

    code, detail = "too_long_ago", "The time lies more than 40 years back."


class SessionEndsBeforeItStarts(RuleBroken):
    """The end comes after the start."""

    code, detail = "session_ends_before_it_starts", "The session ends before it starts."


class SessionIsTooLong(RuleBroken):
    """One bout spans at most 12 hours."""

    code, detail = "session_too_long", "A session spans at most 12 hours."


class TrackIsUnknown(RuleBroken):
    """A track must belong to some version of the person's plan."""

    code, detail = "unknown_track", "The person's plan has no such track."


class TrackIsAmbiguous(RuleBroken):
    """Where several tracks fit an activity, the caller says which."""

    code, detail = "track_ambiguous", "Several tracks fit this activity; say which by track_id."


class TrackOrActivityIsRequired(RuleBroken):
    """A log says what was done."""

    code, detail = "track_or_activity_required", "A track_id or an activity is needed."


class ActivityIsNotOfTheTrack(RuleBroken):
    """Another activity than the track's is logged as `swap` (article P1.4)."""

    code, detail = "activity_not_of_track", "The activity is not that of the track; a swap is logged with variant swap."


class ScoreOutOfRange(RuleBroken):
    """Pain, effort and fatigue are whole numbers from 0 to 10."""

    code, detail = "score_out_of_range", "The score must be a whole number from 0 to 10."


class EnjoymentOutOfRange(RuleBroken):
    """Enjoyment is a whole number from 0 to 3 (article P7.4)."""

    code, detail = "enjoyment_out_of_range", "Enjoyment must be a whole number from 0 to 3."


class AmountsOnly(RuleBroken):
    """A caregiver or a device may log amounts, never how it felt (W3, domain/progression.md 2.11; article P1.1)."""

    status, code = 403, "amounts_only"
    detail = "Only the person, or staff noting the person's words, may say how it felt."


class OwnEntriesOnly(RuleBroken):
    """A caregiver or a device may correct only what it logged itself."""

    status, code, detail = 403, "own_entries_only", "Only the person or staff may change this entry."


class NothingFelt(RuleBroken):
    """A morning check holds at least one number."""

    code, detail = "morning_check_empty", "A morning check needs pain or fatigue."


class SessionIsUnknown(RuleBroken):
    """Only what was logged can be changed."""

    status, code, detail = 404, "unknown_session", "There is no such session."


class SessionIsVoided(RuleBroken):
    """A void is final."""

    status, code, detail = 409, "session_voided", "The session was voided and can no longer be changed."


class RevisionIsStale(RuleBroken):
    """A correction names the revision that it corrects."""

    status, code, detail = 412, "revision_stale", "The session was changed since it was read."


class IdHasOtherContent(RuleBroken):
    """An id stands for one content for ever."""

    status, code, detail = 409, "id_used_for_other_content", "This id was used before for something else."


class BasisIsOutdated(RuleBroken):
    """What was read before deciding may have changed since; read again (see `domain.window`)."""

    status, code, detail = 409, "basis_outdated", "Too much was written at once; the request may be sent again."
