"""Joins to the store what is done to values: what is forced, what formulas remember."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.acquisition.conditioning import Conditioner
from webmacs_edge.acquisition.forcing_keeper import ForcedStore, ForcingKeeper
from webmacs_edge.acquisition.remembering import MemoryKeeper, MemoryStore
from webmacs_edge.control.lamps import Colour, Lamps
from webmacs_edge.model.forced import Forced
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.service import Service, every
from webmacs_edge.store.channel_memories import put_channel_memories, read_channel_memories
from webmacs_edge.store.forced_values import forced_of, note_ended, standing_values
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.web import keys
from webmacs_edge.web.alarm_rows import alarm_head

_LAMP_BEAT_S = 0.5

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.opening import Stores


class LampService:
    """Tells the lamps of the base how things stand, twice a second."""

    name = "lamps"

    def __init__(self, app: web.Application, lamps: Lamps) -> None:
        self._app = app
        self._lamps = lamps

    async def run(self) -> None:
        """Look until cancelled."""
        await every(_LAMP_BEAT_S, self._look)

    async def _look(self) -> None:
        if not self._lamps.enabled:
            return
        head = alarm_head(self._app)
        waiting = Colour.red if head.waiting else Colour.amber
        self._lamps.alarm = waiting if any(head.counts.values()) or head.waiting else Colour.off
        self._lamps.is_updating = self._app[keys.CONTROL].locks.is_updating
        self._lamps.is_forced = bool(self._app[keys.FORCING].keys)
        self._lamps.is_storing = self._app[keys.HISTORY].recorder.health.is_good


async def set_up_signals(app: web.Application, stores: "Stores") -> tuple[Service, ...]:
    """The services for the values of the station; the station has to be there."""
    conditioner = app[keys.STATION].scanner.conditioner
    forcing = app[keys.FORCING] = _make_forcing_keeper(app, conditioner)
    memories = _make_memory_keeper(app, conditioner)
    await stores.always(forcing.reload)
    await stores.when_there(memories.load)
    lamps = app[keys.CONTROL].outputs.lamps
    lamps.enabled = app[keys.SETTINGS].status_leds
    return memories, forcing, LampService(app, lamps)


def _make_forcing_keeper(app: web.Application, conditioner: Conditioner) -> ForcingKeeper:

    async def read() -> Sequence[Forced]:
        async with app[keys.DATABASE].read() as session:
            return [forced_of(row, event) for row, event in await standing_values(session)]

    async def end(forced: Forced, at_ms: int) -> None:
        event = app[keys.STATION].event(forced.key)
        name = event.name if event is not None else text("a former channel")

        async def work(session: "AsyncSession") -> None:
            if await note_ended(session, forced.public_id, at_ms=at_ms):
                words = text(
                    "“{name}” is measured again: the time of its forced value is up.", name=name
                )
                await add_log_entry(session, words, at_ms=at_ms, logging_type=LoggingType.warning)

        await app[keys.DATABASE].write(work)

    return ForcingKeeper(conditioner.forcing, ForcedStore(read=read, note_ended=end))


def _make_memory_keeper(app: web.Application, conditioner: Conditioner) -> MemoryKeeper:

    async def read() -> Mapping[int, tuple[Any, int]]:
        async with app[keys.DATABASE].read() as session:
            return await read_channel_memories(session)

    async def put(memories: Mapping[int, Any]) -> None:
        at_ms = now_ms()
        await app[keys.DATABASE].write(
            lambda session: put_channel_memories(session, memories, at_ms=at_ms)
        )

    return MemoryKeeper(conditioner, MemoryStore(read=read, write=put))
