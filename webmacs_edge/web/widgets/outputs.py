"""What widgets show of an output, and whether who looks may command it."""

from dataclasses import dataclass

from webmacs_edge.model.words import UserRole
from webmacs_edge.web.keys import CONTROL
from webmacs_edge.web.output_rows import OutputRow, output_row
from webmacs_edge.web.tiles import Tile
from webmacs_edge.web.widgets.kind import Scene, Widget


@dataclass(frozen=True, slots=True)
class Commanded:
    """An output as it stands; no row: it was not set up, so that nobody can command it."""

    tile: Tile | None
    row: OutputRow | None
    may_switch: bool
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
        priority=alarm.priority.value if alarm else "",
        state=alarm.alarm.state.value if alarm else "",
    )


def _may_switch(role: UserRole, row: OutputRow) -> bool:
    return role.rank >= max(row.claim.role.rank, UserRole.operator.rank)
