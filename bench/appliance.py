"""An appliance in this process, on a virtual plant of any size, for the other scripts."""

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from aiohttp import web

from webmacs_edge.app import make_app
from webmacs_edge.config import load_settings
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.hardware.simulator.modules import AIO, CONNECT_4, DIO, assemble, module, to_text
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.memory import settle
from webmacs_edge.web import keys

EMAIL, PASSWORD = "bench@plant.lan", "fluidised bed 7"
POINTS_PER_PAIR = 22  # a DIO with 16 named inputs and an AIO with 6
OUTPUTS_PER_PAIR = 16  # of the DIO; without them the image has no room for more than 400 points
MOST_INPUTS = 400
NICE = -10  # within one group of processes what CPUWeight=1000 of the unit is between groups


def big_config(points: int, *, with_outputs: bool = False) -> str:
    """A config.rsc with at least this many named points, from pairs of DIO and AIO."""
    pairs = -(-points // (POINTS_PER_PAIR + OUTPUTS_PER_PAIR * with_outputs))
    devices = [module(CONNECT_4, 0)]
    for pair in range(pairs):
        position = 32 + 2 * pair
        bits = {f"I_{n}": f"switch_{pair}_{n}" for n in range(1, 17)}
        if with_outputs:
            bits |= {f"O_{n}": f"valve_{pair}_{n}" for n in range(1, 17)}
        words = {f"InputValue_{n}": f"signal_{pair}_{n}" for n in range(1, 5)}
        words |= {f"RTDValue_{n}": f"temperature_{pair}_{n}" for n in (1, 2)}
        devices.append(module(DIO, position, names=bits))
        devices.append(module(AIO, position + 1, names=words))
    return to_text(assemble(devices))


@contextmanager
def directories() -> Iterator[tuple[Path, Path]]:
    """A directory in RAM for the plant and one on disk for the data."""
    with (
        tempfile.TemporaryDirectory(dir="/dev/shm") as ram,
        tempfile.TemporaryDirectory() as disk,
    ):
        yield Path(ram), Path(disk)


@asynccontextmanager
async def serving(
    *, points: int | None = None, scan_hz: float = 10.0, port: int = 8090
) -> AsyncIterator[tuple[web.Application, str]]:
    """The application and its address; set up with one admin, reading a virtual plant."""
    with directories() as (ram, disk):
        config = None
        if points is not None:
            config = disk / "bench.rsc"
            config.write_text(big_config(points, with_outputs=points > MOST_INPUTS))
        with VirtualRevPi(ram, config=config) as plant:
            settings = load_settings(
                data_dir=disk / "data",
                host="127.0.0.1",
                port=port,
                scan_hz=scan_hz,
                initial_admin_email=EMAIL,
                initial_admin_password=PASSWORD,
            )
            driver = RevPi(plant.image_path, plant.config_path, simulated=True)
            prefer()
            app = make_app(settings, driver, on_death=_fail)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", port).start()
                settle()  # as the appliance does
                yield app, f"http://127.0.0.1:{port}"
            finally:
                await runner.cleanup()


def prefer() -> None:
    """Before threads are started: the priority that the unit gives the appliance, if we may.

    Programs started after it inherit it: those that stand for others call `witness.be_anybody`.
    """
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)


def recorded_channels(app: web.Application) -> int:
    """How many channels are read."""
    return sum(event.point_id is not None for event in app[keys.STATION].events)


def _fail(name: str) -> None:
    raise SystemExit(f"{name} died")
