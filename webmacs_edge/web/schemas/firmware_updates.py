"""What is said about updates of this software: API input and output."""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    Field,
    StringConstraints,
    field_validator,
)

from webmacs_edge.model.firmware import VERSION_PATTERN, FirmwareStatus
from webmacs_edge.model.text import text
from webmacs_edge.web.schemas.fields import FORM, LENIENT, OUTPUT, Instant
from webmacs_edge.web.schemas.webhooks import ReceiverUrl

MAX_VERSION = 50
MAX_CHANGELOG = 20_000


def no_nul(given: str) -> str:
    """The text; ValueError when it holds the one character that databases refuse."""
    if "\x00" in given:
        raise ValueError(text("Please leave out the NUL character."))
    return given


Changelog = Annotated[str, StringConstraints(max_length=MAX_CHANGELOG), AfterValidator(no_nul)]


class FirmwareUpdateIn(BaseModel):
    """A release to be noted."""

    model_config = LENIENT

    version: str = Field(min_length=1, max_length=MAX_VERSION, pattern=f"^{VERSION_PATTERN}$")
    changelog: Changelog | None = None


class ApplyIn(BaseModel):
    """Where a program would fetch the release from; everything may be left out."""

    model_config = LENIENT

    download_url: ReceiverUrl | None = None
    file_hash_sha256: str | None = Field(None, pattern="^[0-9A-Fa-f]{64}$")
    accept: bool = False  # that an experiment runs, that alarms are active, that outputs go safe
    allow_older: str | None = Field(None, max_length=MAX_VERSION)  # the version, to go back to it
    without_copy: str | None = Field(None, max_length=MAX_VERSION)  # the same, see updates.md


class InstallForm(BaseModel):
    """What whoever installs an update says on the page."""

    model_config = FORM

    accept: bool = False
    allow_older: str | None = Field(None, max_length=MAX_VERSION)
    without_copy: str | None = Field(None, max_length=MAX_VERSION)


class OfferForm(BaseModel):
    """An update that somebody has chosen on the page: the published one, or one on a stick."""

    model_config = FORM

    stick: str | None = Field(None, max_length=1000)


class TokenForm(BaseModel):
    """The token of a private place of releases; nothing forgets the one there is."""

    model_config = FORM

    token: str = Field("", max_length=255, pattern="^[!-~]*$")


class FirmwareUpdateOut(BaseModel):
    """An update as programs see it: whether there is a file, but not where."""

    model_config = OUTPUT

    public_id: str
    version: str
    changelog: str | None
    file_hash_sha256: str | None
    file_size_bytes: int | None
    status: FirmwareStatus
    error_message: str | None
    created_on: Instant | None = Field(validation_alias=AliasChoices("created_on_ms", "created_on"))
    started_on: Instant | None = Field(validation_alias=AliasChoices("started_on_ms", "started_on"))
    completed_on: Instant | None = Field(
        validation_alias=AliasChoices("completed_on_ms", "completed_on")
    )
    user_public_id: str | None
    has_firmware_file: bool = Field(validation_alias=AliasChoices("file_path", "has_firmware_file"))

    @field_validator("has_firmware_file", mode="before")
    @classmethod
    def _from_column(cls, value: Any) -> bool:
        return bool(value)


class UpdateCheckOut(BaseModel):
    """Whether there is something newer, here or at the place where releases are published."""

    current_version: str
    latest_version: str | None
    update_available: bool
    github_latest_version: str | None
    github_download_url: str | None
    github_release_url: str | None
    github_error: str | None
