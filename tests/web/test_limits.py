"""How many requests are answered in a minute; time is an argument where it counts."""

import pytest

from tests.conftest import Start, make_token
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.errors import ThrottledError
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.limits import MAX_KEYS, WINDOW_S, RequestLimit

ME = "/api/v1/auth/me"


def _taken(limit: RequestLimit, key: str, *, now_s: float, tries: int) -> int:
    """How many of these tries were let through."""
    through = 0
    for _ in range(tries):
        try:
            limit.take(key, now_s=now_s)
        except ThrottledError:
            continue
        through += 1
    return through


def test_as_many_as_agreed_pass_in_a_minute_and_no_more():
    limit = RequestLimit(300)

    assert _taken(limit, "a", now_s=0.0, tries=400) == 300
    assert _taken(limit, "b", now_s=0.0, tries=400) == 300


def test_the_minute_slides():
    limit = RequestLimit(100)
    _taken(limit, "a", now_s=WINDOW_S - 1, tries=100)

    assert _taken(limit, "a", now_s=WINDOW_S + 15, tries=100) == 25
    assert _taken(limit, "a", now_s=3 * WINDOW_S, tries=200) == 100


def test_who_came_too_often_is_told_when_to_come_again():
    limit = RequestLimit(10)
    _taken(limit, "a", now_s=20.0, tries=10)

    with pytest.raises(ThrottledError) as caught:
        limit.take("a", now_s=20.0)

    assert caught.value.retry_after_s == 40


def test_a_flood_of_addresses_does_not_fill_the_memory():
    limit = RequestLimit(10)

    for number in range(MAX_KEYS + 100):
        limit.take(f"{number}", now_s=0.0)

    assert len(limit) == MAX_KEYS


async def test_one_too_many_gets_429_with_a_time_and_other_logins_go_on(
    start: Start, plant: VirtualRevPi
):
    friend = "http://panel.plant.lan"
    async with start(plant, rate_limit_per_minute=10, cors_origins=[friend]) as client:
        one, two = [await make_token(client, role) for role in (UserRole.viewer, UserRole.admin)]
        bearers = [{"Authorization": f"Bearer {token}", "Origin": friend} for token in (one, two)]
        answers = [await client.get(ME, headers=bearers[0]) for _ in range(14)]
        other = await client.get(ME, headers=bearers[1])
        values = await client.get("/api/v1/datapoints/latest", headers=bearers[0])
        health = await client.get("/health", headers=bearers[0])
        late = next(answer for answer in answers if answer.status == 429)
        told = (await late.json())["detail"]

    assert 200 in {answer.status for answer in answers}
    assert 1 <= int(late.headers["Retry-After"]) <= 60
    assert late.headers["Access-Control-Allow-Origin"] == friend
    assert "requests in a minute" in told
    assert (other.status, values.status, health.status) == (200, 200, 200)
