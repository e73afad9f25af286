"""Checks of what is done to values: forced ones, calibrations that are due."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.calibrations import due_calibrations
from webmacs_edge.web.checks import Check, Figure, State
from webmacs_edge.web.keys import DATABASE, FORCING, STATION
from webmacs_edge.web.wording import count

if TYPE_CHECKING:
    from webmacs_edge.acquisition.relays import Relay

_MOST_NAMED = 5


async def signal_checks(app: web.Application) -> tuple[Check, ...]:
    """What an engineer should know of the values."""
    return _forced(app), await _calibrations(app), *_relays(app)


def _forced(app: web.Application) -> Check:
    events = [app[STATION].event(key) for key in sorted(app[FORCING].keys)]
    names = [event.name for event in events if event is not None]
    figures = (Figure(text("Forced"), _listed(names) or text("none")),)
    if not names:
        return Check("forced", text("Forced values"), State.good, text("All are measured"), figures)
    way_out = text(
        "These values were typed. They end by themselves; the page Forced values lists them."
    )
    return Check(
        "forced",
        text("Forced values"),
        State.warning,
        text("Some are typed"),
        figures,
        way_out=way_out,
    )


async def _calibrations(app: web.Application) -> Check:
    try:
        async with app[DATABASE].read() as session:
            due = await due_calibrations(session, before_ms=now_ms())
    except StoreError:
        return Check("calibrations", text("Calibrations"), State.unknown, text("Not known"))
    figures = (
        Figure(text("Calibrated channels"), str(len(app[STATION].curves))),
        Figure(text("Overdue"), _listed([name for name, _ in due]) or text("none")),
    )
    if not due:
        return Check("calibrations", text("Calibrations"), State.good, text("None is due"), figures)
    return Check(
        "calibrations", text("Calibrations"), State.warning, text("Some are due"), figures,
        way_out=text(
            "Compare these channels with a standard and add a calibration on their pages."
        ),
        since_ms=due[0][1],
    )  # fmt: skip


def _relays(app: web.Application) -> tuple[Check, ...]:
    """Only where there are relays that are counted."""
    relays = app[STATION].relays()
    if not relays:
        return ()
    worn = [_relay_name(it) for it in relays if it.is_worn]
    figures = tuple(
        Figure(_relay_name(it), text("{count} switchings", count=count(it.cycles))) for it in relays
    )
    if not worn:
        return (
            Check("relays", text("Relays"), State.good, text("Below their thresholds"), figures),
        )
    way_out = text(
        "{relays}: switched as often as its threshold in PiCtory says. Replace it.",
        relays=_listed(worn),
    )
    return (Check("relays", text("Relays"), State.warning, text("Worn"), figures, way_out=way_out),)


def _relay_name(relay: "Relay") -> str:
    return text("{module}, relay {number}", module=relay.module, number=relay.number)


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    shown = ", ".join(names[:_MOST_NAMED])
    return text("{shown} and {more} more", shown=shown, more=more) if more > 0 else shown
