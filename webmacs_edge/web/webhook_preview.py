"""What a receiver would get, for the form of a webhook."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from webmacs_edge.model.times import now_ms
from webmacs_edge.model.webhook_samples import sample_payload
from webmacs_edge.model.webhook_templates import JSON_TYPE, WebhookTemplate, render_body
from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.web.webhook_words import TEMPLATES, TYPES


@dataclass(frozen=True, slots=True)
class Preview:
    """A delivery that could be: `body` is indented here, but goes out on one line."""

    what: str
    template: str
    headers: Mapping[str, str]
    body: str


def example(template: str, chosen: Iterable[str]) -> Preview:
    """An example in this template, of the first type chosen; unknown words count as none."""
    known = [WebhookEventType(it) for it in chosen if it in set(WebhookEventType)]
    event_type = known[0] if known else WebhookEventType.alarm_raised
    is_known = template in set(WebhookTemplate)
    shape = WebhookTemplate(template) if is_known else WebhookTemplate.plain
    payload, text = sample_payload(event_type, at_ms=now_ms() // 1000 * 1000)
    rendered = render_body(shape, payload, text=text)
    body = rendered.body
    if rendered.content_type == JSON_TYPE:
        body = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    headers = {"Content-Type": rendered.content_type, "X-Webhook-Event": event_type.value}
    return Preview(TYPES[event_type][0], TEMPLATES[shape], {**headers, **rendered.headers}, body)
