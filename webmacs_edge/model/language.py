"""Languages: in which words and with which signs people are told things."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from gettext import NullTranslations


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the pages; its signs are those of CLDR."""

    code: str  # as in <html lang>
    name: str  # of the language, in itself
    decimal: str
    group: str  # between thousands
    day: str  # of a month
    months: tuple[str, ...]  # short
    catalogue: NullTranslations


ENGLISH = Language(
    code="en",
    name="English",
    decimal=".",
    group=",",
    day="{day} {month}",
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    catalogue=NullTranslations(),
)

# Set for each request of a person; English for programs, and for all that runs in the background.
CURRENT: ContextVar[Language] = ContextVar("language", default=ENGLISH)


@contextmanager
def in_english() -> Iterator[None]:
    """For what is kept or sent while a person asks, such as an entry of the log."""
    token = CURRENT.set(ENGLISH)
    try:
        yield
    finally:
        CURRENT.reset(token)


def local(number: str) -> str:
    """A number as a machine writes it, with the decimal sign of who asks."""
    return number.replace(".", CURRENT.get().decimal)


def gettext(message: str) -> str:
    """The message in the language of who asks."""
    return CURRENT.get().catalogue.gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """The message for that many of something, in the language of who asks."""
    return CURRENT.get().catalogue.ngettext(one, many, number)
