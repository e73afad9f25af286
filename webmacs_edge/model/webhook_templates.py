"""The shapes in which chat programs want to be told: Slack, Microsoft Teams, ntfy, plain JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from webmacs_edge.model.webhooks import WebhookEventType, encode

JSON_TYPE = "application/json"
TEXT_TYPE = "text/plain; charset=utf-8"

_TITLES = {
    WebhookEventType.threshold_exceeded: "Limit exceeded",
    WebhookEventType.reading: "Reading",
    WebhookEventType.experiment_started: "Experiment started",
    WebhookEventType.experiment_stopped: "Experiment stopped",
    WebhookEventType.health_changed: "State of the appliance changed",
    WebhookEventType.alarm_raised: "Alarm",
    WebhookEventType.alarm_acknowledged: "Alarm acknowledged",
    WebhookEventType.alarm_cleared: "Alarm cleared",
    WebhookEventType.output_commanded: "Output switched",
    WebhookEventType.update_available: "Update available",
    WebhookEventType.device_lost: "Device lost",
}
_URGENT = {
    WebhookEventType.threshold_exceeded,
    WebhookEventType.alarm_raised,
    WebhookEventType.device_lost,
}
_NTFY_URGENT, _NTFY_NORMAL = "4", "3"  # of 1 to 5
_LEFT_OUT = ("type", "time")
_SLACK_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class WebhookTemplate(StrEnum):
    """How the body looks. `plain` is what WebMACS 2.x sent."""

    plain = "plain"
    slack = "slack"
    teams = "teams"
    ntfy = "ntfy"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is sent: the same for every attempt at one delivery."""

    body: str
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


def render_body(
    template: WebhookTemplate, payload: Mapping[str, object], *, text: str = ""
) -> Rendered:
    """The body of a delivery. `text`: a sentence for people; made from the payload if missing."""
    return _TEMPLATES[template](payload, text or sentence(payload))


def title(payload: Mapping[str, object]) -> str:
    """What happened, in a few words."""
    kind = str(payload.get("type", ""))
    return _TITLES[WebhookEventType(kind)] if kind in set(WebhookEventType) else kind


def sentence(payload: Mapping[str, object]) -> str:
    """The details one after the other, as `name: value`."""
    parts = [
        f"{name}: {value}"
        for name, value in payload.items()
        if name not in _LEFT_OUT and value is not None
    ]
    return ", ".join(parts)


def _plain(payload: Mapping[str, object], _text: str) -> Rendered:
    return Rendered(encode(payload))


def _slack(payload: Mapping[str, object], text: str) -> Rendered:
    """Slack's incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks."""
    escaped = text.translate(_SLACK_ESCAPES)
    heading = title(payload).translate(_SLACK_ESCAPES)
    return Rendered(encode({"text": f"*{heading}*\n{escaped}\n{payload.get('time', '')}"}))


def _teams(payload: Mapping[str, object], text: str) -> Rendered:
    """An adaptive card, as the "webhook" trigger of Teams workflows takes it."""
    blocks = [
        {"type": "TextBlock", "text": title(payload), "weight": "Bolder", "size": "Medium"},
        {"type": "TextBlock", "text": text, "wrap": True},
        {"type": "TextBlock", "text": str(payload.get("time", "")), "isSubtle": True},
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return Rendered(json.dumps({"type": "message", "attachments": [attachment]}))


def _ntfy(payload: Mapping[str, object], text: str) -> Rendered:
    """Text to the topic's address, the rest in headers: https://docs.ntfy.sh/publish."""
    urgent = payload.get("type") in _URGENT
    headers = {"Title": title(payload), "Priority": _NTFY_URGENT if urgent else _NTFY_NORMAL}
    return Rendered(text, TEXT_TYPE, headers)


_TEMPLATES: dict[WebhookTemplate, Callable[[Mapping[str, object], str], Rendered]] = {
    WebhookTemplate.plain: _plain,
    WebhookTemplate.slack: _slack,
    WebhookTemplate.teams: _teams,
    WebhookTemplate.ntfy: _ntfy,
}
