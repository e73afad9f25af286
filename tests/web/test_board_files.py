"""Dashboards as files: what cannot be used is named by its place."""

import re

import pytest

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.web.board_files import read


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "This is not JSON"),
        (b"\xff\xfe", "This is not JSON"),
        (b"[" * 5000, "This is not JSON"),
        (b'{"webmacs_dashboard": 1, "name": "x", "widgets": [NaN]}', "This is not JSON"),
        (b'{"name": "x"}', "webmacs_dashboard: Please fill this in."),
        (b'{"webmacs_dashboard": 1, "name": "x", "widgets": [{"title": "t"}]}',
         "widgets[0].widget_type: Please fill this in."),
        (b'{"webmacs_dashboard": 1, "name": "x", "widgets": [{"widget_type": "gauge", '
         b'"title": "t", "x": 9, "w": 4}]}', "widgets[0].x: "),
        (b'{"webmacs_dashboard": 1, "name": "x", "widgets": [{"widget_type": "gauge", '
         b'"title": "t", "config": {"decimals": 99}}]}', "widgets[0].config.decimals: "),
        (b'{"webmacs_dashboard": 1, "name": "x", "widgets": [{"widget_type": "text", '
         b'"title": "t", "config": {"channels": [1]}}]}', "widgets[0].config.channels: "),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_by_its_place(content: bytes, said: str):
    with pytest.raises(InvalidError, match=re.escape(said)) as caught:
        read(content)

    assert caught.value.field == "file"


def test_a_file_without_widgets_is_a_dashboard():
    file = read(b'{"webmacs_dashboard": 1, "name": " Wall "}')

    assert (file.name, file.widgets, file.channels) == ("Wall", [], {})
