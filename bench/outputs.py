"""What driving outputs costs the cycle: `python -m bench.outputs [--seconds 60] [--check]`.

64 named inputs, 16 outputs that are commanded all the time, 20 interlocks, at 100 Hz on a virtual
plant, alone and under load; and how long an input change takes until the output is written.
`--check` measures under load alone, says of each figure whether it is met, and fails if one is not.
"""

import argparse
import asyncio
import contextlib
import random
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.appliance import big_config, directories, recorded_channels, serving
from bench.cycle import nothing_else, under_load
from bench.witness import watching
from webmacs_edge.acquisition.statistics import Histogram
from webmacs_edge.app import make_app
from webmacs_edge.config import load_settings
from webmacs_edge.control.control import Control
from webmacs_edge.hardware.pictory import load_layout
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.hardware.simulator.codec import default_image, put
from webmacs_edge.model.actors import APPLIANCE
from webmacs_edge.model.errors import CommandRefusedError
from webmacs_edge.model.outputs import Claim
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.events import create_event
from webmacs_edge.store.interlocks import create_interlock
from webmacs_edge.store.outputs import put_claim
from webmacs_edge.web import keys

INPUTS, OUTPUTS, INTERLOCKS = 64, 16, 20
SCAN_HZ = 100.0
CHANGES = 100
MOST_LATE_MS, MOST_MORE_MS, LEAST_SHARE = 2.0, 1.0, 0.99  # what is wanted of it


async def set_up(app: web.Application) -> list[str]:
    """Claim 16 switched outputs under 20 interlocks that look at the inputs."""
    station, database = app[keys.STATION], app[keys.DATABASE]
    while recorded_channels(app) < INPUTS or station.layout is None:
        await asyncio.sleep(0.05)
    points = [p for p in station.layout.points if p.name in {f"O_{n}" for n in range(1, 17)}]
    inputs = [event.public_id for event in station.events if event.is_digital][:INTERLOCKS]

    async def work(session: Any) -> list[str]:
        made = []
        for number, point in enumerate(points[:OUTPUTS]):
            event = await create_event(
                session, at_ms=now_ms(), name=f"output {number}", unit="bool", min_value=0.0,
                max_value=1.0, type="actuator", is_digital=True, point_id=point.id,
            )  # fmt: skip
            await put_claim(session, event.public_id, Claim(0.0, 0.0, 1.0), at_ms=now_ms())
            made.append(event.public_id)
        for number, public_id in enumerate(inputs):
            await create_interlock(session, at_ms=now_ms(), **_interlock(number, public_id, made))
        return made

    made = await database.write(work)
    await station.reload()
    await app[keys.CONTROL].reload()
    return made


def _interlock(number: int, input_id: str, outputs: list[str]) -> dict[str, Any]:
    condition = {
        "event_public_id": input_id, "operator": "gt", "threshold": 0.5, "threshold_high": None,
        "hysteresis": 0.0, "max_age_s": 5.0, "unknown": "trips",
    }  # fmt: skip
    mine = [outputs[number % len(outputs)], outputs[(number + 1) % len(outputs)]]
    return {
        "name": f"interlock {number}", "action": "force_safe", "outputs": mine,
        "conditions": [condition],
    }  # fmt: skip


async def command_all(control: Control, outputs: list[str]) -> None:
    """Switch one output after the other, for ever."""
    value = 1.0
    while True:
        for public_id in outputs:
            with contextlib.suppress(CommandRefusedError):
                await control.command(public_id, value, actor=APPLIANCE)
        value = 1.0 - value


@asynccontextmanager
async def commanding(control: Control, outputs: list[str]) -> AsyncIterator[None]:
    """Commands all the while."""
    task = asyncio.create_task(command_all(control, outputs))
    try:
        yield
    finally:
        task.cancel()


@dataclass(frozen=True, slots=True)
class Found:
    """How the cycle kept its time."""

    row: str
    cycles: int
    overruns: int
    late_p99_ms: float


async def measure(seconds: float, *, loaded: bool) -> Found:
    """One row of the table."""
    async with serving(points=INPUTS, scan_hz=SCAN_HZ) as (app, address):
        outputs, control = await set_up(app), app[keys.CONTROL]
        while len(control.board.outputs) < OUTPUTS:
            await asyncio.sleep(0.05)
        load = under_load(address) if loaded else nothing_else()
        async with load, commanding(control, outputs), watching(SCAN_HZ) as witness:
            found = app[keys.STATION].scanner.statistics
            found.overruns, cycles = 0, found.cycles
            found.lateness, found.work = Histogram(), Histogram()
            await asyncio.sleep(seconds)
        cycles = found.cycles - cycles
        row = (
            f"{SCAN_HZ:.0f} Hz {'loaded' if loaded else 'alone':7}"
            f"{OUTPUTS} outputs {len(control.board.interlocks)} interlocks"
            f"{cycles:7} cycles{found.overruns:5} overruns"
            f"   late p50 ≤ {found.lateness.quantile_ms(0.5):.1f}"
            f" p99 ≤ {found.lateness.quantile_ms(0.99):.1f}"
            f" max {found.lateness.longest_ms:.1f} ms"
            f"   work p99 ≤ {found.work.quantile_ms(0.99):.1f} ms\n   {witness}"
        )
        return Found(row, cycles, found.overruns, found.lateness.quantile_ms(0.99))


class RamDriver(RevPi):
    """A process image in RAM that nobody else writes; notes when the output was written."""

    written_ns = 0

    def write(self, changes: Mapping[int, tuple[int, int]]) -> None:
        """Write, then note when."""
        super().write(changes)
        self.written_ns = time.monotonic_ns()

    def _check_alive(self, mono_ns: int) -> None:
        """Nobody else writes this image, and nobody has to."""


async def measure_reaction() -> list[float]:
    """How long from a changed input until the interlock has written safe; ms, in order."""
    with directories() as (ram, disk):
        config, image_path = disk / "bench.rsc", ram / "piControl0"
        config.write_text(big_config(INPUTS))
        layout = load_layout(config)
        image_path.write_bytes(default_image(layout))
        driver = RamDriver(image_path, config, simulated=True)
        settings = load_settings(data_dir=disk / "data", port=8091, scan_hz=SCAN_HZ)
        runner = web.AppRunner(make_app(settings, driver, on_death=print), access_log=None)
        await runner.setup()
        try:
            app = runner.app
            outputs = await set_up(app)
            took_ms = [
                await _react(app, driver, image_path, output=outputs[0]) for _ in range(CHANGES)
            ]
        finally:
            await runner.cleanup()
    return sorted(took_ms)


def reaction_row(took_ms: Sequence[float]) -> str:
    """The times in one line."""
    return (
        f"input change to output written at {SCAN_HZ:.0f} Hz (a cycle is {1000 / SCAN_HZ:.0f} ms): "
        f"p50 {took_ms[CHANGES // 2]:.1f} p99 {took_ms[-2]:.1f} max {took_ms[-1]:.1f} ms"
    )


async def _react(
    app: web.Application, driver: RamDriver, image_path: Path, *, output: str
) -> float:
    """Switch the first output on, change the input of its first interlock, and wait for safe."""
    control, station = app[keys.CONTROL], app[keys.STATION]
    event = next(event for event in station.events if event.is_digital)
    point = station.point(event.point_id)
    assert point is not None
    while (view := control.view(output)) is None or view.blocked_by:
        await asyncio.sleep(0.01)
    await control.command(output, 1.0, actor=APPLIANCE)
    await asyncio.sleep(random.uniform(0.02, 0.03))
    _set_input(image_path, point, 1)
    changed_ns = time.monotonic_ns()
    while driver.written_ns < changed_ns:
        await asyncio.sleep(0.001)
    _set_input(image_path, point, 0)
    return (driver.written_ns - changed_ns) / 1e6


def _set_input(image_path: Path, point: Any, count: int) -> None:
    with image_path.open("r+b") as file:
        image = bytearray(file.read())
        put(image, point, count)
        file.seek(point.address)
        file.write(image[point.address : point.address + 1])


async def check(seconds: float) -> bool:
    """Say of each figure whether it is met."""
    found, took_ms = await measure(seconds, loaded=True), await measure_reaction()
    print(found.row)
    print(reaction_row(took_ms))
    limit_ms = 1000 / SCAN_HZ + MOST_MORE_MS
    least = round(seconds * SCAN_HZ * LEAST_SHARE)
    figures = (
        (f"{found.cycles} cycles in {seconds:g} s", found.cycles >= least, f"{least} or more"),
        (f"{found.overruns} overruns", found.overruns == 0, "0"),
        (f"p99 of lateness ≤ {found.late_p99_ms:g} ms", found.late_p99_ms <= MOST_LATE_MS,
         f"≤ {MOST_LATE_MS:g} ms"),
        (f"input change to output written: p99 {took_ms[-2]:.1f} ms", took_ms[-2] <= limit_ms,
         f"≤ {limit_ms:g} ms (a cycle and {MOST_MORE_MS:g} ms)"),
    )  # fmt: skip
    for words, is_met, wanted in figures:
        print(f"{'met ' if is_met else 'NOT MET'}  {words} (wanted: {wanted})")
    return all(is_met for _, is_met, _ in figures)


async def main() -> int:
    """Print the table, or check the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--check", action="store_true", help="say whether each figure is met")
    options = parser.parse_args()
    if options.check:
        return 0 if await check(options.seconds) else 1
    for loaded in (False, True):
        print((await measure(options.seconds, loaded=loaded)).row, flush=True)
    print(reaction_row(await measure_reaction()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
