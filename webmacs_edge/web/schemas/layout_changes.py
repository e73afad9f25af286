"""What is said about changes of the PiCtory configuration."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from webmacs_edge.model.layouts import ChangeKind
from webmacs_edge.web.schemas.fields import OUTPUT, Instant


class ChangeRowOut(BaseModel):
    """One I/O point that is not what it was."""

    model_config = OUTPUT

    kind: ChangeKind
    before: str  # place and name, such as 32/air_flow; "" where there was none
    now: str
    words: str  # what is different
    event_public_id: str  # of the channel that reads it; "" for none
    event_name: str
    needs_look: bool  # rules and interlocks of the channel rest until somebody has looked


class LayoutChangeOut(BaseModel):
    """What another configuration meant for the channels; newest first."""

    model_config = OUTPUT

    public_id: str = Field(validation_alias="id")
    changed_on: Instant = Field(validation_alias="at_ms")
    rows: Sequence[ChangeRowOut]
    left_out: int  # rows that were too many to keep
    seen_on: Instant | None = Field(validation_alias="seen_on_ms")
    seen_by: str
