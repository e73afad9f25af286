"""What keeps the history in order beside recording it: retention, wear, scrub, salvage."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from webmacs_edge.history.days import DayKeeper
from webmacs_edge.history.history import History
from webmacs_edge.history.retention import RetentionKeeper, disk_room
from webmacs_edge.history.salvaging import Salvager
from webmacs_edge.history.scrub import Scrub
from webmacs_edge.history.wear import WearMeter
from webmacs_edge.model.words import LoggingType
from webmacs_edge.service import Service
from webmacs_edge.store.database import Database
from webmacs_edge.store.site_settings import SiteSettings, read_site_settings

WriteNote = Callable[[str, LoggingType], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The services, and what of the site's settings they and the recorder follow."""

    history: History
    config: Database
    days: DayKeeper
    retention: RetentionKeeper
    wear: WearMeter
    scrub: Scrub
    salvager: Salvager
    default_flush_s: float

    @property
    def services(self) -> tuple[Service, ...]:
        """What has to run."""
        return (self.salvager, self.wear, self.days, self.retention, self.scrub)

    async def apply_settings(self) -> SiteSettings:
        """Follow what the site decided; call it at the start and after each change."""
        async with self.config.read() as session:
            site = await read_site_settings(session)
        self.history.recorder.set_flush_interval(site.flush_seconds or self.default_flush_s)
        return site


def make_upkeep(
    history: History,
    config: Database,
    *,
    sealed: Database,
    recorded: Database,
    data_dir: Path,
    default_flush_s: float,
    write_note: WriteNote,
) -> Upkeep:
    """Chunks are in `sealed`, and what is recorded goes into `recorded`: often the same file."""
    measure_room = partial(disk_room, data_dir) if sealed.is_sqlite else None
    recorder = history.recorder
    return Upkeep(
        history,
        config,
        DayKeeper(sealed),
        RetentionKeeper(sealed, config, measure_room=measure_room),
        WearMeter(config, data_dir, write_note=write_note),
        Scrub(sealed, config, recorder, write_note=write_note),
        Salvager(recorded, recorder, history.recovery, write_note=write_note),
        default_flush_s,
    )
