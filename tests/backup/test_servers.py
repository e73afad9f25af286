"""Backups on a server, and what must not stay there."""

from pathlib import Path

import pytest

from tests.backup.keeping import WORDS, done_of, keeping
from webmacs_edge.backup.done import Done
from webmacs_edge.backup.reading import check_backup
from webmacs_edge.backup.s3 import Signer
from webmacs_edge.backup.server import Server
from webmacs_edge.model.errors import StoreError


async def test_a_server_gets_it_sealed_and_the_oldest_are_removed_there(
    filled: Path, shelf, tmp_path
):
    server, url = shelf
    given = {"backup_to": url, "backup_passphrase": WORDS, "backup_keep": 1,
             "backup_user": "rig", "backup_password": "geheim"}  # fmt: skip
    async with keeping(filled, [], **given) as keeper:
        await keeper.back_up()
        first = done_of(keeper)
        server.kept["/rig/old"] = server.kept.pop(f"/rig/{first.name}")
        keeper.done = Done(0, "old", 1, was_read_back=True, names=("old",), to=url)
        await keeper.back_up()

    assert list(server.kept) == [f"/rig/{done_of(keeper).name}"]
    assert done_of(keeper).was_read_back
    file = tmp_path / "got"
    file.write_bytes(server.kept.popitem()[1])
    with file.open("rb") as source:
        assert check_backup(source, passphrase=WORDS).manifest.has_keys
    assert server.asked[0].headers["Authorization"].startswith("Basic ")
    assert not (filled / "backup.tmp" / "out").exists()


async def test_as_many_as_wanted_stay_over_restarts_moves_and_two_within_a_second(
    filled: Path, shelf, monkeypatch: pytest.MonkeyPatch
):
    server, url = shelf
    for second in (1, 1, 2, 3):
        monkeypatch.setattr(
            "webmacs_edge.backup.keeper.now_ms", lambda at=second: 2_000_000_000_000 + at * 1000
        )
        async with keeping(filled, [], backup_to=url, backup_keep=2) as keeper:  # started anew
            await keeper.back_up()

    assert len(server.kept) == 2
    assert {f"/rig/{name}" for name in done_of(keeper).names} == set(server.kept)
    async with keeping(filled, [], backup_to=f"{url}/moved", backup_keep=1) as keeper:
        await keeper.back_up()
    assert len(server.kept) == 3  # what lies elsewhere is not asked for here
    assert [it.method for it in server.asked].count("DELETE") == 1


async def test_what_a_server_did_not_let_us_remove_goes_at_a_later_run(
    filled: Path, shelf, monkeypatch: pytest.MonkeyPatch
):
    server, url = shelf
    server.kept["/rig/webmacs-edge-box-20200101T000000Z-config.tar.gz"] = b"of somebody else"
    server.may_remove = False
    for second in (1, 2, 3):
        monkeypatch.setattr(
            "webmacs_edge.backup.keeper.now_ms", lambda at=second: 2_000_000_000_000 + at * 1000
        )
        async with keeping(filled, [], backup_to=url, backup_keep=1) as keeper:  # started anew
            await keeper.back_up()
    assert (len(server.kept), len(keeper.leavings.names)) == (4, 2)
    server.kept.pop(f"/rig/{keeper.leavings.names[0]}")  # by hand: gone is gone

    server.may_remove = True
    monkeypatch.setattr("webmacs_edge.backup.keeper.now_ms", lambda: 2_000_000_004_000)
    async with keeping(filled, [], backup_to=url, backup_keep=1) as keeper:
        await keeper.read_state()
        assert len(keeper.leavings.names) == 2
        await keeper.back_up()

    assert not keeper.leavings.names
    assert [body == b"of somebody else" for body in server.kept.values()] == [True, False]


async def test_one_that_broke_off_on_its_way_is_removed_after_the_next(
    filled: Path, shelf, monkeypatch: pytest.MonkeyPatch
):
    server, url = shelf
    async with keeping(filled, [], backup_to=url) as keeper:
        server.status = 500  # it took the file, and said otherwise
        with pytest.raises(StoreError):
            await keeper.back_up()
    assert len(server.kept) == 1

    server.status = 201
    monkeypatch.setattr("webmacs_edge.backup.keeper.now_ms", lambda: 4_000_000_000_000)
    async with keeping(filled, [], backup_to=url) as keeper:
        await keeper.back_up()

    assert set(server.kept) == {f"/rig/{done_of(keeper).name}"}


async def test_what_is_to_be_removed_is_bounded_and_a_server_is_not_asked_for_ever(
    filled: Path, shelf
):
    server, url = shelf
    async with keeping(filled, []) as keeper:
        left = keeper.leavings
        left.take(url, [f"old-{number}" for number in range(1100)], kept=["old-5"])
        assert (len(left.names), left.forgotten) == (1000, 99)
        server.may_remove = False
        await left.remove(Server(url))

        assert len(server.asked) == 20
        assert left.names[0] == "old-120"  # others are asked for first, next time
        await left.remove(Server("http://127.0.0.1:9/x"))  # out of reach
        assert len(left.names) == 1000


async def test_a_server_that_keeps_something_else_or_refuses_is_told(
    filled: Path, shelf, monkeypatch: pytest.MonkeyPatch
):
    server, url = shelf
    async with keeping(filled, [], backup_to=url) as keeper:
        server.status = 507
        with pytest.raises(StoreError, match="answered 507"):
            await keeper.back_up()
        server.status, server.may_read = 201, False
        await keeper.back_up()
        assert not done_of(keeper).was_read_back
        server.may_read, server.keeps = True, 1000
        before = set(server.kept)
        monkeypatch.setattr("webmacs_edge.backup.keeper.now_ms", lambda: 4_000_000_000_000)
        with pytest.raises(StoreError, match="is not what was sent"):
            await keeper.back_up()
        assert set(server.kept) == before  # nobody takes half of one for a backup
    async with keeping(filled, [], backup_to="http://127.0.0.1:9/x") as keeper:
        with pytest.raises(StoreError, match="could not be reached"):
            await keeper.back_up()


async def test_s3_requests_are_signed(filled: Path, shelf):
    server, url = shelf
    given = {"backup_user": "AKIDEXAMPLE", "backup_password": "secret"}
    async with keeping(filled, [], backup_to=f"s3+{url}/bucket", **given) as keeper:
        await keeper.back_up()

    put = server.asked[0]
    assert put.path.startswith("/rig/bucket/webmacs-edge-")
    assert "Credential=AKIDEXAMPLE/" in put.headers["Authorization"]
    assert len(put.headers["x-amz-content-sha256"]) == 64


def test_the_signature_is_the_one_that_aws_own_library_makes():
    signer = Signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")

    headers = signer.headers(
        "GET", "https://examplebucket.s3.amazonaws.com/test%20a.txt", at_ms=1_369_353_600_000
    )

    assert headers["x-amz-date"] == "20130524T000000Z"
    assert headers["Authorization"].endswith(
        "Signature=9f34021b6074d00271bd9f6f9dbf7bd9aa86dae7cc3868bf9df5e1e743bc10f8"
    )
