"""What was explained, line by line for a terminal, in the words of its language; codes only for a clinician."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.progression.commands.plain import table
from services.progression.texts.explain import NONE, Words, words

_LATEST: Final = 12
"""So many sessions are shown; the heading counts all of those that were stored."""

_COLUMNS: Final = (
    "day",
    "amount",
    "planned",
    "before",
    "pain",
    "morning",
    "effort",
    "fatigue_morning",
    "stop",
    "zone",
    "settled",
    "counts",
)
_WITHOUT_DOSE: Final = frozenset({"STOP", "PAUSE", "BASELINE"})
"""Actions that give no amount: nothing, or a free one (W4)."""

_ALWAYS_SHOWN: Final = frozenset({"day", "amount", "planned"})


def lines_of(told: Mapping[str, Any]) -> list[str]:
    """What `explained` gave, in the language that it names: what holds, why, what counted, and why not more."""
    say = words(told["language"])
    parts = (
        [
            say.say("title", track=told["track_id"], date=say.day(told["day"])),
            say.say("number", number=say.value(told["number"]), rule_set=told["rule_set"]),
        ],
        _decided(told, say),
        _counted(told, say),
        _parameters(told, say),
        _why_not(told, say),
        _locks(told, say),
    )
    lines: list[str] = []
    for part in parts:
        lines += [*([""] if lines and part else []), *part]
    return lines


def _decided(told: Mapping[str, Any], say: Words) -> list[str]:
    unit, coded = told["unit"], _coder(told)
    states = (
        coded(say.name("status", told["status"]), told["status"]),
        coded(say.name("phase", told["phase"]), told["phase"]),
    )
    moved = told["dose_before"] != told["dose"] and not told["free"]
    before = f" ({say.say('before')}: {say.amount(told['dose_before'], unit)})" if moved else ""
    dose = "" if told["action"] in _WITHOUT_DOSE else f": {say.amount(told['dose'], unit, 'rest')}"
    did = coded(say.name("action", told["action"]), f"{told['rule']} {told['action']}")
    lines = [
        f"{say.say('now')}: {say.say('free') if told['free'] else say.amount(told['dose_in_force'], unit)}",
        f"  {say.list(states)}",
        f"  {say.say('changed')}: {say.day(told['since'])}",
        f"{say.say('decided')}: {did}{dose}{before}",
        f"  {say.say('in_words')}: {told['text']}",
    ]
    if told["clinician_text"]:
        lines.append(f"  {say.say('to_clinician')}: {told['clinician_text']}")
    if told["rule_in_words"]:
        lines.append(f"  {say.say('rule')}: {told['rule_in_words']}")
    lines += [f"  {say.say('notes')}: {coded(say.name('note', one), one)}" for one in told["notes"]]
    lines += [f"  {say.say('look')}: {coded(say.name('look', one), one)}" for one in told["reviews"]]
    if told["supersedes"]:
        lines.append(f"  {say.say('superseded')}")
    if told["offer"]:
        who = say.name("who", told["offer"]["waits_for"])
        lines.append(f"  {say.say('offered')}: {say.amount(told['offer']['dose'], unit)}, {say.say('waits')} {who}")
    return lines


def _counted(told: Mapping[str, Any], say: Words) -> list[str]:
    units = told["units"]
    lines = [f"{say.say('counted')}", f"  {say.say('usual_pain')}: {say.value(told['usual_pain'])}"]
    if not units:
        return [*lines, f"  {say.say('counted.none')}"]
    more = f" ({say.say('counted.shown')})" if len(units) > _LATEST else ""
    rows = [[_cell(name, one, told["unit"], say) for name in _COLUMNS] for one in units[-_LATEST:]]
    kept = [
        place for place, name in enumerate(_COLUMNS) if name in _ALWAYS_SHOWN or any(row[place] != NONE for row in rows)
    ]
    head = [say.name("column", _COLUMNS[place]) for place in kept]
    shown = table(head, [[row[place] for place in kept] for row in rows])
    return [*lines, f"  {say.say('counted.days')}: {say.value(len(units))}{more}", *shown]


def _cell(name: str, one: Mapping[str, Any], unit: str, say: Words) -> str:
    if name == "day":
        return say.short_day(one["day"])
    if name == "amount":
        return say.amount(one["amount"], unit, "rest")
    if name == "planned":
        return say.amount(one["planned"], unit) if one["planned"] else NONE
    if name == "zone":
        return say.name("zone", one["zone"])
    if name == "counts":
        return say.say("counts.ok") if one["ok"] else say.say("counts.bad") if one["bad"] else NONE
    value = one.get(name)
    return say.reason(value) if name == "stop" and value else say.value(value)


def _parameters(told: Mapping[str, Any], say: Words) -> list[str]:
    coded = _coder(told)
    return [
        say.say("parameters"),
        *(
            f"  {coded(say.name('parameter', name), name)}: {say.threshold(name, one['value'], told['unit'])}"
            f" – {_origin(name, one, told['unit'], say)}"
            for name, one in told["parameters"].items()
        ),
    ]


def _origin(name: str, one: Mapping[str, Any], unit: str, say: Words) -> str:
    origin = one["from"]
    quoted = {"default": say.threshold(name, one["default"], unit)} if "default" in one else {}
    if origin == "override":
        quoted |= {"until": say.moment(one["until"]), "reason": say.reason(one["reason"])}
        origin = "override" if "default" in one else "override.own"
    return say.say(f"from.{origin}", **quoted)


def _why_not(told: Mapping[str, Any], say: Words) -> list[str]:
    up, coded = told["next_up"], _coder(told)
    to = f": {say.amount(up['dose'], told['unit'])}" if up["dose"] is not None else ""
    lines = [say.say("why_not")]
    if f"next.{up['rule']}" in say.entries:
        lines.append(f"  {say.say('next')}: {coded(say.name('next', up['rule']), up['rule'])}{to}")
    missing = [one for one in up["conditions"] if not one["met"]]
    if not missing:
        lines.append(f"  {say.say('missing.none')}")
    for one in missing:
        lines.append(f"  {say.say('missing')}: {_condition(one, told, say)}")
        if one["text"]:
            lines.append(f"    {one['text']}")
    if met := [_condition(one, told, say) for one in up["conditions"] if one["met"]]:
        lines += [f"  {say.say('met')}", *(f"    {one}" for one in met)]
    return lines


def _condition(one: Mapping[str, Any], told: Mapping[str, Any], say: Words) -> str:
    name = say.say("open", lock=say.name("lock", one["lock"])) if one["lock"] else say.need(one["rule"])
    inside: list[str] = []
    if one["have"] is not None:
        many = say.say("of", have=say.value(one["have"]), need=say.value(one["need"]))
        inside.append(f"{say.name('measure', one['measure'])}: {many}")
    if told["audience"] == "clinician":
        inside.append(" ".join(code for code in (one["rule"], one["lock"]) if code))
    return f"{name} ({say.list(inside)})" if inside else name


def _locks(told: Mapping[str, Any], say: Words) -> Sequence[str]:
    coded = _coder(told)
    lines = [f"  {coded(say.name('lock', one['lock']), one['lock'])}: {one['text']}" for one in told["locks"]]
    return [say.say("locks"), *lines] if lines else []


def _coder(told: Mapping[str, Any]) -> Any:
    """A name with its code in brackets where a clinician reads, and alone where the person does."""
    with_codes = told["audience"] == "clinician"
    return lambda name, code: f"{name} ({code})" if with_codes and name != code else name
