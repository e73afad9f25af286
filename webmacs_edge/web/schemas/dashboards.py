"""What is said about dashboards and their widgets: API input and output."""

from typing import Annotated

from pydantic import AfterValidator, AliasChoices, BaseModel, Field, StringConstraints
from pydantic_core import from_json

from webmacs_edge.model.dashboards import COLUMNS, MAX_ROW, WidgetType
from webmacs_edge.model.text import text
from webmacs_edge.web.schemas.fields import LEFT_OUT, LENIENT, OUTPUT, Instant, PublicId, Text
from webmacs_edge.web.schemas.lists import PageQuery

MAX_CONFIG_BYTES = 64 * 1024
_W, _H = 4, 3


def json_text(given: str) -> str:
    """The text; ValueError unless it is JSON and not too long."""
    content = given.encode()
    if len(content) > MAX_CONFIG_BYTES:
        raise ValueError(
            text(
                "Please use at most {max_config_bytes} KiB.",
                max_config_bytes=MAX_CONFIG_BYTES // 1024,
            )
        )
    try:
        from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise ValueError(text("This is not JSON: {error}.", error=error)) from error
    return given


JsonText = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_CONFIG_BYTES), AfterValidator(json_text)
]
Column = Annotated[int, Field(ge=0, lt=COLUMNS)]
Row = Annotated[int, Field(ge=0, le=MAX_ROW)]
Size = Annotated[int, Field(ge=1, le=12)]


class DashboardQuery(PageQuery):
    """Which page of the dashboards; administrators may ask for everybody's."""

    all: bool = False


class DashboardIn(BaseModel):
    """A new dashboard, without widgets."""

    model_config = LENIENT

    name: Text
    is_global: bool = False


class DashboardPatch(BaseModel):
    """Another name, or whether all may see it."""

    model_config = LENIENT

    name: Text = LEFT_OUT
    is_global: bool = LEFT_OUT


class WidgetIn(BaseModel):
    """A new widget on a grid of 12 columns. `config_json` is JSON that programs keep in it."""

    model_config = LENIENT

    widget_type: WidgetType
    title: Text
    event_public_id: PublicId | None = None
    x: Column = 0
    y: Row = 0
    w: Size = _W
    h: Size = _H
    config_json: JsonText | None = None


class WidgetPatch(BaseModel):
    """Any part of a widget but its kind; what is left out stays as it is."""

    model_config = LENIENT

    title: Text = LEFT_OUT
    event_public_id: PublicId | None = None
    x: Column = LEFT_OUT
    y: Row = LEFT_OUT
    w: Size = LEFT_OUT
    h: Size = LEFT_OUT
    config_json: JsonText | None = None


class WidgetOut(BaseModel):
    """A widget as programs see it."""

    model_config = OUTPUT

    public_id: str
    widget_type: str
    title: str
    event_public_id: str | None
    x: int
    y: int
    w: int
    h: int
    config_json: str | None


class DashboardOut(BaseModel):
    """A dashboard as programs see it, with its widgets in the order they were made."""

    model_config = OUTPUT

    public_id: str
    name: str
    is_global: bool
    created_on: Instant | None = Field(validation_alias=AliasChoices("created_on_ms", "created_on"))
    user_public_id: str | None
    widgets: list[WidgetOut]
