"""What is said about users: API input and output, and the forms of the pages."""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    Field,
    StringConstraints,
    computed_field,
    model_validator,
)

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.passwords import MIN_LENGTH, MIN_LENGTH_OF_PROGRAMS, password_fault
from webmacs_edge.model.text import text
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.schemas.fields import (
    FORM,
    LENIENT,
    MAX_PASSWORD,
    OUTPUT,
    EmailAddress,
    Instant,
    Password,
)

MIN_USERNAME = 2
MAX_USERNAME = 50


def _printable(username: str) -> str:
    if not username.isprintable():
        raise ValueError(text("Please use only printable characters for the user name."))
    return username


Username = Annotated[
    str,
    StringConstraints(min_length=MIN_USERNAME, max_length=MAX_USERNAME),
    AfterValidator(_printable),
]
NewPassword = Annotated[
    str,
    StringConstraints(
        strip_whitespace=False, min_length=MIN_LENGTH_OF_PROGRAMS, max_length=MAX_PASSWORD
    ),
]


class UserIn(BaseModel):
    """A new user. InvalidError names the password when anybody would guess it."""

    model_config = LENIENT

    email: EmailAddress
    username: Username
    password: NewPassword
    role: UserRole = UserRole.viewer

    @model_validator(mode="after")
    def _is_hard_to_guess(self) -> "UserIn":
        _check_password(self.password, email=self.email, min_length=MIN_LENGTH_OF_PROGRAMS)
        return self


class UserPatch(BaseModel):
    """Any part of a user; null leaves as it is. One's own password asks for the one before."""

    model_config = LENIENT

    email: EmailAddress | None = None
    username: Username | None = None
    password: NewPassword | None = None
    current_password: Password | None = None
    role: UserRole | None = None
    enabled: bool | None = None

    @model_validator(mode="after")
    def _is_hard_to_guess(self) -> "UserPatch":
        if self.password is not None:
            email = self.email or ""
            _check_password(self.password, email=email, min_length=MIN_LENGTH_OF_PROGRAMS)
        return self


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
    enabled: bool


class UserForm(BaseModel):
    """A new user on the page."""

    model_config = FORM

    email: EmailAddress
    username: Username
    role: UserRole = UserRole.viewer
    password: Password

    @model_validator(mode="after")
    def _is_hard_to_guess(self) -> "UserForm":
        _check_password(self.password, email=self.email, min_length=MIN_LENGTH)
        return self


class UserEditForm(BaseModel):
    """What an administrator changes of a user; an empty password leaves it as it is."""

    model_config = FORM

    email: EmailAddress
    username: Username
    role: UserRole
    enabled: bool = False  # an unticked box is not posted
    password: Password | None = None

    @model_validator(mode="after")
    def _is_hard_to_guess(self) -> "UserEditForm":
        if self.password is not None:
            _check_password(self.password, email=self.email, min_length=MIN_LENGTH)
        return self


class ProfileForm(BaseModel):
    """What people change of themselves."""

    model_config = FORM

    email: EmailAddress
    username: Username


class LookForm(BaseModel):
    """How people want their pages; empty: as the site, the browser and the system have it."""

    model_config = FORM

    language: Literal["", "en", "de"] = ""
    theme: Literal["", "light", "dark", "contrast"] = ""


class PasswordForm(BaseModel):
    """One's own new password. InvalidError names the field that does not fit."""

    model_config = FORM

    current_password: Password
    password: Password
    password_again: Password

    @model_validator(mode="after")
    def _fits_together(self) -> "PasswordForm":
        _check_password(self.password, email="", min_length=MIN_LENGTH)
        if self.password != self.password_again:
            raise InvalidError(
                text("The two passwords differ. Please type the same one twice."),
                field="password_again",
            )
        return self


def _check_password(password: str, *, email: str, min_length: int) -> None:
    fault = password_fault(password, email=email, min_length=min_length)
    if fault:
        raise InvalidError(fault, field="password")
