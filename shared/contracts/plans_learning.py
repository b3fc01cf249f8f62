"""Events of `plans` on what a person reads to learn."""

from pydantic import BaseModel

from shared.contracts.fields import CONTRACT, Code


class ContentViewedV1(BaseModel):
    """A person read a lesson or a dialogue, for the first time or again (article P4.1); which one, and no more."""

    model_config = CONTRACT
    lesson_id: Code
