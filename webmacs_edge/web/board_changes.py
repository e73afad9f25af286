"""Changes of widgets and how they are undone: what a dashboard was before, for a while in RAM."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.dashboard_widgets import Row, replace_widgets, rows_of
from webmacs_edge.store.dashboards import get_dashboard, get_own_dashboard
from webmacs_edge.web.boards import BOARDS
from webmacs_edge.web.keys import USER
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

MOST_STEPS = 20  # of one person on one dashboard
_MOST_STACKS = 50
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """What can be undone: the widgets before, as long as the dashboard is as it was after."""

    before: Sequence[Row]
    after_ms: int


class Undo:
    """What each person changed last on each dashboard."""

    def __init__(self) -> None:
        self._stacks: dict[tuple[str, str], list[Step]] = {}

    def note(self, key: tuple[str, str], step: Step) -> None:
        """One more step; the oldest are forgotten."""
        stack = self._stacks.pop(key, [])
        while len(self._stacks) >= _MOST_STACKS:
            del self._stacks[next(iter(self._stacks))]
        self._stacks[key] = [*stack, step][-MOST_STEPS:]

    def steps(self, key: tuple[str, str], now_after_ms: int) -> int:
        """How many can be undone; none once somebody else has changed the dashboard."""
        stack = self._stacks.get(key, [])
        if stack and stack[-1].after_ms != now_after_ms:
            del self._stacks[key]
            return 0
        return len(stack)

    def last(self, key: tuple[str, str]) -> Step | None:
        """What would be undone next."""
        stack = self._stacks.get(key)
        return stack[-1] if stack else None

    def undone(self, key: tuple[str, str], now_after_ms: int) -> None:
        """The last step is gone; the one before it led to what is there now."""
        stack = self._stacks.get(key, [])[:-1]
        if stack:
            stack[-1] = Step(stack[-1].before, now_after_ms)
        self._stacks[key] = stack


def undo_key(request: web.Request) -> tuple[str, str]:
    """Whose changes of which dashboard."""
    return request.match_info["public_id"], request[USER].public_id


async def change_board(
    request: web.Request, work: "Callable[[AsyncSession], Awaitable[T]]", *, seen_ms: int | None
) -> T:
    """Change widgets in one transaction, so that it can be undone; returns what `work` does.

    ConflictError when the dashboard is not as it was `seen_ms` ago any more.
    """
    public_id, user = request.match_info["public_id"], request[USER]

    async def recorded(session: "AsyncSession") -> tuple[T, Step]:
        before = rows_of(await get_own_dashboard(session, public_id, user, seen_ms=seen_ms))
        result = await work(session)
        after = await get_dashboard(session, public_id)
        return result, Step(before, after.updated_on_ms)

    result, step = await write(request, recorded)
    request.app[UNDO].note(undo_key(request), step)
    request.app[BOARDS].forget(public_id)
    return result


async def undo_last(request: web.Request, *, seen_ms: int) -> None:
    """Take back what who asks changed last; ConflictError when there is nothing to take back."""
    public_id, user, undo, key = (
        request.match_info["public_id"],
        request[USER],
        request.app[UNDO],
        undo_key(request),
    )
    step = undo.last(key)
    if step is None or step.after_ms != seen_ms:
        raise ConflictError(text("There is nothing of yours to undo here any more."))
    changed = await write(
        request,
        lambda session: replace_widgets(
            session, public_id, user, rows=step.before, at_ms=now_ms(), seen_ms=seen_ms
        ),
    )
    undo.undone(key, changed.updated_on_ms)
    request.app[BOARDS].forget(public_id)


UNDO = web.AppKey("undo", Undo)
