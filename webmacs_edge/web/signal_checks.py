"""Checks of what is done to values: forced ones, calibrations that are due."""

from aiohttp import web

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.calibrations import due_calibrations
from webmacs_edge.web.checks import Check, Figure, State
from webmacs_edge.web.keys import DATABASE, FORCING, STATION

_MOST_NAMED = 5


async def signal_checks(app: web.Application) -> tuple[Check, ...]:
    """What an engineer should know of the values."""
    return _forced(app), await _calibrations(app)


def _forced(app: web.Application) -> Check:
    events = [app[STATION].event(key) for key in sorted(app[FORCING].keys)]
    names = [event.name for event in events if event is not None]
    figures = (Figure("Forced", _listed(names) or "none"),)
    if not names:
        return Check("forced", "Forced values", State.good, "All are measured", figures)
    way_out = "These values were typed. They end by themselves; the page Forced values lists them."
    return Check(
        "forced", "Forced values", State.warning, "Some are typed", figures, way_out=way_out
    )


async def _calibrations(app: web.Application) -> Check:
    try:
        async with app[DATABASE].read() as session:
            due = await due_calibrations(session, before_ms=now_ms())
    except StoreError:
        return Check("calibrations", "Calibrations", State.unknown, "Not known")
    figures = (
        Figure("Calibrated channels", str(len(app[STATION].curves))),
        Figure("Overdue", _listed([name for name, _ in due]) or "none"),
    )
    if not due:
        return Check("calibrations", "Calibrations", State.good, "None is due", figures)
    return Check(
        "calibrations", "Calibrations", State.warning, "Some are due", figures,
        way_out="Compare these channels with a standard and add a calibration on their pages.",
        since_ms=due[0][1],
    )  # fmt: skip


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
