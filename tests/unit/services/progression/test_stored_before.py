"""A person whom the version before stored is read as they were, and what it lowered can still be taken back."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from services.progression.domain.lowerings import Lowering
from services.progression.domain.state import PatientState, lowerings_of
from services.progression.transitions import SERVICE
from shared.kafka.partition import shard_of
from shared.runtime.aggregate import Codec
from tests.support.progression_person import Person, text_of

STORED = Path(__file__).parent / "stored" / "schema_1.json"
CODEC = Codec(SERVICE, shard_of)


def lived() -> Person:
    """R8a on day 3 and R7a after a fortnight of nothing: two lowerings that may be taken back."""
    person = Person().enrol().plan()
    person.good_day(0)
    person.log(2, 600, pain=7)
    person.tick_to(3)
    person.morning(3, 6)
    person.tick_to(18)
    return person


def stored(schema: int = 1) -> dict[str, Any]:
    """The document as the database holds it: its state is one text."""
    document = json.loads(STORED.read_bytes())
    return {**document, "schema": schema, "state": json.dumps(document["state"])}


def test_a_document_of_the_schema_before_is_read_as_the_same_track() -> None:
    read = CODEC.decode(stored())
    now, then = lived().state.tracks["walk"], read.state.tracks["walk"]

    assert (then.lowerings, then.footing, then.doses, then.bouts) == (now.lowerings, now.footing, now.doses, now.bouts)
    assert [low.rule for low in lowerings_of(then)] == ["R8a", "R7a"]
    assert then.latest == now.latest
    assert read.seq == 9
    assert CODEC.decode(CODEC.encode(read)).state == read.state


def test_what_is_written_is_of_this_schema_and_a_third_shorter() -> None:
    document = stored()
    written = CODEC.encode(CODEC.decode(document))

    assert written["schema"] == SERVICE.schema == 2
    lowerings = json.loads(written["state"])["state"]["tracks"]["walk"]["lowerings"]
    before = json.loads(document["state"])["state"]["tracks"]["walk"]["lowerings"]
    assert len(json.dumps(lowerings)) < len(json.dumps(before)) * 2 / 3


def test_a_lowering_stored_before_is_taken_back_when_its_session_never_happened() -> None:
    person = lived()
    person.state = CODEC.decode(stored()).state
    person.void("s2", 2, at=person.at(18, "12:00"))

    other = lived()
    other.void("s2", 2, at=other.at(18, "12:00"))
    assert person.state.tracks["walk"].lowerings == other.state.tracks["walk"].lowerings
    assert [low.rule for low in lowerings_of(person.state.tracks["walk"])] == ["R7a"]
    assert person.dose() == other.dose() == 480


def test_what_an_older_document_did_not_know_of_a_lowering_is_at_its_default() -> None:
    document = json.loads(STORED.read_bytes())
    for low in document["state"]["state"]["tracks"]["walk"]["lowerings"]:
        for name in ("mornings", "gap_t1", "gap_t2"):
            del low[name]
        del low["before"]["raised_at"]
    read = CODEC.decode({**document, "state": json.dumps(document["state"])}).state

    known = lowerings_of(CODEC.decode(stored()).state.tracks["walk"])
    plain = Lowering._field_defaults
    assert lowerings_of(read.tracks["walk"]) == [low._replace(**plain) for low in known]


def test_what_is_at_its_default_is_not_written_and_comes_back() -> None:
    person = lived()
    written = json.loads(text_of(person.state))
    track = person.state.tracks["walk"]

    assert {"tz", "plan", "tracks"} <= set(written) < set(person.state.__dict__)
    assert {"config", "footing", "started"} <= set(written["tracks"]["walk"]) < set(track.__dict__)
    assert len(text_of(person.state)) < len(orjson.dumps(person.state)) * 0.9
    again = CODEC.decode(CODEC.encode(replace(CODEC.new("p1"), tenant="clinic-a", state=person.state))).state
    assert again == person.state
    assert CODEC.decode(CODEC.encode(CODEC.new("p1"))).state == PatientState()


def test_a_person_without_a_track_is_read_too() -> None:
    document = stored()
    meta = json.loads(document["state"])
    meta["state"]["tracks"] = {}

    assert CODEC.decode({**document, "state": json.dumps(meta)}).state.tracks == {}
