"""Action `webhook`: tell webhooks, with the payload of WebMACS 2.x. Details: `event_type`."""

from webmacs_edge.model.rule_definitions import Action
from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.rules.actions.desk import Desk
from webmacs_edge.rules.actions.words import tell
from webmacs_edge.rules.engine import Happening


async def act(desk: Desk, happening: Happening, action: Action) -> None:
    """Put it into the outbox: sensor, value, rule, operator, threshold."""
    condition = happening.rule.conditions[0]
    channel = desk.channel(happening.key)
    details = {
        "sensor": channel.public_id if channel else None,
        "value": happening.value,
        "rule": happening.rule.name,
        "operator": condition.operator.value,
        "threshold": condition.threshold,
    }
    event_type = action.detail("event_type") or WebhookEventType.threshold_exceeded
    await desk.deliver(WebhookEventType(str(event_type)), details, tell(desk, happening))
