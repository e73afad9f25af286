"""What everybody else sees of the outputs: a board put up by the acquisition thread."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from webmacs_edge.control.drive import Drive
from webmacs_edge.control.interlocks import InterlockView
from webmacs_edge.control.orders import View
from webmacs_edge.model.outputs import OutputState

_INTERVAL_NS = 200_000_000


@dataclass(frozen=True, slots=True)
class Board:
    """What everybody else may look at; replaced as a whole, never changed."""

    outputs: dict[str, View]  # by public id of the channel
    interlocks: dict[str, InterlockView]
    locks: tuple[str, ...]  # what keeps all outputs from being commanded, in words


class Showing:
    """Shows touched outputs at once, and everything at news and a few times a second.

    `draw` makes a whole board, `view` one output of it, `tell` is called when one changed state.
    """

    def __init__(
        self,
        *,
        draw: Callable[[], Board],
        view: Callable[[Drive], View],
        tell: Callable[[Drive], None],
    ) -> None:
        self.board = Board({}, {}, ())
        self.has_news = False
        self._draw, self._view, self._tell = draw, view, tell
        self._told: dict[Drive, OutputState] = {}
        self._next_ns = 0

    def show(self, drives: Collection[Drive], touched: Collection[Drive], *, mono_ns: int) -> None:
        """Put up a fresh board where there is something to show."""
        changed = [drive for drive in drives if self._told.get(drive) is not drive.state]
        for drive in changed:
            self._told[drive] = drive.state
            self._tell(drive)
        if self.has_news or mono_ns >= self._next_ns:
            self.has_news, self._next_ns = False, mono_ns + _INTERVAL_NS
            self._told = {drive: drive.state for drive in drives}
            self.board = self._draw()
            return
        fresh = {drive for drive in (*touched, *changed) if drive in self._told}
        if fresh:
            shown = {drive.binding.public_id: self._view(drive) for drive in fresh}
            self.board = replace(self.board, outputs=self.board.outputs | shown)
