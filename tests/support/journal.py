"""Reading a journal back: each line opened with the person's key and folded again, by nothing but the transitions."""

from collections.abc import Iterable
from typing import Any

import orjson
from pydantic import BaseModel, TypeAdapter

from shared.clock import from_ms
from shared.runtime.messages import Actor, EffectOutcome, Message, Service, To, Transition
from shared.runtime.wire import Raw
from shared.sealing import Sealer


async def opened(records: Iterable[Raw], sealer: Sealer, tenant: str, key: str) -> list[dict[str, Any]]:
    """The first occurrences of one person's journal lines, in the order of their partition."""
    lines: dict[str, dict[str, Any]] = {}
    for raw in records:
        if raw.key == key.encode():
            text = await sealer.unseal(tenant, key, (raw.value or b"").decode())
            lines.setdefault(raw.header("n") or "", orjson.loads(text))
    return list(lines.values())


def refolded(service: Service, tenant: str, key: str, lines: Iterable[dict[str, Any]]) -> tuple[Any, int]:
    """State and seq after folding journal lines into an aggregate never heard of."""
    types = {cls.__name__: cls for cls in (*service.transitions, EffectOutcome)}
    state, seq = service.state(), 0
    for line in lines:
        body = line["message"]
        cls = types[body["type"]]
        data = cls.model_validate(body["data"]) if issubclass(cls, BaseModel) else _plain(cls, body["data"])
        message = Message(
            data,
            key,
            tenant,
            body["id"],
            from_ms(body["occurred_at"]),
            from_ms(body["recorded_at"]),
            Actor(**body["actor"]),
            body["source"],
            service=body["service"],
            seq=body["seq"],
            incomplete=body["incomplete"],
        )
        handler = service.transitions.get(cls)
        transition: Transition[Any] = Transition(state)
        if handler is not None:
            handler = handler.handler if isinstance(handler, To) else handler
            transition = handler(state, message, from_ms(line["now"]))
        state, seq = transition.state, seq + len(transition.events)
    return state, seq


def _plain(cls: type, data: Any) -> Any:
    return TypeAdapter(cls).validate_python(data)
