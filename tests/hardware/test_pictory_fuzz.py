"""Whatever happens to a file: a sound layout or the one error, never anything else."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hardware.samples import SOURCE, rig
from webmacs_edge.hardware.driver import Layout
from webmacs_edge.hardware.pictory import parse_layout
from webmacs_edge.model.errors import ConfigurationError

TEXT = json.dumps(rig(), indent=1)


JSON_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["-1", "0x10", "31.5", "adap.", "null", "4096", "1e3", "²", "BASE"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def places_in(node, prefix=()):
    """Every path into the data."""
    members = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in members:
        yield (*prefix, key)
        if isinstance(value, dict | list):
            yield from places_in(value, (*prefix, key))


PLACES = list(places_in(rig()))


@settings(max_examples=120, deadline=None, derandomize=True)
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), JSON_VALUES), min_size=1, max_size=3))
def test_any_change_of_a_file_gives_a_sound_layout_or_the_one_error(changes):
    config = rig()
    for place, value in changes:
        replace_at(config, place, value)

    check_outcome(json.dumps(config))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(start=st.integers(0, len(TEXT)), length=st.integers(0, 300), patch=st.text(max_size=5))
def test_any_damage_of_the_text_gives_a_sound_layout_or_the_one_error(start, length, patch):
    check_outcome(TEXT[:start] + patch + TEXT[start + length :])


def replace_at(config, place, value):
    node = config
    for key in place[:-1]:
        try:
            node = node[key]
        except (KeyError, TypeError, IndexError):
            return  # an earlier change has cut this branch off
    if isinstance(node, dict | list):
        node[place[-1]] = value


def check_outcome(text):
    try:
        layout = parse_layout(text, SOURCE)
    except ConfigurationError:
        return
    assert isinstance(layout, Layout)
    assert len({point.id for point in layout.points}) == len(layout.points)
    for point in layout.points:
        assert point.address >= 0
        assert point.address + max(1, point.bits // 8) <= layout.length <= 4096
        assert point.bit is None or 0 <= point.bit < 8
