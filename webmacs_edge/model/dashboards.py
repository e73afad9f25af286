"""Dashboards: kinds of widgets, their grid, and who may open or change one; pure rules."""

from enum import StrEnum

from webmacs_edge.model.errors import InvalidError, NotAllowedError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import UserRole

COLUMNS = 12
MAX_ROW = 10_000


class WidgetType(StrEnum):
    """The kinds of widgets."""

    line_chart = "line_chart"
    gauge = "gauge"
    stat_card = "stat_card"
    actuator_toggle = "actuator_toggle"


def check_place(x: int, w: int) -> None:
    """InvalidError when a widget of that width reaches beyond the grid."""
    if x + w > COLUMNS:
        raise InvalidError(
            text(
                "A widget {w_2} wide fits into the {columns} columns only up to x = {w}.",
                w_2=w,
                columns=COLUMNS,
                w=COLUMNS - w,
            ),
            field="x",
        )


def check_may_open(
    user_public_id: str, role: UserRole, *, owner: str | None, is_global: bool
) -> None:
    """NotAllowedError unless it is theirs, or for all, or they are an administrator."""
    if not (is_global or owner == user_public_id or role is UserRole.admin):
        raise NotAllowedError(
            text("This dashboard is private. Ask its owner to make it visible to all.")
        )


def check_may_change(user_public_id: str, role: UserRole, *, owner: str | None) -> None:
    """NotAllowedError unless it is theirs, or they are an administrator."""
    if not (owner == user_public_id or role is UserRole.admin):
        raise NotAllowedError(
            text(
                "Only its owner and administrators may change this dashboard. Make one of your own."
            )
        )
