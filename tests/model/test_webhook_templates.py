"""What chat programs are told."""

import json

import pytest

from webmacs_edge.model.webhook_templates import WebhookTemplate, render_body
from webmacs_edge.model.webhooks import WebhookEventType, encode, payload

RAISED = payload(
    "alarm.raised",
    at_ms=1_795_000_000_000,
    details={"alarm": "Heater <too> hot & smoking", "value": 231.5, "note": None},
)


def test_plain_is_what_2x_sent():
    assert render_body(WebhookTemplate.plain, RAISED, text="unused").body == encode(RAISED)


def test_slack_gets_a_text_in_which_nothing_of_the_plant_is_markup():
    body = json.loads(render_body(WebhookTemplate.slack, RAISED).body)

    assert body == {
        "text": "*Alarm*\nalarm: Heater &lt;too&gt; hot &amp; smoking, value: 231.5\n"
        "2026-11-18T11:06:40+00:00"
    }


def test_teams_gets_an_adaptive_card_with_the_sentence():
    body = json.loads(render_body(WebhookTemplate.teams, RAISED, text="The heater is hot.").body)

    card = body["attachments"][0]["content"]
    assert [block["text"] for block in card["body"]] == [
        "Alarm", "The heater is hot.", "2026-11-18T11:06:40+00:00"
    ]  # fmt: skip


def test_ntfy_gets_text_with_title_and_priority_beside_it():
    rendered = render_body(WebhookTemplate.ntfy, RAISED, text="Der Ofen ist heiß.")

    assert rendered.body == "Der Ofen ist heiß."
    assert rendered.headers == {"Title": "Alarm", "Priority": "4"}
    assert rendered.content_type.startswith("text/plain")


@pytest.mark.parametrize("template", WebhookTemplate)
@pytest.mark.parametrize("kind", [*WebhookEventType, "something.new"])
def test_every_template_can_tell_of_everything(template, kind):
    rendered = render_body(template, payload(kind, at_ms=0, details={"a": 1.0}))

    assert rendered.body
    assert all(text.isascii() for text in rendered.headers.values())
