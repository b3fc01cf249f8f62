"""Words in the person's language: amounts, moments, and no word that blames."""

import pytest

from services.reminders.messages import AMOUNTS
from services.reminders.texts import catalogue

EN = catalogue("en")
BLAMING = ("fail", "must", "missed", "non-complian", "should have", "%", "streak", "safe", "harmless")


@pytest.mark.parametrize(
    ("amount", "marker", "unit", "words"),
    [
        (600, "duration_s", "min", "10 minutes"),
        (630, "duration_s", "min", "10 minutes 30 seconds"),
        (45, "duration_s", "min", "45 seconds"),
        (90, "duration_s", "s", "90 seconds"),
        (1, "reps", "reps", "1 repetition"),
        (1200, "reps", "reps", "1,200 repetitions"),
        (500, "distance_m", "m", "500 meters"),
        (1500, "distance_m", "km", "1.5 kilometers"),
        (1609, "distance_m", "mi", "1 mile"),
    ],
)
def test_an_amount_is_told_in_the_tracks_unit(amount: int, marker: str, unit: str, words: str) -> None:
    assert EN.amount(amount, marker, unit) == words


def test_a_moment_is_told_in_the_persons_zone() -> None:
    text = EN.text("proposal.until", {"until": {"moment": "2025-04-02T08:00:00+00:00"}}, "Asia/Kolkata")
    assert text == "You can answer until Wednesday 2 April, 13:30."


def test_a_decision_is_told_with_its_amount() -> None:
    dose = {"amount": 480, "marker": "duration_s", "unit": "min"}
    assert EN.text("rule.R7a", {"dose": dose}, "UTC") == "Welcome back. Start with 8 minutes, then back to your usual."


def test_what_cannot_be_said_is_left_out() -> None:
    lines = [{"key": "rule.R8c", "params": {}}, {"key": "no.such", "params": {}}, {"key": "cue.answer.1", "params": {}}]
    assert EN.lines(lines, {}, "UTC") == ["Answer with: done, later, not today, or I need help."]


@pytest.mark.article("P5.4")
def test_the_persons_words_are_put_in_as_they_are() -> None:
    words = {"situation": "breakfast is done {dose}", "action": "walk"}
    assert EN.lines([{"key": "cue.own_words", "params": {}}], words, "UTC") == [
        "If breakfast is done {dose}, then I will walk."
    ]


def test_a_language_without_texts_is_told_in_english() -> None:
    assert catalogue("xx-YY").language == "en"


def test_an_unknown_activity_has_a_neutral_name() -> None:
    assert EN.text("cue.track.1", {"activity": "curling"}, "UTC") == "A good moment for your activity."


@pytest.mark.article("P1.6", "P2.6")
@pytest.mark.parametrize("key", sorted(EN.keys))
def test_no_text_blames_counts_or_promises(key: str) -> None:
    template = EN._texts[key].lower()
    assert not [word for word in BLAMING if word in template]
    assert len(template) <= 220


def test_amounts_in_decisions_are_known_by_name() -> None:
    assert {"dose", "old"} <= AMOUNTS
