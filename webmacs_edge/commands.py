"""What each command of the command line does."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp.connector
from aiohttp import web

from webmacs_edge.app import make_app
from webmacs_edge.config import Settings
from webmacs_edge.doctor import make_driver
from webmacs_edge.greeting import greet
from webmacs_edge.hardware.driver import Driver
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.hardware.simulator.places import memory, plant_place
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.listening import listen, listen_locally
from webmacs_edge.memory import forget_client_certificates, loading, settle
from webmacs_edge.model.errors import SettingsError
from webmacs_edge.ports import find_ports
from webmacs_edge.service import every, finish, running
from webmacs_edge.systemd import notify, runtime_dir
from webmacs_edge.web.keys import MOVED_PORTS, RESTART

log = logging.getLogger(__name__)

Say = Callable[[str], None]
SHUTDOWN_S = 5.0
DIED = 1
PLANT_RESTART_S = 8.0


async def run_appliance(settings: Settings, *, say: Say) -> int:
    """Serve this machine's own hardware until SIGTERM or SIGINT; 0, or 1 when a service died."""
    return await _serve(settings, make_driver(settings), say=say)


async def run_stand_in(settings: Settings, *, say: Say) -> int:
    """Serve a virtual plant because this machine has no hardware of ours."""
    say(
        "There is no Revolution Pi here: SIMULATION. A virtual plant stands in for it; where a "
        f"piControl is there at the next start, it is read. Its data lie in {settings.data_dir}."
    )
    return await run_demo(settings, None, speed=1.0, seed=1, say=say)


async def run_demo(
    settings: Settings, rsc: Path | None, *, speed: float, seed: int, say: Say
) -> int:
    """Serve a virtual plant, or the user's own configuration with plausible signals."""
    if rsc is not None and not rsc.is_file():  # noqa: ASYNC240 nothing is served yet
        raise SettingsError(f"There is no file {rsc}. Give the path of a PiCtory file (.rsc).")
    with plant_place(memory()) as directory:
        plant = VirtualRevPi(directory, config=rsc, speed=speed, seed=seed)
        await asyncio.to_thread(plant.start)
        try:
            say(f"The virtual plant runs as process {plant.pid}. Make it fail, for example:")
            say(f"  webmacs-edge plant --socket {plant.socket_path} unplug 32")
            driver = RevPi(plant.image_path, plant.config_path, simulated=True)
            return await _serve(settings, driver, say=say, plant=plant)
        finally:
            await asyncio.to_thread(plant.stop)


class PlantKeeper:
    """Starts the plant process of the demo again some seconds after it died."""

    name = "plant keeper"

    def __init__(self, plant: VirtualRevPi) -> None:
        self._plant = plant

    async def run(self) -> None:
        """Look every few seconds until cancelled."""
        await every(PLANT_RESTART_S, self._look)

    async def _look(self) -> None:
        if not self._plant.is_alive():
            log.warning("The plant process is gone; starting it again.")
            await finish(asyncio.to_thread(self._plant.restart))


async def _serve(
    settings: Settings, driver: Driver, *, say: Say, plant: VirtualRevPi | None = None
) -> int:
    """Run until a signal or the death of a service; the exit status."""
    settings, moved = find_ports(settings)
    stop = asyncio.Event()
    dead: list[str] = []

    def on_death(name: str) -> None:
        dead.append(name)
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(
        make_app(settings, driver, on_death=on_death),
        access_log=None,
        shutdown_timeout=SHUTDOWN_S,
    )
    runner.app[MOVED_PORTS] = moved
    if os.environ.get("NOTIFY_SOCKET"):  # systemd starts us again
        runner.app[RESTART] = stop.set
    async with AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        with loading():
            await runner.setup()
            if plant is not None:
                await stack.enter_async_context(running(PlantKeeper(plant), on_death))
            await listen(runner, settings)
            await listen_locally(runner, runtime_dir())
        forget_client_certificates(aiohttp.connector)
        settle()
        await greet(runner.app, say)
        notify("READY=1")
        await stop.wait()
        notify("STOPPING=1")
    if dead:
        log.critical("Stopped because %s died.", dead[0])
    return DIED if dead else 0
