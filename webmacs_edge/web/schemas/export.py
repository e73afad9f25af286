"""The form of the export page."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from webmacs_edge.history.export.plan import LONGEST_STEP_MS
from webmacs_edge.model.exports import Reduce
from webmacs_edge.web.schemas.fields import FORM

MAX_CHANNELS = 2000
PublicId = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Span(StrEnum):
    """Which time is exported."""

    hour = "1h"
    day = "24h"
    week = "7d"
    experiment = "experiment"
    between = "between"


class Delimiter(StrEnum):
    """What stands between the fields of a line."""

    comma = "comma"
    semicolon = "semicolon"
    tab = "tab"

    @property
    def mark(self) -> str:
        """The character itself."""
        return {"comma": ",", "semicolon": ";", "tab": "\t"}[self]


class ExportForm(BaseModel):
    """What is to be exported, and how it is written."""

    model_config = FORM

    channels: list[PublicId] = Field(min_length=1, max_length=MAX_CHANNELS)
    span: Span = Span.day
    start: str = Field("", max_length=40)
    end: str = Field("", max_length=40)
    experiment: str = Field("", max_length=100)
    format: Literal["csv", "wide", "jsonl", "npz", "parquet"] = "csv"
    step: int = Field(0, ge=0, le=LONGEST_STEP_MS)
    reduce: Reduce = Reduce.mean
    delimiter: Delimiter = Delimiter.comma
    decimal_comma: bool = False
    byte_order_mark: bool = False
    local_times: bool = False
    with_quality: bool = False
    with_clock: bool = False
    job: str = Field("", pattern="^([0-9a-f]{32})?$")
