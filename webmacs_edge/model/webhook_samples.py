"""What deliveries look like, by type: for the preview of templates and for tests of a receiver."""

from collections.abc import Mapping

from webmacs_edge.model.webhooks import WebhookEventType, payload

Details = Mapping[str, str | float | bool | None]

TEST_TYPE = (
    WebhookEventType.reading
)  # nothing acts on a single reading, and every receiver knows it
TEST_SENTENCE = "This is a test of a webhook, sent from its page or by a program."
_FIRED: Details = {
    "sensor": "6f9c2f0e",
    "value": 861.5,
    "rule": "Bed too hot",
    "operator": "gt",
    "threshold": 850.0,
}
_FIRED_TEXT = "Bed too hot: Bed temperature is 861.5 °C (above 850)."

SAMPLES: Mapping[WebhookEventType, tuple[Details, str]] = {
    WebhookEventType.threshold_exceeded: (_FIRED, _FIRED_TEXT),
    WebhookEventType.reading: ({"sensor": "6f9c2f0e", "value": 861.5}, ""),
    WebhookEventType.experiment_started: ({"experiment": "Sand 0.5 mm, run 7"}, ""),
    WebhookEventType.experiment_stopped: ({"experiment": "Sand 0.5 mm, run 7"}, ""),
    WebhookEventType.health_changed: (
        {"status": "degraded", "what": "The device is not being read."},
        "The appliance is degraded: the device is not being read.",
    ),
    WebhookEventType.alarm_raised: (_FIRED, _FIRED_TEXT),
    WebhookEventType.alarm_acknowledged: (_FIRED, "Bed too hot: acknowledged by Anna."),
    WebhookEventType.alarm_cleared: (_FIRED, "Bed too hot: back to normal."),
    WebhookEventType.output_commanded: (
        {"output": "31be77a0", "name": "Blower", "value": 1.0, "by": "Anna", "why": "start-up"},
        "“Blower” was set to 1 by Anna.",
    ),
    WebhookEventType.update_available: (
        {"version": "1.4.0", "current_version": "1.3.2"},
        "Version 1.4.0 is available; 1.3.2 is running.",
    ),
    WebhookEventType.device_lost: (
        {"device": "a21c9d55", "name": "Rig 2", "why": "No values have come for a while."},
        "“Rig 2” is lost: no values have come for a while.",
    ),
}


def test_details() -> Details:
    """What a test carries: a reading that cannot be mistaken for one of the plant."""
    return {"sensor": "test", "value": 0.0, "test": True}


def sample_payload(event_type: WebhookEventType, *, at_ms: int) -> tuple[dict[str, object], str]:
    """The payload of a delivery of this type, and its sentence."""
    details, text = SAMPLES[event_type]
    return payload(event_type, at_ms=at_ms, details=details), text
