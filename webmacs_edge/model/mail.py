"""E-mails: the server that takes them, what waits to be sent, and how an attempt ends."""

from dataclasses import dataclass, field
from enum import StrEnum

from webmacs_edge.model.webhooks import DeliveryStatus, RetryPlan

PLAN = RetryPlan(attempts=12, first_pause_s=10.0)
MAX_SUBJECT = 200
SERVER_PURPOSE = "mail server"  # of the sealed password


class MailSecurity(StrEnum):
    """How the connection to the server is kept from others."""

    starttls = "starttls"
    tls = "tls"
    none = "none"


USUAL_PORTS = {MailSecurity.starttls: 587, MailSecurity.tls: 465, MailSecurity.none: 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Who takes our e-mails. `password` is in the clear here and nowhere else."""

    host: str
    sender: str
    port: int = 587
    security: MailSecurity = MailSecurity.starttls
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail on its way; `to` holds addresses with commas in between."""

    id: int
    public_id: str
    to: str
    subject: str
    body: str
    created_on_ms: int
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Posted:
    """How an attempt ended; `error` is "" when the server took it."""

    letter: Letter
    status: DeliveryStatus
    error: str
    at_ms: int
    next_attempt_on_ms: int | None = None
