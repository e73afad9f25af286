"""The pauses between tries; time is an argument."""

import pytest

from webmacs_edge.model.errors import ThrottledError
from webmacs_edge.web.throttle import (
    FORGET_AFTER_S,
    FREE_TRIES,
    MAX_KEYS,
    SignIns,
    Throttle,
    address_key,
)


def _spend_free_tries(throttle: Throttle, key: str = "anna") -> None:
    for _ in range(FREE_TRIES):
        throttle.take(key, now_s=0.0)


def test_some_tries_are_free():
    _spend_free_tries(Throttle())


def test_then_each_try_costs_a_longer_pause():
    throttle = Throttle()
    _spend_free_tries(throttle)
    now_s, pauses = 0.0, []

    for _ in range(4):
        with pytest.raises(ThrottledError) as caught:
            throttle.take("anna", now_s=now_s)
        pauses.append(caught.value.retry_after_s)
        now_s += caught.value.retry_after_s
        throttle.take("anna", now_s=now_s)

    assert pauses == [1, 2, 4, 8]


def test_a_pause_is_never_longer_than_agreed():
    throttle, now_s = Throttle(max_pause_s=60.0), 0.0

    for _ in range(100):
        throttle.take("anna", now_s=now_s)
        now_s += 60.0

    with pytest.raises(ThrottledError) as caught:
        throttle.take("anna", now_s=now_s - 60.0 + 0.5)
    assert caught.value.retry_after_s == 60


def test_a_try_that_came_too_early_does_not_make_the_pause_longer():
    throttle = Throttle()
    _spend_free_tries(throttle)

    for _ in range(50):
        with pytest.raises(ThrottledError):
            throttle.take("anna", now_s=0.5)

    throttle.take("anna", now_s=1.0)


def test_a_right_try_starts_afresh():
    throttle = Throttle()
    _spend_free_tries(throttle)

    throttle.forgive("anna")

    _spend_free_tries(throttle)


def test_keys_do_not_slow_down_one_another():
    throttle = Throttle()
    _spend_free_tries(throttle, "anna")

    _spend_free_tries(throttle, "bert")


def test_tries_are_forgotten_after_a_quiet_time():
    throttle = Throttle()
    _spend_free_tries(throttle)

    for _ in range(FREE_TRIES):
        throttle.take("anna", now_s=FORGET_AFTER_S + 2)


def test_a_flood_of_names_does_not_fill_the_memory():
    throttle = Throttle()

    for number in range(MAX_KEYS + 100):
        throttle.take(f"user {number}", now_s=0.0)

    assert len(throttle) == MAX_KEYS


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.168.1.7", "192.168.1.7"),
        ("::ffff:192.168.1.7", "192.168.1.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("/run/webmacs.sock", "/run/webmacs.sock"),
        (None, ""),
    ],
)
def test_the_address_that_counts(address: str | None, key: str):
    assert address_key(address) == key


def test_a_right_try_gives_its_address_back_no_more_than_itself():
    sign_ins = SignIns()
    for name in [*"abcdefghi", "guest"]:
        sign_ins.take(f"{name}@plant.lan", "10.0.0.7")
    sign_ins.forgive("guest@plant.lan", "10.0.0.7")
    sign_ins.take("next@plant.lan", "10.0.0.7")

    with pytest.raises(ThrottledError):
        sign_ins.take("another@plant.lan", "10.0.0.7")


def test_a_guesser_elsewhere_does_not_keep_the_owner_out():
    sign_ins = SignIns()
    sign_ins.take("anna@plant.lan", "10.0.0.7")
    sign_ins.forgive("anna@plant.lan", "10.0.0.7")
    for number in range(FREE_TRIES):
        sign_ins.take("anna@plant.lan", f"10.0.1.{number}")
    with pytest.raises(ThrottledError):
        sign_ins.take("ANNA@plant.lan", "10.0.1.99")

    sign_ins.take("anna@plant.lan", "10.0.0.7")


def test_few_wrong_tries_are_forgotten_too():
    throttle = Throttle()
    for _ in range(FREE_TRIES - 1):
        throttle.take("anna", now_s=0.0)

    for _ in range(FREE_TRIES):
        throttle.take("anna", now_s=FORGET_AFTER_S + 1)
