"""Words, payloads, signatures and retries of webhooks; WebMACS 2.x receivers must understand them.

What stands here is fixed by what 2.x sent: key names and their order, `time` with `+00:00`,
JSON with spaces after commas and colons and non-ASCII escaped, the signed string
`<timestamp>.<body>`.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

MS_PER_S = 1000


class WebhookEventType(StrEnum):
    """What a webhook may be told; the first five are those of 2.x."""

    threshold_exceeded = "sensor.threshold_exceeded"
    reading = "sensor.reading"
    experiment_started = "experiment.started"
    experiment_stopped = "experiment.stopped"
    health_changed = "system.health_changed"
    alarm_raised = "alarm.raised"
    alarm_acknowledged = "alarm.acknowledged"
    alarm_cleared = "alarm.cleared"
    output_commanded = "output.commanded"
    update_available = "update.available"
    device_lost = "device.lost"


class DeliveryStatus(StrEnum):
    """Where a delivery is; `failed` waits for another attempt."""

    pending = "pending"
    delivered = "delivered"
    failed = "failed"
    dead_letter = "dead_letter"


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """How often and how patiently a delivery is tried. `attempts` counts the first one too."""

    attempts: int = 12
    first_pause_s: float = 2.0
    longest_pause_s: float = 6 * 3600.0


OLD_PLAN = RetryPlan(attempts=3)  # WebMACS 2.x; the default for readings, of which more follow


def payload(
    event_type: str, *, at_ms: int, details: Mapping[str, str | float | bool | None]
) -> dict[str, object]:
    """The body of a delivery: `type`, `time`, then the details in their order."""
    return {"type": event_type, "time": wire_time(at_ms), **details}


def wire_time(at_ms: int) -> str:
    """ISO 8601 in UTC with `+00:00`, as webhooks of 2.x say it; no fraction when it is zero."""
    return datetime.fromtimestamp(at_ms / MS_PER_S, UTC).isoformat()


def encode(body: Mapping[str, object]) -> str:
    """The exact text that is stored, signed and sent."""
    return json.dumps(body, allow_nan=False)


def signature(secret: str, timestamp: str, body: str) -> str:
    """Lower-case hex HMAC-SHA256 over `<timestamp>.<body>`, the key being the secret in UTF-8."""
    signed = f"{timestamp}.{body}".encode()
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def pause_s(plan: RetryPlan, attempts: int, *, jitter: float, asked_s: float = 0.0) -> float | None:
    """Seconds to wait after that many attempts; None: give up.

    2, 4, 8 … of the first pause, spread by `jitter` (0 to 1, adds up to a quarter) so that
    receivers are not met by everything at once; never less than the receiver asked for
    (`Retry-After`), as long as that is not longer than the longest pause.
    """
    if attempts >= plan.attempts:
        return None
    doubled = plan.first_pause_s * 2.0 ** min(attempts - 1, 40)
    spread = min(plan.longest_pause_s, doubled) * (1 + jitter / 4)
    return max(spread, min(asked_s, plan.longest_pause_s))
