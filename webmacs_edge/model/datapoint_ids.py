"""Public ids of datapoints: a UUID that says which sample it is, so none has to be stored."""

import re

from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.model.text import text

_SHAPE = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-8000-8000-([0-9a-f]{12})")
_LIMIT = 1 << 48


def datapoint_id(key: int, at_ms: int) -> str:
    """The id of the sample of channel `key` at `at_ms`; ids sort by time (a UUID, version 8)."""
    first, last = datapoint_id_parts(key, at_ms)
    return first + last


def datapoint_id_parts(key: int, at_ms: int) -> tuple[str, str]:
    """The part of the id that names the time and the part that names the channel."""
    if not (0 <= at_ms < _LIMIT and 0 <= key < _LIMIT):
        raise NotFoundError(
            text("There is no datapoint of channel {key} at {at_ms}.", key=key, at_ms=at_ms)
        )
    digits = f"{at_ms:012x}"
    return f"{digits[:8]}-{digits[8:]}", f"-8000-8000-{key:012x}"


def parse_datapoint_id(given: str) -> tuple[int, int]:
    """Channel key and UTC milliseconds; NotFoundError when it is no id of a datapoint."""
    match = _SHAPE.fullmatch(given.lower())
    if match is None:
        raise NotFoundError(text("There is no datapoint {given}.", given=given[:100]))
    return int(match[3], 16), int(match[1] + match[2], 16)
