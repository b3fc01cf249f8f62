"""What a person reads of their days: counts in words, the same in every language, and nothing that blames or rates."""

import json
import random
import re
from datetime import timedelta
from pathlib import Path
from string import Formatter
from typing import Any, Final, get_args

import orjson
import pytest
from babel import Locale

import services.progression.texts.adherence
from services.progression.adherence_views import PersonView, clinician_view, person_view
from services.progression.domain.adherence import Band
from services.progression.texts.adherence import NOTE, words
from shared.clinics import LANGUAGES
from tests.support.kind_payload import unkind
from tests.support.progression_episodes import end_flare, flare, pause, resume
from tests.support.progression_person import Person, track
from tests.support.reading_level import grade
from tests.unit.services.reminders.test_texts import BLAMING

FOLDER: Final = Path(services.progression.texts.adherence.__file__).parent


def forms(language: str, key: str) -> dict[str, str]:
    entry = words(language).entries[key]
    return {"": entry} if isinstance(entry, str) else dict(entry)


def every_text(language: str) -> dict[str, str]:
    return {f"{key} {form}": text for key in words(language).entries for form, text in forms(language, key).items()}


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def seen(person: Person, language: str = "en") -> PersonView:
    """What the person reads now."""
    stored = person.records.get(("adherence", "latest"))
    tracks = {name: record for (kind, name), record in person.records.items() if kind == "tracks"}
    content = orjson.loads(stored["content"]) if stored else None
    return person_view(content, stored["as_of"] if stored else None, tracks, words(language))


@pytest.mark.article("P6.6")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_in_every_form_of_every_language(language: str) -> None:
    plurals = {*Locale.parse(language).plural_form.tags, "other"}
    for key in words("en").entries:
        found, english = forms(language, key), forms("en", key)
        assert set(found) in ({""}, plurals), key
        if "" not in english:
            assert set(found) == plurals, key
        numbers = set().union(*map(names, english.values()))
        assert all(names(text) <= numbers for text in found.values()), key
        assert names(found.get("other", found.get("", ""))) == numbers, key
        assert all(text == text.strip() and text for text in found.values())
    assert words(language).entries.keys() == words("en").entries.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_can_be_said(language: str) -> None:
    for key in words(language).entries:
        for n in (0, 1, 2, 3, 11, 100, 1_000_000):
            text = words(language).say(key, n=n, done=1, kept=1, first="a", now="b", total="c")
            assert "{" not in text


def test_arabic_counts_in_six_forms() -> None:
    said = [words("ar").say("active", n=n) for n in (0, 1, 2, 3, 11, 100)]
    assert len(set(said)) == 6


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_text_was_left_in_english(language: str) -> None:
    english, arabic = set(every_text("en").values()), re.compile(r"[\u0600-\u06ff]")
    for key, text in every_text(language).items():
        assert text not in english, key
        assert bool(arabic.search(text)) is (language == "ar"), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_beside_its_texts_who_reviewed_them(language: str) -> None:
    assert json.loads((FOLDER / f"{language}.json").read_text("utf-8"))[NOTE] == "Not clinically reviewed."


@pytest.mark.article("P4.6", "P1.6")
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_blames_rates_or_compares(language: str) -> None:
    texts = every_text(language)
    assert list(unkind(texts, language)) == []
    assert {key for key, text in texts.items() for word in BLAMING[language] if word in text.lower()} == set()
    assert {key for key, text in texts.items() if len(text) > 220} == set()


@pytest.mark.article("P4.2")
def test_the_english_reads_easily() -> None:
    whole = " ".join(text.format(n=3, done=2, kept=2, first="5 minutes", now="6 minutes", total="one hour")
                     for text in every_text("en").values())  # fmt: skip
    assert grade(whole) <= 6


@pytest.mark.article("P7.7")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_ends_with_a_question(language: str) -> None:
    patterns = {key: text for key, text in every_text(language).items() if key.startswith("pattern.")}
    assert len(patterns) == 8
    assert all(text.endswith(("?", "؟")) for text in patterns.values())


def test_a_rate_a_blame_and_a_comparison_are_found_wherever_they_hide() -> None:
    payload: dict[str, Any] = {"weeks": [{"session_pct": 50}, {"text": "You missed 3 days"}], "x": 0.5}
    assert sorted(unkind(payload, "en")) == [
        "/weeks/0/session_pct: the field is called pct",
        "/weeks/1/text: says missed",
        "/x: is a fraction",
    ]
    assert list(unkind({"text": "أفضل من الآخرين"}, "ar")) == ["/text: says الآخرين"]
    assert list(unkind(["El 50 % de los días"], "es")) == ["/0: says %"]


def lived(seed: int) -> Person:
    """Six weeks of somebody: steady, now and then, or silent; with a flare, a pause, and what they did instead."""
    dice = random.Random(seed)
    person = Person(mode=dice.choice(["live", "live", "batch"])).enrol()
    person.plan(track(freq=dice.randint(1, 7)), track("reps", priority=2, marker="reps", unit="reps", step=1))
    often, away = (0.05, 0.3, 0.8)[seed % 3], dice.randrange(30)
    for day in range(42):
        person.tick_to(day)
        if day == away:
            (flare if seed % 2 else pause)(person, day)
        if day == away + 9:
            (end_flare if seed % 2 else resume)(person, day)
        for name in ("walk", "reps"):
            if dice.random() < often:
                marker = "reps" if name == "reps" else "duration_s"
                variant = dice.choice(["full", "full", "shorter", "gentler", "swap", "rest"])
                amount = 0 if variant == "rest" else dice.choice([1, 10, 600, 3000])
                person.log(day, amount, track_id=name, marker=marker, variant=variant, effort=dice.choice([None, 2, 6]))
    return person


@pytest.mark.article("P4.6")
@pytest.mark.parametrize("seed", range(5))
def test_no_answer_to_a_person_rates_blames_or_compares(seed: int) -> None:
    person = lived(seed)
    for day in range(43, 55, 4):
        person.tick_to(day)
        for language in LANGUAGES:
            payload = json.loads(seen(person, language).model_dump_json())
            assert list(unkind(payload, language)) == []


@pytest.mark.article("P6.4")
@pytest.mark.parametrize("seed", range(2))
def test_a_clinician_reads_what_the_person_reads_and_the_rates_beside_it(seed: int) -> None:
    person = lived(seed)
    mine = seen(person)
    content = orjson.loads(person.records["adherence", "latest"]["content"])
    theirs = clinician_view(content, mine, words("en"))

    assert theirs.person == mine
    assert [window.days for window in theirs.windows] == [7, 28]
    assert list(unkind(json.loads(theirs.model_dump_json()), "en"))


SUBJECT: Final = {"en": "The plan ", "es": "l plan ", "ar": "الخطة "}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_band_is_told_of_the_plan_and_never_of_the_person(language: str) -> None:
    """4.2, in every language: the sentence speaks of the plan, and to nobody."""
    bands = {key: text for key, text in every_text(language).items() if key.startswith("reading.")}

    assert {key.removeprefix("reading.").strip() for key in bands} == set(get_args(Band))
    assert all(SUBJECT[language] in text for text in bands.values())
    assert not any(re.search(r"\b(you|your|they|tú|tu|usted|su|has|ha)\b", text.lower()) for text in bands.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clinician_reads_a_band_in_words_and_a_person_never(language: str) -> None:
    person = steady(*range(0, 28, 9), until=28)
    mine = seen(person, language)
    content = orjson.loads(person.records["adherence", "latest"]["content"])
    theirs = clinician_view(content, mine, words(language))

    assert [(one.band, one.band_text) for one in theirs.windows] == [
        (window["band"], words(language).say(f"reading.{window['band']}")) for window in content["windows"]
    ]
    assert theirs.windows[1].band == "may_not_fit"
    assert "band" not in mine.model_dump_json()


def steady(*days: int, until: int) -> Person:
    person = Person().enrol().plan(track())
    for day in days:
        person.tick_to(day)
        person.log(day, 600)
    person.tick_to(until)
    return person


@pytest.mark.article("P8.5", "P2.4")
def test_a_person_reads_counts_in_words() -> None:
    view = seen(steady(*(day for day in range(42) if day % 7 in (0, 2, 4) and day != 30), until=42))

    assert (view.week.text, view.month.text) == (
        "3 of 3 planned in the last 7 days.",
        "11 of 12 planned in the last 4 weeks.",
    )
    assert view.weeks.text == "6 of 6 weeks went as planned."
    assert view.active is not None
    assert view.active.text == "You moved on 11 days in the last 4 weeks."
    assert [week.done for week in view.trend] == [3, 3, 2, 3]
    assert view.so_far[0].text == "You began with 10 min and are at 10 min. That is 2 h 50 min in all."
    assert view.weeks_active is not None
    assert view.weeks_active.text == "6 weeks with movement so far."
    assert view.questions == ["Most of your sessions began around midday. Does that time suit you?"]


@pytest.mark.parametrize(
    ("language", "value", "unit", "told"),
    [
        ("en", 3600, "min", "1 h"),
        ("en", 5430, "min", "1 h 30 min"),
        ("es", 7260, "min", "2 horas 1 minuto"),
        ("ar", 7200, "min", "ساعتان"),
        ("es", 12, "reps", "12 repeticiones"),
        ("en", 1500, "km", "1.5 km"),
    ],
)
def test_a_total_is_told_in_hours_and_everything_else_as_decisions_tell_it(
    language: str, value: int, unit: str, told: str
) -> None:
    assert words(language).amount(value, unit) == told


def test_with_few_days_there_are_not_enough_yet() -> None:
    view = seen(steady(0, until=2))

    assert {view.week.text, view.month.text, view.weeks.text} == {"Not enough days yet."}
    assert (view.week.done, view.week.planned, view.weeks.kept) == (None, None, None)
    assert seen(Person().enrol()).week.text == "Not enough days yet."


def test_more_than_planned_is_told_as_all_of_it() -> None:
    assert seen(steady(*range(7), until=7)).week.text == "3 of 3 planned in the last 7 days."


def test_after_a_gap_the_first_words_hold_no_count() -> None:
    person = steady(0, 2, 4, until=14)
    for seen_now in (seen(person), seen(person, "es"), seen(person, "ar")):
        said = [seen_now.welcome, seen_now.week.text, seen_now.month.text, seen_now.weeks.text]
        assert seen_now.welcome
        assert not re.search(r"\d", " ".join(map(str, said)))
        assert (seen_now.trend, seen_now.so_far, seen_now.active, seen_now.weeks_active) == ([], [], None, None)


def test_a_flare_and_a_pause_are_stretches_of_their_own_and_movement_in_a_flare_is_praised() -> None:
    person = steady(0, 2, 4, until=7)
    flare(person, 7, "09:00")
    person.tick_to(9)
    person.log(9, 120, track_id=None)
    person.log(10, 120)
    person.tick_to(12)
    end_flare(person, 12, "09:00")
    person.tick_to(14)
    pause(person, 14, clock="09:00")
    person.tick_to(17)
    resume(person, 17, clock="09:00")
    person.log(17, 300)
    person.tick_to(18)
    view = seen(person)

    assert [(one.kind, one.first[-2:], one.last[-2:]) for one in view.stretches][-5:] == [
        ("plan", "03", "09"),
        ("flare", "10", "14"),
        ("plan", "15", "16"),
        ("pause", "17", "19"),
        ("plan", "20", "20"),
    ]
    assert view.flare is not None
    assert view.flare.text == "You moved on 2 days of your flare. Gentle movement counts."
    content = orjson.loads(person.records["adherence", "latest"]["content"])
    assert content["windows"][1]["eligible_days"] == 10
    assert (content["windows"][1]["sevenths"], content["windows"][1]["completed"]) == (30, 4)


def test_fewer_than_eight_sessions_are_no_pattern() -> None:
    days = [0, 2, 4, 7, 9, 11, 14, 16]
    assert seen(steady(*days[:7], until=17)).questions == []
    assert seen(steady(*days, until=17)).questions != []


@pytest.mark.parametrize(("after_rest", "after_movement", "asked"), [(2, 5, 1), (5, 2, 1), (3, 3, 0)])
def test_what_felt_easier_is_asked_about(after_rest: int, after_movement: int, asked: int) -> None:
    person = Person().enrol().plan(track(freq=4))
    for week in range(3):
        for day, effort in ((0, after_rest), (1, after_movement), (3, after_rest), (4, after_movement)):
            person.tick_to(7 * week + day)
            clock = ("06:00", "10:00", "14:00", "18:00")[(day + week) % 4]
            person.log(7 * week + day, 600, clock=clock, effort=effort)
    person.tick_to(21)

    assert len(seen(person).questions) == asked


@pytest.mark.article("P12.5")
def test_the_pillars_name_what_is_missing_and_what_others_know() -> None:
    person = Person().enrol().plan(track(goal_dose=None))
    person.log(0, 600)
    person.tick_to(3)
    assert orjson.loads(person.records["adherence", "latest"]["content"])["pillars"] == {
        "graded": "active",
        "goals": "missing",
        "flexible": "missing",
        "education": "unknown",
        "support": "unknown",
    }
    person.plan(track(), day=3)
    person.log(3, 100, variant="gentler", recorded=person.now + timedelta(minutes=5))
    person.tick_to(4)
    found = orjson.loads(person.records["adherence", "latest"]["content"])["pillars"]
    assert (found["goals"], found["flexible"]) == ("active", "active")
