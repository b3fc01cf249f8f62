"""The file of the clinics: who is named to a person, and what is wrong with the file in one sentence."""

from pathlib import Path

import orjson
import pytest

from deploy.local.topology import ROOT
from shared.clinics import LANGUAGES, language_of, read_clinics

GOOD = {
    "name": "Clinic",
    "country": "ES",
    "emergency_number": "112",
    "crisis_line": "024",
    "phone": "+34 900 000 000",
    "hours": {"en": "Mon–Fri", "es": "lun–vie"},
    "messages_read": False,
}


def written(folder: Path, content: object) -> Path:
    file = folder / "clinics.json"
    file.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
    return file


@pytest.mark.article("P8.1")
def test_a_human_is_named_in_the_persons_language_and_else_in_english(tmp_path: Path) -> None:
    clinic = read_clinics(written(tmp_path, {"north": GOOD})).of("north")
    assert clinic is not None
    assert clinic.human("es-MX").hours == "lun–vie"
    assert clinic.human("ar").hours == "Mon–Fri"
    assert clinic.human(None).model_dump() == {
        "name": "Clinic",
        "phone": "+34 900 000 000",
        "hours": "Mon–Fri",
        "messages_read": False,
    }


def test_a_tenant_that_is_not_listed_has_the_clinic_for_any_tenant_or_none(tmp_path: Path) -> None:
    assert read_clinics(written(tmp_path, {"north": GOOD})).of("south") is None
    clinics = read_clinics(written(tmp_path, {"*": {**GOOD, "name": "Anywhere"}}))
    clinic = clinics.of("south")
    assert clinic is not None
    assert clinic.name == "Anywhere"


def test_a_questionnaire_is_on_once_the_clinic_says_who_acts_on_it_or_that_it_is_licensed(tmp_path: Path) -> None:
    said = {"phq4": {"role": "psychologist", "within_hours": 24}, "ears": {"licensed": True, "reversed": [1, 4]}}
    clinics = read_clinics(written(tmp_path, {"north": {**GOOD, "instruments": said}, "*": GOOD}))
    north, any_other = clinics.of("north"), clinics.of("south")
    assert north is not None
    assert any_other is not None
    assert north.instruments.phq4 is not None
    assert north.instruments.phq4.within_hours == 24
    assert north.instruments.ears is not None
    assert north.instruments.ears.reversed == (1, 4)
    assert set(any_other.instruments.model_dump().values()) == {None}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"{", "not JSON"),
        ([], "the whole"),
        ({"north": {**GOOD, "phone": "call us"}}, "north → phone"),
        ({"north": {**GOOD, "hours": {"es": "lun–vie"}}}, "in English"),
        ({"north": {name: value for name, value in GOOD.items() if name != "emergency_number"}}, "emergency_number"),
        ({"north": {**GOOD, "extra": 1}}, "north → extra"),
        ({"north": {**GOOD, "instruments": {"phq4": {"role": "nurse"}}}}, "phq4 → within_hours"),
        ({"north": {**GOOD, "instruments": {"promis": {"licensed": False}}}}, "promis → licensed"),
        ({"north": {**GOOD, "instruments": {"ears": {"licensed": True, "reversed": [7]}}}}, "reversed → 0"),
    ],
)
def test_a_wrong_file_is_told_in_one_sentence_with_its_place(tmp_path: Path, content: object, place: str) -> None:
    with pytest.raises(ValueError, match=place) as told:
        read_clinics(written(tmp_path, content))
    assert "call us" not in str(told.value)


def test_the_clinics_of_the_local_stack_speak_every_language() -> None:
    clinics = read_clinics(ROOT / "deploy" / "local" / "clinics.json")
    for tenant in ("demo-clinic", "demo-hillside", "anything"):
        clinic = clinics.of(tenant)
        assert clinic is not None
        assert set(clinic.hours) == set(LANGUAGES)


def test_a_language_without_texts_is_english() -> None:
    assert [language_of(locale) for locale in ("es-MX", "ar", "fr", None)] == ["es", "ar", "en", "en"]
