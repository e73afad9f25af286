"""Forms of the pages of dashboards."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from webmacs_edge.model.dashboards import COLUMNS, MAX_ROW
from webmacs_edge.model.grids import MAX_SIZE, Place
from webmacs_edge.web.schemas.fields import FORM, MAX_NAME, PublicId, Text, printable

Line = Annotated[str, StringConstraints(max_length=MAX_NAME), AfterValidator(printable)]
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


class PlaceForm(BaseModel):
    """Where a widget shall stand: columns and rows are counted from 1, as people do."""

    model_config = FORM

    seen: Seen
    widget: PublicId
    column: int = Field(ge=1, le=COLUMNS)
    row: int = Field(ge=1, le=MAX_ROW)
    width: int = Field(ge=1, le=COLUMNS)
    height: int = Field(ge=1, le=MAX_SIZE)

    def place(self) -> Place:
        """The same counted from 0, and within the grid."""
        return Place(self.column - 1, self.row - 1, self.width, self.height).inside()


class WidgetForm(BaseModel):
    """What every kind of widget is asked; each kind adds its settings."""

    model_config = FORM

    title: Line = ""
    channel: PublicId | None = None
    width: int = Field(ge=1, le=COLUMNS)
    height: int = Field(ge=1, le=MAX_SIZE)
    seen: Seen = 0
