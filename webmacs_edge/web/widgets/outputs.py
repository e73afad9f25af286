"""What widgets show of an output, and whether who looks may command it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webmacs_edge.model.words import UserRole
from webmacs_edge.web.keys import CONTROL
from webmacs_edge.web.output_rows import OutputRow, output_row
from webmacs_edge.web.tiles import Tile
from webmacs_edge.web.widgets.kind import Scene, Widget

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event


@dataclass(frozen=True, slots=True)
class Commanded:
    """An output as it stands; no row: it was not set up, so that nobody can command it."""

    tile: Tile | None
    row: OutputRow | None
    may_switch: bool
    wanted: float = 0.0  # its set point, or where it stands
    decimals: int = 0
    priority: str = ""
    state: str = ""


def look(scene: Scene, widget: Widget) -> Commanded:
    """The output of the widget's channel."""
    event = scene.event(widget.channel)
    if event is None:
        return Commanded(None, None, may_switch=False)
    row = output_row(scene.app, event.public_id) if CONTROL in scene.app else None
    alarm = scene.alarms.get(event.id)
    return Commanded(
        tile=scene.tile(event),
        row=row,
        may_switch=row is not None and not row.problem and _may_switch(scene.role, row),
        decimals=event.decimals,
        wanted=0.0 if row is None else _wanted(scene, event, row),
        priority=alarm.priority.value if alarm else "",
        state=alarm.alarm.state.value if alarm else "",
    )


def _may_switch(role: UserRole, row: OutputRow) -> bool:
    return role.rank >= max(row.claim.role.rank, UserRole.operator.rank)


def _wanted(scene: Scene, event: "Event", row: OutputRow) -> float:
    view = scene.app[CONTROL].view(event.public_id)
    known = [] if view is None else [it for it in (view.set_point, view.image) if it is not None]
    value = next(iter(known), row.claim.safe_value)
    return min(row.claim.max_value, max(row.claim.min_value, round(value, event.decimals)))
