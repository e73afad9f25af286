"""Forms of the pages of dashboards."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from webmacs_edge.web.schemas.fields import FORM, MAX_NAME, Text

Line = Annotated[str, StringConstraints(max_length=MAX_NAME)]
Seen = Annotated[int, Field(ge=0)]  # the state that was looked at: `updated_on_ms`


class Filling(StrEnum):
    """What a new dashboard begins with."""

    empty = "empty"
    all = "all"  # every channel, arranged


class DashboardForm(BaseModel):
    """A new dashboard."""

    model_config = FORM

    name: Text
    description: Line = ""
    is_global: bool = False
    filling: Filling = Filling.empty


class PropertiesForm(BaseModel):
    """Name, purpose and who sees it; `seen` is the state that the form shows."""

    model_config = FORM

    name: Text
    description: Line = ""
    is_global: bool = False
    seen: Seen


class SeenForm(BaseModel):
    """A press of a button, on the state that was looked at."""

    model_config = FORM

    seen: Seen
