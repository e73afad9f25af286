"""The form that ties the parts of a picture to channels."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from webmacs_edge.web.schemas.fields import FORM

MOST_ROWS = 400
_Word = Annotated[str, StringConstraints(max_length=255)]


class PictureChoice(BaseModel):
    """Which picture a widget shows."""

    model_config = FORM

    picture: str = Field(max_length=100)
    seen: int = 0


class PartsForm(BaseModel):
    """Row by row: a part, the name of the channel that it follows, what it does with the value."""

    model_config = FORM

    seen: int = 0
    part: list[_Word] = Field(default_factory=list, max_length=MOST_ROWS)
    channel: list[_Word] = Field(default_factory=list, max_length=MOST_ROWS)
    shows: list[_Word] = Field(default_factory=list, max_length=MOST_ROWS)
