"""What driving outputs costs the cycle: `python -m bench.outputs [--seconds 60] [--check]`.

64 named inputs, 16 outputs that are commanded all the time, 20 interlocks, at 100 Hz on a virtual
plant, alone and under load (see `bench.cycle`); and how long an input change takes until the
output is written. `--check` measures under load alone, says of each figure whether it is met, and
fails if one is not. On a shared virtual machine judge by what was measured while the machine did
not stall: see `bench.witness`, which says how much of the time that is.
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

from bench.appliance import big_config, directories, prefer, recorded_channels, serving
from bench.cycle import load
from bench.witness import Moments, Witness, quantile, watching
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
WITNESS_HZ, WITNESS_MS = 300.0, 0.25
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
    moments: Moments
    witness: Witness


async def measure(seconds: float, *, loaded: bool, in_chromium: bool) -> Found:
    """One row of the table."""
    async with serving(points=INPUTS, scan_hz=SCAN_HZ) as (app, address):
        outputs, control = await set_up(app), app[keys.CONTROL]
        while len(control.board.outputs) < OUTPUTS:
            await asyncio.sleep(0.05)
        async with (
            load(address, loaded=loaded, in_chromium=in_chromium),
            commanding(control, outputs),
            watching(WITNESS_HZ, work_ms=WITNESS_MS) as witness,
        ):
            found = app[keys.STATION].scanner.statistics = Moments()
            await asyncio.sleep(seconds)
            cycles = found.cycles
        row = (
            f"{SCAN_HZ:.0f} Hz {'loaded' if loaded else 'alone':7}"
            f"{OUTPUTS} outputs {len(control.board.interlocks)} interlocks"
            f"{cycles:7} cycles{found.overruns:5} overruns, "
            f"{witness.unexplained(found.overran_at)} where the machine did not stall"
            f"   late p50 ≤ {found.lateness.quantile_ms(0.5):.1f}"
            f" p99 ≤ {found.lateness.quantile_ms(0.99):.1f}"
            f" max {found.lateness.longest_ms:.1f} ms"
            f"   work p99 ≤ {found.work.quantile_ms(0.99):.1f} ms\n   {witness}"
        )
        return Found(row, cycles, found, witness)


class RamDriver(RevPi):
    """A process image in RAM that nobody else writes; notes when the output was written."""

    written_ns = 0

    def write(self, changes: Mapping[int, tuple[int, int]]) -> None:
        """Write, then note when."""
        super().write(changes)
        self.written_ns = time.monotonic_ns()

    def _check_alive(self, mono_ns: int) -> None:
        """Nobody else writes this image, and nobody has to."""


async def measure_reaction() -> tuple[list[tuple[float, float]], Witness]:
    """How long from a changed input until the interlock has written safe: moments, and ms."""
    with directories() as (ram, disk):
        config, image_path = disk / "bench.rsc", ram / "piControl0"
        config.write_text(big_config(INPUTS))
        layout = load_layout(config)
        image_path.write_bytes(default_image(layout))
        driver = RamDriver(image_path, config, simulated=True)
        settings = load_settings(data_dir=disk / "data", port=8091, scan_hz=SCAN_HZ)
        prefer()
        runner = web.AppRunner(make_app(settings, driver, on_death=print), access_log=None)
        await runner.setup()
        try:
            app = runner.app
            outputs = await set_up(app)
            async with watching(WITNESS_HZ, work_ms=WITNESS_MS) as witness:
                took = [
                    await _react(app, driver, image_path, output=outputs[0]) for _ in range(CHANGES)
                ]
        finally:
            await runner.cleanup()
    return took, witness


def reaction_row(took: Sequence[tuple[float, float]], witness: Witness) -> str:
    """The times in one line."""
    all_ms, calm_ms = sorted(ms for _, ms in took), witness.calm(took)
    return (
        f"input change to output written at {SCAN_HZ:.0f} Hz (a cycle is {1000 / SCAN_HZ:.0f} ms): "
        f"p50 {quantile(all_ms, 0.5):.1f} p99 {quantile(all_ms, 0.99):.1f} max {all_ms[-1]:.1f} ms;"
        f" {len(calm_ms)} of {len(all_ms)} while the machine did not stall:"
        f" p99 {quantile(calm_ms, 0.99):.1f} ms\n   {witness}"
    )


async def _react(
    app: web.Application, driver: RamDriver, image_path: Path, *, output: str
) -> tuple[float, float]:
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
    return driver.written_ns / 1e9, (driver.written_ns - changed_ns) / 1e6


def _set_input(image_path: Path, point: Any, count: int) -> None:
    with image_path.open("r+b") as file:
        image = bytearray(file.read())
        put(image, point, count)
        file.seek(point.address)
        file.write(image[point.address : point.address + 1])


async def check(seconds: float, *, in_chromium: bool) -> bool:
    """Say of each figure whether it is met, as measured and where the machine did not stall."""
    found = await measure(seconds, loaded=True, in_chromium=in_chromium)
    took, witness = await measure_reaction()
    print(found.row)
    print(reaction_row(took, witness))
    limit_ms = 1000 / SCAN_HZ + MOST_MORE_MS
    least = round(seconds * SCAN_HZ * LEAST_SHARE)
    late, overran_at = found.moments.late.each, found.moments.overran_at
    late_ms, calm_late_ms = sorted(ms for _, ms in late), found.witness.calm(late)
    took_ms, calm_took_ms = sorted(ms for _, ms in took), witness.calm(took)
    figures = (
        (f"{least} or more cycles in {seconds:g} s", found.cycles, found.cycles, least),
        ("no overrun", len(overran_at), found.witness.unexplained(overran_at), 0),
        ("p99 of lateness, ms", quantile(late_ms, 0.99), quantile(calm_late_ms, 0.99),
         MOST_LATE_MS),
        ("p99 from input change to output written, ms: a cycle and one more",
         quantile(took_ms, 0.99), quantile(calm_took_ms, 0.99), limit_ms),
    )  # fmt: skip
    verdicts = []
    for number, (words, measured, calm, limit) in enumerate(figures):
        is_met = calm >= limit if number == 0 else calm <= limit
        verdicts.append(is_met)
        print(
            f"{'met    ' if is_met else 'NOT MET'}  {words}: {measured:.4g}, "
            f"without the machine's stalls {calm:.4g} (wanted: {limit:.4g})"
        )
    return all(verdicts)


async def main() -> int:
    """Print the table, or check the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--check", action="store_true", help="say whether each figure is met")
    parser.add_argument("--chromium", action="store_true", help="a live page in Chromium as load")
    options = parser.parse_args()
    seconds, in_chromium = options.seconds, options.chromium
    if options.check:
        return 0 if await check(seconds, in_chromium=in_chromium) else 1
    for loaded in (False, True):
        found = await measure(seconds, loaded=loaded, in_chromium=in_chromium)
        print(found.row, flush=True)
    print(reaction_row(*await measure_reaction()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
