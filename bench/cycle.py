"""How well the acquisition cycle keeps its time: `python -m bench.cycle [--seconds 60]`.

Runs the whole appliance on a virtual plant with at least 64 named inputs at 10, 50 and 100 Hz:
alone, and under load (visitors who keep the web side busy, see `bench.visitors`, and a burst of
5 ms on the event loop ten times a second). With `--chromium` a live page in Chromium is open
instead, which takes more of the machine and asks less of the appliance.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.appliance import recorded_channels, serving
from bench.chromium import open_page
from bench.visitors import visitors
from bench.witness import Moments, watching
from webmacs_edge.web import keys

POINTS = 64
BURST_S, BURST_EVERY_S = 0.005, 0.1


async def measure(scan_hz: float, seconds: float, *, loaded: bool, in_chromium: bool) -> str:
    """One row of the table."""
    async with serving(points=POINTS, scan_hz=scan_hz) as (app, address):
        scanner = app[keys.STATION].scanner
        while not scanner.statistics.cycles or not recorded_channels(app):
            await asyncio.sleep(0.05)
        async with load(address, loaded=loaded, in_chromium=in_chromium):
            async with watching(scan_hz) as witness:
                cpu_s, start_s = time.process_time(), time.monotonic()
                found = scanner.statistics = Moments()
                await asyncio.sleep(seconds)
                share = (time.process_time() - cpu_s) / (time.monotonic() - start_s)
            return (
                f"{scan_hz:4.0f} Hz {'loaded' if loaded else 'alone':7}"
                f"{recorded_channels(app):4} channels"
                f"{found.cycles:7} cycles{found.overruns:5} overruns, "
                f"{witness.unexplained(found.overran_at)} where the machine did not stall"
                f"   late p50 ≤ {found.lateness.quantile_ms(0.5):.1f}"
                f" p99 ≤ {found.lateness.quantile_ms(0.99):.1f}"
                f" max {found.lateness.longest_ms:.1f} ms"
                f"   work p99 ≤ {found.work.quantile_ms(0.99):.1f} ms"
                f"   {share:5.1%} of a core\n"
                f"   {witness}"
            )


@asynccontextmanager
async def load(address: str, *, loaded: bool, in_chromium: bool) -> AsyncIterator[None]:
    """Nothing else, or a busy web side and bursts on the event loop."""
    if not loaded:
        yield
        return
    async with open_page(address) if in_chromium else visitors(address):
        burst = asyncio.create_task(_burst())
        try:
            yield
        finally:
            burst.cancel()


async def _burst() -> None:
    while True:
        await asyncio.sleep(BURST_EVERY_S)
        end_s = time.monotonic() + BURST_S
        while time.monotonic() < end_s:
            pass


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--hz", type=float, nargs="*", default=[10.0, 50.0, 100.0])
    parser.add_argument("--chromium", action="store_true", help="a live page in Chromium as load")
    options = parser.parse_args()
    for scan_hz in options.hz:
        for loaded in (False, True):
            row = await measure(
                scan_hz, options.seconds, loaded=loaded, in_chromium=options.chromium
            )
            print(row, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
