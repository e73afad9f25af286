"""Settings of backups that are made by themselves: where to, how often, what."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from webmacs_edge.model.backups import MAX_PASSPHRASE, MIN_PASSPHRASE

_WEB = ("http://", "https://")
_S3 = ("s3+http://", "s3+https://")


class BackupSettings(BaseModel):
    """The part of the settings that says what is kept elsewhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    backup_to: str = Field(
        "",
        max_length=500,
        description="Where backups go by themselves: a folder (of this box or of a mounted USB "
        "stick), `https://…/folder` (WebDAV and the like, by PUT), "
        "`s3+https://HOST/BUCKET/PREFIX`; empty: nowhere (docs/backup.md).",
    )
    backup_every_hours: int = Field(24, ge=1, le=8760, description="Hours between two backups.")
    backup_scope: Literal["config", "days", "full"] = Field(
        "days",
        description="What is in them: `config` (nothing that was measured), `days` (the last ones) "
        "or `full`.",
    )
    backup_days: int = Field(30, ge=1, le=36_500, description="How many days are the last ones.")
    backup_keep: int = Field(14, ge=1, le=1000, description="How many are kept; older ones go.")
    backup_passphrase: str = Field(
        "",
        max_length=MAX_PASSPHRASE,
        repr=False,
        description="Seals them; only sealed ones hold the keys of this box.",
    )
    backup_user: str = Field(
        "", max_length=255, description="User of the server, or the access key of S3."
    )
    backup_password: str = Field(
        "", max_length=1000, repr=False, description="Password of the server, or the secret of S3."
    )
    backup_region: str = Field("us-east-1", pattern="^[a-z0-9-]{1,40}$", description="Of S3.")

    @model_validator(mode="after")
    def _can_be_done(self) -> "BackupSettings":
        place = self.backup_to
        if place and not place.startswith(("/", *_WEB, *_S3)):
            raise ValueError(
                "backup_to must be a folder such as /media/stick, or begin with https:// or "
                "s3+https://."
            )
        if "@" in place.partition("://")[2].partition("/")[0]:
            raise ValueError(
                "backup_to is shown on pages: give name and password as backup_user and "
                "backup_password, not in it."
            )
        if place.startswith(_S3) and not (self.backup_user and self.backup_password):
            raise ValueError("S3 needs backup_user (access key) and backup_password (secret).")
        if self.backup_passphrase and len(self.backup_passphrase) < MIN_PASSPHRASE:
            raise ValueError(f"backup_passphrase needs {MIN_PASSPHRASE} characters or more.")
        return self
