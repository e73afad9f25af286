"""What is said about pictures."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from webmacs_edge.web.schemas.fields import FORM, LENIENT, OUTPUT, Instant


def _lines(given: Any) -> Any:
    return given.splitlines() if isinstance(given, str) else given


class PictureName(BaseModel):
    """Another name for a picture."""

    model_config = LENIENT

    name: str = Field(min_length=1, max_length=100)


class PictureForm(PictureName):
    """The same from a form."""

    model_config = FORM


class PictureOut(BaseModel):
    """What is known of a picture; it is at `/api/v1/pictures/{public_id}/content`."""

    model_config = OUTPUT

    public_id: str
    name: str
    kind: str
    width: float
    height: float
    size_bytes: int
    parts: Annotated[list[str], BeforeValidator(_lines)]
    dropped: str
    created_on: Instant = Field(validation_alias="created_on_ms")
    updated_on: Instant = Field(validation_alias="updated_on_ms")
    user_public_id: str | None
