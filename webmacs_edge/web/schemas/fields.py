"""Kinds of fields that several schemas share."""

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from webmacs_edge.model.text import text
from webmacs_edge.model.times import iso_z, parse_instant

MAX_EMAIL = 255
MAX_PASSWORD = 1024
MAX_NAME = 255
MAX_ID = 100
LARGEST = 1e300  # so that the difference of two numbers is still finite
LARGEST_TYPED = 1e15  # what a person may type; the 15 digits that a float keeps

# Schemas are compiled by the first request that needs them: all of them take 11 MiB.

# Input of programs as WebMACS 2.x took it: lax in types, unknown keys ignored.
LENIENT = ConfigDict(
    defer_build=True, extra="ignore", str_strip_whitespace=True, str_max_length=MAX_NAME
)
# Input of pages: we wrote the form, so anything unknown is a fault.
FORM = ConfigDict(
    defer_build=True, extra="forbid", str_strip_whitespace=True, str_max_length=MAX_NAME
)
# Output: read from the attributes of a table row.
OUTPUT = ConfigDict(defer_build=True, from_attributes=True)

LEFT_OUT: Any = None  # default of a field that may be absent but not null; see `exclude_unset`

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\W_](?:[\w-]*\w)?(?:\.[^\W_](?:[\w-]*\w)?)*"
)


def printable(given: str) -> str:
    """The text; ValueError when it holds control characters."""
    if _CONTROL.search(given):
        raise ValueError(text("Please use no tabs, line breaks or other control characters."))
    return given


def email_address(given: str) -> str:
    """The address with its domain in lower case; any domain will do, also of a plant's LAN."""
    if len(given) > MAX_EMAIL or not _EMAIL.fullmatch(given):
        raise ValueError(text("Please write an e-mail address, such as anna@plant.example."))
    local, _, domain = given.partition("@")
    return f"{local}@{domain.lower()}"


def _instant(given: object) -> int:
    if not isinstance(given, str):
        raise ValueError(text("Please write a moment as a text: 2026-01-31T12:00:00Z."))  # noqa: TRY004 pydantic wants it
    return parse_instant(given)


Text = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_NAME), AfterValidator(printable)
]
EmailAddress = Annotated[
    str, AfterValidator(email_address), Field(json_schema_extra={"format": "email"})
]
Password = Annotated[
    str, StringConstraints(strip_whitespace=False, min_length=1, max_length=MAX_PASSWORD)
]
PublicId = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_ID), AfterValidator(printable)
]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-LARGEST, le=LARGEST)]
Moment = Annotated[  # RFC 3339 outside, UTC milliseconds inside
    int,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Instant = Annotated[  # UTC milliseconds inside, RFC 3339 with `Z` outside
    int,
    PlainSerializer(iso_z, return_type=str, when_used="json"),
    Field(json_schema_extra={"format": "date-time"}),
]
