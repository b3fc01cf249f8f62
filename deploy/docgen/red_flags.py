"""The warning signs for the rules page: how each is asked, how fast a human must act, what a yes is answered with."""

import json
from pathlib import Path
from typing import Final

from deploy.docgen.markdown import table
from services.plans.domain.work import LEVEL_MINUTES, MINUTES, REVIEW_WORKING_DAYS, WORKING_DAYS
from services.progression.domain import worry
from services.safety import texts as safety_texts
from services.safety.domain.levels import LEVELS
from services.session_logging.domain.attention import RISE, VERY_HIGH
from shared.clinics import LANGUAGES
from shared.red_flags import SIGNS, questions

_TEXTS: Final = Path(safety_texts.__file__).parent


def section() -> tuple[str, ...]:
    """The headings, what a yes leads to, the list and the answers in every language."""
    asked = {language: {question.code: question.text for question in questions(language)} for language in LANGUAGES}
    return (
        "## Warning signs",
        "Asked as yes or no. Any yes stops everything automatic at once (R1), shows the answer with the emergency "
        "number and the clinic's phone, and puts an item on the work list; only a clinician's note lets it go on "
        "(safety 9.1, 9.2). The signs come from published lists [V38 V39], which call many people who turn out to be "
        "well: a human decides, and no answer is ever called harmless. Where the specification names two levels, the "
        "graver holds. *Human within* is when the item is overdue; nothing in this release wakes anybody at night: who "
        "looks at the work list, and when, is yours to arrange. **No clinician has reviewed these "
        "words, and no native reader the Spanish and Arabic ones; have that done before use.**",
        table(
            ["sign", "level", "human within", *LANGUAGES],
            [[f"`{code}`", LEVELS[code], _within(code), *(asked[name][code] for name in LANGUAGES)] for code in SIGNS],
        ),
        "### What a yes is answered with",
        "Names in braces are the clinic's: its emergency number, crisis line, name, phone and hours.",
        table(
            ["sign", *LANGUAGES],
            [[f"`{code}`", *(_answer(language, code) for language in LANGUAGES)] for code in SIGNS],
        ),
        "### Around it",
        table(
            ["text", *LANGUAGES],
            [[f"`{key}`", *(_texts(name)[key] for name in LANGUAGES)] for key in _texts("en") if not _of_a_sign(key)],
        ),
        "### A log that worries",
        f"Pain of {VERY_HIGH} or more, pain {RISE} or more above usual, or a session stopped because something is "
        "wrong: the answer to the log itself carries the list, the flare plan and the phone, and somebody looks on the "
        f"person's same day (W15). Other reviews are due within {REVIEW_WORKING_DAYS} working days.",
    )


def problems() -> list[str]:
    """Signs without a level, a question or an answer."""
    found = [
        f"warning sign {code} is not asked or not answered in {language}"
        for language in LANGUAGES
        for code in SIGNS
        if code not in {question.code for question in questions(language)} or f"{code}.text" not in _texts(language)
    ]
    if (worry.VERY_HIGH, worry.RISE) != (VERY_HIGH, RISE):
        found.append("session_logging and progression disagree on which log worries")
    return [*found, *(f"warning sign {code} has a level or a question alone" for code in LEVELS.keys() ^ set(SIGNS))]


def _texts(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((_TEXTS / f"{language}.json").read_text(encoding="utf-8"))
    return found


def _answer(language: str, code: str) -> str:
    texts = _texts(language)
    return f"**{texts[f'{code}.title']}** {texts[f'{code}.text']}"


def _of_a_sign(key: str) -> bool:
    return key.partition(".")[0] in SIGNS


def _within(code: str) -> str:
    if code in WORKING_DAYS:
        return f"{WORKING_DAYS[code]} working days"
    return f"{MINUTES.get(code, LEVEL_MINUTES.get(LEVELS[code], 60))} min"
