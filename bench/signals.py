"""What 500 channels at 10 Hz cost: `python -m bench.signals [--seconds 30] [--derived 50]`.

The whole appliance on a virtual plant, with derived channels over the measured ones, a few of them
with functions of time; once without and once with them.
"""

import argparse
import asyncio
import time
from functools import partial

from aiohttp import web

from bench.appliance import recorded_channels, serving
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.derived import create_derived
from webmacs_edge.web import keys

FORMULAS = (
    "[{a}] + [{b}]",
    "if([{a}] > [{b}], [{a}] - [{b}], 0) * 0.5",
    "mean([{a}], 60)",
    "rate([{a}], 10) + integral([{b}])",
    "sqrt(abs([{a}] * [{b}])) / max(1, [{a}], [{b}])",
)


async def add_derived(app: web.Application, count: int) -> None:
    """Channels worked out of pairs of measured ones."""
    station = app[keys.STATION]
    measured = [event for event in station.events if event.point_id and not event.is_digital]
    for number in range(count):
        a, b = measured[number % len(measured)], measured[(7 * number + 1) % len(measured)]
        formula = FORMULAS[number % len(FORMULAS)]
        formula = formula.replace("[{a}]", f"{{{a.public_id}}}")
        formula = formula.replace("[{b}]", f"{{{b.public_id}}}")
        add = partial(
            create_derived, at_ms=now_ms(), name=f"Derived {number}", formula=formula, unit="",
            min_value=0.0, max_value=1e6,
        )  # fmt: skip
        await app[keys.DATABASE].write(add)
    await station.reload()


async def measure(points: int, derived: int, seconds: float) -> str:
    """One row of the table."""
    async with serving(points=points, port=8094) as (app, _address):
        scanner = app[keys.STATION].scanner
        while not scanner.statistics.cycles or not recorded_channels(app):
            await asyncio.sleep(0.05)
        await add_derived(app, derived)
        await asyncio.sleep(2)
        cycles, missed = scanner.statistics.cycles, scanner.statistics.overruns
        cpu_s, start_s = time.process_time(), time.monotonic()
        await asyncio.sleep(seconds)
        share = (time.process_time() - cpu_s) / (time.monotonic() - start_s)
        return (
            f"{recorded_channels(app):4} measured {derived:4} derived at {scanner.scan_hz:.0f} Hz"
            f"{scanner.statistics.cycles - cycles:6} cycles"
            f"{scanner.statistics.overruns - missed:4} missed"
            f"   work p99 ≤ {scanner.statistics.work.quantile_ms(0.99):.1f} ms"
            f"   {share:6.1%} of a core"
        )


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--channels", type=int, default=500)
    parser.add_argument("--derived", type=int, default=50)
    options = parser.parse_args()
    for derived in (0, options.derived):
        print(await measure(options.channels - derived, derived, options.seconds), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
