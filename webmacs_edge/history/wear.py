"""Counts what is written to the storage of the device, and forecasts how long that goes well."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from webmacs_edge.history.counters import Counters
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import DAY_MS, now_ms
from webmacs_edge.model.wear import (
    ERASE_CYCLES,
    DayWritten,
    DeviceLife,
    WearReport,
    forecast_years,
    mean_bytes_per_day,
    wear_warning,
)
from webmacs_edge.model.words import LoggingType
from webmacs_edge.service import Health, every
from webmacs_edge.store.database import Database
from webmacs_edge.store.site_settings import read_site_value, write_site_value
from webmacs_edge.store.written_days import add_written, list_written

BEAT_S = 60.0
SAVED_EVERY_S = 3600.0
WARNED = "wear.warned_day"
WARNED_EVERY_DAYS = 30
WriteNote = Callable[[str, LoggingType], Awaitable[object]]


class WearMeter:
    """Samples the kernel's counters each minute and keeps one row a day."""

    name = "wear meter"

    def __init__(
        self,
        config: Database,
        data_dir: Path,
        *,
        write_note: WriteNote,
        counters: Counters | None = None,
        erase_cycles: int = ERASE_CYCLES,
    ) -> None:
        self.health = Health(self.name)
        self._config = config
        self._data_dir = data_dir
        self._write_note = write_note
        self._counters = counters or Counters()
        self._erase_cycles = erase_cycles
        self._device = self._counters.device(data_dir)
        self._app_bytes = 0  # this process has not been counted yet
        self._device_bytes = self._read_device()
        self._counted_s = time.monotonic()
        self._saved_s = self._counted_s
        self._unsaved: dict[int, DayWritten] = {}

    async def run(self) -> None:
        """Count each minute, save each hour and on the way out."""
        try:
            await every(BEAT_S, self._beat)
        finally:
            await self._try(self.save())

    async def _beat(self) -> None:
        await self.count(now_ms(), mono_s=time.monotonic())
        if time.monotonic() - self._saved_s >= SAVED_EVERY_S:
            await self._try(self.save())
            await self._try(self._warn(now_ms()))

    async def _try(self, work: Awaitable[object]) -> None:
        try:
            await work
        except StoreError as error:
            self.health.bad(error)
        else:
            self.health.good()

    async def count(self, at_ms: int, *, mono_s: float) -> None:
        """Add what was written since the last count to the day of `at_ms`."""
        app_bytes, device_bytes = await asyncio.to_thread(self._read)
        before = self._unsaved.get(day := at_ms // DAY_MS, DayWritten(day, 0, 0, 0))
        self._unsaved[day] = DayWritten(
            day,
            before.app_bytes + _grown(self._app_bytes, app_bytes),
            before.device_bytes + _grown(self._device_bytes, device_bytes),
            before.counted_s + round(mono_s - self._counted_s),
        )
        self._app_bytes, self._device_bytes = app_bytes or 0, device_bytes
        self._counted_s = mono_s

    async def save(self) -> None:
        """Add what was counted to the table."""
        self._saved_s = time.monotonic()
        for day in list(self._unsaved):
            written = self._unsaved[day]
            await self._config.write(partial(add_written, written=written))
            del self._unsaved[day]

    async def report(self, at_ms: int) -> WearReport:
        """The wear so far and how long the storage lasts."""
        async with self._config.read() as session:
            days = {day.day: day for day in await list_written(session)}
        for day, more in self._unsaved.items():
            days[day] = _added(days.get(day), more)
        lives = await asyncio.to_thread(self._counters.lives)
        return self._report(at_ms // DAY_MS, days, lives)

    def _report(
        self, today: int, days: dict[int, DayWritten], lives: tuple[DeviceLife, ...]
    ) -> WearReport:
        device = self._device
        written = days.get(today, DayWritten(today, 0, 0, 0))
        size = None if device is None else self._counters.device_size(device)
        mean = mean_bytes_per_day(list(days.values()), of_device=False)
        device_mean = mean_bytes_per_day(list(days.values()), of_device=True) if device else None
        endurance = None if size is None else size * self._erase_cycles
        rate = mean if device_mean is None else device_mean
        years = forecast_years(rate, endurance, lives)
        return WearReport(
            today_bytes=written.app_bytes,
            mean_bytes_per_day=mean,
            device_today_bytes=written.device_bytes if device else None,
            device_mean_bytes_per_day=device_mean,
            device_size_bytes=size,
            endurance_bytes=endurance,
            erase_cycles=self._erase_cycles,
            forecast_years=years,
            lives=lives,
            warning=wear_warning(years, rate, lives),
        )

    async def _warn(self, at_ms: int) -> None:
        """Tell the operator, at most once a month."""
        report = await self.report(at_ms)
        if not report.warning:
            return
        today = at_ms // DAY_MS
        async with self._config.read() as session:
            warned = await read_site_value(session, WARNED, -WARNED_EVERY_DAYS)
        if today - warned < WARNED_EVERY_DAYS:
            return
        await self._config.write(
            lambda session: write_site_value(session, WARNED, today, at_ms=at_ms)
        )
        await self._write_note(report.warning, LoggingType.warning)

    def _read(self) -> tuple[int | None, int | None]:
        return self._counters.app_bytes(), self._read_device()

    def _read_device(self) -> int | None:
        return None if self._device is None else self._counters.device_bytes(self._device)


def _grown(before: int | None, now: int | None) -> int:
    """By how much a counter grew; one that is smaller began anew."""
    if before is None or now is None:
        return 0
    return now - before if now >= before else now


def _added(before: DayWritten | None, more: DayWritten) -> DayWritten:
    if before is None:
        return more
    return DayWritten(
        more.day,
        before.app_bytes + more.app_bytes,
        before.device_bytes + more.device_bytes,
        min(86_400, before.counted_s + more.counted_s),
    )
