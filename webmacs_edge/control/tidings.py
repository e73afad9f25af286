"""From the acquisition thread to the event loop: answers to orders, and what has happened."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from webmacs_edge.control.drive import Drive
from webmacs_edge.control.interlocks import Guard
from webmacs_edge.control.orders import Happening, Order, Outcome, Request
from webmacs_edge.model.conditions import InterlockAction
from webmacs_edge.model.errors import CommandRefusedError
from webmacs_edge.model.outputs import OutputState
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import LoggingType

T = TypeVar("T")

MAX_UNTOLD = 1000


class Tidings:
    """Bounded: what nobody takes is counted and dropped, the thread never waits."""

    def __init__(self) -> None:
        self.dropped = 0
        self._happenings: deque[Happening] = deque()

    def take_all(self) -> list[Happening]:
        """What has happened since the last call; called from the event loop."""
        taken = []
        while self._happenings:
            taken.append(self._happenings.popleft())
        return taken

    def add(self, happening: Happening) -> None:
        """Tell something."""
        if len(self._happenings) >= MAX_UNTOLD:
            self.dropped += 1
        else:
            self._happenings.append(happening)

    def answer(self, request: Request, outcome: Outcome) -> None:
        """The order was accepted, and what it asks for is in the image or on its way."""
        settle(request.answer, lambda future: future.set_result(outcome))

    def refuse(self, request: Request, words: str) -> None:
        """The order was not carried out; whoever asks is told, and the audit trail."""
        self.tell_order(request.order, refusal=words)
        settle(request.answer, lambda it: it.set_exception(CommandRefusedError(words)))

    def tell_order(self, order: Order, *, refusal: str = "") -> None:
        """Somebody commanded an output, or tried to."""
        value = order.value if math.isfinite(order.value) else None
        said = {"value": value, "why": order.why, "over_s": order.over_s or None}
        said |= {"pulse_s": order.pulse_s, "refused": refusal or None}
        if order.cycle is not None:
            said["cycle"] = str(order.cycle)
        self.add(
            Happening(
                at_ms=order.at_ms,
                text="",
                actor=order.actor,
                public_id=order.public_id,
                object_name=order.name,
                said={name: value for name, value in said.items() if value not in (None, "")},
                is_refused=bool(refusal),
            )
        )

    def tell_state(self, drive: Drive) -> None:
        """An output was forced or taken over; other changes are what somebody asked for."""
        name = drive.binding.name
        if drive.state is OutputState.forced:
            words = text(
                "“{name}” was forced to its safe value. {reason}", name=name, reason=drive.reason
            )
            self.add(Happening(now_ms(), words, LoggingType.error))
        elif drive.state is OutputState.overridden:
            words = text("“{name}”: {reason}", name=name, reason=drive.reason)
            self.add(Happening(now_ms(), words, LoggingType.error))

    def tell_interlock(self, guard: Guard, names: Sequence[str]) -> None:
        """An interlock tripped or cleared."""
        lock = guard.interlock
        if not guard.cause:
            words = text(
                "Interlock “{name}” has cleared; its outputs may be commanded again.",
                name=lock.name,
            )
            cleared = Happening(now_ms(), words, object_name=lock.name)
            self.add(replace(cleared, interlock=lock.public_id, move="cleared"))
            return
        forces = lock.action is InterlockAction.force_safe
        words = text(
            "Interlock “{name}” tripped: {cause}. {outputs}: {does}.",
            name=lock.name,
            cause=guard.cause,
            outputs=", ".join(names) or text("no output"),
            does=text("forced safe") if forces else text("held"),
        )
        tripped = Happening(now_ms(), words, LoggingType.error, object_name=lock.name)
        self.add(
            replace(
                tripped,
                interlock=lock.public_id,
                move="tripped",
                cause=guard.cause,
                latches=lock.is_latching,
            )
        )


def settle(future: "asyncio.Future[T]", act: "Callable[[asyncio.Future[T]], None]") -> None:
    """Set the future in its own loop, unless nobody waits for it any more."""

    def in_loop() -> None:
        if not future.done():
            act(future)

    loop = future.get_loop()
    if loop.is_closed():
        return
    try:
        loop.call_soon_threadsafe(in_loop)
    except RuntimeError:  # the loop closed in between: nobody is left to tell
        return
