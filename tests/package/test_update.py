"""Updates on a booted Debian: installed, taken back, cut off by the power, with a full disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.package.box import Box
from tests.package.conftest import PACKAGES
from tests.package.test_package import health, install, wait_for
from tests.package.updates import (
    DATA,
    STORE,
    Releases,
    ask,
    ended,
    journal,
    reach,
    trust,
    version_of,
)

NEW, SICK, MIGRATING = "9.0.0", "9.0.1", "9.0.2"
MARK = "INSERT INTO site_settings (key, value_json, changed_on_ms) VALUES ('kept', '7', 1)"
ASK = "SELECT value_json FROM site_settings WHERE key = 'kept'"


def _sick(root: Path) -> None:
    (root / "usr/lib/webmacs-edge/webmacs_edge/app.py").write_text("raise SystemExit('sick')\n")


def _migrating(root: Path) -> None:
    """A step that throws the users away and a version that then does not start."""
    versions = root / "usr/share/webmacs-edge/migrations/versions"
    newest = max(path.name for path in versions.glob("[0-9]*.py")).partition("_")[0]
    (versions / "9999_wrong.py").write_text(
        f'from alembic import op\nrevision = "9999"\ndown_revision = "{newest}"\n'
        'def upgrade():\n    op.execute("DROP TABLE site_settings")\n'
    )


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    found = sorted(PACKAGES.glob("webmacs-edge_*_amd64.deb"))
    assert found, "There is no package in dist/. Build it with: make deb"
    return Releases(found[-1], tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="module")
def bundles(releases: Releases) -> dict[str, bytes]:
    schema = {**releases.schema, "config": "9999"}
    return {
        NEW: releases.bundle(releases.package(NEW), sequence=1),
        SICK: releases.bundle(releases.package(SICK, _sick), sequence=2),
        MIGRATING: releases.bundle(
            releases.package(MIGRATING, _migrating), sequence=3, schema=schema
        ),
    }


@pytest.fixture
def ready(box: Box, package: Path, releases: Releases) -> Iterator[Box]:
    """A box that knows the key, with a row in its database and the version as it was built."""
    place = box.root / "etc/systemd/system/webmacs-edge.service.d/measures.conf"
    place.parent.mkdir(parents=True)
    place.write_text("[Service]\nEnvironment=WEBMACS_SIMULATE=never\n")  # as on a RevPi
    install(box, package)
    wait_for(box, within_s=90)
    helper = sorted(PACKAGES.glob("webmacs-edge-updater_*_all.deb"))[-1]
    box.put(helper, "/root/updater.deb")
    box.run("dpkg", "-i", "/root/updater.deb")
    trust(box, releases)
    _sql(box, MARK)
    yield box
    assert _sql(box, ASK) == "7"


def test_an_update_is_installed_and_one_can_go_back(
    ready: Box, releases: Releases, bundles: dict[str, bytes]
):
    result = ended(ready, ask(ready, 1, bundles[NEW]))
    assert (result["outcome"], result["why"]) == ("completed", "")
    assert health(ready)["version"] == version_of(ready) == NEW

    result = ended(ready, ask(ready, 2, None, action="rollback"))
    assert result["outcome"] == "rolled_back"
    assert health(ready)["version"] == version_of(ready) == releases.version

    middle = len(bundles[NEW]) // 2
    changed = bundles[NEW][:middle] + b"evil" + bundles[NEW][middle + 4 :]
    result = ended(ready, ask(ready, 3, changed))
    assert (result["outcome"], "changed or damaged" in result["why"]) == ("refused", True)
    assert health(ready)["version"] == releases.version


def test_a_version_that_does_not_start_is_taken_back_with_its_reason(
    ready: Box, releases: Releases, bundles: dict[str, bytes]
):
    result = ended(ready, ask(ready, 1, bundles[SICK]))

    assert result["outcome"] == "undone"
    assert "again and again" in result["why"] or "does not answer" in result["why"]
    assert wait_for(ready, within_s=60)["version"] == version_of(ready) == releases.version


def test_a_version_that_ruins_the_database_is_taken_back_with_the_database(
    ready: Box, releases: Releases, bundles: dict[str, bytes]
):
    result = ended(ready, ask(ready, 1, bundles[MIGRATING]))

    assert result["outcome"] in ("undone", "completed"), result
    if result["outcome"] == "completed":  # it does not miss what it lost: back by hand
        assert ended(ready, ask(ready, 2, None, action="rollback"))["outcome"] == "rolled_back"
    assert wait_for(ready, within_s=60)["version"] == version_of(ready) == releases.version


@pytest.mark.parametrize("phase", ["preparing", "snapshot", "installing", "trial", "undoing"])
def test_the_power_may_be_cut(
    ready: Box, releases: Releases, bundles: dict[str, bytes], phase: str
):
    wanted = {"snapshot": MIGRATING, "undoing": SICK}.get(phase, NEW)
    asked = ask(ready, 1, bundles[wanted])
    reach(ready, phase)

    ready.cut_power()
    ready.boot()
    result = ended(ready, asked)

    versions = {releases.version, wanted} if phase == "trial" else {releases.version}
    assert version_of(ready) in versions, result
    assert wait_for(ready, within_s=90)["version"] == version_of(ready)
    assert result["why"] or result["outcome"] == "completed"


def test_a_disk_that_is_too_full_is_said_before_anything_is_changed(
    ready: Box, releases: Releases, bundles: dict[str, bytes]
):
    ready.run("mount", "-t", "tmpfs", "-o", "size=40m", "full", f"/{STORE}")

    result = ended(ready, ask(ready, 1, bundles[NEW]))

    ready.run("umount", f"/{STORE}")
    assert result["outcome"] == "refused"
    assert "too little space" in result["why"]
    assert health(ready)["version"] == version_of(ready) == releases.version
    assert journal(ready) == "idle"


def test_the_helper_has_no_network_and_does_nothing_unasked(ready: Box):
    ready.run("systemctl", "start", "webmacs-edge-update.service")

    shown = ready.run("systemctl", "show", "-P", "PrivateNetwork", "webmacs-edge-update")
    assert shown.strip() == "yes"
    assert journal(ready) == "idle"
    assert not (ready.root / STORE / "results.json").exists()


def _sql(box: Box, words: str) -> str:
    code = (
        "import sqlite3; c = sqlite3.connect('/" + DATA + "/config.db', timeout=30); "
        f"print([r[0] for r in c.execute({words!r})]); c.commit()"
    )
    said = box.run("python3", "-c", code).strip()
    return said.strip("[]'")
