"""Checks of what is between the plant and the people: device, cycle, clock, process, pages."""

import time

from aiohttp import web

from webmacs_edge import __version__
from webmacs_edge.acquisition.bus import status_faults
from webmacs_edge.history.clock import Clock
from webmacs_edge.live.hub import MAX_WATCHERS
from webmacs_edge.model.clock_marks import ClockMark
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import text
from webmacs_edge.web.checks import NOT_YET, Check, Figure, State, spread_of
from webmacs_edge.web.keys import HUB, INTAKE, STARTED_AT, STATION
from webmacs_edge.web.socket_places import MAX_SOCKETS, SOCKETS
from webmacs_edge.web.system_facts import Facts
from webmacs_edge.web.wording import count, duration, file_size, number, short_number

_MOST_OVERRUNS = 0.01  # of all cycles
_MOST_REJECTED = 0.01  # of the values that were taken
_BUS = {
    "cycle_duration_us": text("Cycle, as set"),
    "last_cycle_us": text("Last cycle"),
    "min_cycle_us": text("Shortest"),
    "max_cycle_us": text("Longest"),
    "cycles_exceeded": text("Too long"),
    "cycles_missed": text("Left out"),
    "receive_errors": text("Errors of receiving"),
    "send_errors": text("Errors of sending"),
}
_MANY_WATCHERS = 0.9  # of those that may be


def device_check(app: web.Application) -> Check:
    """Whether the device is being read."""
    station, info = app[STATION], app[STATION].scanner.info
    read = [it.read_at_ms for it in app[HUB].all_latest() if it.quality is not Quality.BAD]
    last_ms = max(read, default=None)
    figures = (
        Figure(text("Device"), f"{info.name}, {info.place}"),
        Figure(text("Read last"), at_ms=last_ms),
        Figure(text("Channels"), count(len(station.events))),
    )
    if station.problem:
        return Check(
            "device", text("Device"), State.error, text("Not being read"), figures,
            way_out=station.problem, since_ms=last_ms,
        )  # fmt: skip
    if station.notice:
        return Check(
            "device",
            text("Device"),
            State.warning,
            text("Being read"),
            figures,
            way_out=station.notice,
        )
    faults = status_faults(station.scanner.statistics.base_status)
    if faults:
        way_out = text(
            "The base module says: {faults}. Compare the modules with PiCtory, mend what differs, "
            "and reset the driver.",
            faults=faults,
        )
        return Check(
            "device", text("Device"), State.warning, text("Being read"), figures, way_out=way_out
        )
    if last_ms is None:
        return Check("device", text("Device"), State.unknown, text("Not read yet"), figures)
    return Check("device", text("Device"), State.good, text("Being read"), figures)


def acquisition_check(app: web.Application) -> Check:
    """Whether the cycle keeps its time."""
    scanner = app[STATION].scanner
    seen = scanner.statistics
    figures = (
        Figure(text("Set"), text("{scan_hz} cycles/s", scan_hz=short_number(scanner.scan_hz))),
        Figure(text("Cycles since the start"), count(seen.cycles)),
        Figure(text("Missed"), f"{count(seen.overruns)} ({_share(seen.overruns, seen.beats)})"),
        Figure(text("Reads that failed"), count(seen.failures)),
        Figure(text("Scans lost inside"), count(seen.dropped)),
    )
    state, word, way_out = State.good, text("In time"), ""
    if not seen.cycles:
        state, word = State.unknown, text("No cycle yet")
    elif seen.dropped:
        state, word = State.warning, text("Scans were lost")
        way_out = text(
            "Scans were not taken in time since the start. Is something else using this "
            "processor, or is scan_hz higher than this device can do?"
        )
    elif seen.overruns > _MOST_OVERRUNS * seen.beats:
        state, word = State.warning, text("Often late")
        way_out = text(
            "More than 1 % of the cycles since the start were missed. Lower scan_hz, or find "
            "what else uses this processor."
        )
    spreads = (spread_of(text("Late by"), seen.lateness), spread_of(text("Work takes"), seen.work))
    return Check(
        "acquisition", text("Acquisition"), state, word, figures, way_out=way_out, spreads=spreads
    )


def bus_checks(facts: Facts) -> tuple[Check, ...]:
    """How the module bus does; nothing where the driver does not say."""
    bus = facts.bus
    if not bus:
        return ()
    figures = tuple(
        Figure(label, _bus_figure(name, bus[name])) for name, label in _BUS.items() if name in bus
    )
    errors = bus.get("receive_errors", 0) + bus.get("send_errors", 0)
    word = (
        text("{errors} errors since the driver started", errors=count(errors))
        if errors
        else text("Without errors")
    )
    return (Check("bus", text("Module bus"), State.good, word, figures),)


def _bus_figure(name: str, number: int) -> str:
    if not name.endswith("_us"):
        return count(number)
    if not number and name == "cycle_duration_us":
        return text("as fast as possible")
    return f"{short_number(round(number / 1000, 2))} ms"


def intake_check(app: web.Application) -> Check:
    """What is sent from outside."""
    intake, sockets = app[INTAKE], app[SOCKETS]
    figures = (
        Figure(text("Values taken since the start"), count(intake.accepted)),
        Figure(text("Not taken"), count(intake.rejected)),
        Figure(
            text("Sockets of programs"),
            text("{open} of at most {max_sockets}", open=sockets.open, max_sockets=MAX_SOCKETS),
        ),
    )
    if not intake.accepted and not intake.rejected:
        return Check("intake", text("From outside"), State.good, text("Nothing was sent"), figures)
    if intake.rejected <= _MOST_REJECTED * intake.accepted:
        return Check("intake", text("From outside"), State.good, text("Values are taken"), figures)
    way_out = text(
        "Many values were for channels that are not fed from outside, had a stamp that is taken "
        "or out of all time, or were no numbers. Are the senders set up for this appliance?"
    )
    return Check(
        "intake",
        text("From outside"),
        State.warning,
        text("Values are refused"),
        figures,
        way_out=way_out,
    )


def clock_check(facts: Facts, last_set: ClockMark | None = None) -> Check:
    """Whether the stamps can be trusted."""
    figures = (
        Figure(text("Now"), at_ms=facts.at_ms),
        *([Figure(text("Set last, since the start"), at_ms=last_set.at_ms)] if last_set else ()),
    )
    if facts.clock is Clock.SYNCHRONISED:
        return Check("clock", text("Clock"), State.good, text("Synchronised"), figures)
    if facts.clock is Clock.FREE:
        way_out = text(
            "No time server holds this clock, so stamps drift, and jump when it is set. Give the "
            "device one with “sudo timedatectl set-ntp true”, or name yours in "
            "/etc/systemd/timesyncd.conf."
        )
        return Check(
            "clock", text("Clock"), State.warning, text("Runs free"), figures, way_out=way_out
        )
    way_out = text("This kernel does not show whether a time server holds the clock.")
    return Check("clock", text("Clock"), State.unknown, text("Not known"), figures, way_out=way_out)


def process_check(app: web.Application, facts: Facts) -> Check:
    """The process itself; that it answers says that it runs."""
    memory = facts.memory_bytes
    figures = (
        Figure(text("Version"), __version__),
        Figure(text("Running for"), duration((time.monotonic() - app[STARTED_AT]) * 1000)),
        Figure(text("Memory"), NOT_YET if memory is None else file_size(memory)),
    )
    return Check("process", text("Process"), State.good, text("Running"), figures)


def streams_check(app: web.Application) -> Check:
    """Who follows the plant now."""
    watchers = app[HUB].watchers
    figures = (
        Figure(
            text("Following now"),
            text(
                "{watchers} of at most {max_watchers}", watchers=watchers, max_watchers=MAX_WATCHERS
            ),
        ),
    )
    if watchers < MAX_WATCHERS * _MANY_WATCHERS:
        return Check("streams", text("Live pages"), State.good, text("Open to all"), figures)
    way_out = text("When all places are taken, further pages stand still. Close some.")
    return Check(
        "streams", text("Live pages"), State.warning, text("Nearly full"), figures, way_out=way_out
    )


def _share(part: int, rest: int) -> str:
    whole = part + rest
    return f"{number(max(0.01, 100 * part / whole), 2)} %" if part else "0 %"
