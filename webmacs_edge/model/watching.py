"""What the site decides about its horn, and about how long notes and journals are kept."""

from collections.abc import Iterable
from dataclasses import dataclass

from webmacs_edge.model.alarms import AlarmState
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.rule_definitions import Priority
from webmacs_edge.model.text import text

MOST_DAYS = 3650
MOST_JOURNAL = 200_000  # entries, however young
MOST_LOG = 100_000
LONGEST_S = 3600.0


@dataclass(frozen=True, slots=True)
class Watching:
    """Days that records are kept, and the horn: an output, "" for none."""

    journal_days: int = 730
    log_days: int = 365
    deliveries_days: int = 30
    horn_output: str = ""  # public id of its channel
    horn_value: float = 1.0
    horn_least: Priority = Priority.high
    horn_on_s: float = 2.0
    horn_every_s: float = 10.0


def check_watching(it: Watching) -> None:
    """InvalidError with the field that does not fit."""
    for name in ("journal_days", "log_days", "deliveries_days"):
        if not 1 <= getattr(it, name) <= MOST_DAYS:
            raise InvalidError(text("Please use 1 to {most} days.", most=MOST_DAYS), field=name)
    for name in ("horn_on_s", "horn_every_s"):
        if not 1 <= getattr(it, name) <= LONGEST_S:
            raise InvalidError(
                text("Please use 1 to {most} seconds.", most=int(LONGEST_S)), field=name
            )
    if it.horn_on_s >= it.horn_every_s:
        raise InvalidError(
            text("It must be silent for a while: use more than it sounds."), field="horn_every_s"
        )


def calls(alarms: Iterable[tuple[Priority, AlarmState]], least: Priority) -> bool:
    """Whether somebody has to be called: an alarm of this priority or above was not seen yet."""
    unseen = (AlarmState.unacknowledged, AlarmState.returned)
    return any(priority.rank <= least.rank and state in unseen for priority, state in alarms)
