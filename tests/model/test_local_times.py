from zoneinfo import ZoneInfo

import pytest

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.local_times import parse_length, parse_moment
from webmacs_edge.model.times import iso_z

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-11-23", "2026-11-22T23:00:00Z", "2026-11-23T23:00:00Z"),
        (" 2026-11-23 14:00 ", "2026-11-23T13:00:00Z", "2026-11-23T13:00:00Z"),
        ("2026-11-23T14:00:07.250", "2026-11-23T13:00:07.250000Z", "2026-11-23T13:00:07.250000Z"),
        ("2026-11-23T14:00:00Z", "2026-11-23T14:00:00Z", "2026-11-23T14:00:00Z"),
        ("2026-11-23T14:00:00-05:00", "2026-11-23T19:00:00Z", "2026-11-23T19:00:00Z"),
        ("2026-10-25 02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),  # twice
        ("2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),  # 25 hours
        ("2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),  # 23 hours
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("2038-01-19T03:14:08Z", "2038-01-19T03:14:08Z", "2038-01-19T03:14:08Z"),
    ],
)
def test_a_time_is_read_as_the_site_means_it(text, start, end):
    assert iso_z(parse_moment(text, BERLIN)) == start
    assert iso_z(parse_moment(text, BERLIN, is_end=True)) == end


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "23.11.2026", "9999-12-31"])
def test_what_is_no_time_is_refused_with_an_example(text):
    with pytest.raises(InvalidError, match="2026-11-23 14:00"):
        parse_moment(text, BERLIN, is_end=True)


@pytest.mark.parametrize(
    ("text", "length_ms"),
    [
        ("500ms", 500),
        ("10s", 10_000),
        (" 5 min", 300_000),
        ("24h", 86_400_000),
        ("7d", 604_800_000),
    ],
)
def test_a_length_of_time_has_a_unit(text, length_ms):
    assert parse_length(text) == length_ms


@pytest.mark.parametrize("text", ["", "10", "h", "-1h", "1.5h", "1 year"])
def test_what_is_no_length_of_time_is_refused_with_an_example(text):
    with pytest.raises(InvalidError, match="5min"):
        parse_length(text)
