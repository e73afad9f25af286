"""What is said about devices (plugins), their channels and packages: API input and output."""

import json
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    Field,
    StringConstraints,
    field_validator,
)
from pydantic_core import from_json

from webmacs_edge.model.devices import ChannelDirection, DeviceStatus
from webmacs_edge.model.text import text
from webmacs_edge.web.schemas.fields import (
    FORM,
    LEFT_OUT,
    LENIENT,
    OUTPUT,
    Instant,
    PublicId,
    Text,
    printable,
)

MAX_CONFIG_BYTES = 64 * 1024


def object_text(given: str) -> str:
    """The text; ValueError unless it is a JSON object and not too long."""
    content = given.encode()
    if len(content) > MAX_CONFIG_BYTES:
        raise ValueError(
            text(
                "Please use at most {max_config_bytes} KiB.",
                max_config_bytes=MAX_CONFIG_BYTES // 1024,
            )
        )
    try:
        found = from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise ValueError(text("This is not JSON: {error}.", error=error)) from error
    if not isinstance(found, dict):
        raise ValueError(text('Please write a JSON object, such as {"port": 502}.'))  # noqa: TRY004 pydantic wants it
    return given


ConfigText = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_CONFIG_BYTES), AfterValidator(object_text)
]
ShortText = Annotated[
    str, StringConstraints(min_length=1, max_length=100), AfterValidator(printable)
]
Unit = Annotated[str, StringConstraints(min_length=1, max_length=50), AfterValidator(printable)]


class PluginMetaOut(BaseModel):
    """A kind of device."""

    model_config = OUTPUT

    id: str
    name: str
    version: str
    vendor: str
    description: str
    url: str | None


class PluginInstanceIn(BaseModel):
    """A new device that is fed from outside. `config_json` is a JSON object its program keeps."""

    model_config = LENIENT

    plugin_id: ShortText
    instance_name: Text
    demo_mode: bool = False
    enabled: bool = True
    auto_create_events: bool = True
    config_json: ConfigText | None = None


class PluginInstancePatch(BaseModel):
    """Any part of a device; what is left out stays as it is."""

    model_config = LENIENT

    instance_name: Text = LEFT_OUT
    demo_mode: bool = LEFT_OUT
    enabled: bool = LEFT_OUT
    config_json: ConfigText | None = None


class ChannelMappingIn(BaseModel):
    """A new channel of a device."""

    model_config = LENIENT

    channel_id: ShortText
    channel_name: Text
    direction: ChannelDirection
    unit: Unit
    event_public_id: PublicId | None = None


class ChannelMappingPatch(BaseModel):
    """The event that a channel feeds; null: none."""

    model_config = LENIENT

    event_public_id: PublicId | None = None


class ChannelMappingOut(BaseModel):
    """A channel of a device."""

    model_config = OUTPUT

    public_id: str
    channel_id: str
    channel_name: str
    direction: ChannelDirection
    unit: str
    event_public_id: str | None
    created_on: Instant | None = Field(validation_alias=AliasChoices("created_on_ms", "created_on"))


class PluginInstanceOut(BaseModel):
    """A device with its channels."""

    model_config = OUTPUT

    public_id: str
    plugin_id: str
    instance_name: str
    demo_mode: bool
    enabled: bool
    status: DeviceStatus
    config_json: str | None
    error_message: str | None
    created_on: Instant | None
    updated_on: Instant | None
    user_public_id: str | None
    channel_mappings: list[ChannelMappingOut]


class PluginPackageOut(BaseModel):
    """A package of drivers."""

    model_config = OUTPUT

    public_id: str
    package_name: str
    version: str
    source: Literal["bundled", "uploaded"]
    plugin_ids: list[str]
    file_size_bytes: int | None = None
    installed_on: Instant | None = Field(
        None, validation_alias=AliasChoices("installed_on_ms", "installed_on")
    )
    removable: bool = True

    @field_validator("plugin_ids", mode="before")
    @classmethod
    def _from_column(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


class DeviceForm(BaseModel):
    """A new external device, as on its page."""

    model_config = FORM

    plugin_id: ShortText
    instance_name: Text
    demo_mode: bool = False  # an unticked box is not posted
    auto_create_events: bool = False


class DeviceNameForm(BaseModel):
    """Another name of a device."""

    model_config = FORM

    instance_name: Text


class DeviceChannelForm(BaseModel):
    """A new channel of a device, as on its page."""

    model_config = FORM

    channel_id: ShortText
    channel_name: Text
    direction: ChannelDirection
    unit: Unit
    event_public_id: PublicId | None = None


class DeviceMappingForm(BaseModel):
    """The channel that a device's own channel feeds; empty: none."""

    model_config = FORM

    event_public_id: PublicId | None = None
