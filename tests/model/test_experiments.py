"""Names and tags of experiments."""

import pytest

from webmacs_edge.model.experiments import next_name, split_tags, tidy_tags


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        ("Sand 0.5 mm, run 7", [], "Sand 0.5 mm, run 8"),
        ("Sand, run 7", ["Sand, run 8", "Sand, run 9"], "Sand, run 10"),
        ("Run 09", [], "Run 10"),
        ("Run 7 (wet)", [], "Run 8 (wet)"),
        ("Cold start", [], "Cold start 2"),
        ("Cold start", ["Cold start 2"], "Cold start 3"),
    ],
)
def test_the_next_one_is_counted_on_past_names_that_are_taken(
    name: str, taken: list[str], expected: str
):
    assert next_name(name, taken) == expected


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", ""), (" sand ,air,, sand", "sand, air"), ("größe", "größe"), (",", "")],
)
def test_tags_are_kept_once_and_tidy(typed: str, kept: str):
    assert tidy_tags(typed) == kept


def test_tags_come_apart_as_they_were_put_together():
    assert split_tags(tidy_tags("a,b , c")) == ["a", "b", "c"]
    assert split_tags("") == []


@pytest.mark.parametrize("typed", [",".join(map(str, range(13))), "x" * 41])
def test_too_many_or_too_long_tags_are_refused_in_words(typed: str):
    with pytest.raises(ValueError, match=r"at most 12 tags|longer than 40 letters"):
        tidy_tags(typed)
