"""The helper as it is installed: alone, with nothing but Python's standard library."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from webmacs_edge.config import RESOURCES
from webmacs_edge.firmware.manifest import Refusal
from webmacs_edge.store.history_upgrade import NEWEST
from webmacs_edge.store.migrate import newest_revision
from webmacs_updater import main
from webmacs_updater.debian_system import DebianSystem
from webmacs_updater.inbox import REQUEST, opened_bundle, take_request

ID = "11111111-1111-4111-8111-111111111111"


def test_the_helper_runs_on_what_lies_beside_it_alone(tmp_path: Path):
    debian = RESOURCES / "debian"
    subprocess.run(["/bin/sh", debian / "updater" / "assemble.sh", tmp_path], check=True)  # noqa: S603 our own

    done = subprocess.run(  # noqa: S603 our own
        [sys.executable, "-I", "-S", tmp_path / "webmacs-edge-update.py"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (64, "Usage: apply | recover | resume\n"), done.stderr


def test_the_package_says_which_schema_it_has():
    said = subprocess.run(  # noqa: S603 our own
        [sys.executable, RESOURCES / "debian" / "schema.py"], capture_output=True, check=True
    )

    newest = newest_revision(RESOURCES / "migrations")
    assert json.loads(said.stdout) == {"config": newest, "history": str(NEWEST)}


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "updates" / "inbox"
    folder.mkdir(parents=True)
    return folder


def test_a_request_is_taken_once(inbox: Path, tmp_path: Path):
    (inbox / REQUEST).write_text(
        json.dumps({"id": ID, "action": "install", "file": f"{ID}.tar", "allow_older": "1.0.0"})
    )

    request = take_request(tmp_path)

    assert (request.id, request.file, request.allow_older) == (ID, f"{ID}.tar", "1.0.0")
    assert not list(inbox.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{}", "nothing", "[" * 4000,
        json.dumps({"id": "../x", "action": "install", "file": f"{ID}.tar"}),
        json.dumps({"id": ID, "action": "run", "file": f"{ID}.tar"}),
        json.dumps({"id": ID, "action": "install", "file": "../../etc/shadow"}),
        json.dumps({"id": ID, "action": "install", "file": f"{ID}.tar", "allow_older": "any"}),
        json.dumps({"id": ID, "action": "install", "file": "x" * 5000}),
    ],
)  # fmt: skip
def test_a_request_that_says_something_else_is_refused_and_gone(
    inbox: Path, tmp_path: Path, content: str
):
    (inbox / REQUEST).write_text(content)

    with pytest.raises(Refusal):
        take_request(tmp_path)

    assert not list(inbox.iterdir())


@pytest.mark.parametrize("kind", ["link", "second name", "folder", "inbox is a link"])
def test_no_link_is_followed_on_the_way_to_a_request(inbox: Path, tmp_path: Path, kind: str):
    secret = tmp_path / "secret"
    secret.write_text("{}")
    request = inbox / REQUEST
    if kind == "link":
        request.symlink_to(secret)
    elif kind == "second name":
        request.hardlink_to(secret)
    elif kind == "folder":
        request.mkdir()
    else:
        inbox.rename(tmp_path / "elsewhere")
        inbox.symlink_to(tmp_path / "elsewhere")

    with pytest.raises((Refusal, OSError)):
        take_request(tmp_path)

    assert secret.read_text() == "{}"


def test_no_link_is_followed_to_a_bundle(inbox: Path, tmp_path: Path):
    secret = tmp_path / "shadow"
    secret.write_text("of root")
    (tmp_path / "updates" / f"{ID}.tar").symlink_to(secret)

    with pytest.raises(Refusal, match="cannot be read"), opened_bundle(tmp_path, f"{ID}.tar"):
        pass


def test_what_goes_wrong_before_anything_is_changed_is_told_and_stops_nothing(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    class Slow(DebianSystem):
        def installed(self) -> tuple[str, bool]:
            raise subprocess.TimeoutExpired("dpkg-query", 120)

        def start(self) -> None:
            pytest.fail("The service runs, and is not to be started anew.")

    monkeypatch.setattr(main, "STORE", tmp_path / "store")
    monkeypatch.setattr(main, "DATA_DIR", tmp_path)
    (inbox / REQUEST).write_text(json.dumps({"id": ID, "action": "rollback"}))
    helper = main.Helper()
    helper.system = Slow()

    helper.apply()

    (told,) = helper.disk.read("results.json")["results"]
    assert (told["id"], told["outcome"]) == (ID, "refused")
    assert "timed out" in told["why"]


@pytest.mark.parametrize(("sequence", "kind"), [(6, "floor"), (7, "previous")])
def test_nobody_goes_back_below_the_floor_of_a_later_release(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sequence: int, kind: str
):
    class Whole(DebianSystem):
        def installed(self) -> tuple[str, bool]:
            return "2.0.0", True

    monkeypatch.setattr(main, "STORE", tmp_path / "store")
    monkeypatch.setattr(main, "DATA_DIR", tmp_path)
    (inbox / REQUEST).write_text(json.dumps({"id": ID, "action": "rollback"}))
    helper = main.Helper()
    helper.system = Whole()
    helper.disk.write("state.json", {"floor": 7})
    old = {"version": "1.0.0", "databases": ["history"], "sequence": sequence}
    helper.disk.write("previous.json", old)
    helper.disk.path("previous.deb").touch()

    helper.apply()

    (told,) = helper.disk.read("results.json")["results"]
    assert (told["outcome"], told["kind"]) == ("refused", kind)
