"""Milliseconds inside, RFC 3339 outside."""

from datetime import UTC, datetime

import pytest

from webmacs_edge.model.times import from_ms, iso_offset, iso_z, to_ms


@pytest.mark.parametrize(
    ("at_ms", "text"),
    [
        (0, "1970-01-01T00:00:00"),
        (1_795_473_491_625, "2026-11-23T22:38:11.625000"),
        (2_147_483_648_000, "2038-01-19T03:14:08"),
        (-1, "1969-12-31T23:59:59.999000"),
    ],
)
def test_times_are_written_with_the_fraction_only_where_there_is_one(at_ms, text):
    assert iso_z(at_ms) == text + "Z"
    assert iso_offset(at_ms) == text + "+00:00"
    assert to_ms(from_ms(at_ms)) == at_ms


def test_microseconds_are_rounded_to_the_nearest_millisecond():
    assert to_ms(datetime(2026, 1, 1, 0, 0, 0, 1500, tzinfo=UTC)) % 1000 in (1, 2)
