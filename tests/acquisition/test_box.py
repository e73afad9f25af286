"""Watching the box: what is handed on, and what of it belongs into the history."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.waiting import eventually
from webmacs_edge.acquisition.box import BoxWatch
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.words import EventType
from webmacs_edge.service import running
from webmacs_edge.store.tables import Event


def channel(key: int, **given: Any) -> Event:
    columns = {
        "id": key, "public_id": f"e{key}", "name": f"E {key}", "unit": "%", "min_value": 0.0,
        "max_value": 100.0, "type": EventType.sensor, "recorded": True, "decimals": 1,
        "deadband": 2.0, "silence_s": 3600.0, "factor": 1.0, "offset": 0.0,
    }  # fmt: skip
    return Event(**{**columns, **given})


async def scans_of(*figures: Mapping[str, float | None], **given: Any) -> list[Scan]:
    """What is handed on when the box says this, look by look."""
    left, scans = list(figures), list[Scan]()
    channels = [("load", channel(1, **given)), ("disk", channel(2, recorded=False))]
    watch = BoxWatch(
        lambda: left.pop(0) if len(left) > 1 else left[0],
        channels=lambda: channels,
        hand_on=scans.append,
        interval_s=0.01,
    )
    async with running(watch, lambda _name: None):
        await eventually(lambda: len(scans) > len(figures), what="looks")
    return scans


async def test_figures_are_rounded_and_scaled_as_their_channel_says():
    scans = await scans_of({"load": 12.3456, "disk": 50.0}, factor=2.0, offset=1.0)

    assert scans[0].keys == (1, 2)
    assert scans[0].values == (25.7, 50.0)
    assert scans[0].qualities == (Quality.GOOD, Quality.GOOD)


async def test_only_what_moved_is_recorded():
    scans = await scans_of(*({"load": load, "disk": 1.0} for load in (10.0, 11.9, 12.1, 12.0)))

    assert [scan.recorded for scan in scans[:4]] == [(0,), (), (0,), ()]


async def test_a_figure_that_stops_is_stale_with_its_last_value_and_recorded_once_as_such():
    scans = await scans_of({"load": 10.0}, {"load": None}, {"load": None}, {"load": 10.0})

    assert [scan.values[0] for scan in scans[:4]] == [10.0, 10.0, 10.0, 10.0]
    assert [scan.qualities[0] for scan in scans[:4]] == [
        Quality.GOOD, Quality.STALE, Quality.STALE, Quality.GOOD,
    ]  # fmt: skip
    assert [scan.recorded for scan in scans[:4]] == [(0,), (0,), (), (0,)]
    assert scans[1].reasons[0] == "This box does not say."


async def test_a_channel_that_never_had_a_figure_has_no_value():
    scans = await scans_of({"load": None, "disk": None})

    assert scans[0].values == (None, None)
    assert scans[0].recorded == ()


@pytest.mark.parametrize("figures", [{}, {"load": None}])
async def test_a_box_that_says_nothing_is_trouble(figures: dict[str, float | None]):
    watch = BoxWatch(
        lambda: figures,
        channels=lambda: [("load", channel(1))],
        hand_on=lambda _scan: None,
        interval_s=0.01,
    )
    async with running(watch, lambda _name: None):
        await eventually(lambda: watch.health.failure)


async def test_nothing_is_read_while_the_device_is_disabled():
    reads: list[int] = []
    asked: list[int] = []

    def read() -> dict[str, float | None]:
        reads.append(1)
        return {}

    def no_channels() -> list[tuple[str, Event]]:
        asked.append(1)
        return []

    watch = BoxWatch(
        read,
        channels=no_channels,
        hand_on=lambda _scan: None,
        interval_s=0.01,
    )
    async with running(watch, lambda _name: None):
        await eventually(lambda: len(asked) > 3)

    assert reads == []
