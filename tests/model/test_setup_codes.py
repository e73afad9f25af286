"""The code that a fresh appliance is claimed with."""

import re

import pytest

from webmacs_edge.model.setup_codes import is_setup_code, make_setup_code


def test_codes_can_be_read_aloud_and_never_come_twice():
    codes = {make_setup_code() for _ in range(500)}

    assert len(codes) == 500
    assert all(
        re.fullmatch(r"([2-9A-HJKMNP-TV-Z]{4}-){2}[2-9A-HJKMNP-TV-Z]{4}", it) for it in codes
    )


@pytest.mark.parametrize(
    ("typed", "is_right"),
    [
        ("7KQM-2F9X-WD4T", True),
        (" 7kqm 2f9x wd4t", True),
        ("7KQM2F9XWD4T", True),
        ("7KQM-2F9X-WD4", False),
        ("7KQM-2F9X-WD4TT", False),
        ("", False),
        ("ü7KQM-2F9X-WD4T", False),
    ],
)
def test_case_and_what_is_between_the_groups_do_not_matter(typed, is_right):
    assert is_setup_code(typed, "7KQM-2F9X-WD4T") is is_right
