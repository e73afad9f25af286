"""Closed sets of words that appear on the wire, in the database and in pages."""

from enum import StrEnum

from webmacs_edge.model.text import text


class UserRole(StrEnum):
    """viewer < operator < admin."""

    viewer = "viewer"
    operator = "operator"
    admin = "admin"

    @property
    def rank(self) -> int:
        """1, 2, 3: compare ranks, not words."""
        return _RANKS[self]


_RANKS = {UserRole.viewer: 1, UserRole.operator: 2, UserRole.admin: 3}


class TokenScope(StrEnum):
    """What an API token may be used for, within the role of its owner."""

    read = "read"
    telemetry = "telemetry"
    full = "full"


class EventType(StrEnum):
    """The kind of a channel (WebMACS 2.x `events.type`)."""

    sensor = "sensor"
    actuator = "actuator"
    range = "range"
    cmd_button = "cmd_button"
    cmd_opened = "cmd_opened"
    cmd_closed = "cmd_closed"


class LoggingType(StrEnum):
    """How much a log entry matters."""

    error = "error"
    warning = "warning"
    info = "info"


class StatusType(StrEnum):
    """Whether an operator has seen a log entry."""

    read = "read"
    unread = "unread"


_STATES = {
    "On": text("On"),
    "Off": text("Off"),
    "Open": text("Open"),
    "Closed": text("Closed"),
    "OK": text("OK"),
    "Tripped": text("Tripped"),
}


def state_word(word: str) -> str:
    """What a digital channel is called: the usual words in the language of who reads them.

    The channel keeps them as they were typed, and programs get them so.
    """
    return _STATES.get(word, word)
