"""A place in a PiCtory file: takes typed values from it and says what is wrong there."""

import re
from dataclasses import dataclass

from webmacs_edge.model.errors import ConfigurationError

WAY_OUT = "Open the project in PiCtory, correct it there and save it again."

_WHOLE = re.compile(
    r"(?P<sign>[+-]?)"
    r"(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|(?P<dec>[0-9]+)(?:\.0*)?)"
)
_MAX_DIGITS = 40
_MAX_TEXT = 1000
_MAX_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where we are in the file; all cursors of a file share one list of warnings."""

    source: str
    place: str
    warnings: list[str]

    def at(self, place: str) -> "Cursor":
        """A cursor further down."""
        joined = f"{self.place}, {place}" if self.place else place
        return Cursor(self.source, joined, self.warnings)

    def error(self, message: str) -> ConfigurationError:
        """The error to raise for this place."""
        return ConfigurationError(self.source, self.place, f"{message} {WAY_OUT}")

    def warn(self, message: str) -> None:
        """Note something odd that does no harm."""
        self.warnings.append(f"{self.place}: {message}" if self.place else message)

    def integer(self, value: object, name: str, *, low: int = 0, high: int = 0xFFFF) -> int:
        """A whole number within low..high."""
        number = whole_number(value)
        if number is None:
            raise self.error(f"The {name} is {shown(value)}, but must be a whole number.")
        if not low <= number <= high:
            raise self.error(f"The {name} is {shown(number)}, but must be from {low} to {high}.")
        return number

    def text(self, value: object, name: str) -> str:
        """Text on one line without control characters; null counts as empty."""
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.error(f"The {name} is {shown(value)}, but must be text.")
        if len(value) > _MAX_TEXT:
            raise self.error(f"The {name} has {len(value)} characters; {_MAX_TEXT} are allowed.")
        if value.isprintable():
            return value.strip()
        if not _is_encodable(value):
            raise self.error(f"The {name} holds half a character (a lone surrogate).")
        return "".join(mark if mark.isprintable() else " " for mark in value).strip()

    def mapping(self, value: object, name: str) -> dict[str, object]:
        """An object with named members."""
        if not isinstance(value, dict):
            raise self.error(f"The {name} is {shown(value)}, but must be an object {{…}}.")
        return value

    def flag(self, value: object, name: str) -> bool:
        """A truth value; PiCtory writes true and false, old tools 1, 0 or text."""
        word = str(value).lower() if isinstance(value, bool | int | str) else ""
        if word in {"true", "1"}:
            return True
        if word in {"false", "0", ""} and value is not None:
            return False
        raise self.error(f"The {name} is {shown(value)}, but must be true or false.")


def whole_number(value: object) -> int | None:
    """Decimal, 0x…, 0b…, signed or not, 31.0 too; None when it is not a whole number."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if not isinstance(value, str) or len(value) > _MAX_DIGITS:
        return None
    if value.isascii() and value.isdigit():  # nearly all of them
        return int(value)
    match = _WHOLE.fullmatch(value.strip())
    return None if match is None else _from_match(match)


def _from_match(match: re.Match[str]) -> int:
    for name, base in (("hex", 16), ("bin", 2), ("dec", 10)):
        digits = match.group(name)
        if digits is not None:
            return -int(digits, base) if match.group("sign") == "-" else int(digits, base)
    raise AssertionError(match)  # one of the three groups always matches


def shown(value: object) -> str:
    """A value as it may stand in a message: short, and on one line."""
    if isinstance(value, dict):
        return "an object {…}"
    if isinstance(value, list):
        return "a list […]"
    if value is None:
        return "null"
    text = str(value)
    cut = text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
    if not cut.isprintable():
        cut = "".join(mark if mark.isprintable() else _escaped(mark) for mark in cut)
    return f'"{cut}"' if isinstance(value, str) else cut


def _escaped(mark: str) -> str:
    return mark.encode("ascii", "backslashreplace").decode()


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= mark <= "\udfff" for mark in text)
