"""Values from outside, before they reach the history and the watchers."""

import asyncio
import math

import pytest

from tests.waiting import eventually
from webmacs_edge.acquisition import intake as module
from webmacs_edge.acquisition.intake import (
    EARLIEST_MS,
    MAX_AHEAD_MS,
    MAX_LEAD_MS,
    Intake,
    Sinks,
)
from webmacs_edge.model.samples import Arrivals
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import EventType
from webmacs_edge.service import running
from webmacs_edge.store.tables import Event

HOUR_MS = 3_600_000


def event(key: int, **changes) -> Event:
    """A channel without an I/O point."""
    values = {
        "id": key, "public_id": f"e{key}", "name": f"Channel {key}", "min_value": 0.0,
        "max_value": 100.0, "type": EventType.sensor, "recorded": True, "silence_s": 10.0,
    }  # fmt: skip
    return Event(**values | changes)


class Plant:
    """An intake on a few channels, and what its sinks got."""

    def __init__(self, *events: Event) -> None:
        self.events = {one.public_id: one for one in events}
        self.closed: set[int] = set()
        self.recorded: list[Arrivals] = []
        self.shown: list[Arrivals] = []
        self.silent: list[tuple[list[int], str]] = []
        self.heard: set[int] = set()
        self.full = False
        self.intake = Intake(
            find=self.events.get,
            accepts=lambda one: one.id not in self.closed,
            sinks=Sinks(
                record=self._record,
                show=self.shown.append,
                show_silence=lambda keys, reason: self.silent.append((list(keys), reason)),
                note_data=self.heard.update,
            ),
        )

    def _record(self, arrivals: Arrivals) -> int:
        self.recorded.append(arrivals)
        return 0 if self.full else len(arrivals)

    @property
    def stamps(self) -> list[int]:
        return [stamp for arrivals in self.recorded for stamp in arrivals.stamps]


async def test_values_go_to_both_sinks_with_the_key_of_their_channel():
    plant = Plant(event(1), event(2))

    tally = plant.intake.take(["e2", "e1"], [5.0, 7.5])

    assert (tally.accepted, tally.rejected) == (2, 0)
    assert plant.recorded == plant.shown
    assert (plant.recorded[0].keys, plant.recorded[0].values) == ([2, 1], [5.0, 7.5])
    assert plant.heard == {1, 2}


async def test_unknown_channels_and_those_fed_by_ourselves_are_dropped_and_counted():
    plant = Plant(event(1), event(2))
    plant.closed.add(2)

    tally = plant.intake.take(["e1", "e2", "none"], [1.0, 2.0, 3.0])

    assert (tally.accepted, tally.rejected) == (1, 2)
    assert plant.recorded[0].keys == [1]
    assert (plant.intake.accepted, plant.intake.rejected) == (1, 2)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
async def test_what_is_no_finite_number_is_rejected(value: float):
    plant = Plant(event(1))

    assert plant.intake.take(["e1"], [value]).rejected == 1
    assert plant.recorded == []


@pytest.mark.parametrize(("value", "accepted"), [(-0.1, 0), (0, 1), (100, 1), (100.1, 0)])
async def test_set_points_stay_within_the_range_of_their_channel(value: float, accepted: int):
    plant = Plant(event(1, type=EventType.range))

    assert plant.intake.take(["e1"], [value]).accepted == accepted


@pytest.mark.parametrize("kind", ["actuator", "cmd_button", "cmd_opened", "cmd_closed"])
async def test_set_points_are_taken_of_whoever_may_command(kind: str):
    plant = Plant(event(1, type=EventType(kind)))

    refused = plant.intake.take(["e1"], [5.0])
    taken = plant.intake.take(["e1", "e1"], [5.0, 6.0], may_command=True)

    assert (refused.accepted, taken.accepted) == (0, 2)
    assert taken.commanded == {"e1": 6.0}


async def test_sensors_may_leave_their_range():
    assert Plant(event(1)).intake.take(["e1"], [-1e300]).accepted == 1


async def test_a_value_without_a_stamp_was_measured_just_now():
    plant, before_ms = Plant(event(1)), now_ms()

    plant.intake.take(["e1"], [1.0])

    assert before_ms <= plant.stamps[0] <= now_ms()


async def test_a_stamp_is_kept():
    plant, at_ms = Plant(event(1)), now_ms() - HOUR_MS

    plant.intake.take(["e1"], [1.0], [at_ms])

    assert plant.stamps == [at_ms]


async def test_stamps_before_2000_or_far_in_the_future_are_rejected():
    plant, at_ms = Plant(event(1)), now_ms()
    stamps = [EARLIEST_MS - 1, EARLIEST_MS, at_ms + MAX_AHEAD_MS - 500, at_ms + MAX_AHEAD_MS + 500]

    tally = plant.intake.take(["e1"] * 4, [1.0] * 4, stamps)

    assert plant.stamps == stamps[1:3]
    assert tally.rejected == 2


async def test_values_of_one_channel_in_one_message_get_stamps_of_their_own_up_to_now():
    plant, before_ms = Plant(event(1), event(2)), now_ms()

    plant.intake.take(["e1", "e2", "e1", "e1"], [1.0, 9.0, 2.0, 3.0])

    arrivals = plant.recorded[0]
    mine = [at for at, key in zip(arrivals.stamps, arrivals.keys, strict=True) if key == 1]
    assert mine == [mine[0], mine[0] + 1, mine[0] + 2]
    assert before_ms <= mine[-1] <= now_ms()


async def test_stamps_never_repeat_however_quickly_messages_come():
    plant = Plant(event(1))

    for _ in range(50):
        plant.intake.take(["e1"] * 10, [1.0] * 10)

    assert len(set(plant.stamps)) == len(plant.stamps) == 500
    assert plant.stamps == sorted(plant.stamps)


async def test_more_than_a_thousand_values_a_second_of_one_channel_are_rejected():
    plant = Plant(event(1))

    tallies = [plant.intake.take(["e1"] * 500, [1.0] * 500) for _ in range(6)]

    assert sum(tally.rejected for tally in tallies) > 0
    assert max(plant.stamps) <= now_ms() + MAX_LEAD_MS


async def test_a_clock_that_was_set_back_does_not_stop_values(monkeypatch: pytest.MonkeyPatch):
    plant = Plant(event(1))
    plant.intake.take(["e1"], [1.0])

    monkeypatch.setattr(module, "now_ms", lambda: plant.stamps[0] - HOUR_MS)

    assert plant.intake.take(["e1"], [2.0]).accepted == 1


async def test_what_does_not_fit_is_told_as_rejected_but_shown():
    plant = Plant(event(1))
    plant.full = True

    assert plant.intake.take(["e1"], [1.0]).rejected == 1
    assert len(plant.shown) == 1


async def test_channels_that_are_not_recorded_are_shown():
    plant = Plant(event(1, recorded=False), event(2))

    tally = plant.intake.take(["e1", "e2"], [1.0, 2.0])

    assert tally.accepted == 2
    assert list(plant.recorded[0].keys) == [2]
    assert list(plant.shown[0].keys) == [1, 2]


async def test_a_device_that_is_disabled_is_heard_no_more():
    plant = Plant(event(1))
    plant.intake.take(["e1"], [1.0])
    plant.closed.add(1)

    plant.intake.refresh()

    assert plant.intake.take(["e1"], [1.0]).accepted == 0


async def test_nothing_at_all_is_no_trouble():
    tally = Plant().intake.take([], [])

    assert (tally.accepted, tally.rejected) == (0, 0)


async def test_channels_whose_values_stop_become_stale_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_LOOK_S", 0.01)
    plant = Plant(event(1, silence_s=0.05), event(2))
    async with running(plant.intake, pytest.fail):
        plant.intake.take(["e1", "e2"], [1.0, 2.0])
        await eventually(lambda: plant.silent, what="a stale channel")
        await asyncio.sleep(0.05)

    [(keys, reason)] = plant.silent
    assert keys == [1]
    assert "No values have come" in reason
