"""The outputs in the acquisition thread: decided and written in the cycle that read the inputs."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from webmacs_edge.control.drive import Drive
from webmacs_edge.control.inputs import Inputs
from webmacs_edge.control.interlocks import Guard, Guards, Interlock
from webmacs_edge.control.lamps import Lamps
from webmacs_edge.control.locks import STOPPING, Locks
from webmacs_edge.control.orders import Binding, Block, Order, Outcome, Request, View
from webmacs_edge.control.places import Changes, merged
from webmacs_edge.control.showing import Board, Showing
from webmacs_edge.control.tidings import Tidings
from webmacs_edge.hardware.driver import Image, Layout
from webmacs_edge.model.errors import DriverError
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.text import text

MAX_WAITING = 1000


@dataclass(frozen=True, slots=True)
class ControlPlan:
    """The claimed outputs and the interlocks of one layout; immutable."""

    layout: Layout
    bindings: tuple[Binding, ...] = ()
    interlocks: tuple[Interlock, ...] = ()


class Outputs:
    """Owned by the acquisition thread, except what says otherwise.

    In each cycle the scanner calls `decide`, writes what it says, and calls `wrote`.
    """

    def __init__(self, tidings: Tidings, locks: Locks) -> None:
        self.inputs = Inputs()
        self._tidings = tidings
        self._locks = locks
        self._waiting: deque[Request] = deque()
        self._wanted: ControlPlan | None = None
        self._plan: ControlPlan | None = None
        self._layout: Layout | None = None
        self._drives: dict[str, Drive] = {}
        self._leaving: list[Drive] = []  # no longer claimed, on their way to safe
        self._guards = Guards()
        self._calls: deque[Callable[[Guards], None]] = deque()
        self._block_all: Block | None = None
        self._accepted: list[tuple[Request, Drive]] = []
        self._blocks: dict[Drive, Sequence[Block]] = {}  # known since something last changed them
        self._written: dict[Drive, int] = {}
        self._showing = Showing(draw=self._draw, view=self._view, tell=tidings.tell_state)
        self.lamps = Lamps(enabled=False)
        self._mono_ns = 0

    @property
    def board(self) -> Board:
        """How outputs and interlocks stand, as of the last cycle."""
        return self._showing.board

    def use(self, plan: ControlPlan) -> None:
        """Work by this plan from the next cycle on; called from the event loop."""
        self._wanted = plan

    def ask(self, request: Request) -> bool:
        """Take an order in; False when too many wait. Called from the event loop."""
        if len(self._waiting) >= MAX_WAITING:
            return False
        self._waiting.append(request)
        return True

    def call(self, work: Callable[[Guards], None]) -> None:
        """Do something to the interlocks between two cycles; called from the event loop."""
        self._calls.append(work)

    def opened(self, layout: Layout) -> None:
        """A device was opened: with another layout nothing that we know of places is true."""
        if layout != self._layout:
            for drive in self._drives.values():
                drive.let_go("")
            self._drives, self._leaving, self._plan = {}, [], None
        self._layout = layout
        self.lamps.opened(layout)

    def decide(self, image: Image, scan: Scan | None, *, notice: str) -> Changes:
        """What to write now, with all that this image and the orders say."""
        mono_ns = self._mono_ns = image.mono_ns
        self._take_plan()
        self.inputs.take(scan, mono_ns=mono_ns)
        for drive in (*self._drives.values(), *self._leaving):
            drive.observe(image.data, mono_ns=mono_ns)
        self._judge(mono_ns)
        self._make_calls()
        self._lock(self._locks.block(notice, mono_ns=mono_ns))
        self._take_orders(mono_ns=mono_ns)
        changes, is_well = self._step(mono_ns=mono_ns), self._block_all is None
        return merged(changes, self.lamps.changes(image.data, is_well=is_well, mono_ns=mono_ns))

    def wrote(self, error: DriverError | None) -> None:
        """What `decide` said is in the image, or could not be written."""
        touched = {*self._written, *(drive for _, drive in self._accepted)}
        for drive, count in self._written.items():
            if error is None:
                drive.wrote(count)
            else:
                drive.failed(str(error))
        if error is None:
            self._leaving = []
        # Before the answers: who asked may look at once.
        self._showing.show(self._drives.values(), touched, mono_ns=self._mono_ns)
        for request, drive in self._accepted:
            if error is None:
                self._tidings.answer(request, _outcome(drive))
            else:
                self._tidings.refuse(request, str(error))
        self._written, self._accepted = {}, []

    def lost(self, reason: str) -> None:
        """The device cannot be read: nothing can be commanded, and nothing moves meanwhile."""
        self.inputs.lose()
        self._calls.clear()
        self._judge(time.monotonic_ns())
        for drive in self._drives.values():
            drive.blink()
            block = self._strongest(drive)
            if block is not None and block.forces and drive.is_ours:
                drive.force(block.words)  # an unknown input has tripped it: safe once we can write
        while self._waiting:
            words = text("The device is not being read: {reason}", reason=reason)
            self._tidings.refuse(self._waiting.popleft(), words)

    def rest(self) -> Changes:
        """The device is disabled: what we drive goes to safe, and stays there afterwards."""
        changes: Changes = {}
        for drive in self._drives.values():
            if drive.is_ours:
                drive.force(text("The device was disabled."))
                changes = merged(changes, drive.place.changes(drive.safe_count))
        return changes

    def leave(self) -> Changes:
        """What to write on the way out: safe for all that we drive; must not fail."""
        changes: Changes = {}
        for drive in (*self._drives.values(), *self._leaving):
            holds = drive.binding.claim.is_held_over_update
            if drive.is_ours and not (holds and self._locks.is_updating):
                changes = merged(changes, drive.place.changes(drive.safe_count))
        while self._waiting:
            self._tidings.refuse(self._waiting.popleft(), STOPPING)
        return merged(changes, self.lamps.leave())

    def _take_plan(self) -> None:
        plan = self._wanted
        if plan is self._plan or plan is None or self._layout is None:
            return
        if plan.layout is not self._layout and plan.layout != self._layout:
            return  # made for a device that was opened before: its places are not true any more
        self._plan = plan
        self._forget_blocks()
        self._guards.use(plan.interlocks)
        self.inputs.use(plan.interlocks)
        old, self._drives = self._drives, {}
        for binding in plan.bindings:
            if binding.place is None or binding.problem:
                continue
            drive = old.get(binding.public_id)
            if drive is not None and drive.fits(binding.place):
                del old[binding.public_id]
                drive.rebind(binding, binding.place)
            else:
                drive = Drive(binding, binding.place)
            self._drives[binding.public_id] = drive
        for drive in old.values():
            if drive.is_ours:
                drive.force(text("It is no longer claimed, or its place was changed."))
                self._leaving.append(drive)

    def _judge(self, mono_ns: int) -> None:
        for guard in self._guards.judge(self.inputs.look, mono_ns=mono_ns):
            self._forget_blocks()
            self._tidings.tell_interlock(guard, self._names(guard))

    def _lock(self, block: Block | None) -> None:
        if block != self._block_all:
            self._forget_blocks()
        self._block_all = block

    def _forget_blocks(self) -> None:
        """What stands in the way of outputs has changed: pages see it at once."""
        self._blocks, self._showing.has_news = {}, True

    def _names(self, guard: Guard) -> Sequence[str]:
        return [
            drive.binding.name
            for drive in self._drives.values()
            if drive.binding.key in guard.interlock.outputs
        ]

    def _make_calls(self) -> None:
        while self._calls:
            self._calls.popleft()(self._guards)
            self._forget_blocks()

    def _take_orders(self, *, mono_ns: int) -> None:
        for _ in range(len(self._waiting)):
            request = self._waiting.popleft()
            drive = self._drives.get(request.order.public_id)
            if drive is None:
                self._tidings.refuse(
                    request, text("This output cannot be commanded now. Try again.")
                )
                continue
            refusal = _late(request.order, mono_ns) or drive.refusal_of(
                request.order, self._strongest(drive), mono_ns=mono_ns
            )
            drive.refusal = refusal
            if refusal:
                self._tidings.refuse(request, refusal)
                continue
            self._tidings.tell_order(request.order)
            drive.accept(request.order, mono_ns=mono_ns)
            self._accepted.append((request, drive))

    def _step(self, *, mono_ns: int) -> Changes:
        changes: Changes = {}
        for drive in (*self._leaving, *self._drives.values()):
            count = drive.step(self._strongest(drive), mono_ns=mono_ns)
            if count is not None:
                self._written[drive] = count
                changes = merged(changes, drive.place.changes(count))
        return changes

    def _blocks_of(self, drive: Drive) -> Sequence[Block]:
        """All that stands in the way of this output, the strongest first."""
        known = self._blocks.get(drive)
        if known is None:
            known = self._blocks[drive] = self._find_blocks(drive)
        return known

    def _find_blocks(self, drive: Drive) -> Sequence[Block]:
        blocks = self._guards.blocks(drive.binding.key)
        block = self._block_all
        if block is not None:
            holds = drive.binding.claim.is_held_over_update
            spared = block.spares_holding and holds
            blocks.insert(0, replace(block, forces=False) if spared else block)
        return sorted(blocks, key=lambda it: (not it.forces, not it.untouched_too))

    def _strongest(self, drive: Drive) -> Block | None:
        return next(iter(self._blocks_of(drive)), None)

    def _draw(self) -> Board:
        return Board(
            outputs={key: self._view(drive) for key, drive in self._drives.items()},
            interlocks=self._guards.views(self.inputs.look),
            locks=(self._block_all.words,) if self._block_all is not None else (),
        )

    def _view(self, drive: Drive) -> View:
        return drive.view(tuple(block.words for block in self._blocks_of(drive)))


def _late(order: Order, mono_ns: int) -> str:
    return text("The command came too late to be carried out.") if mono_ns > order.until_ns else ""


def _outcome(drive: Drive) -> Outcome:
    view = drive.view(())
    return Outcome(
        event_public_id=drive.binding.public_id,
        state=view.state,
        set_point=view.set_point,
        image=view.image,
        reason=view.reason,
    )
