"""What the site decides of its horn and its records."""

from dataclasses import replace

import pytest

from webmacs_edge.model.alarms import AlarmState
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.rule_definitions import Priority
from webmacs_edge.model.watching import Watching, calls, check_watching


@pytest.mark.parametrize(
    ("priority", "state", "called"),
    [
        (Priority.critical, AlarmState.unacknowledged, True),
        (Priority.high, AlarmState.returned, True),
        (Priority.high, AlarmState.acknowledged, False),
        (Priority.high, AlarmState.latched, False),
        (Priority.critical, AlarmState.normal, False),
        (Priority.medium, AlarmState.unacknowledged, False),
    ],
)
def test_the_horn_calls_for_what_nobody_has_seen_of_its_priority(priority, state, called):
    assert calls([(priority, state)], Priority.high) is called


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"journal_days": 0}, "journal_days"),
        ({"log_days": 99_999}, "log_days"),
        ({"horn_on_s": 0}, "horn_on_s"),
        ({"horn_on_s": 10, "horn_every_s": 10}, "horn_every_s"),
    ],
)
def test_what_does_not_fit_names_its_field(given, field):
    with pytest.raises(InvalidError) as fault:
        check_watching(replace(Watching(), **given))

    assert fault.value.field == field
