"""What the recorder notices of the clock, and how exports say it."""

import json

import pytest

from tests.history.scans import NOON_MS, take
from webmacs_edge.history.clock import Clock
from webmacs_edge.history.clock_watch import FREE_PATIENCE_S, ClockWatch
from webmacs_edge.history.export.formats import FORMATS
from webmacs_edge.history.export.plan import Export, ExportChannel, Options
from webmacs_edge.model.clock_marks import ClockEvent, ClockMark

BED = ExportChannel(1, "id", "Bed", "°C", 1)


def test_a_step_is_noticed_and_the_first_look_is_none():
    watch = ClockWatch({})

    watch.watch(NOON_MS, 5_000)
    watch.watch(NOON_MS + 1_000, 6_000)
    watch.watch(NOON_MS - 7_200_000, 7_000)
    watch.watch(NOON_MS - 7_200_000 + 60_000, 67_000)

    assert list(watch.news) == [ClockMark(ClockEvent.set, NOON_MS - 7_200_000, -7_202_000)]
    assert watch.last_set == watch.news[0]


def test_a_free_clock_is_told_after_a_while_from_when_on_it_was():
    watch = ClockWatch({})
    watch.note(Clock.FREE, mono_s=0)  # nothing was measured yet
    watch.watch(NOON_MS, 1_000)

    watch.note(Clock.FREE, mono_s=1)
    watch.note(Clock.FREE, mono_s=FREE_PATIENCE_S)
    assert not watch.news
    watch.note(Clock.FREE, mono_s=1 + FREE_PATIENCE_S)
    watch.note(Clock.FREE, mono_s=2 + FREE_PATIENCE_S)
    watch.watch(NOON_MS + 900_000, 901_000)
    watch.note(Clock.SYNCHRONISED, mono_s=901)

    assert list(watch.news) == [
        ClockMark(ClockEvent.free, NOON_MS),
        ClockMark(ClockEvent.held, NOON_MS + 900_000),
    ]


def test_a_clock_that_is_held_soon_or_of_which_nothing_is_known_is_not_complained_of():
    watch = ClockWatch({})
    watch.watch(NOON_MS, 1_000)

    watch.note(Clock.FREE, mono_s=1)
    watch.note(Clock.SYNCHRONISED, mono_s=100)
    watch.note(Clock.UNKNOWN, mono_s=10_000)
    watch.note(Clock.FREE, mono_s=10_001)

    assert [mark.event for mark in watch.news] == [ClockEvent.held]


def test_news_are_bounded():
    watch = ClockWatch({})
    for second in range(1, 1000):
        watch.watch(NOON_MS + second * 10_000, second)

    assert len(watch.news) == 100


@pytest.mark.parametrize("name", ["csv", "jsonl"])
async def test_an_export_says_which_stamps_are_doubtful(history, name):
    take(history, [(NOON_MS + at, 1.0) for at in (0, 1000, 2000, 3000)])
    marks = [
        ClockMark(ClockEvent.free, NOON_MS + 1000),
        ClockMark(ClockEvent.set, NOON_MS + 2000, -500),
        ClockMark(ClockEvent.held, NOON_MS + 3000),
    ]
    export = Export([BED], NOON_MS, NOON_MS + 5000, Options(with_clock=True), marks=marks)

    text = b"".join([block async for block in FORMATS[name].write(history, export)]).decode()

    lines = text.split()
    if name == "csv":
        assert lines.pop(0).endswith(",datapoint_public_id,clock")
        found = [line.rpartition(",")[2] for line in lines]
    else:
        found = [json.loads(line)["clock"] for line in lines]
    assert found == ["", "free", "repeated", ""]
