"""Updates under attack: the power cut at many moments, a disk that is really full, no network."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.package.box import Box
from tests.package.disk_troubles import ForgetfulBox, damage, fill, free
from tests.package.releases_server import GitHub
from tests.package.test_package import health, install, wait_for
from tests.package.test_update import ASK, MARK, _sick, _sql
from tests.package.updates import (
    Releases,
    ask,
    ended,
    lay_out,
    phase_now,
    reach,
    trust,
    version_of,
)

NEW, SICK, GROWN = "9.0.0", "9.0.1", "9.0.2"
SMALL_MB = 900
ISSUE = "/run/issue.d/webmacs-edge-update.issue"
# Phase, seconds into it, and the release: what it does there differs.
CUTS = [
    ("preparing", 0.0, NEW), ("preparing", 1.0, NEW), ("preparing", 3.0, GROWN),
    ("snapshot", 0.0, GROWN), ("snapshot", 0.2, GROWN), ("installing", 0.0, GROWN),
    ("installing", 0.0, NEW), ("installing", 0.3, NEW), ("installing", 0.8, NEW),
    ("installing", 1.5, NEW), ("installing", 2.5, NEW), ("installing", 4.0, NEW),
    ("installing", 7.0, NEW), ("trial", 0.0, NEW), ("trial", 1.0, GROWN), ("trial", 3.0, NEW),
    ("trial", 5.0, GROWN), ("finishing", 0.0, NEW), ("finishing", 0.0, GROWN),
    ("finishing", 0.0, NEW), ("undoing", 0.0, SICK), ("undoing", 0.5, SICK),
    ("undoing", 2.0, SICK), ("undoing", 5.0, SICK), ("settling", 0.0, SICK),
    ("settling", 2.0, SICK),
]  # fmt: skip


def _grown(root: Path) -> None:
    """A sound migration: the databases are copied before, and go back with the program."""
    versions = root / "usr/share/webmacs-edge/migrations/versions"
    newest = max(path.name for path in versions.glob("[0-9]*.py")).partition("_")[0]
    (versions / "9998_more.py").write_text(
        f'from alembic import op\nrevision = "9998"\ndown_revision = "{newest}"\n'
        'def upgrade():\n    op.execute("CREATE TABLE more (id INTEGER)")\n'
    )


def _sick_and_grown(root: Path) -> None:
    _grown(root)
    _sick(root)


@pytest.fixture(scope="module")
def releases(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Releases:
    return Releases(package, tmp_path_factory.mktemp("campaign"))


@pytest.fixture(scope="module")
def bundles(releases: Releases) -> dict[str, bytes]:
    schema = {**releases.schema, "config": "9998"}
    return {
        NEW: releases.bundle(releases.package(NEW), sequence=1),
        SICK: releases.bundle(
            releases.package(SICK, _sick_and_grown), sequence=1, schema=schema
        ),
        GROWN: releases.bundle(releases.package(GROWN, _grown), sequence=1, schema=schema),
    }  # fmt: skip


def furnish(box: Box, releases: Releases, package: Path, **settings: str) -> None:
    """Install both packages and leave a mark in the database."""
    place = box.root / "etc/systemd/system/webmacs-edge.service.d/measures.conf"
    place.parent.mkdir(parents=True)
    words = {"WEBMACS_SIMULATE": "never", **settings}
    lines = [f"Environment={name}={value}" for name, value in words.items()]
    place.write_text("\n".join(["[Service]", *lines, ""]))
    install(box, package)
    helper = sorted(package.parent.glob("webmacs-edge-updater_*_all.deb"))[-1]
    box.put(helper, "/root/updater.deb")
    box.run("dpkg", "-i", "/root/updater.deb")
    trust(box, releases)
    wait_for(box, within_s=120)
    _sql(box, MARK)


@pytest.fixture
def small(tree: Path, releases: Releases, package: Path) -> Iterator[Box]:
    """A box whose /var/lib is a small disk."""
    with Box(tree, var_mb=SMALL_MB) as box:
        furnish(box, releases, package)
        yield box


@pytest.fixture
def forgetful(tree: Path) -> Iterator[Box]:
    """A box that loses with its power whatever had not reached the disk."""
    with ForgetfulBox(tree) as box:
        yield box


def test_the_power_may_be_cut_at_two_dozen_moments(
    forgetful: Box, releases: Releases, bundles: dict[str, bytes], package: Path
):
    box = forgetful
    furnish(box, releases, package)
    box.run("sync", "-f", "/")  # what was there before has long been written
    told = []

    for number, (phase, seconds, release) in enumerate(CUTS, start=1):
        asked = ask(box, number, bundles[release], allow_older=release)
        reach(box, phase, seconds, asked)
        met = phase_now(box)
        box.cut_power()
        began_s = time.monotonic()
        box.boot()
        result = ended(box, asked)
        took_s = time.monotonic() - began_s
        told.append(
            f"{phase}+{seconds} ({met}) {release}: {result['outcome']} after {took_s:.0f} s"
        )
        print(told[-1], flush=True)  # noqa: T201 for whoever watches
        may_be = {releases.version} if release == SICK else {releases.version, release}
        assert version_of(box) in may_be, told
        assert wait_for(box, within_s=90)["version"] == version_of(box), told
        assert result["why"] or result["outcome"] == "completed", told
        assert _sql(box, ASK) == "7", told
        assert box.run("dpkg", "-V", "webmacs-edge", "webmacs-edge-updater") == "", told
        assert damage(box) == "", told
        if version_of(box) == release:
            back = ended(box, ask(box, 100 + number, None, action="rollback"))
            assert back["outcome"] == "rolled_back", told
        assert version_of(box) == releases.version, told
    assert {phase for phase, *_ in CUTS} <= {it.split("(")[1].split(")")[0] for it in told}, told


def test_a_disk_that_is_full_before_and_on_the_way_back(
    small: Box, releases: Releases, bundles: dict[str, bytes]
):
    lay_out(small, 1, bundles[NEW])
    fill(small, leave=1 << 20)
    result = ended(small, ask(small, 1, None))
    free(small)
    assert result["outcome"] == "refused"
    assert "too little space" in result["why"]
    assert health(small)["version"] == version_of(small) == releases.version

    asked = ask(small, 2, bundles[SICK])
    reach(small, "trial", 0)
    fill(small)
    _wait(lambda: small.run("cat", ISSUE, check=False).find("has not worked") >= 0, 900)
    assert "webmacs-edge-update-resume" in small.run("cat", ISSUE)
    assert health(small) == {}  # held: half a package is never started
    small.run("systemctl", "start", "webmacs-edge", check=False)
    assert "inactive" in small.run("systemctl", "is-active", "webmacs-edge", check=False)
    small.cut_power()
    small.boot()  # still full: held on
    _wait(lambda: small.run("cat", ISSUE, check=False).find("has not worked") >= 0, 600)
    assert health(small) == {}
    free(small)
    small.run("systemctl", "restart", "webmacs-edge-update-resume")
    result = ended(small, asked)
    assert result["outcome"] == "undone", result
    assert wait_for(small, within_s=90)["version"] == version_of(small) == releases.version
    assert _sql(small, ASK) == "7"
    assert small.run("ls", ISSUE, check=False).startswith("ls:")


def test_a_disk_that_is_full_meanwhile_and_after(
    small: Box, releases: Releases, bundles: dict[str, bytes]
):
    asked = ask(small, 3, bundles[NEW])
    reach(small, "installing", 0.5)
    fill(small)
    time.sleep(20)  # longer than an installation takes
    free(small)
    result = ended(small, asked)
    assert result["outcome"] in ("undone", "completed"), result
    assert wait_for(small, within_s=120)["version"] == version_of(small)
    if version_of(small) != NEW:
        assert ended(small, ask(small, 4, bundles[NEW]))["outcome"] == "completed"

    fill(small)
    small.run("systemctl", "restart", "webmacs-edge")
    assert wait_for(small, within_s=60, uptime_below_s=40)["version"] == NEW
    back = ended(small, ask(small, 5, None, action="rollback"))
    assert (back["outcome"], "space" in back["why"]) == ("refused", True)
    free(small)
    assert ended(small, ask(small, 6, None, action="rollback"))["outcome"] == "rolled_back"
    assert health(small)["version"] == releases.version
    assert _sql(small, ASK) == "7"


def test_a_release_comes_from_the_net_and_being_offline_is_no_fault(
    box: Box, releases: Releases, bundles: dict[str, bytes], package: Path
):
    with GitHub(box.host_address, NEW, bundles[NEW]) as github:
        furnish(
            box, releases, package,
            WEBMACS_UPDATE_REPOSITORY="plant/edge", WEBMACS_UPDATE_API_URL=github.url,
            WEBMACS_HTTP="allow", WEBMACS_INITIAL_ADMIN_EMAIL="anna@plant.lan",
            WEBMACS_INITIAL_ADMIN_PASSWORD="sand-falls-upward-7",
        )  # fmt: skip
        api = github.client(f"http://{box.address}:8080")
        api.sign_in("anna@plant.lan", "sand-falls-upward-7")

        found = api.get("/api/v1/ota/check")
        assert (found["update_available"], found["github_latest_version"]) == (True, NEW)
        github.cuts = 2  # the connection breaks twice on the way
        api.post("/api/v1/ota", {"version": NEW})
        row = api.get("/api/v1/ota")["data"][0]
        began_s = time.monotonic()
        api.post(f"/api/v1/ota/{row['public_id']}/apply", {"accept": True})
        _wait(lambda: health(box).get("version") == NEW, 180)
        healthy_s = time.monotonic() - began_s
        _wait(lambda: api.get(f"/api/v1/ota/{row['public_id']}")["status"] == "completed", 120)
        done_s = time.monotonic() - began_s
        told = f"healthy after {healthy_s:.1f} s, told as completed after {done_s:.1f} s"
        print(told, flush=True)  # noqa: T201 for whoever watches
        assert [it for it in github.ranges if it], "it went on where it was"

    offline = api.get("/api/v1/ota/check")
    assert not offline["update_available"]
    assert health(box)["version"] == version_of(box) == NEW


def _wait(is_so: Callable[[], bool], within_s: float) -> None:
    deadline_s = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline_s, "it did not come to that"
        time.sleep(0.5)
