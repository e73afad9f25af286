"""What control needs of the store."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from webmacs_edge.control.interlocks import Interlock
from webmacs_edge.model.outputs import Claim


@dataclass(frozen=True, slots=True)
class ControlStore:
    """The store's functions on outputs, handed over by `app.py`."""

    read_claims: Callable[[], Awaitable[dict[str, Claim]]]  # by public id of the channel
    read_interlocks: Callable[[], Awaitable[Sequence[Interlock]]]
    read_all_safe: Callable[[], Awaitable[str]]
    note_all_safe: Callable[[str], Awaitable[None]]  # "" when it is over
    forget_latch: Callable[[str], Awaitable[None]]
