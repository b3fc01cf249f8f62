"""Questionnaires are scored as their authors say; nothing is put in the place of what is missing (3.1, 3.3)."""

import random
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, get_args

import pytest

from services.plans.domain import measures_due as due
from services.plans.domain.circle import Role
from services.plans.domain.instruments import ALL, BY_CODE, CHECKIN, PEG
from services.plans.domain.measures import Contact, Measures, Permits
from services.plans.domain.measures_scored import Answered, answers, band, changes, how, phq4_flag, scores
from services.plans.domain.rules import RuleBroken
from services.plans.texts.measures import asked, words
from shared.clinics import LANGUAGES, Phq4
from tests.support.reading_level import grade
from tests.unit.services.reminders.test_texts import BLAMING

BEGAN = date(2026, 1, 5)


def given(code: str, *values: int | None) -> tuple[Answered, ...]:
    items = [item.code for item in BY_CODE[code].items]
    said = dict(zip(items, values, strict=True))
    return answers(BY_CODE[code], said, {item: "not_now" for item, value in said.items() if value is None})


def scored(code: str, *values: int | None) -> dict[str, float]:
    return dict(scores(BY_CODE[code], given(code, *values)))


def psfs(**values: int) -> tuple[tuple[str, float], ...]:
    return scores(BY_CODE["psfs"], answers(BY_CODE["psfs"], values, {}))


@pytest.mark.parametrize(("values", "mean"), [((5, 5, 5), 5.0), ((4, 5, 6), 5.0), ((7, None, 3), None)])
def test_peg_is_the_mean_of_its_three_items_or_nothing(values: tuple[int | None, ...], mean: float | None) -> None:
    assert scored("peg", *values).get("mean") == mean


def test_phq4_tells_its_halves_and_its_band() -> None:
    found = scored("phq4", 3, 0, 0, 0)
    assert found == {"anxiety": 3.0, "depression": 0.0, "total": 3.0}
    assert band("phq4", found) == "mild"
    assert phq4_flag(given("phq4", 3, 0, 0, 0)) == "phq4_positive"
    bands = {total: band("phq4", {"total": float(total)}) for total in (0, 2, 3, 5, 6, 8, 9, 12)}
    assert list(bands.values()) == ["none", "none", "mild", "mild", "moderate", "moderate", "severe", "severe"]


def test_phq4_with_an_item_missing_has_no_score_but_what_was_said_may_be_enough_for_a_human() -> None:
    assert scored("phq4", 3, None, 0, 0) == {}
    assert phq4_flag(given("phq4", 3, None, 0, 0)) == "phq4_positive"
    assert phq4_flag(given("phq4", 2, None, 2, 0)) is None
    assert phq4_flag(given("phq4", 2, 2, 2, 3)) == "phq4_severe"


def test_a_change_of_psfs_is_detectable_from_2_points_of_the_mean_and_3_of_one_activity() -> None:
    before, after = psfs(a=3, b=3, c=3), psfs(a=5, b=5, c=5)
    told = {one.score: (one.by, one.detectable) for one in changes(BY_CODE["psfs"], after, before)}
    assert told == {"mean": (2.0, True), "a": (2.0, False), "b": (2.0, False), "c": (2.0, False)}
    (one,) = [one for one in changes(BY_CODE["psfs"], psfs(a=6, b=3, c=3), before) if one.score == "a"]
    assert one.detectable


@pytest.mark.parametrize(
    ("code", "before", "after", "detectable"),
    [("nrs", 8, 6, True), ("nrs", 3, 2, True), ("nrs", 8, 7, False), ("nrs", 0, 1, False), ("fatigue", 4, 6, True),
     ("fatigue", 4, 5, False), ("sleep", 4, 9, None)],
)  # fmt: skip
def test_a_change_is_more_than_chance_where_that_is_known(
    code: str, before: int, after: int, detectable: bool | None
) -> None:
    found = [tuple(scored(code, value).items()) for value in (before, after)]
    (change,) = changes(BY_CODE[code], found[1], found[0])
    assert change.detectable is detectable


def test_a_peg_that_falls_by_three_tenths_is_more_than_chance() -> None:
    found = [tuple(scored("peg", *values).items()) for values in ((6, 6, 6), (4, 4, 4), (5, 5, 5))]
    assert [changes(BY_CODE["peg"], now, found[0])[0].detectable for now in found[1:]] == [True, False]


def test_sums_products_and_bands_of_the_others() -> None:
    assert (scored("pseq2", 6, 2), band("pseq2", {"total": 8.0})) == ({"total": 8.0}, "desirable")
    assert [band("pgic", {"change": float(one)}) for one in (1, 2, 3)] == ["responder", "responder", "no_responder"]
    assert scored("exercise", 3, 20, None)["minutes_a_week"] == 60.0
    plain = given("ears", 4, 0, 1, 4, 2, 3)
    assert dict(scores(BY_CODE["ears"], plain)) == {"total": 14.0}
    assert dict(scores(BY_CODE["ears"], plain, (1, 4, 6))) == {"total": 4.0}


@pytest.mark.parametrize(
    ("code", "values", "reasons", "broken"),
    [
        ("peg", {"pain": 11}, {}, "item_range"),
        ("peg", {"pain": -1}, {}, "item_range"),
        ("pgic", {"change": 0}, {}, "item_range"),
        ("peg", {"joy": 3}, {}, "unknown_item"),
        ("peg", {"pain": None}, {}, "reason_needed"),
        ("peg", {"pain": 3}, {"pain": "not_now"}, "value_or_reason"),
        ("peg", {}, {}, "nothing_answered"),
        ("psfs", {"a": 3, "b": 4}, {}, "activities_count"),
        ("psfs", dict.fromkeys("abcdef", 3), {}, "activities_count"),
    ],
)
def test_what_an_instrument_does_not_have_is_refused(code: str, values: Any, reasons: Any, broken: str) -> None:
    with pytest.raises(RuleBroken) as found:
        answers(BY_CODE[code], values, reasons)
    assert found.value.code == broken


def test_what_is_missing_is_kept_with_its_reason_and_what_was_not_spoken_of_was_not_asked() -> None:
    found = answers(BY_CODE["checkin"], {"motivation": 6, "confidence": None}, {"confidence": "declined"})
    assert [(one.item, one.value, one.reason) for one in found] == [
        ("motivation", 6, None),
        ("confidence", None, "declined"),
        ("heard", None, "not_asked"),
        ("satisfaction", None, "not_asked"),
    ]
    assert [how(found), how(found[1:]), how(found[2:])] == ["answered", "declined", "not_now"]


def test_what_needs_a_word_of_the_clinic_is_off_until_then() -> None:
    off = {one.code for one in ALL if not Permits().allows(one)}
    promis = {one.code for one in ALL if one.switch == "promis"}
    assert off == {"phq4", "pseq2", "ears", *promis}
    assert len(promis) == 4
    said = Permits(phq4_role="psychologist", phq4_within_hours=24, promis=True, pseq2=True, ears=True)
    assert all(said.allows(one) for one in ALL)


def test_who_acts_on_a_phq4_is_somebody_of_a_care_team() -> None:
    assert get_args(Phq4.model_fields["role"].annotation) == get_args(Role)


def test_only_verified_codes_are_given_out() -> None:
    verified = {"72514-3", "91147-9", "70272-0", "69725-0", "68509-9", "44250-9", "44255-8", "89574-8", "89555-7",
                "68516-4", "82291-6"}  # fmt: skip
    told = {code for one in ALL for code in (one.loinc, one.panel_loinc, *(item.loinc for item in one.items)) if code}
    assert told == verified


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_of_a_licensed_instrument_are_shipped_and_every_other_item_has_its_own(language: str) -> None:
    licensed = {one.code for one in ALL if one.switch in ("promis", "pseq2", "ears")}
    assert not {key for key in words(language) if key.partition(".")[0] in licensed}
    for instrument in ALL:
        for item in instrument.items:
            question, ends = asked(instrument, item.code, language)
            assert (question is None) == (instrument.code in licensed)
            assert question is None or instrument.code == "exercise" or len(ends) >= 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_there_in_every_language_plain_and_without_blame(language: str) -> None:
    there, english = words(language), words()
    assert there.keys() == english.keys()
    assert language == "en" or not {key for key in english if there[key] == english[key]}
    said = " ".join(there.values()).lower()
    assert [one for one in BLAMING[language] if one in said] == []


@pytest.mark.parametrize("key", ["thanks", "supportive", *(key for key in words() if key.startswith(("open", "che")))])
def test_what_is_our_own_wording_is_easy_to_read(key: str) -> None:
    if len(words()[key].split()) > 3:
        assert grade(words()[key]) <= 6.0


@pytest.mark.article("P11.3")
def test_the_thirteenth_item_in_28_days_is_refused_and_the_twelfth_is_not() -> None:
    contacts = (Contact(BEGAN, CHECKIN, 4), Contact(BEGAN + timedelta(days=14), CHECKIN, 4))
    day = BEGAN + timedelta(days=20)
    assert due.withheld(contacts, day, 4) is None
    assert due.withheld(contacts, day, 5) == "item_budget"
    assert due.withheld(contacts, BEGAN + timedelta(days=28), 5) is None


def test_one_instrument_a_contact_and_never_two_days_running() -> None:
    contacts = (Contact(BEGAN, PEG, 3),)
    told = [due.withheld(contacts, BEGAN + timedelta(days=days), 1) for days in range(3)]
    assert told == ["one_instrument_a_contact", "two_days_running", None]


def test_what_falls_due_around_a_review_is_left_to_it() -> None:
    review = BEGAN + timedelta(days=42)
    near = [days for days in range(80) if due.withheld((), BEGAN + timedelta(days=days), 3, review) is not None]
    assert near == list(range(35, 57))


def test_intake_and_review_have_18_items_on_two_days_at_most() -> None:
    contacts = (Contact(BEGAN, PEG, 3, "r-1"), Contact(BEGAN + timedelta(days=3), "phq4", 4, "r-1"))
    assert due.own_budget(contacts, "r-1", BEGAN, 11)
    assert not due.own_budget(contacts, "r-1", BEGAN, 12)
    assert not due.own_budget(contacts, "r-1", BEGAN + timedelta(days=4), 1)
    assert due.own_budget(contacts, "r-2", BEGAN + timedelta(days=4), 18)


def test_two_check_ins_left_out_in_a_row_double_the_time_between_them_up_to_56_days() -> None:
    measures, intervals = Measures(), []
    for _ in range(8):
        measures = due.left_out(measures)
        intervals.append(measures.checkin_days)
    assert intervals == [14, 28, 28, 56, 56, 56, 56, 56]
    assert due.left_out(due.took_part(due.left_out(Measures()))).checkin_days == 14


@pytest.mark.article("P11.3")
def test_over_months_no_day_of_asking_breaks_the_budget() -> None:
    """Whatever is left out, answered of one's own wish, or reviewed early or late: 200 half-years drawn at random."""
    for seed in range(200):
        drawn = random.Random(seed)
        measures, review = Measures(), BEGAN + timedelta(days=42)
        every: list[Contact] = []
        for offset in range(180):
            today = BEGAN + timedelta(days=offset)
            ask = due.asks(measures, BEGAN, today, review)[0]
            assert ask.on >= max(today, ask.due_on)
            wish = drawn.choice(["nrs", "fatigue", "exercise", None, None, None, None])
            if ask.on == today:
                new = Contact(today, ask.instrument, due.size(ask.instrument))
                measures = due.counted(measures, new)
                answered = drawn.random() < 0.6
                if ask.instrument == CHECKIN:
                    measures = due.took_part(measures) if answered else due.left_out(measures)
            elif wish is not None and due.withheld(measures.contacts, today, due.size(wish), review) is None:
                new = Contact(today, wish, due.size(wish))
                measures = due.counted(measures, new)
            elif today >= review and drawn.random() < 0.1:
                new = Contact(today, PEG, 3, f"r-{review}")
                measures = due.reviewed(due.counted(measures, new), today)
                review = today + timedelta(days=84)
            else:
                continue
            every.append(new)
        days = [one.on for one in every]
        assert len(set(days)) == len(days)
        own = [one for one in every if one.of is None]
        assert all((second.on - first.on).days > 1 for first, second in pairwise(own))
        for one in own:
            assert sum(other.items for other in own if 0 <= (one.on - other.on).days < 28) <= 12
        assert len(measures.contacts) <= 16
