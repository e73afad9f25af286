"""The tests of the history once more, with what is sealed on PostgreSQL."""

import inspect

from tests.history import test_export, test_late, test_reading, test_recorder

# They look at the file of the other kind, or at chunks where they are no more.
OF_FILES = {
    "test_a_damaged_file_is_named_when_it_is_opened",
}

for _module in (test_export, test_late, test_reading, test_recorder):
    for _name, _thing in vars(_module).items():
        if inspect.iscoroutinefunction(_thing) and _name.startswith("test_"):
            globals()[_name] = _thing
for _name in OF_FILES:
    del globals()[_name]
