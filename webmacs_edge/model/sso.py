"""Who a provider says somebody is, and what to call them here."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_SUBJECT = 255
MAX_USERNAME = 50
MIN_USERNAME = 2
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in at a provider; `subject` is their lasting name there."""

    provider: str
    subject: str
    email: str
    email_verified: bool
    username: str


def username_of(claims: Mapping[str, Any]) -> str:
    """A user name that fits here, out of what the provider calls them."""
    for name in ("preferred_username", "name", "email"):
        text = claims.get(name)
        if not isinstance(text, str):
            continue
        found = _NOT_IN_NAMES.sub("", text.partition("@")[0] if name == "email" else text)
        if len(found) >= MIN_USERNAME:
            return found[:MAX_USERNAME]
    return f"sso_user_{secrets.token_hex(3)}"


def other_username(name: str) -> str:
    """A name like this one that is surely free."""
    ending = f"_{secrets.token_hex(3)}"
    return name[: MAX_USERNAME - len(ending)] + ending


def is_verified(claims: Mapping[str, Any]) -> bool:
    """Whether the provider says so: `true`, and neither "true" nor 1."""
    return claims.get("email_verified") is True
