"""What is said about audit entries: which are asked for, and how programs see them."""

import json
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator

from webmacs_edge.model.times import parse_instant
from webmacs_edge.store.audit_entries import AuditFilter
from webmacs_edge.web.schemas.fields import OUTPUT, Instant

_LONGEST = 100


class AuditQuery(BaseModel):
    """Which entries; what is left out narrows nothing."""

    model_config = ConfigDict(
        defer_build=True,
        extra="ignore",
        str_strip_whitespace=True,
        str_max_length=255,
        populate_by_name=True,
    )

    person: str = ""
    action: str = ""
    noun: str = ""
    text: str = ""
    refused: bool = False
    from_: str | None = Field(None, alias="from", json_schema_extra={"format": "date-time"})
    to: str | None = Field(None, json_schema_extra={"format": "date-time"})
    before: int | None = Field(None, ge=1, le=2**62)
    page_size: int = Field(25, ge=1, le=_LONGEST)

    @field_validator("from_", "to")
    @classmethod
    def _is_moment(cls, text: str | None) -> str | None:
        if text:
            parse_instant(text)
        return text or None

    def filter(self) -> AuditFilter:
        """The same for the query."""
        return AuditFilter(
            person=self.person,
            action=self.action,
            noun=self.noun,
            text=self.text,
            only_refused=self.refused,
            from_ms=parse_instant(self.from_) if self.from_ else None,
            to_ms=parse_instant(self.to) if self.to else None,
        )


class AuditEntryOut(BaseModel):
    """An entry as programs see it; `old` and `new` hold what changed only."""

    model_config = OUTPUT

    id: int
    time: Instant = Field(validation_alias=AliasChoices("at_ms", "time"))
    user_public_id: str | None
    actor: str
    via: str
    address: str
    action: str
    noun: str
    object_public_id: str
    object_name: str
    old: dict[str, Any] = Field(validation_alias=AliasChoices("old_json", "old"))
    new: dict[str, Any] = Field(validation_alias=AliasChoices("new_json", "new"))
    refused: bool
    request_id: str
    hash: str

    @field_validator("old", "new", mode="before")
    @classmethod
    def _parsed(cls, text: object) -> object:
        return json.loads(text) if isinstance(text, str) else text


class AuditPageOut(BaseModel):
    """Entries, newest first; `before` asks for those that follow, null at the end."""

    data: list[AuditEntryOut]
    before: int | None
