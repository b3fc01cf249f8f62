"""A walk over HTTP with everything that was asked and answered, to be read: shortened, and without an id or a token."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from tests.support.e2e_clinic import Clinic, Days, Somebody, eventually, fresh

_WIDTH: Final = 100
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{24,}|eyJ")
_DAYS: Final = range(-1, 91)

Keep = Mapping[str, Any] | None
"""Which fields of an answer are shown, by name; None shows all of it."""


def only(*names: str, **deeper: Keep) -> Keep:
    """These fields, and of some of them only a part."""
    return {**dict.fromkeys(names), **deeper}


class Walk:
    """One person's way through some requests, begun in the morning of day 0; `page` tells all of it as Markdown.

    `begin` makes the person: somebody with a plan in force, unless told otherwise.
    """

    def __init__(
        self, clinic: Clinic, title: str, about: str, begin: Callable[[Clinic], Somebody] = Clinic.enrol_with_plan
    ) -> None:
        self.days = Days(clinic)
        self.days.go(0, 8)
        self.person: Somebody = begin(clinic)
        self._names = {self.person.id: "{person}"}
        self._told = [f"## {title}", about]

    def name(self, id: str, name: str) -> str:
        """Call an id by a name wherever it is shown; the id."""
        self._names[id] = f"{{{name}}}"
        return id

    def tell(self, words: str) -> None:
        """A sentence between the requests."""
        self._told.append(words)

    def ask(
        self,
        words: str,
        role: str,
        method: str,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        keep: Keep = None,
        *,
        status: int | None = None,
        read: int | None = None,
    ) -> Any:
        """A request, which must succeed or be answered with `status`; a body gets an id of its own. The answer.

        `read` is the version that was read, sent as If-Match.
        """
        if body is not None:
            body = {"id": self.name(fresh(), "a fresh id"), **body}
        headers = {} if read is None else {"If_Match": f'"{read}"'}
        answer = self.person.send(role, method, service, path, body, **headers)
        assert answer.status_code == status if status else answer.is_success, f"{path}: {answer.text}"
        self._show(words, role, method, service, path, body, answer.status_code, answer.json(), keep, read)
        return answer.json()

    def until(
        self, words: str, role: str, service: str, path: str, look: Callable[[Any], bool], keep: Keep = None
    ) -> Any:
        """Read until the answer is the one that is waited for, and show that one; the answer."""
        found = eventually(partial(self._read, role, service, path, look), words)
        self._show(words, role, "GET", service, path, None, 200, found[0], keep)
        return found[0]

    def session(self) -> None:
        """A session as planned, now, not shown; back once it has been decided about."""
        self._decided(lambda: self.person.log(pain=2, amount=self.person.track()["dose"] // 60))

    def good_day(self, day: int) -> None:
        """A session in the evening, and a morning that says it settled."""
        self.days.go(day, 18)
        self.session()
        self.days.go(day + 1, 8)
        self._decided(lambda: self.person.morning(2))

    def page(self) -> str:
        """The walk as Markdown, the same in every run."""
        text = self._stable("\n\n".join(self._told))
        assert not _ID.search(text), f"an id or a token would be shown: {_ID.search(text)}"
        return text + "\n"

    def _decided(self, record: Callable[[], object]) -> None:
        before = self.person.decisions()[0]["number"]
        record()

        def decided() -> bool:
            return any(one["number"] > before and one["trigger"] == "record" for one in self.person.decisions())

        eventually(decided, "the decision about a record")

    def _read(self, role: str, service: str, path: str, look: Callable[[Any], bool]) -> list[Any]:
        answer = self.person.ask(role, "GET", service, path)
        return [answer] if look(answer) else []

    def _show(
        self,
        words: str,
        role: str,
        method: str,
        service: str,
        path: str,
        body: Any,
        status: int,
        answer: Any,
        keep: Keep,
        read: int | None = None,
    ) -> None:
        asked = f"{method} {path.replace('{id}', self.person.id)}" + (f"\n{shown(body)}" if body else "")
        if read is not None:
            asked = asked.replace("\n", f'\nIf-Match: "{read}"\n', 1)
        self._told.append(f"{words}\n\n```\n{service}, {role}\n{asked}\n→ {status}\n{shown(answer, keep)}\n```")

    def _stable(self, text: str) -> str:
        """Ids by their names, moments and dates by the number of their day."""
        for id, name in self._names.items():
            text = text.replace(id, name)
        text = _MOMENT.sub(lambda found: self._moment(datetime.fromisoformat(found[0])), text)
        text = _DATE.sub(lambda found: self._day(date.fromisoformat(found[0])), text)
        for number in reversed(_DAYS):
            written = self.days.date(number)
            text = re.sub(rf"\b{written.day} {written:%B}\b", f"{{the date of day {number}}}", text)
        return text

    def _moment(self, moment: datetime) -> str:
        return f"{self._day(moment.date())}, {moment:%H} h"

    def _day(self, day: date) -> str:
        return f"day {(day - self.days.date(0)).days}"


def shown(value: Any, keep: Keep = None, indent: str = "") -> str:
    """A value as JSON for readers: only what is kept, and `…` where something was left out."""
    match value:
        case dict():
            parts = [
                f"{json.dumps(name)}: {shown(value[name], (keep or {}).get(name), indent + '  ')}"
                for name in (keep or value)
            ]
            return _joined([*parts, "…"] if keep and value.keys() - keep.keys() else parts, "{}", indent)
        case list():
            return _joined([shown(item, keep, indent + "  ") for item in value], "[]", indent)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _joined(parts: list[str], brackets: str, indent: str) -> str:
    line = ", ".join(parts)
    if "\n" not in line and len(indent) + len(line) < _WIDTH:
        return f"{brackets[0]}{line}{brackets[1]}"
    between = f",\n{indent}  "
    return f"{brackets[0]}\n{indent}  {between.join(parts)}\n{indent}{brackets[1]}"
