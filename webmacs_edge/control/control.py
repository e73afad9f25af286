"""The one door to the outputs: commands in, answers out, checked before they reach the thread."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from webmacs_edge.control.asking import (
    ANSWER_LIMIT_S,
    check_asker,
    check_digital,
    make_order,
    no_output,
    open_value,
    shortened,
)
from webmacs_edge.control.binding import bind, check_claimable, is_claimable
from webmacs_edge.control.interlocks import Guards, Interlock, InterlockView
from webmacs_edge.control.locks import Locks
from webmacs_edge.control.orders import Binding, Happening, Order, Outcome, Request, View
from webmacs_edge.control.outputs import ControlPlan, Outputs
from webmacs_edge.control.showing import Board
from webmacs_edge.control.stored import ControlStore
from webmacs_edge.control.tidings import Tidings, settle
from webmacs_edge.control.writers import WriterWatch
from webmacs_edge.hardware.driver import Layout
from webmacs_edge.model.actors import Actor
from webmacs_edge.model.errors import (
    BusyError,
    CommandRefusedError,
    NotFoundError,
    StoreError,
    ToldRefusalError,
)
from webmacs_edge.model.outputs import (
    Claim,
    ValveCycle,
    check_claim,
    check_cycle,
    check_duration,
    check_value,
    slope_of,
)
from webmacs_edge.model.text import Text, text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.service import every

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

_GRACE_S = 1.0
_BEAT_S = 0.25


class Control:
    """Commands outputs; nothing here waits for anything but the acquisition thread."""

    name = "control"

    def __init__(self, store: ControlStore, *, loop_limit_s: float) -> None:
        self.tidings = Tidings()
        self.locks = Locks(loop_limit_s=loop_limit_s)
        self.outputs = Outputs(self.tidings, self.locks)
        self.writers = WriterWatch()
        self._store = store
        self._claims: dict[str, Claim] = {}
        self._interlocks: tuple[Interlock, ...] = ()
        self._bindings: dict[str, Binding] = {}
        self._events: Sequence[Event] = ()
        self._layout: Layout | None = None
        self.revision = 0  # of claims and interlocks: another number, another set

    async def run(self) -> None:
        """Show the acquisition thread that the event loop lives."""
        await every(_BEAT_S, self._beat)

    async def _beat(self) -> None:
        self.locks.beat()

    async def reload(self) -> None:
        """Read claims and interlocks again, and work by them from now on."""
        self._claims = await self._store.read_claims()
        self._interlocks = tuple(await self._store.read_interlocks())
        if not self.locks.all_safe:
            self.locks.all_safe = await self._store.read_all_safe()
        self._replan()

    def use_channels(self, events: "Sequence[Event]", layout: Layout | None) -> None:
        """The channels or the device have changed."""
        self._events, self._layout = events, layout
        self._replan()

    @property
    def board(self) -> Board:
        """How outputs and interlocks stand, as of the last cycle."""
        return self.outputs.board

    @property
    def bindings(self) -> "Sequence[Binding]":
        """The claimed outputs, also those that cannot be commanded, in the order of pages."""
        return tuple(self._bindings.values())

    @property
    def unclaimed(self) -> "Sequence[Event]":
        """The channels at outputs of the device that nobody has claimed: they are only read."""
        layout = self._layout
        if layout is None:
            return ()
        return tuple(
            event
            for event in self._events
            if event.public_id not in self._claims and is_claimable(event, layout)
        )

    def is_claimed(self, event_public_id: str) -> bool:
        """Whether commands to this channel have a meaning."""
        return event_public_id in self._bindings

    def check_claim(self, event_public_id: str, claim: Claim) -> str:
        """Whether the channel can be an output like this; returns its place in the image."""
        check_claim(claim)
        for event in self._events:
            if event.public_id == event_public_id:
                if self._layout is None:
                    raise CommandRefusedError(text("The device has not been read yet. Try again."))
                return check_claimable(event, claim, self._layout)
        raise NotFoundError(
            text("There is no channel {event_public_id}.", event_public_id=event_public_id)
        )

    def view(self, event_public_id: str) -> View | None:
        """How an output stands; None before the device was read."""
        return self.board.outputs.get(event_public_id)

    async def command(
        self,
        event_public_id: str,
        value: float,
        *,
        actor: Actor,
        why: str = "",
        over_s: float = 0.0,
        pulse_s: float | None = None,
        confirmed: bool = False,
    ) -> Outcome:
        """Set an output; returns once the acquisition thread has written it into the image.

        InvalidError: not a value for it. NotAllowedError: the role is too low.
        CommandRefusedError: what stands in the way, in words. `confirmed`: whoever asks has been
        asked back, where the output wants that; rules and other programs say so themselves.
        """
        order = make_order(
            event_public_id, value, actor=actor, why=why, over_s=over_s, pulse_s=pulse_s,
            name=self._name_of(event_public_id),
        )  # fmt: skip
        binding = self._binding(order, confirmed=confirmed)
        claim = binding.claim
        check_value(claim, value, unit=binding.unit)
        check_digital(binding, value)
        slope_of(claim, 0.0, over_s=over_s)
        if pulse_s is not None:
            check_duration(claim, pulse_s, field="pulse_s", is_on=True)
        return await self._carry_out(order)

    async def run_valve_cycle(
        self,
        event_public_id: str,
        cycle: ValveCycle,
        *,
        actor: Actor,
        why: str = "",
        confirmed: bool = False,
    ) -> Outcome:
        """Open and close by the clock; any command ends it, and every end is at the safe value."""
        known = self._bindings.get(event_public_id)
        order = make_order(
            event_public_id, open_value(known) if known else 0.0, actor=actor, why=why,
            cycle=cycle, name=self._name_of(event_public_id),
        )  # fmt: skip
        check_cycle(self._binding(order, confirmed=confirmed).claim, cycle)
        return await self._carry_out(order)

    async def make_all_safe(self, *, actor: Actor, why: str = "") -> None:
        """Force every claimed output to its safe value until `release`; never refused.

        Returns when it is noted for the next start; the outputs do not wait for that.
        """
        self.locks.all_safe = held = _made_safe(actor.name, shortened(why))
        told = text("{held} They stay so until released.", held=held)
        self._tell(told, actor, "make all safe")
        try:
            await self._store.note_all_safe(self.locks.all_safe)
        except StoreError as error:
            raise StoreError(
                text(
                    "All outputs go to their safe values and stay there, but that could not be "
                    "stored: "
                    "after a restart they may be commanded again. {error}",
                    error=error,
                )
            ) from error

    async def release(self, *, actor: Actor) -> None:
        """End “all outputs safe”: outputs stay safe, but may be commanded again."""
        if not self.locks.all_safe:
            return
        await self._store.note_all_safe("")
        self.locks.all_safe = ""
        told = text("{actor} released the outputs.", actor=actor.name)
        self._tell(told, actor, "release")

    async def reset_interlock(self, public_id: str, *, actor: Actor) -> None:
        """Release a latched interlock; CommandRefusedError while its conditions still hold."""
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def work(guards: Guards) -> None:
            guard = guards.get(public_id)
            words = guard.reset() if guard is not None else text("It is not in use now.")
            settle(answer, lambda future: future.set_result(words))

        self.outputs.call(work)
        try:
            refusal = await asyncio.wait_for(answer, ANSWER_LIMIT_S)
        except TimeoutError as error:
            raise CommandRefusedError(
                text("The device is not being read; try again later.")
            ) from error
        if refusal:
            raise CommandRefusedError(refusal)
        name = next((it.name for it in self._interlocks if it.public_id == public_id), "")
        words = text("{actor} reset the interlock “{name}”.", actor=actor.name, name=name)
        self._tell(words, actor, name, public_id=public_id, move="reset")
        await self._store.forget_latch(public_id)

    def report_failure(self, stage: str, why: str) -> None:
        """A stage that commands outputs has failed: what was commanded goes to safe."""
        self.locks.report(stage, why or text("it gave no reason"))

    def report_recovery(self, stage: str) -> None:
        """The stage works again; outputs stay safe until somebody commands them."""
        self.locks.report(stage, "")

    def prepare_update(self, *, is_updating: bool) -> None:
        """The next stop is for an update: outputs that may hold, hold."""
        self.locks.is_updating = is_updating

    def stop(self) -> None:
        """We are being stopped: outputs go to safe in the next cycle, commands are refused."""
        self.locks.is_stopping = True

    def interlock_view(self, public_id: str) -> InterlockView | None:
        """How an interlock stands; None before the device was read."""
        return self.board.interlocks.get(public_id)

    def _replan(self) -> None:
        self.revision += 1
        claimed = [event for event in self._events if event.public_id in self._claims]
        self._bindings = {
            event.public_id: bind(event, self._claims[event.public_id], self._layout)
            for event in claimed
        }
        if self._layout is not None:
            bindings = tuple(self._bindings.values())
            self.outputs.use(ControlPlan(self._layout, bindings, self._interlocks))

    def _name_of(self, public_id: str) -> str:
        binding = self._bindings.get(public_id)
        named = (event.name for event in self._events if event.public_id == public_id)
        return binding.name if binding is not None else next(named, "")

    def _binding(self, order: Order, *, confirmed: bool) -> Binding:
        """The output that the order is for; the audit trail is told why it may not have it."""
        binding = self._bindings.get(order.public_id)
        try:
            if binding is None:
                raise no_output(order.public_id, self._events)
            check_asker(binding, order.actor, self.locks, confirmed=confirmed)
        except (CommandRefusedError, ToldRefusalError) as error:
            self.tidings.tell_order(order, refusal=str(error))
            raise
        return binding

    async def _carry_out(self, order: Order) -> Outcome:
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        if not self.outputs.ask(Request(order, answer)):
            words = text("Too many commands wait for the device. Try again in a moment.")
            self.tidings.tell_order(order, refusal=str(words))
            raise BusyError(words)
        try:
            return await asyncio.wait_for(answer, ANSWER_LIMIT_S + _GRACE_S)
        except TimeoutError as error:
            raise CommandRefusedError(
                text(
                    "The device is not being read, so the command was dropped. Look at the health "
                    "page."
                )
            ) from error

    def _tell(
        self, words: str, actor: Actor, what: str, *, public_id: str = "", move: str = ""
    ) -> None:
        interlock = public_id if move else ""
        self.tidings.add(
            Happening(
                now_ms(), words, LoggingType.warning, actor=actor, public_id=public_id,
                object_name=what, interlock=interlock, move=move,
            )
        )  # fmt: skip


def _made_safe(name: str, why: str) -> Text:
    if why:
        return text("All outputs were made safe by {actor}: {why}.", actor=name, why=why)
    return text("All outputs were made safe by {actor}.", actor=name)
