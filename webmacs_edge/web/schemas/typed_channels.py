"""What is said about channels on typed places: API input and the form of the page."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints, model_validator

from webmacs_edge.model.channels import check_range
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.scaling import MAX_DECIMALS
from webmacs_edge.model.text import text
from webmacs_edge.model.typed_places import TYPES, TypedPlace
from webmacs_edge.web.schemas.fields import FORM, LARGEST_TYPED, LENIENT, Text

_LAST_BYTE = 4095
_MAX_UNIT = 40
_Type = Annotated[str, StringConstraints(pattern="^(" + "|".join(TYPES) + ")$")]


def _number(default: float) -> Any:
    return Field(default, allow_inf_nan=False, ge=-LARGEST_TYPED, le=LARGEST_TYPED)


class TypedChannelIn(BaseModel):
    """A channel on a number or a bit of a gateway or virtual device."""

    model_config = LENIENT

    name: Text
    device: int = Field(ge=0, le=255)  # position
    byte: int = Field(ge=0, le=_LAST_BYTE)  # within the device
    type: _Type = "uint16"
    bit: int = Field(0, ge=0, le=7)
    big_endian: bool = False
    unit: str = Field("", max_length=_MAX_UNIT)
    min_value: float = _number(0.0)
    max_value: float = _number(100.0)
    decimals: int = Field(2, ge=0, le=MAX_DECIMALS)
    factor: float = _number(1.0)
    offset: float = _number(0.0)

    @model_validator(mode="after")
    def _fits_together(self) -> "TypedChannelIn":
        check_range(self.min_value, self.max_value)
        if self.factor == 0:
            raise InvalidError(text("The factor must not be 0."), field="factor")
        return self

    def place(self) -> TypedPlace:
        """Where its value stands."""
        return TypedPlace(
            self.device, self.byte, self.type, bit=self.bit, big_endian=self.big_endian
        )

    def columns(self) -> dict[str, Any]:
        """The columns of its event, but for its place."""
        is_digital = self.type == "bit"
        values = self.model_dump(exclude={"device", "byte", "type", "bit", "big_endian"})
        if is_digital:
            values |= {"min_value": 0.0, "max_value": 1.0, "decimals": 0, "unit": ""}
        return values | {"is_digital": is_digital}


class TypedChannelForm(TypedChannelIn):
    """The same as a page posts it."""

    model_config = FORM
