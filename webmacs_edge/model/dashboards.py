"""Dashboards: kinds of widgets, and who may open or change one; pure rules."""

from enum import StrEnum

from webmacs_edge.model.errors import InvalidError, NotAllowedError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import UserRole

COLUMNS = 12
MAX_ROW = 10_000


class WidgetType(StrEnum):
    """The kinds of widgets: the first four are those of WebMACS 2.x."""

    line_chart = "line_chart"
    gauge = "gauge"
    stat_card = "stat_card"
    actuator_toggle = "actuator_toggle"
    set_point = "set_point"
    status_lamp = "status_lamp"
    bar = "bar"
    table = "table"
    text = "text"
    alarm_list = "alarm_list"
    experiment_control = "experiment_control"
    state_timeline = "state_timeline"
    picture = "picture"


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


def may_open(user_public_id: str, role: UserRole, *, owner: str | None, is_global: bool) -> bool:
    """Whether it is theirs, or for all, or they are an administrator."""
    return is_global or owner == user_public_id or role is UserRole.admin


def may_change(user_public_id: str, role: UserRole, *, owner: str | None) -> bool:
    """Whether they operate, and it is theirs, or they are an administrator."""
    if role is UserRole.admin:
        return True
    return owner == user_public_id and role.rank >= UserRole.operator.rank


def check_may_open(
    user_public_id: str, role: UserRole, *, owner: str | None, is_global: bool
) -> None:
    """NotAllowedError unless it is theirs, or for all, or they are an administrator."""
    if not may_open(user_public_id, role, owner=owner, is_global=is_global):
        raise NotAllowedError(
            text("This dashboard is private. Ask its owner to make it visible to all.")
        )


def check_may_change(user_public_id: str, role: UserRole, *, owner: str | None) -> None:
    """NotAllowedError unless it is theirs, or they are an administrator."""
    if not may_change(user_public_id, role, owner=owner):
        raise NotAllowedError(
            text(
                "Only its owner and administrators may change this dashboard. Make one of your own."
            )
        )
