"""The tests of the history once more, with what is sealed on PostgreSQL."""

import inspect

from tests.history import (
    test_export,
    test_late,
    test_paging,
    test_reading,
    test_recorder,
    test_statistics,
)

MODULES = (
    test_export,
    test_late,
    test_paging,
    test_reading,
    test_recorder,
    test_statistics,
)
SLOW = "test_an_export_of_a_million_lines_needs_little_memory"  # and no other than with files


def takes_a_history(test):
    """Whether it is given a history, and does not look at files."""
    names = set(inspect.signature(test).parameters)
    takes = bool(names & {"history", "open_history"}) and "tmp_path" not in names
    return takes and test.__name__ != SLOW


for _module in MODULES:
    for _name, _test in vars(_module).items():
        if _name.startswith("test_") and inspect.isfunction(_test) and takes_a_history(_test):
            globals()[_name] = _test
