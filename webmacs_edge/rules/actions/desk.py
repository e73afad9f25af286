"""What actions are given to act with; the composition root supplies both."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.model.words import LoggingType

Details = Mapping[str, str | float | bool | None]


class Desk(Protocol):
    """Writes in the transaction that also stores what the rule remembers."""

    at_ms: int  # UTC: when it happened

    async def note(self, words: str, logging_type: LoggingType) -> None:
        """Add a log entry."""

    async def deliver(self, event_type: WebhookEventType, details: Details, text: str) -> None:
        """Put deliveries into the outbox for every webhook that is told of this."""

    async def mail(self, to: str, *, subject: str, lines: Sequence[str]) -> str:
        """Put an e-mail to these addresses into the mailbox; why not, or ""."""

    async def annotate(self, text: str, *, rule: str, key: int | None) -> None:
        """Leave a note at this moment, on that channel and the experiment that runs."""

    async def start_experiment(self, name: str) -> str:
        """Start one under this name or the next free one like it; why not, or ""."""

    async def stop_experiment(self) -> str:
        """Stop the one that runs; why not, or ""."""

    def channel(self, key: int | None) -> "Channel | None":
        """What people call a channel."""


class Channel(Protocol):
    """A channel as sentences and payloads name it."""

    @property
    def public_id(self) -> str:
        """What programs call it."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def unit(self) -> str:
        """Of its values."""

    @property
    def decimals(self) -> int:
        """How many of its values mean something."""


class Hands(Protocol):
    """Acts at once, outside of any transaction; raises WebmacsError with the reason."""

    async def command(
        self, event_public_id: str, value: float, *, rule: str, over_s: float, pulse_s: float | None
    ) -> None:
        """Set an output."""

    def leads_to_safe(self, event_public_id: str, value: float) -> bool:
        """Whether this is the safe value of the output."""

    async def all_safe(self, *, rule: str) -> None:
        """Force every output to its safe value."""
