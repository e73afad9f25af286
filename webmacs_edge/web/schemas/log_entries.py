"""What is said about log entries: notes for the operator."""

from typing import Annotated

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints

from webmacs_edge.model.words import LoggingType, StatusType
from webmacs_edge.store.log_entries import MAX_CONTENT
from webmacs_edge.web.schemas.fields import LEFT_OUT, OUTPUT, Instant, Moment
from webmacs_edge.web.schemas.lists import PageQuery

MAX_SEARCH = 100
_INPUT = ConfigDict(defer_build=True, extra="ignore", str_strip_whitespace=True)

Content = Annotated[str, StringConstraints(min_length=1, max_length=MAX_CONTENT)]


class LogEntryIn(BaseModel):
    """A new note; nobody has read it yet."""

    model_config = _INPUT

    content: Content
    logging_type: LoggingType = LoggingType.info


class LogEntryPatch(BaseModel):
    """Any part of a note; what is left out stays as it is, and nothing may become null."""

    model_config = _INPUT

    content: Content = LEFT_OUT
    status_type: StatusType = LEFT_OUT


class LogEntryOut(BaseModel):
    """A note as programs see it."""

    model_config = OUTPUT

    public_id: str
    content: str
    logging_type: LoggingType
    status_type: StatusType
    created_on: Instant = Field(validation_alias=AliasChoices("created_on_ms", "created_on"))
    user_public_id: str | None


class LogEntryQuery(PageQuery):
    """Which notes: of a type, read or not, from and before a moment, with these words."""

    logging_type: LoggingType | None = None
    status_type: StatusType | None = None
    from_ms: Moment | None = Field(None, alias="from")
    to_ms: Moment | None = Field(None, alias="to")
    search: str = Field("", max_length=MAX_SEARCH)
