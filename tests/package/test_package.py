"""The package on a booted Debian: installed offline, started, watched, upgraded, removed."""

import gzip
import json
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.package.box import Box
from webmacs_edge.config import RESOURCES

INSTALL_LIMIT_S = 60.0
PLACE = "/root/webmacs-edge.deb"
FETCH = (
    "import urllib.request as u; "
    "print(u.urlopen('http://127.0.0.1:8080/health', timeout=5).read().decode())"
)


def install(box: Box, package: Path) -> None:
    """As a person would at the console, without a network."""
    box.put(package, PLACE)
    box.run("dpkg", "-i", PLACE)


def health(box: Box) -> dict[str, object]:
    """What the appliance says of itself; {} while it does not answer."""
    said = box.run("python3", "-c", FETCH, check=False).strip().splitlines()
    try:
        return dict(json.loads(said[-1])) if said else {}
    except ValueError:
        return {}


def wait_for(box: Box, *, within_s: float, uptime_below_s: float = 1e9) -> dict[str, object]:
    """The health once it is there, and young enough to be of a new start."""
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        found = health(box)
        if found and float(str(found["uptime_seconds"])) < uptime_below_s:
            return found
        time.sleep(0.5)
    raise AssertionError(box.run("journalctl", "-u", "webmacs-edge", "-n", "60", check=False))


def main_pid(box: Box) -> int:
    """Of the service; 0 while there is none."""
    return int(box.run("systemctl", "show", "-P", "MainPID", "webmacs-edge").strip())


@pytest.fixture
def appliance(box: Box, package: Path) -> Box:
    """A box in which the appliance runs."""
    install(box, package)
    wait_for(box, within_s=INSTALL_LIMIT_S)
    return box


def test_from_the_package_to_an_answering_appliance(box: Box, package: Path) -> None:
    began_s = time.monotonic()

    install(box, package)
    found = wait_for(box, within_s=INSTALL_LIMIT_S)

    assert found["status"] in ("ok", "degraded")
    assert time.monotonic() - began_s < INSTALL_LIMIT_S
    user = box.run("id", "webmacs-edge")
    assert "picontrol" in user
    assert "dialout" in user
    assert box.run("stat", "-c", "%U %a", "/var/lib/webmacs-edge").split() == [
        "webmacs-edge", "750"
    ]  # fmt: skip
    assert box.run("stat", "-c", "%U:%G %a", "/etc/webmacs-edge/webmacs-edge.toml").split() == [
        "root:webmacs-edge", "640"
    ]  # fmt: skip


def test_nothing_of_the_host_takes_part(appliance: Box) -> None:
    command = Path(f"{appliance.root}/usr/bin/webmacs-edge").read_text()
    loaded = appliance.run(
        "sh", "-c", f"grep -oE '/[^ ]+\\.so[^ ]*' /proc/{main_pid(appliance)}/maps | sort -u"
    )

    assert "-I -S" in command
    assert "/dist-packages/" not in loaded
    assert "/usr/lib/webmacs-edge/vendor/" in loaded


def test_a_service_that_is_killed_comes_back(appliance: Box) -> None:
    before = main_pid(appliance)

    appliance.run("systemctl", "kill", "-s", "KILL", "webmacs-edge")
    wait_for(appliance, within_s=30, uptime_below_s=20)

    assert main_pid(appliance) not in (0, before)


def test_a_service_that_hangs_is_killed_by_the_watchdog_and_comes_back(appliance: Box) -> None:
    before = main_pid(appliance)

    appliance.run("systemctl", "kill", "-s", "STOP", "webmacs-edge")
    deadline_s = time.monotonic() + 60
    while main_pid(appliance) in (0, before) and time.monotonic() < deadline_s:
        time.sleep(1)
    wait_for(appliance, within_s=30, uptime_below_s=30)

    assert "watchdog" in appliance.run("journalctl", "-u", "webmacs-edge").lower()


def test_wrong_settings_are_named_in_the_journal_and_not_tried_again(appliance: Box) -> None:
    appliance.run("sh", "-c", "echo 'port = \"eighty\"' >> /etc/webmacs-edge/webmacs-edge.toml")

    appliance.run("systemctl", "restart", "webmacs-edge", check=False)

    assert (
        appliance.run("systemctl", "show", "-P", "ExecMainStatus", "webmacs-edge").strip() == "78"
    )
    assert "port" in appliance.run("journalctl", "-u", "webmacs-edge", "-n", "10")


def test_an_upgrade_keeps_settings_and_data(appliance: Box) -> None:
    appliance.run("sh", "-c", "echo 'site_name = \"Rig 7\"' >> /etc/webmacs-edge/webmacs-edge.toml")
    key = appliance.run("sh", "-c", "sha256sum /var/lib/webmacs-edge/*/secret.key")

    appliance.run("dpkg", "-i", PLACE)
    wait_for(appliance, within_s=30, uptime_below_s=20)

    assert "Rig 7" in appliance.run("cat", "/etc/webmacs-edge/webmacs-edge.toml")
    assert appliance.run("sh", "-c", "sha256sum /var/lib/webmacs-edge/*/secret.key") == key


def test_removing_keeps_the_data_and_purging_does_not(appliance: Box) -> None:
    appliance.run("dpkg", "-r", "webmacs-edge")
    kept = appliance.run("ls", "/var/lib/webmacs-edge/simulation")
    left = appliance.run("sh", "-c", "ls /usr/lib/webmacs-edge 2>/dev/null || true")
    appliance.run("dpkg", "-P", "webmacs-edge")
    after = appliance.run("sh", "-c", "ls -d /var/lib/webmacs-edge /etc/webmacs-edge || true")

    assert "config.db" in kept
    assert left.strip() == ""
    assert "No such file" in after


def test_after_a_power_cut_the_box_boots_into_a_running_appliance(appliance: Box) -> None:
    appliance.cut_power()

    appliance.boot()

    assert wait_for(appliance, within_s=60, uptime_below_s=60)["database"] == "ok"


def test_the_command_line_explains_itself(appliance: Box) -> None:
    assert re.match(r"\d+\.\d+\.\d+|WebMACS", appliance.run("webmacs-edge", "version"))
    said = appliance.run(
        "runuser", "-u", "webmacs-edge", "--", "webmacs-edge", "doctor", check=False
    )
    assert "✓ History: 0 chunks" in said
    assert "SIMULATION" in said  # there is no RevPi around the box


def test_the_service_is_hardened() -> None:
    unit = Path(__file__).resolve().parents[2] / "systemd" / "webmacs-edge.service"

    said = subprocess.run(  # noqa: S603 # our own arguments
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(unit)],  # noqa: S607
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert said.returncode == 0, said.stdout[-300:]


def test_the_package_needs_nothing_newer_than_debian_12(package: Path, tmp_path: Path) -> None:
    subprocess.run(["dpkg-deb", "-x", str(package), str(tmp_path)], check=True)  # noqa: S603, S607
    modules = [str(path) for path in tmp_path.rglob("*.so*")]

    said = subprocess.run(  # noqa: S603 # our own arguments
        ["readelf", "-V", *modules], check=True, capture_output=True, text=True  # noqa: S607
    ).stdout  # fmt: skip
    asked = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([0-9.]+)", said)}

    assert len(modules) > 50
    assert max(asked) <= (2, 36)


def test_the_bill_of_materials_names_every_locked_library(package: Path, tmp_path: Path) -> None:
    subprocess.run(["dpkg-deb", "-x", str(package), str(tmp_path)], check=True)  # noqa: S603, S607
    (file,) = (tmp_path / "usr/share/doc/webmacs-edge").glob("sbom.cdx.json*")
    content = file.read_bytes()
    bill = json.loads(gzip.decompress(content) if file.suffix == ".gz" else content)
    lock = (RESOURCES / "requirements" / "package.txt").read_text()
    pinned = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^ ;\\]+)", lock, re.MULTILINE)
    locked = {(name.lower().replace("_", "-"), version) for name, version in pinned}

    listed = {(it["name"].lower().replace("_", "-"), it["version"]) for it in bill["components"]}

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert listed == {it for it in locked if it in listed}
    assert len(locked - listed) <= 1, locked - listed  # of another system alone
    for it in bill["components"]:
        assert it["purl"] == it["bom-ref"]
        assert it.get("licenses"), it["name"]
