"""Each rule of the table and each threshold in words, with its source, for whoever signs them (2.1, 2.2, 2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Said:
    """One rule in words; names in backticks are those of `Parameters`, so that no number is said twice.

    `review` says when a human is asked to look. `source` is the mark of what it rests on: `[Vn]` was read in a source,
    `[Vn→D]` inferred from it, `[D]` chosen here.
    """

    rule: str
    condition: str
    action: str
    dose: str
    review: str
    source: str


SAID: Final[tuple[Said, ...]] = (
    Said("R1", "A red flag is open, or automation is suspended.", "STOP", "0", "always", "safety 9.1 [V38 V39]"),
    Said("R2", "The person paused.", "PAUSE", "none", "–", "2.4 [D]"),
    Said(
        "R3",
        "A flare. Optional, offered as two short bouts.",
        "FLARE_DOSE",
        "`flare_pct` of the dose in force, at most `fixed_dose`; 0 % is rest",
        "a note after 7 days, a review after 14 (2.6)",
        "[V10 V11 V12]",
    ),
    Said(
        "R4",
        "`auto` is off, or `fixed_dose` is set.",
        "FOLLOW_OVERRIDE",
        "`fixed_dose`, else the dose in force; never above what R5 or R7 would give",
        "where R8 would fire, and that of R5 or R7",
        "2.8 [D]",
    ),
    Said(
        "R5a",
        "On the way back: two ok sessions on this rung, and its minimum days are over.",
        "RETURN_STEP",
        "the next rung of the ladder",
        "–",
        "[V12 V13→D]",
    ),
    Said(
        "R5b",
        "On the way back: the last session was bad, or below `short_pct` for pain or fatigue (hard).",
        "RETURN_STEP",
        "the same rung",
        "–",
        "[V12 V13→D]",
    ),
    Said(
        "R5c",
        "On the way back: the last two sessions were hard. Asked before R5b and R5a.",
        "RETURN_STEP",
        "one rung down; on the lowest the same",
        "on the lowest rung",
        "[V12 V13→D]",
    ),
    Said("R5d", "On the way back: otherwise.", "RETURN_STEP", "the same rung", "–", "[V12 V13→D]"),
    Said(
        "R6a",
        "A start is being found: fewer than `baseline_n` sessions on `baseline_days` days in `baseline_window` days.",
        "BASELINE",
        "a free amount",
        "after 14 days (2.6)",
        "[V1 V2]",
    ),
    Said(
        "R6b",
        "The baseline is complete.",
        "SET_BASELINE",
        "`baseline_pct` of the mean; with bad sessions at most the largest that was not bad",
        "if any session was bad",
        "[V1 V2]",
    ),
    Said("R7a", "No session for `gap_t1` days or more.", "RETURN_STEP", "80 %, then back", "–", "[V13→D]"),
    Said("R7b", "No session for `gap_t2` days or more.", "RETURN_STEP", "50 %, by a ladder", "–", "[V13→D]"),
    Said("R7c", "No session for 28 days or more.", "RETURN_STEP", "50 %, find the start again", "always", "[V13→D]"),
    Said(
        "R8a",
        "The last session was red and had not settled by the next morning, and was not above `over_pct` of the plan.",
        "REGRESS",
        "`regress_pct` of the dose",
        "the third in 28 days",
        "[V7 V9→D]",
    ),
    Said(
        "R8b",
        "Symptom-guided: two of the last three sessions were bad, those above `over_pct` not counted.",
        "REGRESS",
        "`regress_pct` of the dose",
        "the third in 28 days",
        "[V7 V9→D]",
    ),
    Said(
        "R8c",
        "Symptom-guided: two of the last three sessions ended below `short_pct` of the plan for pain or fatigue.",
        "REGRESS",
        "`regress_pct` of the dose",
        "the third in 28 days",
        "[D]",
    ),
    Said(
        "R8d",
        "R8a, R8b or R8c, and the dose went down less than `regress_cooldown` days ago.",
        "HOLD",
        "the same",
        "–",
        "[D]",
    ),
    Said("R8e", "R8a, R8b or R8c, and the dose is `dose_min`.", "HOLD", "the same", "always", "[D]"),
    Said(
        "R9a", "The last session was bad (quota: red). One alone lowers nothing.", "HOLD", "the same", "–", "2.10 [D]"
    ),
    Said("R10a", "A lock stands (see the locks).", "HOLD", "the same", "–", "2.11 W9; ME/CFS and PEM: [V40]"),
    Said(
        "R10b",
        "The dose reached `goal_dose`.",
        "HOLD",
        "the same; once in 28 days, `advance_days` after the last change, something new is offered (2.4)",
        "–",
        "2.4 [D]",
    ),
    Said("R10c", "The dose reached `dose_max`.", "HOLD", "the same", "always", "2.2 [D]"),
    Said(
        "R10d",
        "Fewer than `advance_days` days since the last change; twice as many where one step is above `coarse_pct`.",
        "HOLD",
        "the same",
        "–",
        "[V1 V3]",
    ),
    Said(
        "R10e",
        "Too few ok sessions in `evidence_window` days: max(2, ⌈2·`freq`/3⌉), one more after a fall, twice as many "
        "where one step is above `coarse_pct`. Quota: ⌈0.8·`freq`⌉ of at least `ok_pct` in 7 days.",
        "HOLD",
        "the same",
        "–",
        "[V4 V16→D]",
    ),
    Said("R10f", "Symptom-guided: a bad session anywhere in the window.", "HOLD", "the same", "–", "[V7→D]"),
    Said(
        "R10g",
        "Symptom-guided: fewer than two of the ok sessions are known to have settled by the next morning. With "
        "`mornings_needed` off this is not asked, and two more ok sessions are needed.",
        "HOLD",
        "the same",
        "–",
        "[V7→D]",
    ),
    Said(
        "R10h",
        "Symptom-guided: the median effort of the ok sessions is above `rpe_cap`.",
        "HOLD",
        "the same",
        "–",
        "[V15→D]",
    ),
    Said(
        "R10i",
        "Symptom-guided: on two mornings or more, fatigue was `fatigue_rise` or more above the usual.",
        "HOLD",
        "the same",
        "–",
        "[D]",
    ),
    Said(
        "R11",
        "Nothing above holds, and half or more of the ok sessions were green (quota: always).",
        "ADVANCE",
        "an offer of `g_normal` more, at least one `step`, at most `goal_dose` and `dose_max`",
        "–",
        "[V1 V2 V3]",
    ),
    Said(
        "R11s",
        "Nothing above holds, and fewer than half of the ok sessions were green.",
        "ADVANCE",
        "an offer of `g_small` more, at least one `step`, at most `goal_dose` and `dose_max`",
        "–",
        "[V1 V2 V3]",
    ),
)
"""The table in the order of `domain/progression.md` 2.5; R5c is asked before R5b, R5a and R5d."""


WORDS: Final[Mapping[str, str]] = {
    "session": "All bouts of one track in one of the person's days: amounts add up, the worst pain and effort count.",
    "morning": "The first morning check 8 to 36 hours after the session, else what was felt before the next session "
    "if that began within 48 hours.",
    "usual pain": "The median of the last 14 days outside a flare (at least 4 of them), else what was given when the "
    "plan was made; never more than 1 above what was last confirmed.",
    "green, amber, red": "Usual pain unknown or up to `rel_switch`: green up to `green_max`, amber up to `amber_max`, "
    "red above. Else by the rise over usual pain: amber from `rel_amber`, red from `rel_red`, or with any "
    "rise at pain `abs_cap` or more.",
    "settled": "The morning is at most `settle_tol` above what was felt before the session, or else above usual pain.",
    "bad": "Red, or not settled.",
    "ok": "From `ok_pct` to `over_pct` of the planned amount, green or amber, and not known to be unsettled.",
}
"""The words that the conditions use (2.3)."""


BASIS: Final[Mapping[str, str]] = {
    "freq": "sessions a week, from the plan",
    "step": "the smallest rise; one step of 60 s on 1 min would be +100 % [D]",
    "dose_min": "the smallest dose [D]",
    "profile": "[V5] for quota, [V7] for symptom-guided",
    "apply_up": "a rise is the person's own yes; there is no silent mode (safety 9.3 no. 15) [D]",
    "dose_max": "the agreed ceiling, from the plan",
    "goal_dose": "the amount the person chose, from the plan",
    "baseline_n": "[V1 V2]",
    "baseline_days": "[V1 V2]",
    "baseline_window": "max(14, 7·⌈n/F⌉ + 7) days: with 14 a once-a-week person could never finish [D]",
    "baseline_pct": "[V1 V2]",
    "advance_days": "[V1 V3]",
    "g_normal": "[V1 V2 V3]",
    "g_small": "[V1 V2 V3]",
    "coarse_pct": "one step bigger than this needs double evidence [D]",
    "ok_pct": "[V16→D]",
    "over_pct": "[V16→D]",
    "short_pct": "[V16→D]",
    "green_max": "[V7]; sources disagree on 2 or 3",
    "amber_max": "[V7]",
    "rel_switch": "else a person with resting pain 6 could never progress [D]",
    "rel_amber": "[V9→D]",
    "rel_red": "[V9→D]",
    "abs_cap": "[V9→D]",
    "settle_tol": "measurement noise [D]",
    "rpe_cap": "[V15→D]",
    "fatigue_rise": "[D]",
    "regress_pct": "[D]",
    "regress_cooldown": "[D]",
    "evidence_window": "max(14, ⌈7·need/F⌉ + 7) days [D]",
    "flare_pct": "[V12]; 0 under the lock `pem` (W9)",
    "gap_t1": "max(7, 2·⌈7/Fs⌉) days, Fs = the person's own sessions a week [V13→D]",
    "gap_t2": "max(14, t1 + 7) days [V13→D]",
    "gap_t3": "28 days [V13→D]",
    "ladder": "the rungs in per cent; none set: those of the gap or flare [V12 V13→D]",
    "ladder_entry": "the rung that a way back begins on, 1 = the first [D]",
    "ladder_days": "how long a rung lasts at least; none set: that of the ladder [V13→D]",
    "mornings_needed": "off: two more ok sessions instead of known mornings, as for paper diaries [D]",
    "auto": "off: nothing is decided, the dose stays",
    "allow_increase": "off is the lock `clinician` [V40]",
    "fixed_dose": "a clinician's dose in place of the table's",
}
"""What each threshold rests on (2.2), by its name in `Parameters`."""


SOURCES: Final[Mapping[str, str]] = {
    "V1": "Therapeutic Guidelines, Pain and Analgesia: activity scheduling and pacing (start at 80 % of tolerance)",
    "V2": "I-Engage, How do I pace (mean of three days, times 0.8, then 10 % a week)",
    "V3": "Oakville Pain, Pacing (10 % a week; short soreness is expected)",
    "V4": "The Naked Physio 2020, secondary for Fordyce and Sternbach (time-contingent quotas)",
    "V5": "Lindström et al., Physical Therapy 1992;72:279 (graded activity)",
    "V7": "The pain-monitoring model, secondary pages; sources disagree on 2 or 3; made for knee and tendon pain",
    "V9": "Farrar et al., Pain 2001;94:149 (a change of about 2 points matters)",
    "V10": "Costa et al., Journal of Pain 2019;20:1267 (what a flare is)",
    "V11": "Cambridge University Hospitals leaflet (a flare lasts 2 to 7 days, as a rule)",
    "V12": "Specialist Pain Physio, practice opinion (return at half)",
    "V13": "CSCCa and NSCA consensus 2019 (return after two weeks or more off; made for athletes)",
    "V15": "Foster et al. 2001 and 2021 (effort of a session)",
    "V16": "Bailey et al., BJSM 2020;54:326 (what counts as done)",
    "V38": "Spinal red flags: Gloucestershire and Lothian NHS, Finucane 2020 by Physiopedia (many false positives)",
    "V39": "When to stop exercising: Allina Health, Geisinger",
    "V40": "NICE NG206, 2021, 1.11.14 (ME/CFS: no fixed increments)",
}
"""What the marks stand for (2.1); secondary sources and practice opinion are named as such."""
