"""What becomes of a single value that somebody posts: a datapoint, a set point, or a command."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import (
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    StoreError,
)
from webmacs_edge.model.text import text
from webmacs_edge.model.words import EventType, TokenScope
from webmacs_edge.web.keys import CONTROL, HISTORY, INTAKE, STATION
from webmacs_edge.web.schemas.datapoints import DatapointIn
from webmacs_edge.web.set_points import SET_POINTS
from webmacs_edge.web.tokens import CREDENTIAL, Credential
from webmacs_edge.web.writing import actor_of

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event


async def post_value(request: web.Request, given: DatapointIn) -> str:
    """Do with it what its channel is for; returns after the commit, with a sentence."""
    event = request.app[STATION].event_by_public_id(given.event_public_id)
    if event is None:
        raise NotFoundError(
            text("There is no channel {event_public_id}.", event_public_id=given.event_public_id)
        )
    is_output = event.type is not EventType.sensor
    if event.point_id is not None and is_output:
        return await _command(request, event, given)
    if not request.app[INTAKE].accepts(event):
        raise ConflictError(_refusal(event))
    if is_output:
        await _note_set_point(request, event, given)
    tally = request.app[INTAKE].take(
        [event.public_id], [given.value], [given.timestamp], may_command=True
    )
    await settle(request.app)
    if not tally.accepted:
        raise ConflictError(
            text("“{event_name}” has a value of this very moment already.", event_name=event.name)
        )
    return "1 datapoint was stored."


async def post_values(request: web.Request, given: Sequence[DatapointIn]) -> str:
    """Store all that may be taken; returns after the commit, with a sentence."""
    tally = request.app[INTAKE].take(
        [one.event_public_id for one in given],
        [one.value for one in given],
        [one.timestamp for one in given],
        may_command=may_command(request[CREDENTIAL]),
    )
    if tally.commanded:
        await request.app[SET_POINTS].tell(actor_of(request), tally.commanded)
    await settle(request.app)
    dropped = f"; {tally.rejected} were not taken" if tally.rejected else ""
    return f"{tally.accepted} datapoints were stored{dropped}."


def may_command(credential: Credential) -> bool:
    """Whether outputs may be commanded with it, as far as its scope goes."""
    return credential.scope in (None, TokenScope.full)


async def settle(app: web.Application) -> None:
    """Return once all that was taken is committed; StoreError when the disk refuses."""
    recorder = app[HISTORY].recorder
    if not await recorder.settle():
        raise StoreError(recorder.health.failure)


async def _command(request: web.Request, event: "Event", given: DatapointIn) -> str:
    """A value for an output of ours: never a raw datapoint."""
    _check_may_command(request)
    if given.timestamp is not None:
        raise InvalidError(
            text("A command to an output is for now; leave the timestamp out."), field="timestamp"
        )
    outcome = await request.app[CONTROL].command(
        event.public_id, given.value, actor=actor_of(request), why="posted as a datapoint"
    )
    return f"1 command to “{event.name}”: {outcome.state.value}."


async def _note_set_point(request: web.Request, event: "Event", given: DatapointIn) -> None:
    """A value for an output of somebody else's device: within its range, and in the audit trail."""
    _check_may_command(request)
    if not event.min_value <= given.value <= event.max_value:
        raise InvalidError(
            text(
                "{given_value:g} is outside the range of “{event_name}”, "
                "{min_value:g} to {max_value:g} {unit}.",
                given_value=given.value,
                event_name=event.name,
                min_value=event.min_value,
                max_value=event.max_value,
                unit=event.unit,
            ),
            field="value",
        )
    await request.app[SET_POINTS].tell(actor_of(request), {event.public_id: given.value})


def _check_may_command(request: web.Request) -> None:
    credential = request[CREDENTIAL]
    if not may_command(credential):
        raise NotAllowedError(
            text(
                "This API token has the scope {scope}; to command an output it needs full.",
                scope=credential.scope,
            )
        )


def _refusal(event: "Event") -> str:
    if event.point_id is not None:
        return f"“{event.name}” is measured by this appliance; it takes no values from outside."
    return f"The device of “{event.name}” takes no values just now. Is it enabled?"
