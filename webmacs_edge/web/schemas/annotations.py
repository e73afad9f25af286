"""What is said about annotations: remarks beside the values."""

from typing import Annotated

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints

from webmacs_edge.store.annotations import MAX_TEXT
from webmacs_edge.web.schemas.fields import (
    LEFT_OUT,
    MAX_ID,
    OUTPUT,
    Instant,
    Moment,
    PublicId,
)
from webmacs_edge.web.schemas.lists import PageQuery

_INPUT = ConfigDict(
    defer_build=True, extra="forbid", str_strip_whitespace=True, populate_by_name=True
)

Remark = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]


class AnnotationIn(BaseModel):
    """A new remark at a moment, of a channel and of an experiment if it belongs to one."""

    model_config = _INPUT

    at_ms: Moment = Field(alias="at")
    text: Remark
    event_public_id: PublicId | None = None
    experiment_public_id: PublicId | None = None


class AnnotationPatch(BaseModel):
    """Any part of a remark; what is left out stays as it is."""

    model_config = _INPUT

    at_ms: Moment = Field(LEFT_OUT, alias="at")
    text: Remark = LEFT_OUT
    event_public_id: PublicId | None = None
    experiment_public_id: PublicId | None = None


class AnnotationOut(BaseModel):
    """A remark as programs see it."""

    model_config = OUTPUT

    public_id: str
    at: Instant = Field(validation_alias=AliasChoices("at_ms", "at"))
    text: str
    author: str
    event_public_id: str | None
    experiment_public_id: str | None
    user_public_id: str | None
    created_on: Instant = Field(validation_alias=AliasChoices("created_on_ms", "created_on"))


class AnnotationQuery(PageQuery):
    """Which remarks: from and before a moment, of an experiment."""

    from_ms: Moment | None = Field(None, alias="from")
    to_ms: Moment | None = Field(None, alias="to")
    experiment_public_id: str = Field("", max_length=MAX_ID)
