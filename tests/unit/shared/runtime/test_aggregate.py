"""The document: canonical text, what is refused, and what another version of the code may read."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.kafka.partition import shard_of
from shared.runtime.aggregate import (
    DOCUMENT_LIMIT,
    EVENT_LIMIT,
    Codec,
    Line,
    NewerSchema,
    Unsendable,
    encode,
    is_plain,
    refuse_nan,
)
from shared.runtime.messages import Service
from tests.support.toy import TOY, Tally


@dataclass(frozen=True)
class Inner:
    when: datetime | None = None
    day: date | None = None


@dataclass(frozen=True)
class Rich:
    names: tuple[str, ...] = ()
    things: dict[str, Inner] = field(default_factory=dict)
    ratio: float = 0.0
    yes: bool = False


RICH = Service("progression", Rich, {})


def _codec(service: Service = TOY) -> Codec:
    return Codec(service, shard_of)


def test_a_document_reads_back_as_it_was() -> None:
    codec = _codec(RICH)
    moment = datetime(2026, 3, 2, 9, 0, 0, 123000, tzinfo=UTC)
    aggregate = replace(
        codec.new("p1"),
        tenant="clinic-a",
        state=Rich(("ä", "🌱"), {"b": Inner(moment), "a": Inner(None, date(2026, 3, 2))}, 0.5, True),
        seq=3,
        marks={"session_logging": 7},
        holes={"session_logging:5": "session-logging-events:0:9"},
        seen=("e1",),
        clock=1,
        due=5,
        pending=6,
        outbox=(
            Line.of(1, "r", {"c": "sums", "id": "p1:x", "d": {"text": "line\nbreak"}}),
            Line.of(2, "j", {"s": "x"}),
        ),
    )
    document = codec.encode(aggregate)
    again = codec.decode(document)

    assert document["v"] == 1
    assert document["shard"] == shard_of("p1")
    assert replace(again, v=0, size=aggregate.size) == aggregate
    assert codec.encode(replace(again, v=0)) == document
    assert len(document["outbox"].split("\n")) == 2


def test_equal_states_are_equal_bytes_whatever_the_order_in_which_they_were_made() -> None:
    codec = _codec()
    one = replace(codec.new("p1"), state=Tally(sessions={"a": 1, "b": 2}), marks={"x": 1, "y": 2})
    other = replace(codec.new("p1"), state=Tally(sessions={"b": 2, "a": 1}), marks={"y": 2, "x": 1})

    assert codec.encode_state(one) == codec.encode_state(other)


@pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800", {"\udfff": 1}, {"a": [object()]}, 2**64])
def test_what_no_one_could_carry_is_unsendable(value: Any) -> None:
    with pytest.raises(Unsendable) as refused:
        encode({"value": value})
    assert str(refused.value) in ("TypeError", "JSONEncodeError")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")], {"a": (float("nan"),)}])
def test_a_number_that_is_not_finite_is_unsendable(value: Any) -> None:
    codec = _codec(RICH)
    with pytest.raises(Unsendable):
        refuse_nan(value)
    with pytest.raises(Unsendable):
        codec.encode(replace(codec.new("p1"), state=Rich(ratio=float("nan"))))


def test_a_line_that_is_done_is_the_same_line_and_holds_nothing_twice() -> None:
    line = Line.of(3, "r", {"c": "sums", "id": "p1:a", "d": {"at": 5}})
    same = Line.of(3, "r", {"c": "sums", "id": "p1:a", "d": {"at": 5}})
    line.done()

    assert line == same == Line.parse(line.raw)
    assert line.held is None
    assert line.body == same.body


@pytest.mark.parametrize("value", [1.5, ("a",), ["a", 1], {"a": 1}, date(2025, 3, 3), [None]])
def test_what_json_gives_back_otherwise_is_not_plain(value: Any) -> None:
    assert is_plain({"text": "a", "count": 1, "yes": True, "none": None, "list": ["a"], "empty": []})
    assert not is_plain({"text": "a", "value": value})


def test_a_line_and_a_document_have_a_largest_size_in_bytes() -> None:
    codec = _codec()
    with pytest.raises(Unsendable):
        Line.of(1, "r", {"text": "x" * EVENT_LIMIT})
    lines = tuple(Line.of(i, "r", {"text": "ä" * 50_000}) for i in range(DOCUMENT_LIMIT // 100_000 + 1))
    with pytest.raises(Unsendable):
        codec.encode(replace(codec.new("p1"), outbox=lines))
    assert codec.encode(replace(codec.new("p1"), outbox=lines[:-1]))


def test_a_newer_schema_is_not_touched_and_an_older_one_is_brought_up_to_date() -> None:
    older = _codec()
    document = older.encode(replace(older.new("p1"), state=Tally(ticks=3)))

    def upgrade(schema: int, state: dict[str, Any]) -> dict[str, Any]:
        return {**state, "ticks": state["ticks"] + 10 * schema}

    newer = _codec(replace(TOY, schema=2, upgrade=upgrade))
    assert newer.decode(document).state == Tally(ticks=13)
    written = newer.encode(newer.decode(document))
    assert written["schema"] == 2
    with pytest.raises(NewerSchema):
        older.decode(written)


def test_somebody_never_heard_of_has_the_default_state_and_no_tenant() -> None:
    new = _codec().new("p1")
    assert (new.state, new.v, new.seq, new.tenant, new.outbox) == (Tally(), 0, 0, "", ())
