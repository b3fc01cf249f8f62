"""The red-flag list for the rules page: each sign as it is asked, in every language."""

from deploy.docgen.markdown import table
from services.safety.domain.levels import LEVELS
from shared.clinics import LANGUAGES
from shared.red_flags import SIGNS, questions


def section() -> tuple[str, ...]:
    """Heading, what a yes leads to, and the list."""
    asked = {language: {question.code: question.text for question in questions(language)} for language in LANGUAGES}
    return (
        "## Red flags",
        "Asked as yes or no. Any yes stops everything automatic at once (R1), shows the instruction with the emergency "
        "number and the clinic's phone, and asks a human; only a clinician's note lets it go on (safety 9.1, 9.2). The "
        "signs come from published lists [V38 V39], which call many people who turn out to be well: a human decides, "
        "and no answer is ever called harmless. The level says how fast: emergency within minutes, urgent within the "
        "hour where staff is there, review within days, lock: no increases, and contact within three working days.",
        table(
            ["sign", "level", *LANGUAGES],
            [[f"`{code}`", LEVELS[code], *(asked[language][code] for language in LANGUAGES)] for code in SIGNS],
        ),
    )


def problems() -> list[str]:
    """Signs without a level, or without a question in a language."""
    unasked = [
        f"red flag {code} is not asked in {language}"
        for language in LANGUAGES
        for code in SIGNS
        if code not in {question.code for question in questions(language)}
    ]
    return [*unasked, *(f"red flag {code} has a level and no question, or none" for code in LEVELS.keys() ^ set(SIGNS))]
