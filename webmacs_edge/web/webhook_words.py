"""What people read about webhooks: types, templates, states."""

from collections.abc import Mapping

from webmacs_edge.model.text import text
from webmacs_edge.model.webhook_templates import WebhookTemplate
from webmacs_edge.model.webhooks import DeliveryStatus, WebhookEventType

TYPES: Mapping[WebhookEventType, tuple[str, str]] = {
    WebhookEventType.alarm_raised: (text("An alarm is raised"), text("by a rule")),
    WebhookEventType.alarm_acknowledged: (text("An alarm is acknowledged"), ""),
    WebhookEventType.alarm_cleared: (text("An alarm is over"), ""),
    WebhookEventType.threshold_exceeded: (
        text("A limit is exceeded"),
        text("by a rule with this action"),
    ),
    WebhookEventType.device_lost: (text("A device is lost"), text("unplugged, or silent")),
    WebhookEventType.health_changed: (text("The appliance gets worse or better"), ""),
    WebhookEventType.experiment_started: (text("An experiment is started"), ""),
    WebhookEventType.experiment_stopped: (text("An experiment is stopped"), ""),
    WebhookEventType.output_commanded: (
        text("An output is commanded"),
        text("by a person, program or rule"),
    ),
    WebhookEventType.update_available: (text("An update is available"), ""),
    WebhookEventType.reading: (
        text("Every reading"),
        text("the newest of each channel, every 5 s: a lot"),
    ),
}
TEMPLATES: Mapping[str, str] = {
    WebhookTemplate.plain: text("Plain JSON, as WebMACS 2.x sent it"),
    WebhookTemplate.slack: text("Slack"),
    WebhookTemplate.teams: text("Microsoft Teams"),
    WebhookTemplate.ntfy: "ntfy",
}
STATES: Mapping[str, str] = {
    DeliveryStatus.pending: text("Waiting"),
    DeliveryStatus.failed: text("Trying again"),
    DeliveryStatus.delivered: text("Delivered"),
    DeliveryStatus.dead_letter: text("Given up"),
}


def type_words(event_type: str) -> str:
    """The words for a type; the type itself where there are none."""
    known = event_type in set(WebhookEventType)
    return TYPES[WebhookEventType(event_type)][0] if known else event_type
