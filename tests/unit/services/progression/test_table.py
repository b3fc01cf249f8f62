"""Each rule of the decision table on cases worked out by hand (domain/progression.md 2.5 and 2.5.1)."""

from typing import Any

import pytest

from tests.unit.services.progression.table_cases import ago, answer, done, steady, verdict_on

BAD = {"morning": 5}
RED_AND_UNSETTLED = {"pain": 7, "morning": 5}
CUT = {"amount": 200, "stop": "pain"}
RETURNING: dict[str, Any] = {
    "status": "RETURNING",
    "d_pre": 600,
    "ladder": (50, 75, 100),
    "idx": 1,
    "step_since": ago(7),
    "dose": 450,
}


def test_r1_an_open_red_flag_stops_everything() -> None:
    verdict = verdict_on(red_flag=True, status="PAUSED")

    assert (verdict.rule, verdict.action, verdict.dose, verdict.review) == ("R1", "STOP", 0, True)


def test_r1_suspended_automation_stays_stopped_without_an_open_flag() -> None:
    assert answer(status="SUSPENDED") == ("R1", 0)


@pytest.mark.article("P9.1")
def test_r2_a_pause_is_not_cancelled_by_a_fixed_dose() -> None:
    assert answer(status="PAUSED", parameters={"fixed_dose": 300}) == ("R2", 0)


@pytest.mark.article("P9.3")
def test_r3_a_flare_offers_half_the_dose_in_force() -> None:
    assert answer(status="FLARE") == ("R3", 300)


def test_r3_a_flare_share_of_zero_is_rest() -> None:
    assert answer(status="FLARE", parameters={"flare_pct": 0}) == ("R3", 0)


def test_r3_a_flare_dose_is_never_above_a_fixed_dose() -> None:
    assert answer(status="FLARE", parameters={"fixed_dose": 240}) == ("R3", 240)


def test_r4_a_fixed_dose_is_followed_whatever_the_evidence() -> None:
    assert answer(parameters={"fixed_dose": 1200}) == ("R4", 1200)


def test_r4_a_fixed_dose_of_zero_is_a_fixed_dose() -> None:
    assert answer(parameters={"fixed_dose": 0}) == ("R4", 0)


def test_r4_automation_off_keeps_the_dose_in_force() -> None:
    assert answer(parameters={"auto": False}) == ("R4", 600)


def test_r4_after_a_gap_the_fixed_dose_gives_way_to_the_lower_one_and_its_review() -> None:
    verdict = verdict_on([done(40)], parameters={"fixed_dose": 1200}, dose=1200, changed=ago(60))

    assert (verdict.rule, verdict.dose, verdict.review, verdict.notes) == ("R4", 600, True, ("rebaseline",))


def test_r4_a_fixed_dose_that_is_not_tolerated_stays_and_asks_for_review() -> None:
    verdict = verdict_on(steady(4, 2, **BAD), parameters={"fixed_dose": 600})

    assert (verdict.dose, verdict.review, verdict.notes) == (600, True, ("override_not_tolerated",))


@pytest.mark.article("P9.3")
def test_r5a_two_ok_sessions_and_the_days_of_the_rung_lead_to_the_next() -> None:
    verdict = verdict_on(steady(6, 4, amount=450, planned=450), **RETURNING)

    assert (verdict.rule, verdict.dose, verdict.notes) == ("R5a", 600, ("active",))


def test_r5a_waits_until_the_rung_has_lasted_its_days() -> None:
    assert answer(steady(2, 1, amount=450, planned=450), **{**RETURNING, "step_since": ago(2)}) == ("R5d", 420)


def test_r5a_does_not_step_up_while_history_is_missing_or_something_else_rose() -> None:
    units = steady(6, 4, amount=450, planned=450)

    assert answer(units, **RETURNING, complete=False)[0] == "R5d"
    assert answer(units, **RETURNING, may_step_up=False)[0] == "R5d"


@pytest.mark.article("P9.3")
def test_r5b_a_hard_last_session_repeats_the_rung() -> None:
    units = (done(6, amount=450, planned=450), done(4, amount=450, planned=450, **BAD))

    assert answer(units, **RETURNING) == ("R5b", 420)


@pytest.mark.article("P9.3")
def test_r5c_two_hard_sessions_step_one_rung_down() -> None:
    assert answer(steady(6, 4, amount=450, planned=450, **BAD), **RETURNING) == ("R5c", 300)


def test_r5c_on_the_lowest_rung_asks_about_a_flare() -> None:
    verdict = verdict_on(steady(6, 4, amount=300, planned=300, **BAD), **{**RETURNING, "idx": 0})

    assert (verdict.dose, verdict.review, verdict.notes) == (300, True, ("suspect_flare",))


def test_r5d_otherwise_the_rung_goes_on() -> None:
    assert answer([done(6, amount=450, planned=450)], **RETURNING) == ("R5d", 420)


def test_r5_rest_records_and_sessions_before_the_rung_do_not_count() -> None:
    units = (
        done(9, **BAD),
        done(8, **BAD),
        done(6, amount=450, planned=450),
        done(4, amount=0, planned=0, pain=8),
    )

    assert answer(units, **RETURNING) == ("R5d", 420)


def test_r6a_a_baseline_needs_three_sessions_on_three_days() -> None:
    assert answer(steady(4, 2), phase="BASELINE") == ("R6a", 600)


def test_r6a_an_attempt_without_any_amount_is_no_baseline_session() -> None:
    assert answer((done(6, amount=0), done(4), done(2)), phase="BASELINE") == ("R6a", 600)


@pytest.mark.article("P2.2")
def test_r6b_the_start_is_80_per_cent_of_the_exact_mean() -> None:
    units = (done(6, amount=700), done(4, amount=500), done(2, amount=601))

    # 1801 / 3 * 0.8 = 480.27 -> 480
    assert answer(units, phase="BASELINE") == ("R6b", 480)


def test_r6b_with_a_bad_session_the_start_is_at_most_the_largest_good_one() -> None:
    verdict = verdict_on(
        (done(6, amount=300), done(4, amount=1200, **BAD), done(2, amount=1200, **BAD)), phase="BASELINE"
    )

    assert (verdict.dose, verdict.review, verdict.notes) == (300, True, ("baseline_not_settled",))


def test_r6b_with_only_bad_sessions_the_start_is_below_the_smallest() -> None:
    units = (done(6, amount=300, **BAD), done(4, amount=1200, **BAD), done(2, amount=1200, **BAD))

    assert answer(units, phase="BASELINE") == ("R6b", 240)


def test_r6b_sets_nothing_while_history_is_missing() -> None:
    assert answer(phase="BASELINE", complete=False) == ("R6a", 600)


@pytest.mark.article("P9.6")
@pytest.mark.parametrize(
    ("gap", "expected"),
    [(6, "R10e"), (7, "R7a"), (13, "R7a"), (14, "R7b"), (27, "R7b"), (28, "R7c"), (60, "R7c")],
)
def test_r7_the_length_of_the_gap_decides(gap: int, expected: str) -> None:
    doses = {"R10e": 600, "R7a": 480, "R7b": 300, "R7c": 300}

    assert answer([done(gap)], changed=ago(70)) == (expected, doses[expected])


def test_r7_without_any_session_the_gap_runs_from_the_change() -> None:
    assert answer([done(3, amount=0)], changed=ago(9)) == ("R7a", 480)


def test_r7_a_later_change_does_not_restart_the_gap() -> None:
    assert answer([done(20)], changed=ago(2))[0] == "R7b"


def test_r7_sessions_no_longer_kept_still_end_the_gap() -> None:
    assert answer([done(1, amount=0)], changed=ago(2), last_active=ago(60))[0] == "R7c"


def test_r7_never_runs_where_silence_says_nothing() -> None:
    assert answer([done(20)], changed=ago(40), gap_rule=False)[0] == "R10e"


def test_r8a_red_and_unsettled_lowers_after_one_session() -> None:
    assert answer((done(4), done(2, **RED_AND_UNSETTLED))) == ("R8a", 480)


def test_r8a_holds_for_the_quota_profile_too() -> None:
    assert answer((done(4), done(2, **RED_AND_UNSETTLED)), parameters={"profile": "quota"})[0] == "R8a"


def test_r8a_more_than_planned_is_not_the_plans_fault() -> None:
    verdict = verdict_on((done(4), done(2, amount=1000, **RED_AND_UNSETTLED)))

    assert (verdict.rule, verdict.dose, verdict.notes) == ("R9a", 600, ("overshoot",))


def test_r8b_two_bad_of_the_last_three_lower_the_dose() -> None:
    assert answer((done(8, **BAD), done(6), done(4, **BAD))) == ("R8b", 480)


def test_r8b_does_not_look_further_back_than_three() -> None:
    assert answer((done(8, **BAD), done(6), done(4), done(2, **BAD)))[0] == "R9a"


def test_r8c_two_cut_short_for_pain_lower_the_dose() -> None:
    assert answer((done(6, **CUT), done(4), done(2, **CUT))) == ("R8c", 480)


@pytest.mark.article("P5.6")
def test_r8c_cut_short_for_time_lowers_nothing() -> None:
    assert answer(steady(6, 4, 2, amount=200, stop="time")) == ("R10e", 600)


def test_r8d_a_fresh_regress_is_given_time() -> None:
    assert answer(steady(2, 1, **BAD), changed=ago(2), last_regress=ago(2)) == ("R8d", 600)


def test_r8_from_the_third_regress_in_28_days_a_human_looks() -> None:
    assert verdict_on(steady(4, 2, **BAD), regress_28d=2).review
    assert not verdict_on(steady(4, 2, **BAD), regress_28d=1).review


def test_r8e_at_the_floor_asks_about_a_flare() -> None:
    verdict = verdict_on(steady(4, 2, amount=60, planned=60, **BAD), dose=60)

    assert (verdict.rule, verdict.dose, verdict.notes) == ("R8e", 60, ("suspect_flare", "at_floor"))


@pytest.mark.article("P7.5")
def test_r9a_one_bad_session_holds() -> None:
    assert answer((done(6), done(4), done(2, **BAD))) == ("R9a", 600)


def test_r9a_in_the_quota_profile_only_red_counts() -> None:
    quota = {"profile": "quota"}

    assert answer((done(6), done(4), done(2, **BAD)), parameters=quota)[0] == "R11"
    assert answer((done(6), done(4), done(2, pain=6)), parameters=quota)[0] == "R9a"


def test_r9a_a_morning_that_lowered_another_track_holds_this_one() -> None:
    """W2: two bad sessions whose mornings were counted elsewhere."""
    assert answer(steady(4, 2, **BAD, shared=True))[0] == "R9a"


def test_w5_without_a_usual_pain_only_an_unsettled_morning_lowers() -> None:
    units = steady(4, 2, pain=7, before=None, morning=None)

    assert answer(units, usual_pain=None)[0] == "R8b"
    assert answer(units, usual_pain=None, red_needs_unsettled=True)[0] == "R9a"


def test_r10a_a_lock_holds() -> None:
    assert answer(parameters={"allow_increase": False}) == ("R10a", 600)


@pytest.mark.article("P2.2")
def test_r10b_at_the_goal_a_next_dimension_is_offered() -> None:
    verdict = verdict_on(parameters={"goal_dose": 600})

    assert (verdict.rule, verdict.notes) == ("R10b", ("offer_next_dimension",))


def test_r10c_at_the_ceiling_a_human_may_look() -> None:
    verdict = verdict_on(parameters={"dose_max": 600})

    assert (verdict.rule, verdict.dose, verdict.review) == ("R10c", 600, True)


def test_r10d_a_week_must_pass_since_the_last_change() -> None:
    assert answer(changed=ago(6))[0] == "R10d"
    assert answer(changed=ago(7))[0] == "R11"


def test_r10d_a_coarse_step_needs_twice_the_days() -> None:
    units = steady(12, 10, 8, 6, 4, 2, amount=3, planned=3)
    coarse = {"step": 1, "dose_min": 1}

    assert answer(units, dose=3, changed=ago(13), parameters=coarse)[0] == "R10d"
    assert answer(units, dose=3, changed=ago(14), parameters=coarse) == ("R11", 4)


def test_r10e_two_ok_sessions_are_needed_at_three_a_week() -> None:
    assert answer([done(2)]) == ("R10e", 600)
    assert answer(steady(4, 2)) == ("R11", 660)


def test_r10e_after_a_regress_one_more_is_needed() -> None:
    assert answer(steady(4, 2), last_regress=ago(10))[0] == "R10e"
    assert answer(steady(6, 4, 2), last_regress=ago(10))[0] == "R11"


def test_r10e_without_pain_scores_nothing_is_ok() -> None:
    verdict = verdict_on(steady(6, 4, 2, pain=None))

    assert (verdict.rule, verdict.facts["pain_missing"]) == ("R10e", 1)


def test_r10e_quota_counts_what_was_completed_in_seven_days() -> None:
    quota = {"profile": "quota"}

    assert answer(steady(8, 4, 2), parameters=quota)[0] == "R10e"
    assert answer(steady(6, 4, 2, pain=None), parameters=quota)[0] == "R11"


def test_r10f_a_bad_session_in_the_window_holds() -> None:
    assert answer((done(9, **BAD), done(6), done(4), done(2)))[0] == "R10f"


def test_r10g_two_known_mornings_are_needed() -> None:
    assert answer((done(6), *steady(4, 2, morning=None)))[0] == "R10g"


def test_r10h_much_effort_holds() -> None:
    assert answer((done(6, effort=4), done(4, effort=4), done(2, effort=6)))[0] == "R11"
    assert answer((done(4, effort=4), done(2, effort=5)))[0] == "R10h"


@pytest.mark.article("P10.1")
def test_r10i_two_tired_mornings_hold() -> None:
    tired = steady(4, 2, fatigue_morning=5)

    assert answer(tired, usual_fatigue=3)[0] == "R10i"
    assert answer(tired, usual_fatigue=None)[0] == "R11"


def test_r11_mostly_green_rises_by_ten_per_cent_in_whole_steps() -> None:
    assert answer(steady(6, 4, 2, amount=1850, planned=1850), dose=1850) == ("R11", 2030)


@pytest.mark.article("P2.6")
def test_r11s_mostly_amber_rises_by_five_per_cent() -> None:
    assert answer(steady(6, 4, 2, amount=2400, planned=2400, pain=4), dose=2400) == ("R11s", 2520)


def test_r11_ends_at_goal_and_ceiling() -> None:
    assert answer(parameters={"goal_dose": 630}) == ("R11", 630)
    assert answer(parameters={"dose_max": 620}) == ("R11", 620)


def test_zones_are_relative_where_usual_pain_is_high() -> None:
    assert answer(steady(6, 4, 2, pain=7, before=6, morning=7), usual_pain=6) == ("R11", 660)
    assert answer(steady(6, 4, 2, pain=9, before=8, morning=8), usual_pain=8)[0] == "R8b"
    assert answer(steady(6, 4, 2, pain=8, before=8, morning=8), usual_pain=8)[0] == "R11"


def test_a_usual_pain_of_a_half_is_exact() -> None:
    """7.5 - 4.5 = 3 is red, 7 - 4.5 = 2.5 is amber."""
    assert answer((done(6), done(4), done(2, pain=8, before=4, morning=5)), usual_pain=4.5)[0] == "R9a"
    assert answer(steady(6, 4, 2, pain=7, before=4, morning=5), usual_pain=4.5)[0] == "R11s"
