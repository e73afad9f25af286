"""Payloads, signatures and pauses of webhooks."""

import pytest

from webmacs_edge.model.webhooks import OLD_PLAN, RetryPlan, encode, pause_s, payload, signature


def test_a_payload_is_written_as_receivers_of_2x_know_it():
    body = payload(
        "sensor.reading", at_ms=1_795_000_000_250, details={"sensor": "e-1", "value": 21.0}
    )

    assert encode(body) == (
        '{"type": "sensor.reading", "time": "2026-11-18T11:06:40.250000+00:00", '
        '"sensor": "e-1", "value": 21.0}'
    )


def test_letters_outside_ascii_are_escaped_and_not_a_number_is_refused():
    assert encode({"experiment": "Größe"}) == '{"experiment": "Gr\\u00f6\\u00dfe"}'
    with pytest.raises(ValueError, match="JSON"):
        encode({"value": float("nan")})


def test_the_signature_is_the_hmac_of_the_stamp_and_the_body():
    # Computed with: printf '1700000000.{}' | openssl dgst -sha256 -hmac key
    assert signature("key", "1700000000", "{}") == (
        "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
    )


@pytest.mark.parametrize(
    ("attempts", "pause"),
    [(1, 2), (2, 4), (3, 8), (10, 1024), (11, 2048), (12, None), (99, None)],
)
def test_pauses_double_until_the_attempts_are_used_up(attempts, pause):
    assert pause_s(RetryPlan(), attempts, jitter=0) == pause


def test_readings_are_tried_three_times_as_before():
    pauses = [pause_s(OLD_PLAN, attempts, jitter=0) for attempts in (1, 2, 3)]

    assert pauses == [2, 4, None]


def test_a_pause_is_never_longer_than_six_hours_and_a_quarter_of_it():
    plan = RetryPlan(attempts=100)

    assert pause_s(plan, 60, jitter=1) == 6 * 3600 * 1.25
    assert pause_s(plan, 1, jitter=0, asked_s=1e9) == 6 * 3600


def test_a_receiver_that_asks_for_more_time_gets_it():
    assert pause_s(RetryPlan(), 1, jitter=0.5, asked_s=90) == 90
    assert pause_s(RetryPlan(), 1, jitter=1, asked_s=1) == 2.5
