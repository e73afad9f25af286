"""What is said when signing in or setting up: API input and output, and the forms of the pages."""

import re
from typing import Literal

from pydantic import BaseModel, Field, model_validator

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.passwords import password_fault
from webmacs_edge.model.text import text
from webmacs_edge.web.schemas.fields import FORM, LENIENT, EmailAddress, Password, Text

MIN_USERNAME = 2
MAX_USERNAME = 50
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


class SignInIn(BaseModel):
    """E-mail and password of a program."""

    model_config = LENIENT

    email: EmailAddress
    password: Password


class SignInOut(BaseModel):
    """The bearer token of a program that signed in."""

    status: Literal["success"] = "success"
    message: str
    access_token: str
    public_id: str
    username: str


class SignInForm(BaseModel):
    """E-mail and password on the sign-in page, and where to go afterwards."""

    model_config = FORM

    email: EmailAddress
    password: Password
    next: str = "/"

    @property
    def target(self) -> str:
        """The page to go to: always one of this appliance."""
        return local_path(self.next)


class SetUpForm(BaseModel):
    """The first administrator. InvalidError names the field that does not fit.

    Without a user name the part of the e-mail before the @ is taken.
    """

    model_config = FORM

    code: str = Field("", max_length=40)
    email: EmailAddress
    username: str = ""
    password: Password
    password_again: Password

    @model_validator(mode="after")
    def _fits_together(self) -> "SetUpForm":
        self.username = self.username or self.email.partition("@")[0][:MAX_USERNAME]
        check_username(self.username)
        fault = password_fault(self.password, email=self.email)
        if fault:
            raise InvalidError(fault, field="password")
        if self.password != self.password_again:
            raise InvalidError(
                text("The two passwords differ. Please type the same one twice."),
                field="password_again",
            )
        return self


def check_username(username: Text) -> None:
    """InvalidError unless it can name a user."""
    if not MIN_USERNAME <= len(username) <= MAX_USERNAME:
        raise InvalidError(
            text(
                "Please use {min_username} to {max_username} characters for the user name.",
                min_username=MIN_USERNAME,
                max_username=MAX_USERNAME,
            ),
            field="username",
        )
    if not username.isprintable():
        raise InvalidError(
            text("Please use only printable characters for the user name."), field="username"
        )


def local_path(path: str) -> str:
    """The path, or "/" when it would lead away from this appliance."""
    return path if _LOCAL_PATH.fullmatch(path) else "/"
