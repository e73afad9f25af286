"""What becomes of a single value that somebody posts: a datapoint, a set point, or a command."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.audit import AuditAction, Change
from webmacs_edge.model.errors import (
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    StoreError,
)
from webmacs_edge.model.words import EventType, TokenScope
from webmacs_edge.store.auditing import record
from webmacs_edge.web.keys import HISTORY, INTAKE, STATION
from webmacs_edge.web.schemas.datapoints import DatapointIn
from webmacs_edge.web.tokens import CREDENTIAL
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Event


async def post_value(request: web.Request, given: DatapointIn) -> str:
    """Do with it what its channel is for; returns after the commit, with a sentence."""
    event = request.app[STATION].event_by_public_id(given.event_public_id)
    if event is None:
        raise NotFoundError(f"There is no channel {given.event_public_id}.")
    is_output = event.type is not EventType.sensor
    if event.point_id is not None and is_output:
        return await _command(request, event)
    if not request.app[INTAKE].accepts(event):
        raise ConflictError(_refusal(event))
    if is_output:
        await _note_set_point(request, event, given)
    tally = request.app[INTAKE].take([event.public_id], [given.value], [given.timestamp])
    if not tally.accepted:
        raise ConflictError(f"“{event.name}” has a value of this very moment already.")
    await settle(request.app)
    return "1 datapoint was stored."


async def settle(app: web.Application) -> None:
    """Return once all that was taken is committed; StoreError when the disk refuses."""
    recorder = app[HISTORY].recorder
    if not await recorder.settle():
        raise StoreError(recorder.health.failure)


async def _command(request: web.Request, event: "Event") -> str:
    """A value for an output of ours: never a raw datapoint."""
    _check_may_command(request)
    raise ConflictError(f"The output “{event.name}” cannot be commanded from here yet.")


async def _note_set_point(request: web.Request, event: "Event", given: DatapointIn) -> None:
    """A value for an output of somebody else's device: within its range, and in the audit trail."""
    _check_may_command(request)
    if not event.min_value <= given.value <= event.max_value:
        raise InvalidError(
            f"{given.value:g} is outside the range of “{event.name}”, "
            f"{event.min_value:g} to {event.max_value:g} {event.unit}.",
            field="value",
        )
    before = request.app[HISTORY].latest_stored().get(event.id)
    change = Change(
        AuditAction.command, "events", event.public_id, event.name,
        old={} if before is None else {"value": before[1]}, new={"value": given.value},
    )  # fmt: skip

    async def work(session: "AsyncSession") -> None:
        record(session, change)

    await write(request, work)


def _check_may_command(request: web.Request) -> None:
    scope = request[CREDENTIAL].scope
    if scope not in (None, TokenScope.full):
        raise NotAllowedError(
            f"This API token has the scope {scope.value}; to command an output it needs full."
        )


def _refusal(event: "Event") -> str:
    if event.point_id is not None:
        return f"“{event.name}” is measured by this appliance; it takes no values from outside."
    return f"The device of “{event.name}” takes no values just now. Is it enabled?"
