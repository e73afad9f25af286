"""What a command has to fulfil before it reaches the acquisition thread, and how it goes there."""

import math
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from webmacs_edge.control.locks import STOPPING, Locks
from webmacs_edge.control.orders import Binding, Order
from webmacs_edge.model.actors import Actor
from webmacs_edge.model.errors import (
    CommandRefusedError,
    InvalidError,
    NotFoundError,
    ToldRefusalError,
)
from webmacs_edge.model.outputs import ValveCycle
from webmacs_edge.model.text import Text, text
from webmacs_edge.model.times import now_ms

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

ANSWER_LIMIT_S = 3.0  # a command that was not carried out by then is dropped, not done late
_MAX_WHY = 200  # characters
_SAME = 1e-6  # a digital value this near to 0 or 1 is meant


def check_asker(binding: Binding, actor: Actor, locks: Locks, *, confirmed: bool) -> None:
    """Whether this output may be commanded now by this person or program; raises why not."""
    if actor.role.rank < binding.claim.role.rank:
        raise ToldRefusalError(
            text(
                "“{binding_name}” may be commanded by {role}s only.",
                binding_name=binding.name,
                role=binding.claim.role,
            )
        )
    if binding.problem:
        raise CommandRefusedError(binding.problem)
    if locks.is_stopping:
        raise CommandRefusedError(STOPPING)
    if binding.claim.needs_confirmation and not confirmed:
        raise CommandRefusedError(
            text(
                "“{binding_name}” is only commanded after confirmation.",
                binding_name=binding.name,
            )
        )


def no_output(public_id: str, events: "Iterable[Event]") -> Exception:
    """Why there is no such output: nobody has claimed it, or there is no such channel."""
    for event in events:
        if event.public_id == public_id:
            return CommandRefusedError(
                text(
                    "“{event_name}” is not set up as an output. An administrator has to give "
                    "it "
                    "a safe value and an allowed range first.",
                    event_name=event.name,
                )
            )
    return NotFoundError(text("There is no channel {public_id}.", public_id=public_id))


def make_order(
    public_id: str,
    value: float,
    *,
    actor: Actor,
    why: str,
    over_s: float = 0.0,
    pulse_s: float | None = None,
    cycle: ValveCycle | None = None,
    name: str = "",
) -> Order:
    """The order as the thread takes it; it is dropped when it comes late."""
    return Order(
        public_id=public_id,
        value=value,
        actor=actor,
        at_ms=now_ms(),
        until_ns=time.monotonic_ns() + int(ANSWER_LIMIT_S * 1e9),
        why=shortened(why),
        over_s=over_s,
        pulse_s=pulse_s,
        cycle=cycle,
        name=name,
    )


def open_value(binding: Binding) -> float:
    """The end of the range that is not the safe one."""
    claim = binding.claim
    return claim.max_value if claim.safe_value != claim.max_value else claim.min_value


def check_digital(binding: Binding, value: float) -> None:
    """Whether a switched output is told 0 or 1."""
    place = binding.place
    if place is None or place.bit is None:
        return
    if not math.isclose(place.value(place.count(value)), value, abs_tol=_SAME):
        raise InvalidError(text("This output is switched: give 0 or 1."), field="value")


def shortened(why: str) -> str:
    """A reason as it is kept: our own as it is, that of others no longer than anybody reads."""
    return why if isinstance(why, Text) else why[:_MAX_WHY]
