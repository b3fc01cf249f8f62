"""The catalogue of activities is whole, plain, calm, and there in every language; it is read page by page."""

import re

import pytest

from services.plans.catalogue import catalogue, words
from services.plans.domain.catalogue import FAMILIES, INTERESTS, LEVELS, fits, matching
from services.plans.domain.doing import ADAPTED, BARRIERS
from services.plans.domain.overrides import MUSCLE_GROUPS
from services.plans.texts import doing
from shared.clinics import LANGUAGES
from tests.support.reading_level import grade
from tests.unit.services.plans.front import Front

BANNED = re.compile(r"fail|must|missed|non-complian|lazy|\bshould\b|danger(?!: call)|harm|safe\b|cure|!", re.I)
OTHERS = [language for language in LANGUAGES if language != "en"]


def test_every_activity_has_muscles_a_marker_a_position_and_two_cues_of_the_closed_lists() -> None:
    assert 40 <= len(catalogue()) <= 60
    for one in catalogue().values():
        assert one.family in FAMILIES
        assert set(one.interests) <= set(INTERESTS)
        assert LEVELS[0] <= one.level <= LEVELS[1]
        assert one.muscles
        assert set(one.muscles) <= set(MUSCLE_GROUPS)
        assert one.markers
        assert one.positions
        assert len(set(one.cues)) == 2


@pytest.mark.article("P2.2")
def test_every_interest_family_and_muscle_group_is_served_and_something_is_easy_everywhere() -> None:
    every = catalogue().values()
    for interest in INTERESTS:
        assert list(matching(every, interest, level=2))
    for family in FAMILIES:
        assert list(matching(every, family=family, level=3))
    assert {muscle for one in every for muscle in one.muscles} == set(MUSCLE_GROUPS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_there_in_every_language(language: str) -> None:
    there = words(language)
    keys = {f"{one}.{part}" for one in catalogue() for part in ("name", "how")}
    cues = {f"cue.{cue}" for one in catalogue().values() for cue in one.cues}
    assert there.keys() == keys | cues | {"_note"}
    assert doing.texts(language).keys() == doing.texts("en").keys()
    assert all(text.strip() for text in (*there.values(), *doing.texts(language).values()))


@pytest.mark.parametrize("language", OTHERS)
def test_no_word_was_left_in_english_and_each_names_the_same_values(language: str) -> None:
    for there, english in ((words(language), words("en")), (doing.texts(language), doing.texts("en"))):
        alike = {key for key in english if there[key] == english[key]}
        assert alike <= {"flare.version"}
        values = re.compile(r"{\w+}")
        assert [key for key in english if set(values.findall(there[key])) != set(values.findall(english[key]))] == []


def test_everything_that_may_be_adapted_or_get_in_the_way_has_words() -> None:
    there = doing.texts("en").keys()
    assert {f"accommodation.{kind}.{code}" for kind, codes in ADAPTED.items() for code in codes} == {
        key for key in there if key.startswith("accommodation.")
    }
    assert {f"barrier.{code}" for code in BARRIERS} == {key for key in there if key.startswith("barrier.")}
    assert {f"family.{family}" for family in (*FAMILIES, "other")} == {
        key for key in there if key.startswith("family.")
    }


@pytest.mark.article("P1.6")
def test_english_is_plain_and_neither_threatens_nor_blames() -> None:
    texts = [*words("en").items(), *doing.texts("en").items()]
    assert [key for key, text in texts if key != "_note" and BANNED.search(text)] == []
    for one in catalogue().values():
        told = " ".join([words("en")[f"{one.activity_id}.how"], *(words("en")[f"cue.{cue}"] for cue in one.cues)])
        assert grade(told) <= 6.0, one.activity_id
    for key, text in doing.texts("en").items():
        if key.startswith(("rest", "unfit", "stopped", "less", "energy.")):
            assert grade(text.format(seconds=60) if "{" in text else text) <= 6.0, key


@pytest.mark.article("P1.5")
@pytest.mark.parametrize(
    ("activity", "adapted", "suits"),
    [
        ("hip_bridge", ["no_floor"], False),
        ("reach_opposite", ["no_kneeling"], False),
        ("sit_to_stand", ["no_floor", "sitting"], True),
        ("walk_hills", ["sitting"], False),
        ("walk_hills", ["leaning", "other"], True),
        ("knee_roll", ["lying"], True),
        ("knee_roll", ["lying", "sitting"], False),
    ],
)
def test_what_suits_the_positions_that_are_left_is_known(activity: str, adapted: list[str], suits: bool) -> None:
    assert fits(catalogue()[activity], adapted) is suits


@pytest.mark.article("P2.2")
async def test_the_catalogue_is_read_by_interest_family_level_and_language_page_by_page(front: Front) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        read = (await front.call("GET", f"/activities?limit=15{cursor}", "patient")).json()
        seen += [one["activity_id"] for one in read["activities"]]
        if read["next_cursor"] is None:
            break
        cursor = f"&cursor={read['next_cursor']}"
    assert sorted(seen) == sorted(catalogue())
    found = (await front.call("GET", "/activities?interest=music&family=hobby&level=1&language=es")).json()[
        "activities"
    ]
    assert [one["name"] for one in found] == ["Bailar en la silla", "Hacer música"]
    assert all(len(one["cues"]) == 2 for one in found)
    assert (await front.call("GET", "/activities?level=6")).status_code == 422
    assert (await front.call("GET", "/activities?cursor=nonsense")).status_code == 400
    assert (await front.call("GET", "/activities", "device")).status_code == 403
    assert (await front.call("GET", "/patients/p1/activities/no_such", "patient")).status_code == 404
