"""A rule as written and as stored: there and back, also for what WebMACS 2.x changes in it."""

import json

from webmacs_edge.model.rule_texts import CONDITION, DEFAULTS, as_columns, as_written, with_changes

OLD = {
    "name": "Hot", "event_public_id": "e-1", "operator": "gt", "threshold": 7.0,
    "threshold_high": None, "action_type": "log", "webhook_event_type": None, "enabled": True,
    "cooldown_seconds": 60, "more_json": "{}",
}  # fmt: skip
WHOLE = {
    **DEFAULTS,
    "name": "Hot", "enabled": True, "cooldown_seconds": 60, "combine": "any", "repeats": False,
    "on_delay_s": 1.5,
    "conditions": [
        {**CONDITION, "event_public_id": "e-1", "threshold": 7.0, "deadband": 2.0},
        {**CONDITION, "watch": "rule", "rule_public_id": "r-2"},
    ],
    "actions": [{"kind": "all_safe", "moment": "raised"}],
}  # fmt: skip


def test_a_rule_of_2x_needs_nothing_beside_its_columns():
    said = as_written(OLD)

    assert said["conditions"] == [{**CONDITION, "event_public_id": "e-1", "threshold": 7.0}]
    assert said["actions"] == [{"kind": "log", "moment": "raised"}]
    assert as_columns(said, channel="e-1") == OLD


def test_everything_that_is_written_comes_back():
    columns = as_columns(WHOLE, channel="e-1")

    assert as_written(columns) == WHOLE
    assert (columns["action_type"], columns["webhook_event_type"]) == ("log", None)


def test_an_old_field_changes_the_first_condition_and_adds_or_changes_the_old_action():
    after = with_changes(WHOLE, {"threshold": 9.0, "action_type": "webhook"})

    assert after["conditions"][0] == {**WHOLE["conditions"][0], "threshold": 9.0}
    assert after["conditions"][1:] == WHOLE["conditions"][1:]
    assert after["actions"] == [*WHOLE["actions"], {"kind": "webhook", "moment": "raised"}]
    assert with_changes(WHOLE, {"action_type": "log"}) == WHOLE


def test_everything_sent_back_with_one_old_field_changed_means_that_field():
    after = with_changes(WHOLE, {**WHOLE, "threshold": 9.0})

    assert after["conditions"][0]["threshold"] == 9.0


def test_what_cannot_be_read_is_shown_all_the_same():
    for more in ("{", "[]", json.dumps({"combine": "some", "conditions": [7], "actions": 3})):
        said = as_written({**OLD, "more_json": more})
        assert said["combine"] == "all"
        assert said["conditions"][0]["event_public_id"] == "e-1"
