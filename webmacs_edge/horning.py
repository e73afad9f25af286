"""Joins the horn to the alarms, its output and the settings."""

from aiohttp import web

from webmacs_edge.model.actors import Actor
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.watching import Watching
from webmacs_edge.model.words import LoggingType, UserRole
from webmacs_edge.rules.horn import Horn, HornHands
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.watching import read_watching
from webmacs_edge.web import keys

_WHY = text("horn")
_HORN = Actor(name="Horn", role=UserRole.operator, via="horn")


def set_up_horn(app: web.Application) -> Horn:
    """The horn of this appliance."""

    async def read() -> Watching:
        async with app[keys.DATABASE].read() as session:
            return await read_watching(session)

    async def command(watching: Watching, value: float, pulse_s: float | None) -> None:
        await app[keys.CONTROL].command(
            watching.horn_output,
            value,
            actor=_HORN,
            why=_WHY,
            pulse_s=pulse_s,
            confirmed=True,
        )

    async def silence(watching: Watching) -> None:
        for it in app[keys.CONTROL].bindings:
            if it.public_id == watching.horn_output:
                await command(watching, it.claim.safe_value, None)

    async def refused(why: str) -> None:
        words, at_ms = text("The horn does not sound. {why}", why=why), now_ms()
        await app[keys.DATABASE].write(
            lambda session: add_log_entry(
                session, words, at_ms=at_ms, logging_type=LoggingType.warning
            )
        )

    hands = HornHands(
        read=read,
        sound=lambda it: command(it, it.horn_value, it.horn_on_s),
        silence=silence,
        refused=refused,
    )
    horn = app[keys.HORN] = Horn(app[keys.RULES].engine, hands)
    return horn
