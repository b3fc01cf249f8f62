"""What callers send to community: shapes and ranges of single fields, no rules between them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt

from services.community.domain.groups import MEMBERS_MAX, MEMBERS_MIN
from services.community.domain.model import Avatar, Language, RunBy
from shared.contracts.fields import Code, Id

BODY = ConfigDict(extra="forbid", allow_inf_nan=False)


def _one_line(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("a name is one line of letters, digits and signs")
    return text.strip()


def _really_yes(consent: object) -> object:
    if consent is not True:
        raise ValueError("joining needs a plain yes: true")
    return consent


Yes = Annotated[Literal[True], BeforeValidator(_really_yes)]
Name = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_one_line)]


class GroupBody(BaseModel):
    """A group to open; `id` is made by the client and is the group's from now on. `name` is written by staff."""

    model_config = BODY
    id: Id
    name: Name
    language: Language
    run_by: RunBy
    member_limit: Annotated[StrictInt, Field(ge=MEMBERS_MIN, le=MEMBERS_MAX)] = MEMBERS_MAX


class JoinBody(BaseModel):
    """A person's own consent to be in a group; `pseudonym` is one of those offered, left out the first of them."""

    model_config = BODY
    id: Id
    consent: Yes
    pseudonym: Annotated[str, Field(pattern=r"^\S{1,20} \S{1,20} [0-9]{2}$")] | None = None
    avatar: Avatar | None = None


class LeaveBody(BaseModel):
    """What becomes of the person's posts when they leave: they stay as those of "a member", or are deleted."""

    model_config = BODY
    id: Id
    posts: Literal["anonymise", "delete"]


class ShareBody(BaseModel):
    """Where an offered celebration is shared, and in which of the offered wordings."""

    model_config = BODY
    id: Id
    group_id: Id
    template: Code


class DismissBody(BaseModel):
    """The person's "no thanks"; `id` is made by the client."""

    model_config = BODY
    id: Id
