"""Prompts are opened once for each thing, and closed when it is done, too late, or needless."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.plans.domain import prompts
from services.plans.domain.features import told
from services.plans.domain.model import PatientState
from services.plans.domain.prompts import Prompt, PromptKind
from services.plans.folding.around import placed
from shared.clock import to_ms
from shared.contracts.plans import PromptClosedV1, PromptOpenedV1
from shared.ids import named_id
from shared.runtime.messages import SYSTEM, Message, Tick, Transition

Result = Transition[PatientState]
Because = Literal["done", "over", "needless"]


def open_prompt(
    state: PatientState, key: str, kind: PromptKind, ref: str, now: datetime, until: datetime | None = None
) -> Result:
    """The person is to hear that this waits for them; nothing happens while the same thing waits already, or
    where the person turned its feature off (article H3)."""
    if prompts.alike(state.prompts, kind, ref) is not None or not told(state.circle.switched, kind):
        return Transition(state)
    prompt = Prompt(named_id("prompt", key, kind, ref, to_ms(now)), kind, ref, now, until)
    event = PromptOpenedV1(prompt_id=prompt.prompt_id, kind=kind, opened_at=now, until=until)
    after = replace(state, prompts=(*state.prompts, prompt))
    return Transition(after, events=(placed(event, state.person, now, SYSTEM),))


def close_prompts(
    state: PatientState, kind: PromptKind | None, ref: str | None, now: datetime, because: Because = "done"
) -> Result:
    """Nothing of this kind about this waits any more; None for either means all."""
    gone = tuple(one for one in state.prompts if kind in (None, one.kind) and ref in (None, one.ref))
    return _closed(state, gone, now, because)


def next_end(state: PatientState) -> datetime | None:
    """When the next prompt is too late (UTC)."""
    return prompts.next_end(state.prompts)


def on_time(state: PatientState, message: Message[Tick], now: datetime) -> Result:
    """Close what is too late; it asks for nothing more."""
    return _closed(state, prompts.over(state.prompts, now), now, "over")


def _closed(state: PatientState, gone: tuple[Prompt, ...], now: datetime, because: Because) -> Result:
    if not gone:
        return Transition(state)
    events = tuple(
        placed(PromptClosedV1(prompt_id=one.prompt_id, kind=one.kind, because=because), state.person, now, SYSTEM)
        for one in gone
    )
    left = tuple(one for one in state.prompts if one not in gone)
    return Transition(replace(state, prompts=left), events=events)
