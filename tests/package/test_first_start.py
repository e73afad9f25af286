"""The short form: a package on a booted Debian, claimed, live, restarted, backed up."""

import json
import time
from pathlib import Path

from tests.package.box import Box
from tests.package.test_package import INSTALL_LIMIT_S, install, wait_for

ISSUE = "/run/issue.d/webmacs-edge.issue"
CLAIM = """
import http.cookiejar, json, sys, urllib.parse, urllib.request as u
jar = u.HTTPCookieProcessor(http.cookiejar.CookieJar())
opener = u.build_opener(jar)
form = {"code": sys.argv[1], "email": "anna@plant.lan", "username": "Anna Berg",
        "password": "sand falls upward 7", "password_again": "sand falls upward 7"}
page = opener.open("http://127.0.0.1:8080/setup", urllib.parse.urlencode(form).encode(), timeout=20)
live = opener.open("http://127.0.0.1:8080/", timeout=20).read().decode()
print(json.dumps({"url": page.url, "simulation": "SIMULATION" in live,
                  "tiles": live.count('data-quality="good"'), "named": "Air flow" in live}))
"""


def claim(box: Box, code: str) -> dict[str, object]:
    """Set the appliance up as a browser on the box does, and open the live page."""
    try:
        return dict(json.loads(box.run("python3", "-c", CLAIM, code).splitlines()[-1]))
    except AssertionError as error:
        return {"refused": str(error)[-300:]}


def test_from_the_package_to_named_live_channels_within_a_minute(box: Box, package: Path) -> None:
    began_s = time.monotonic()
    install(box, package)
    wait_for(box, within_s=INSTALL_LIMIT_S)
    code = box.run("webmacs-edge", "setup-code").strip()
    guessed = claim(box, "2222-2222-2222")
    live = claim(box, code)
    took_s = time.monotonic() - began_s

    assert took_s < INSTALL_LIMIT_S
    assert "409" in str(guessed["refused"])
    assert live["url"] == "http://127.0.0.1:8080/"
    assert live["simulation"]
    assert live["named"]
    assert code not in box.run("cat", ISSUE)  # used up
    box.run("systemctl", "restart", "webmacs-edge")
    assert wait_for(box, within_s=60, uptime_below_s=30)["status"] == "ok"


def test_the_code_is_told_by_the_box_alone(box: Box, package: Path) -> None:
    install(box, package)
    wait_for(box, within_s=INSTALL_LIMIT_S)

    code = box.run("webmacs-edge", "setup-code").strip()

    assert code in box.run("cat", ISSUE)
    assert code in box.run("journalctl", "-u", "webmacs-edge")
    assert "8443" in box.run("webmacs-edge", "address")
    found = box.run("journalctl", "-u", "webmacs-edge", "WEBMACS_NOUN=keeper", "-o", "json")
    assert json.loads(found.splitlines()[0])["WEBMACS_STAGE"] == "tls"
    kept = "/var/lib/webmacs-edge/simulation/setup.code"
    assert box.run("stat", "-c", "%U %a", kept).split() == ["webmacs-edge", "600"]


def test_a_port_that_is_taken_is_left_to_whoever_has_it(box: Box, package: Path) -> None:
    box.run("systemd-run", "python3", "-m", "http.server", "8080", "--bind", "0.0.0.0")  # noqa: S104
    install(box, package)
    deadline_s = time.monotonic() + INSTALL_LIMIT_S
    while "8090" not in (told := box.run("webmacs-edge", "address", check=False)):
        assert time.monotonic() < deadline_s, told
        time.sleep(0.5)

    assert "Port 8080 was taken by another program: 8090 is used" in told


def test_a_backup_comes_back_after_a_purge(box: Box, package: Path) -> None:
    install(box, package)
    wait_for(box, within_s=INSTALL_LIMIT_S)
    claim(box, box.run("webmacs-edge", "setup-code").strip())
    box.run("sh", "-c", "echo 'correct horse battery' > /root/words")
    box.run("webmacs-edge", "backup", "--to", "/root", "--passphrase-file", "/root/words")
    box.run("dpkg", "-P", "webmacs-edge")
    install(box, package)
    wait_for(box, within_s=INSTALL_LIMIT_S)

    told = box.run("sh", "-c", "webmacs-edge restore /root/*.sealed --passphrase-file /root/words")
    box.run("systemctl", "restart", "webmacs-edge")
    wait_for(box, within_s=60, uptime_below_s=30)

    assert "checked and ready" in told
    assert "anna@plant.lan" in box.run("webmacs-edge", "users", "list")
    assert "is set up already" in box.run("webmacs-edge", "setup-code", check=False)
    owners = box.run("sh", "-c", "stat -c %U /var/lib/webmacs-edge/simulation/*")
    assert set(owners.split()) == {"webmacs-edge"}
