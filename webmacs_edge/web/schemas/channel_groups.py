"""The form that puts channels into groups."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from webmacs_edge.web.schemas.fields import FORM, PublicId, printable

MAX_CHANNELS = 2000
MAX_NAME = 100


GroupName = Annotated[str, Field(max_length=MAX_NAME), AfterValidator(printable)]


class GroupForm(BaseModel):
    """Which channels go into which group; "" puts them back to their modules."""

    model_config = FORM

    channels: list[PublicId] = Field(min_length=1, max_length=MAX_CHANNELS)
    group: GroupName = ""
