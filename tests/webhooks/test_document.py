"""What `docs/webhooks.md` tells people who write receivers is true."""

import json
import re
import shutil
import subprocess
import time

import pytest

from webmacs_edge.config import RESOURCES
from webmacs_edge.model.webhook_samples import SAMPLES
from webmacs_edge.model.webhooks import WebhookEventType, signature

DOCUMENT = (RESOURCES / "docs" / "webhooks.md").read_text(encoding="utf-8")
BODY = '{"type": "alarm.raised", "name": "\\u00d6l"}'


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.S)
    assert found
    return found.group(1)


def test_the_check_in_python_takes_ours_and_nothing_else():
    names: dict[str, object] = {}
    exec(block("python"), names)  # noqa: S102 our own document
    is_ours = names["is_ours"]
    now = str(int(time.time()))
    signed = {"X-Webhook-Timestamp": now, "X-Webhook-Signature": signature("hush", now, BODY)}
    old = {"X-Webhook-Timestamp": "1", "X-Webhook-Signature": signature("hush", "1", BODY)}

    assert callable(is_ours)
    assert is_ours("hush", signed, BODY.encode())
    assert not is_ours("other", signed, BODY.encode())
    assert not is_ours("hush", signed, BODY.encode() + b" ")
    assert not is_ours("hush", old, BODY.encode())


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node here")
def test_the_check_in_node_takes_ours_and_nothing_else():
    now, node = str(int(time.time())), shutil.which("node") or ""
    headers = {"x-webhook-timestamp": now, "x-webhook-signature": signature("hush", now, BODY)}
    script = f"""{block("js")}
const headers = {json.dumps(headers)}, body = Buffer.from({json.dumps(BODY)});
const tries = [["hush", body], ["other", body], ["hush", Buffer.from("")]];
console.log(tries.map(([secret, came]) => isOurs(secret, headers, came)).join());
"""
    command = [node, "-e", script]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)  # noqa: S603 our own document

    assert ran.stdout.strip() == "true,false,false"


def test_every_type_has_an_example_and_stands_in_the_document():
    assert set(SAMPLES) == set(WebhookEventType)
    for event_type, (details, _) in SAMPLES.items():
        family = event_type.value.split(".")[0]
        assert f"`{event_type.value}`" in DOCUMENT or f"`{family}.*`" in DOCUMENT
        assert all(f"`{name}`" in DOCUMENT for name in details)
