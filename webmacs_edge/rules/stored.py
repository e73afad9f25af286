"""The memory of a rule as JSON: what is written when it changes, and read after a restart."""

import dataclasses
import json
import logging
from typing import Any

from webmacs_edge.model.alarms import Alarm, AlarmState
from webmacs_edge.model.delays import Delayed
from webmacs_edge.rules.machine import RuleState

log = logging.getLogger(__name__)


def to_json(state: RuleState) -> str:
    """The state as one line of JSON."""
    return json.dumps(dataclasses.asdict(state), separators=(",", ":"))


def from_json(text: str, *, now_ms: int) -> RuleState:
    """The state that was written; a fresh one when the text is damaged.

    No delay or cooldown can have begun after `now_ms`: a clock that has lost its time since must
    not hold a rule back for years.
    """
    try:
        said = json.loads(text)
        return RuleState(
            delayed=_delayed(said["delayed"], now_ms),
            held=tuple(bool(held) for held in said["held"]),
            fired_at_ms=_not_later(said["fired_at_ms"], now_ms),
            has_fired=bool(said["has_fired"]),
            alarm=Alarm(**{**said["alarm"], "state": AlarmState(said["alarm"]["state"])}),
        )
    except (ValueError, KeyError, TypeError) as error:
        log.warning("What a rule remembered could not be read (%s): it begins afresh.", error)
        return RuleState()


def _delayed(said: dict[str, Any], now_ms: int) -> Delayed:
    return Delayed(bool(said["holds"]), _not_later(said["differs_since_ms"], now_ms))


def _not_later(at_ms: int | None, now_ms: int) -> int | None:
    return None if at_ms is None else min(int(at_ms), now_ms)
