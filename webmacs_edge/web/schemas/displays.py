"""The form of a wall screen."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from webmacs_edge.model.displays import MAX_TURNS
from webmacs_edge.web.schemas.fields import FORM

_Word = Annotated[str, StringConstraints(max_length=100)]


class DisplayForm(BaseModel):
    """Which dashboards a screen shows, each for how long, and until when."""

    model_config = FORM

    name: str = Field(min_length=1, max_length=100)
    board: list[_Word] = Field(default_factory=list, max_length=MAX_TURNS + 10)
    seconds: list[_Word] = Field(default_factory=list, max_length=MAX_TURNS + 10)
    expires: str = Field("", max_length=40)
    stops_on_alarm: bool = False
    is_reusable: bool = False
