"""One attempt to deliver one payload."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from aiohttp import hdrs

from webmacs_edge.model.text import text
from webmacs_edge.model.webhook_templates import JSON_TYPE
from webmacs_edge.model.webhooks import signature
from webmacs_edge.webhooks.guard import TIMEOUT_S, ForbiddenAddressError, tls_context

MAX_ANSWER_BYTES = 4096  # of what a receiver answers no more is read
MAX_REASON = 480  # characters
_FIRST_FAILURE = 300


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent where. `content_type` and `body` are final; the body is sent as it stands."""

    url: str
    body: str
    delivery_id: str
    event_type: str
    secret: str | None = None
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)  # of the template, besides ours


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended. `retry_after_s`: what the receiver asked for, 0 when nothing."""

    delivered: bool
    response_code: int | None = None
    error: str | None = None
    retry_after_s: float = 0.0


async def send(session: aiohttp.ClientSession, parcel: Parcel) -> Attempt:
    """Post it once; every kind of trouble comes back as words, none is raised.

    Success is a status below 300. Redirects are not followed: they count as failures.
    """
    try:
        async with (
            asyncio.timeout(TIMEOUT_S),
            session.post(
                parcel.url,
                data=parcel.body.encode(),
                headers=_headers(parcel, timestamp=str(int(time.time()))),
                allow_redirects=False,
                ssl=tls_context() if parcel.url.lower().startswith("https:") else True,
            ) as response,
        ):
            return await _judge(response)
    except TimeoutError:
        return Attempt(delivered=False, error=text("Timeout"))
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Attempt(delivered=False, error=_words(error))


def _headers(parcel: Parcel, *, timestamp: str) -> dict[str, str]:
    headers = {
        **parcel.headers,
        hdrs.CONTENT_TYPE: parcel.content_type,
        "X-Webhook-Timestamp": timestamp,
        "X-Webhook-Event": parcel.event_type,
        "X-Webhook-Delivery": parcel.delivery_id,
    }
    if parcel.secret:
        headers["X-Webhook-Signature"] = signature(parcel.secret, timestamp, parcel.body)
    return headers


async def _judge(response: aiohttp.ClientResponse) -> Attempt:
    code = response.status
    retry_after_s = _retry_after_s(response.headers.get(hdrs.RETRY_AFTER, ""))
    await response.content.read(MAX_ANSWER_BYTES)
    if not response.content.at_eof():
        response.close()  # megabytes may follow: this connection is not used again
    if code < _FIRST_FAILURE:
        return Attempt(delivered=True, response_code=code)
    return Attempt(
        delivered=False, response_code=code, error=f"HTTP {code}", retry_after_s=retry_after_s
    )


def _retry_after_s(text: str) -> float:
    """Seconds, or a date (RFC 9110, 10.2.3); 0 for anything else."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _words(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ForbiddenAddressError):
            return text(
                "Not sent: {reason} Allow it in the settings if it is meant.",
                reason=cause.strerror,
            )
        cause = cause.__cause__ or cause.__context__
    reason = (str(error) or type(error).__name__)[:MAX_REASON]
    return text("Transport error: {reason}", reason=reason)
