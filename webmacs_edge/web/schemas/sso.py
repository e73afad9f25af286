"""Sign-in by a provider: what programs and browsers send, and are told."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_CONFIG = ConfigDict(defer_build=True, extra="ignore", str_max_length=4096)


class SsoConfigOut(BaseModel):
    """Whether there is a provider, and where to go to sign in by it."""

    enabled: bool
    provider_name: str
    authorize_url: str


class StartQuery(BaseModel):
    """Where the sign-in is to end: in a front end, or on our own pages."""

    model_config = _CONFIG

    ui: Literal["pages", ""] = ""
    next: str = "/"


class CallbackQuery(BaseModel):
    """What the provider sends people back with."""

    model_config = _CONFIG

    code: str = ""
    state: str = ""
    error: str = ""


class CodeIn(BaseModel):
    """The code that a front end was sent."""

    model_config = _CONFIG

    code: str = Field(min_length=1, max_length=200)


class TokenOut(BaseModel):
    """A bearer token."""

    access_token: str
