"""What passes between those who ask and the acquisition thread: orders, outcomes, happenings."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from webmacs_edge.control.places import Place
from webmacs_edge.model.actors import Actor
from webmacs_edge.model.audit import AuditAction
from webmacs_edge.model.outputs import Activity, Claim, OutputState, ValveCycle
from webmacs_edge.model.words import LoggingType


@dataclass(frozen=True, slots=True)
class Binding:
    """A claimed output as the thread needs it; `problem` says why it cannot be commanded."""

    key: int  # of the channel
    public_id: str
    name: str
    unit: str
    is_digital: bool
    claim: Claim
    place: Place | None
    problem: str = ""
    moved_to: str = ""  # its place now, where that is not the one that somebody confirmed


@dataclass(frozen=True, slots=True)
class Order:
    """A command to one output, by somebody, for a reason."""

    public_id: str
    value: float
    actor: Actor
    at_ms: int
    until_ns: int  # monotonic: later it must not be carried out any more
    why: str = ""
    over_s: float = 0.0
    pulse_s: float | None = None
    cycle: ValveCycle | None = None
    name: str = ""  # of the output, for people


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command that was accepted; `image` is what the device shows now."""

    event_public_id: str
    state: OutputState
    set_point: float | None
    image: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """An order on its way into the thread, and where its outcome is awaited."""

    order: Order
    answer: "asyncio.Future[Outcome]"


@dataclass(frozen=True, slots=True)
class Block:
    """What keeps an output from being commanded, or forces it to its safe value."""

    words: str
    forces: bool
    untouched_too: bool = False  # also an output that nobody has commanded through us
    spares_holding: bool = False  # an output that holds during updates only stays where it is


@dataclass(frozen=True, slots=True)
class View:
    """One output as pages and programs see it: set point, image and state are three things."""

    binding: Binding
    state: OutputState
    set_point: float | None
    image: float | None
    reason: str
    blocked_by: tuple[str, ...]
    order: Order | None
    refusal: str  # of the last command, "" when it was accepted
    activity: Activity = Activity.none
    repeat: int = 0  # of a valve cycle, from 1 on
    left_s: float | None = None  # until it goes safe by itself; None: it stays

    @property
    def is_cycling(self) -> bool:
        """Whether a valve cycle runs."""
        return self.activity is Activity.cycle


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that the operator's log or the audit trail must tell."""

    at_ms: int
    text: str
    logging_type: LoggingType = LoggingType.info
    actor: Actor | None = None  # told in the audit trail as well
    action: AuditAction = AuditAction.command
    public_id: str = ""
    object_name: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)
    is_refused: bool = False
    interlock: str = ""  # public id of the interlock that tripped, cleared or was reset …
    move: str = ""  # … which of these …
    cause: str = ""  # … what it saw …
    latches: bool = False  # … and whether it stays tripped until it is reset
