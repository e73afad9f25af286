"""What the appliance measures of itself, for `/metrics` and `/health?detail`."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping

from aiohttp import web

from webmacs_edge import __version__
from webmacs_edge.acquisition.statistics import BUCKETS_MS, Histogram
from webmacs_edge.history.clock import Clock, clock_state
from webmacs_edge.model.outputs import OutputState
from webmacs_edge.model.quality import Quality
from webmacs_edge.web.exposition import (
    Distribution,
    Kind,
    Metric,
    counter,
    gauge,
    gauges,
)
from webmacs_edge.web.keys import BUS_FIGURES, CONTROL, HISTORY, HUB, INTAKE, STARTED_AT, STATION
from webmacs_edge.web.system_facts import memory_bytes

_BOUNDS_S = tuple(bound / 1000 for bound in BUCKETS_MS)
_BUS = {
    "last_cycle_us": ("bus_cycle_seconds", "Last cycle of the module bus."),
    "min_cycle_us": ("bus_cycle_shortest_seconds", "Shortest cycle of the module bus."),
    "max_cycle_us": ("bus_cycle_longest_seconds", "Longest cycle of the module bus."),
    "max_cycle_deviation_us": ("bus_cycle_deviation_seconds", "Largest deviation of a cycle."),
}
_BUS_COUNTS = {
    "cycles_exceeded": ("bus_cycles_exceeded", "Cycles of the module bus that took too long."),
    "cycles_missed": ("bus_cycles_missed", "Cycles of the module bus that were left out."),
    "receive_errors": ("bus_receive_errors", "Errors of receiving on the module bus."),
    "send_errors": ("bus_send_errors", "Errors of sending on the module bus."),
}


async def bus_figures(app: web.Application) -> Mapping[str, int]:
    """What the driver of the module bus says; empty where it says nothing."""
    return await asyncio.to_thread(app[BUS_FIGURES])


async def measures(app: web.Application) -> list[Metric | Distribution]:
    """Everything, in the order of the page about it."""
    return [
        *_process(app),
        *_cycle(app),
        *_plant(app),
        *_bus(await bus_figures(app)),
        *_stored(app),
    ]


def _process(app: web.Application) -> Iterator[Metric]:
    yield Metric(
        "info", Kind.gauge, "The version of WebMACS Edge.", [({"version": __version__}, 1)]
    )
    up_s = time.monotonic() - app[STARTED_AT]
    yield gauge("uptime_seconds", "Since the process started.", round(up_s, 3))
    memory = memory_bytes()
    if memory is not None:
        yield gauge("resident_memory_bytes", "Memory of the process in RAM.", memory)
    clock = clock_state()
    if clock is not Clock.UNKNOWN:
        held = clock is Clock.SYNCHRONISED
        yield gauge("clock_synchronised", "1 while a time server holds the clock.", held)


def _cycle(app: web.Application) -> Iterator[Metric | Distribution]:
    scanner = app[STATION].scanner
    seen = scanner.statistics
    yield gauge("scan_interval_seconds", "Length of a cycle, as set.", 1 / scanner.scan_hz)
    yield counter("scan_cycles", "Cycles in which the device was read.", seen.cycles)
    yield counter("scan_overruns", "Cycles missed because one took too long.", seen.overruns)
    yield counter("scan_read_failures", "Reads of the device that failed.", seen.failures)
    yield counter("driver_resets", "Resets of the driver that were noticed.", seen.resets)
    yield counter("scans_dropped", "Scans that were not taken in time inside.", seen.dropped)
    yield _spread("scan_lateness_seconds", "How late cycles began.", seen.lateness)
    yield _spread("scan_work_seconds", "How long cycles worked.", seen.work)


def _spread(name: str, about: str, durations: Histogram) -> Distribution:
    return Distribution(
        name, about, _BOUNDS_S, tuple(durations.counts), round(durations.total_ms / 1000, 6)
    )


def _plant(app: web.Application) -> Iterator[Metric]:
    station, control = app[STATION], app[CONTROL]
    yield gauge("device_up", "1 while the device is being read.", not station.problem)
    trusts = Counter(sample.quality.name.lower() for sample in app[HUB].all_latest())
    by_trust = {quality.name.lower(): trusts[quality.name.lower()] for quality in Quality}
    yield gauges(
        "channels", "Channels by the trust in their newest value.", label="quality", values=by_trust
    )
    board = control.board
    states = Counter(view.state for view in board.outputs.values())
    by_state = {state.value: states[state] for state in OutputState}
    yield gauges("outputs", "Outputs that are set up, by state.", label="state", values=by_state)
    tripped = sum(bool(view.cause) for view in board.interlocks.values())
    yield gauge("interlocks_tripped", "Interlocks that have tripped.", tripped)


def _bus(found: Mapping[str, int]) -> Iterator[Metric]:
    for key, (name, about) in _BUS.items():
        if key in found:
            yield gauge(name, about, found[key] / 1e6)
    for key, (name, about) in _BUS_COUNTS.items():
        if key in found:
            yield counter(name, f"{about} Counted by the driver.", found[key])


def _stored(app: web.Application) -> Iterator[Metric]:
    recorder, intake = app[HISTORY].recorder, app[INTAKE]
    yield gauge("samples_pending", "Samples that are not on the disk yet.", recorder.pending)
    yield gauge("samples_at_risk_seconds", "Age of the oldest of them.", recorder.at_risk_s)
    yield counter("samples_dropped", "Samples lost since the disk refused.", recorder.dropped)
    yield counter("samples_rejected", "Samples whose stamp was taken.", recorder.rejected)
    yield gauge("flush_seconds", "How long the last write took.", recorder.last_flush_ms / 1000)
    yield counter("values_received", "Values from outside that were taken.", intake.accepted)
    yield counter("values_refused", "Values from outside that were not.", intake.rejected)
    yield gauge("watchers", "Pages and programs that follow the plant.", app[HUB].watchers)
