"""The form of a backup that a person asks for."""

from pydantic import BaseModel, Field, model_validator

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
