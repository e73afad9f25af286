"""The life of background services: the only place that creates tasks."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

from webmacs_edge.model.times import now_ms

log = logging.getLogger(__name__)
T = TypeVar("T")


class Service(Protocol):
    """Something that runs until it is cancelled."""

    name: str

    async def run(self) -> None:
        """Work until cancelled; returning or raising otherwise is a fault of the program."""


class Health:
    """Whether a service works, in words; logs once when it fails and once when it heals."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.failure = ""
        self.failures = 0
        self.failing_since_ms: int | None = None

    @property
    def is_good(self) -> bool:
        """True while the last attempt worked."""
        return not self.failure

    def good(self) -> None:
        """Note a success."""
        if self.failure:
            log.info("%s works again.", self.name)
        self.failure, self.failing_since_ms = "", None

    def bad(self, error: Exception | str) -> None:
        """Note a failure."""
        self.failures += 1
        if not self.failure:
            log.warning("%s fails: %s", self.name, error)
            self.failing_since_ms = now_ms()
        self.failure = str(error)


@asynccontextmanager
async def running(service: Service, on_death: Callable[[str], None]) -> AsyncIterator[None]:
    """Run `service` inside the block; `on_death(name)` is called if it ends by itself."""
    task = asyncio.create_task(service.run(), name=service.name)

    def ended(task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        log.critical("%s died.", service.name, exc_info=task.exception())
        on_death(service.name)

    task.add_done_callback(ended)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def finish(work: Awaitable[T]) -> T:
    """Await `work` to its end even when the caller is cancelled meanwhile; then pass that on."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
        except Exception:  # noqa: BLE001, S110 read from the task below
            pass
    if cancelled is not None:
        if task.exception() is not None:
            log.error("Work of a cancelled caller failed.", exc_info=task.exception())
        raise cancelled
    return task.result()


async def every(interval_s: float, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Call `work` on an absolute beat until cancelled; beats missed by slow work are skipped."""
    loop = asyncio.get_running_loop()
    next_s = loop.time() + interval_s
    while True:
        await asyncio.sleep(next_s - loop.time())
        await work()
        late = max(0.0, loop.time() - next_s)
        next_s += interval_s * (1 + late // interval_s)
