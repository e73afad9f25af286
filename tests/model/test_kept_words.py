"""Sentences that are stored: English for programs, and told in every language later."""

import json

import pytest

from tests.languages import in_german
from webmacs_edge.model.channels import group_named, group_words
from webmacs_edge.model.text import MOST_KEPT, counted, figure, joined, kept, recalled, say, text

_STARTED = "Experiment “{name}” was started by {user}."


def _told(words: str) -> str:
    """After a round through the two columns."""
    return recalled(str.__str__(words), kept(words))


def test_a_sentence_of_ours_is_told_in_the_language_of_who_reads():
    words = text(_STARTED, name="Run {7}", user="anna")

    told = _told(words)

    assert told == "Experiment “Run {7}” was started by anna."
    with in_german():
        assert say(told) == "Versuch „Run {7}“ wurde von anna gestartet."


def test_numbers_in_it_have_the_signs_of_who_reads():
    parts = [
        text("{count:,} log entries", count=12_345),
        counted("1 day", "{days} days", 2, days=figure(2.5, ".2f", "h")),
    ]

    told = _told(joined(parts))

    assert told == "12,345 log entries, 2.50 h days"
    with in_german():
        assert say(told) == "12.345 Logbucheinträge, 2,50 h Tage"


@pytest.mark.parametrize(
    "words", ["as somebody typed it", text("{name} {value}", name="x" * MOST_KEPT, value=1)]
)
def test_plain_words_and_ones_beyond_all_measure_stay_as_they_are(words):
    assert kept(words) is None
    assert type(_told(words)) is str


@pytest.mark.parametrize(
    "stored",
    [None, "", "{", "7", "[]", "{}",
     '{"message": "{x.y}", "many": "", "values": {"x": "a"}}',
     '{"message": "{x:,}", "many": "", "values": {"x": "a"}}'],
)  # fmt: skip
def test_what_is_stored_and_cannot_be_understood_leaves_the_english_words(stored):
    assert recalled("as it was", stored) == "as it was"


def test_a_row_of_many_phrases_is_not_nested_deeply():
    row = joined([text("{count} added", count=number) for number in range(500)])

    assert row.startswith("0 added, 1 added, ")
    assert row.endswith(", 499 added")
    assert kept(row) is None
    with in_german():
        assert say(row).endswith(", 499 neu")


def test_what_is_kept_is_json_with_the_message_and_its_values():
    assert json.loads(kept(text(_STARTED, name="A", user="b")) or "") == {
        "message": _STARTED,
        "values": {"name": "A", "user": "b"},
    }


def test_groups_that_we_made_are_called_in_the_language_of_who_reads_others_as_typed():
    with in_german():
        shown = [say(group_words(it)) for it in ("This box", "Worked out", "Kessel", "")]
        named = [group_named(it) for it in ("Dieses System", "This box", "Kessel", "")]

    assert shown == ["Dieses System", "Berechnet", "Kessel", ""]
    assert named == ["This box", "This box", "Kessel", ""]
    assert group_words("This box") == "This box"
