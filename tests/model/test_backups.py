"""What a backup is called, and which old ones go."""

import pytest

from webmacs_edge.model.backups import BackupScope, Wanted, backup_name, read_manifest, superfluous
from webmacs_edge.model.errors import InvalidError

NOON_MS = 1_800_000_000_000


def test_names_tell_box_time_and_scope_and_the_oldest_go():
    wanted = Wanted(BackupScope.days, 7)
    names = [
        backup_name("RevPi 4711!", wanted, at_ms=NOON_MS + day * 86_400_000, is_sealed=day % 2 == 0)
        for day in range(4)
    ]

    assert names[0] == "webmacs-edge-revpi-4711-20270115T080000Z-days.tar.gz.sealed"
    assert sorted(superfluous([*names, "holiday.jpg", "webmacs-edge-x.tar.gz"], keep=2)) == sorted(
        names[:2]
    )
    assert superfluous(names[:1], keep=0) == []  # the only one never goes


@pytest.mark.parametrize("days", [0, -1, 40_000])
def test_so_many_days_are_no_days(days):
    with pytest.raises(InvalidError):
        Wanted(BackupScope.days, days)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ({}, "no backup of WebMACS Edge"),
        ({"product": "webmacs-edge", "format": 2, "version": "9.0"}, "9.0"),
        ({"product": "webmacs-edge", "format": 1}, "cannot be read"),
    ],
)
def test_a_manifest_that_is_not_ours_is_refused_in_words(found, sentence):
    with pytest.raises(InvalidError, match=sentence):
        read_manifest(found)
