"""What people read about webhooks: types, templates, states."""

from collections.abc import Mapping

from webmacs_edge.model.webhook_templates import WebhookTemplate
from webmacs_edge.model.webhooks import DeliveryStatus, WebhookEventType

TYPES: Mapping[WebhookEventType, tuple[str, str]] = {
    WebhookEventType.alarm_raised: ("An alarm is raised", "by a rule"),
    WebhookEventType.alarm_acknowledged: ("An alarm is acknowledged", ""),
    WebhookEventType.alarm_cleared: ("An alarm is over", ""),
    WebhookEventType.threshold_exceeded: ("A limit is exceeded", "by a rule with this action"),
    WebhookEventType.device_lost: ("A device is lost", "unplugged, or silent"),
    WebhookEventType.health_changed: ("The appliance gets worse or better", ""),
    WebhookEventType.experiment_started: ("An experiment is started", ""),
    WebhookEventType.experiment_stopped: ("An experiment is stopped", ""),
    WebhookEventType.output_commanded: ("An output is commanded", "by a person, program or rule"),
    WebhookEventType.update_available: ("An update is available", ""),
    WebhookEventType.reading: ("Every reading", "the newest of each channel, every 5 s: a lot"),
}
TEMPLATES: Mapping[str, str] = {
    WebhookTemplate.plain: "Plain JSON, as WebMACS 2.x sent it",
    WebhookTemplate.slack: "Slack",
    WebhookTemplate.teams: "Microsoft Teams",
    WebhookTemplate.ntfy: "ntfy",
}
STATES: Mapping[str, str] = {
    DeliveryStatus.pending: "Waiting",
    DeliveryStatus.failed: "Trying again",
    DeliveryStatus.delivered: "Delivered",
    DeliveryStatus.dead_letter: "Given up",
}


def type_words(event_type: str) -> str:
    """The words for a type; the type itself where there are none."""
    known = event_type in set(WebhookEventType)
    return TYPES[WebhookEventType(event_type)][0] if known else event_type
