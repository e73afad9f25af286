"""A dashboard as a file: what is exported, and what an import may hold."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.web.schemas.dashboard_forms import Line
from webmacs_edge.web.schemas.dashboards import Column, Row, Size
from webmacs_edge.web.schemas.fields import PublicId, Text

MAX_WIDGETS = 100
_MAX_CHANNELS = 5000
_FILE = ConfigDict(defer_build=True, extra="forbid", str_strip_whitespace=True)

Channels = Annotated[dict[PublicId, Line], Field(max_length=_MAX_CHANNELS)]


class WidgetFile(BaseModel):
    """One widget; `config` is what its `config_json` holds."""

    model_config = _FILE

    widget_type: WidgetType
    title: Text
    event_public_id: PublicId | None = None
    x: Column = 0
    y: Row = 0
    w: Size = 4
    h: Size = 3
    config: dict[str, Any] | None = None


class DashboardFile(BaseModel):
    """One dashboard; `channels` names those that it shows, to find them on another appliance."""

    model_config = _FILE

    webmacs_dashboard: Literal[1]
    name: Text
    description: Line = ""
    channels: Channels = Field(default_factory=dict)
    widgets: Annotated[list[WidgetFile], Field(max_length=MAX_WIDGETS)] = Field(
        default_factory=list
    )
