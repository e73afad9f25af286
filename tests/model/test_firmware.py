"""The course of an update, and which version is newer."""

import itertools

import pytest

from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.firmware import (
    MOVES,
    FirmwareStatus,
    check_move,
    check_removal,
    is_newer,
    read_version,
)

S = FirmwareStatus
ALLOWED = {
    (S.pending, S.downloading), (S.pending, S.completed), (S.pending, S.failed),
    (S.downloading, S.verifying), (S.downloading, S.failed),
    (S.verifying, S.applying), (S.verifying, S.failed),
    (S.applying, S.completed), (S.applying, S.failed),
    (S.completed, S.rolled_back), (S.failed, S.pending), (S.rolled_back, S.pending),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), list(itertools.product(S, S)))
def test_an_update_moves_as_the_contract_says_and_no_other_way(old, new):
    if (old, new) in ALLOWED:
        check_move("1.2.3", old=old, new=new)
    else:
        with pytest.raises(ConflictError, match=r"1\.2\.3"):
            check_move("1.2.3", old=old, new=new)


def test_every_state_can_be_left():
    assert set(MOVES) == set(S)
    assert all(MOVES.values())


@pytest.mark.parametrize("status", list(S))
def test_an_update_on_its_way_cannot_be_removed(status):
    if status in (S.downloading, S.verifying, S.applying):
        with pytest.raises(ConflictError):
            check_removal("1.2.3", status)
    else:
        check_removal("1.2.3", status)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("0.0.0", (0, 0, 0)),
        ("1.20.3", (1, 20, 3)),
        ("01.2.3", None),
        ("1.2", None),
        ("1.2.3.4", None),
        ("1.2.3-rc1", None),
        ("v1.2.3", None),
        ("1.2.3\n", None),
        ("\u0661.\u0662.\u0663", None),
        ("", None),
        ("1" * 11 + ".0.0", None),
    ],
)
def test_a_version_is_three_numbers(text, version):
    assert read_version(text) == version


def test_versions_compare_by_number_and_not_by_letter():
    assert is_newer("0.10.0", "0.9.9")
    assert not is_newer("0.9.9", "0.10.0")
    assert not is_newer("1.0.0", "1.0.0")
    assert not is_newer("latest", "1.0.0")
