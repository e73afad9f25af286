from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webmacs_edge.model.datapoint_ids import datapoint_id, parse_datapoint_id
from webmacs_edge.model.errors import NotFoundError

key = st.integers(0, 2**48 - 1)


@given(key, key)
def test_an_id_is_a_uuid_and_says_which_sample_it_is(channel, at_ms):
    text = datapoint_id(channel, at_ms)

    assert str(UUID(text)) == text
    assert parse_datapoint_id(text) == (channel, at_ms)


def test_ids_sort_by_time():
    assert datapoint_id(9, 1_800_000_000_000) < datapoint_id(1, 1_800_000_000_001)


@pytest.mark.parametrize("text", ["", "x", "018bcfd9-3bba-4000-8000-000000000001", "9" * 36])
def test_what_is_no_id_of_a_datapoint_is_not_found(text):
    with pytest.raises(NotFoundError):
        parse_datapoint_id(text)
