"""The texts that name a human: with all that is known of the clinic, and a form of their own where nothing is."""

from typing import Any, Final, get_args

import pytest

from services.progression.texts import PATIENT_LIMIT, render, texts
from services.progression.texts.contact import UNNAMED, UNREAD
from shared.clinics import LANGUAGES, Clinic
from shared.contracts.safety import Level
from tests.unit.services.progression.test_texts import PARAMS

LONGEST: Final[dict[str, Any]] = {
    "name": "Hillside Rehabilitation Centre",
    "country": "GB",
    "emergency_number": "999",
    "crisis_line": "116 123",
    "phone": "+44 20 7946 0100",
    "hours": {"en": "Mon–Thu 9:00–16:00", "es": "lun–jue 9:00–16:00", "ar": "الإثنين–الخميس 9:00–16:00"},
    "messages_read": True,
}
READ, UNREAD_THERE = Clinic(**LONGEST), Clinic(**{**LONGEST, "messages_read": False})
NAMED: Final = sorted(key for key, entry in texts().items() if UNNAMED in entry)
USUAL: Final = {**PARAMS, "dose": 2730, "old": 2730}
"""Three quarters of an hour and 30 seconds: as long as an amount is told where these texts are."""


def test_r1_says_what_to_do_in_danger_and_who_reads_this_when() -> None:
    assert render("rule.R1", PARAMS, "patient", "en", READ) == (
        "Please stop exercise for now. Please get help now. In danger call 999. "
        "Hillside Rehabilitation Centre reads this Mon–Thu 9:00–16:00: +44 20 7946 0100."
    )


def test_r1_says_plainly_where_nobody_reads_this() -> None:
    """Safety 9.2: where messages are not monitored, that is said."""
    said = render("rule.R1", PARAMS, "patient", "en", UNREAD_THERE)

    assert "No one reads this. Phone Hillside Rehabilitation Centre, Mon–Thu 9:00–16:00: +44 20 7946 0100." in said


def test_r1_instructs_by_how_grave_the_sign_is() -> None:
    said = {level: render("rule.R1", {**PARAMS, "level": level}) for level in get_args(Level)}

    assert len(set(said.values())) == len(said) == 4
    assert "today" in said["urgent"]


def test_r3_leads_to_the_flare_plan_and_to_a_voice() -> None:
    assert render("rule.R3", {"dose": 300, "unit": "min"}, "patient", "en", READ).endswith(
        "try 5 min in short bits. Your flare plan is in your plan. "
        "Or call Hillside Rehabilitation Centre: +44 20 7946 0100."
    )


def test_the_ceiling_and_the_missing_pain_name_the_clinic() -> None:
    for key in ("rule.R10c", "rule.R10e.pain_missing", "rule.W15"):
        assert "Hillside Rehabilitation Centre" in render(key, PARAMS, "patient", "en", READ)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", NAMED)
def test_where_no_clinic_is_known_the_text_is_whole_without_one(key: str, language: str) -> None:
    said = render(key, PARAMS, "patient", language)

    assert "{" not in said
    assert "  " not in said
    assert READ.name not in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("clinic", [READ, UNREAD_THERE, None], ids=["read", "unread", "unnamed"])
@pytest.mark.parametrize("key", NAMED)
def test_with_the_longest_names_a_text_is_at_most_220_characters(
    key: str, clinic: Clinic | None, language: str
) -> None:
    for level in get_args(Level):
        said = render(key, {**USUAL, "level": level}, "patient", language, clinic)
        assert len(said.translate(dict.fromkeys((0x2066, 0x2068, 0x2069)))) <= PATIENT_LIMIT, (len(said), said)


def test_in_arabic_a_number_keeps_its_order() -> None:
    assert "\u2066+44 20 7946 0100\u2069" in render("rule.R1", PARAMS, "patient", "ar", READ)


def test_only_r1_has_a_form_for_where_nobody_reads() -> None:
    assert [key for key, entry in texts().items() if UNREAD in entry] == ["rule.R1"]
