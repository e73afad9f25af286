"""What is said about users."""

from pydantic import AliasChoices, BaseModel, Field, computed_field

from webmacs_edge.model.words import UserRole
from webmacs_edge.web.schemas.fields import OUTPUT, Instant


class UserOut(BaseModel):
    """Someone who may sign in, as programs see them."""

    model_config = OUTPUT

    public_id: str
    email: str
    username: str
    role: UserRole

    @computed_field  # type: ignore[prop-decorator] # the library's way
    @property
    def admin(self) -> bool:
        """True for administrators; WebMACS 2.x programs look at it."""
        return self.role is UserRole.admin

    registered_on: Instant = Field(
        validation_alias=AliasChoices("registered_on_ms", "registered_on")
    )
    sso_provider: str | None
