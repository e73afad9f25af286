"""What is said about API tokens: API input and output, and the form of the account page."""

from datetime import UTC, datetime

from pydantic import AliasChoices, AliasPath, BaseModel, Field

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, to_ms
from webmacs_edge.model.words import TokenScope
from webmacs_edge.web.schemas.fields import FORM, LENIENT, OUTPUT, Instant, Text

MAX_DAYS = 3650
LONGEST_MS = 36_525 * DAY_MS


class TokenIn(BaseModel):
    """A new API token; without `expires_at` it holds until it is revoked."""

    model_config = LENIENT

    name: Text
    expires_at: datetime | None = None
    scope: TokenScope = TokenScope.full

    def expires_at_ms(self, *, now_ms: int) -> int | None:
        """When it expires; a moment without an offset is UTC. InvalidError when that is past."""
        if self.expires_at is None:
            return None
        moment = self.expires_at
        at_ms = to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        if at_ms <= now_ms:
            raise InvalidError(
                text("This moment is past. Please give a later one."), field="expires_at"
            )
        if at_ms > now_ms + LONGEST_MS:
            raise InvalidError(
                text(
                    "This is more than a hundred years from now. Leave it out: then the token "
                    "holds "
                    "until it is revoked."
                ),
                field="expires_at",
            )
        return at_ms


class TokenOut(BaseModel):
    """An API token as programs see it; its text is shown once, when it is made."""

    model_config = OUTPUT

    public_id: str
    name: str
    last_used_at: Instant | None = Field(
        validation_alias=AliasChoices("last_used_at_ms", "last_used_at")
    )
    expires_at: Instant | None = Field(validation_alias=AliasChoices("expires_at_ms", "expires_at"))
    created_at: Instant | None = Field(validation_alias=AliasChoices("created_at_ms", "created_at"))
    user_public_id: str = Field(
        validation_alias=AliasChoices(AliasPath("user", "public_id"), "user_public_id")
    )
    scope: TokenScope


class NewTokenOut(BaseModel):
    """A fresh API token; its text cannot be had again."""

    public_id: str
    name: str
    token: str
    expires_at: Instant | None
    created_at: Instant | None
    scope: TokenScope


class TokenForm(BaseModel):
    """A new API token on the account page."""

    model_config = FORM

    name: Text
    scope: TokenScope = TokenScope.read
    days: int | None = Field(None, ge=1, le=MAX_DAYS)
