"""What is done in the check of a channel, from what is known of its signal."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.commissioning import (
    USUAL_TOLERANCE,
    CheckKind,
    Step,
    analogue_steps,
    counter_steps,
    digital_steps,
)
from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import text
from webmacs_edge.model.words import state_word
from webmacs_edge.store.calibrations import read_curves
from webmacs_edge.store.forced_values import standing_values
from webmacs_edge.web.check_rows import CheckRow, points_to_feed
from webmacs_edge.web.keys import CONTROL, DATABASE, HUB
from webmacs_edge.web.output_rows import output_row

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event


async def make_steps(app: web.Application, row: CheckRow, *, tolerance: float | None) -> list[Step]:
    """The steps of a check that begins now; ConflictError says why none can."""
    await refuse_forced(app, row.event)
    match row.kind:
        case CheckKind.digital | CheckKind.counter:
            return _moving(app, row)
        case CheckKind.analogue:
            return await _signal(app, row.event, tolerance)
        case CheckKind.output:
            return _output(app, row.event)


async def refuse_forced(app: web.Application, event: "Event") -> None:
    """ConflictError while somebody has typed the value of the channel: it proves no wiring."""
    async with app[DATABASE].read() as session:
        forced = {channel.public_id for _, channel in await standing_values(session)}
    if event.public_id in forced:
        raise ConflictError(
            text("“{name}” is forced: its value is not measured. End that first.", name=event.name)
        )


def usual_tolerance(event: "Event") -> float:
    """What is proposed: a hundredth of the span."""
    return round(USUAL_TOLERANCE * (event.max_value - event.min_value), 9)


def _moving(app: web.Application, row: CheckRow) -> list[Step]:
    event, sample = row.event, app[HUB].latest(row.event.id)
    if sample is None or sample.value is None or sample.quality > Quality.UNCERTAIN:
        raise ConflictError(text("It has no value to trust now; look at its module first."))
    if row.kind is CheckKind.counter:
        return counter_steps(sample.value)
    return digital_steps(
        sample.value, words=(state_word(event.off_text), state_word(event.on_text))
    )


async def _signal(app: web.Application, event: "Event", tolerance: float | None) -> list[Step]:
    async with app[DATABASE].read() as session:
        curves = await read_curves(session)
    actions, expected = points_to_feed(app, event, curves.get(event.public_id))
    wanted = tolerance if tolerance is not None else usual_tolerance(event)
    return analogue_steps(actions, expected, tolerance=wanted)


def _output(app: web.Application, event: "Event") -> list[Step]:
    if not app[CONTROL].is_claimed(event.public_id):
        raise ConflictError(
            text("It is not set up as an output: nothing may be written to it. Set it up first.")
        )
    row = output_row(app, event.public_id)
    if row is None or row.problem:
        raise ConflictError(row.problem if row is not None else text("It cannot be commanded."))
    claim = row.claim
    far = claim.max_value if claim.safe_value != claim.max_value else claim.min_value
    moved = str(text("What moved?"))
    return [Step(str(text("Command it, and look at the plant.")), far), Step(moved, 1.0)]
