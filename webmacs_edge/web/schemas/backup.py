"""The forms of backups: one that a person asks for, and the plan of those made by themselves."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, model_validator

from webmacs_edge.model.backup_plans import MAX_HOURS
from webmacs_edge.model.backups import (
    MAX_DAYS,
    MAX_PASSPHRASE,
    BackupScope,
    Wanted,
    check_passphrase,
)
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.web.schemas.fields import FORM


class BackupForm(BaseModel):
    """What is to be in it, and what seals it. InvalidError names the field that does not fit."""

    model_config = FORM

    scope: BackupScope = BackupScope.config
    days: int = Field(30, ge=1, le=MAX_DAYS)
    passphrase: str = Field("", max_length=MAX_PASSPHRASE)
    passphrase_again: str = Field("", max_length=MAX_PASSPHRASE)

    @model_validator(mode="after")
    def _fits_together(self) -> "BackupForm":
        if self.passphrase:
            check_passphrase(self.passphrase)
        if self.passphrase != self.passphrase_again:
            raise InvalidError(
                text("The two passphrases differ. Please type the same one twice."),
                field="passphrase_again",
            )
        return self

    @property
    def wanted(self) -> Wanted:
        """In the words of who makes it."""
        return Wanted(self.scope, self.days if self.scope is BackupScope.days else 0)


_Secret = Annotated[str, StringConstraints(strip_whitespace=False, max_length=1000)]


class BackupPlanForm(BaseModel):
    """The plan; an empty secret keeps the one there is."""

    model_config = FORM

    to: str = Field(min_length=1, max_length=500)
    every_hours: int = Field(24, ge=1, le=MAX_HOURS)
    at: str = Field("", max_length=5)
    scope: BackupScope = BackupScope.days
    days: int = Field(30, ge=1, le=MAX_DAYS)
    keep: int = Field(14, ge=1, le=1000)
    passphrase: _Secret = ""
    is_open: bool = False
    user: str = Field("", max_length=255)
    password: _Secret = ""
    region: str = Field("us-east-1", pattern="^[a-z0-9-]{1,40}$")
