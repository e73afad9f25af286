"""What outputs do while the program that commands them is replaced: seen in the process image."""

import time
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from tests.package.box import Box
from tests.package.plant import SETTINGS, Watcher, start_plant
from tests.package.releases_server import Api
from tests.package.test_campaign import furnish
from tests.package.test_package import health, wait_for
from tests.package.test_update import _sick
from tests.package.updates import Releases, version_of

NEW, SICK = "9.0.0", "9.0.1"
BLOWER, HEATER = "blower_speed", "heater_power"  # 0..10,000 mV; 4,000..20,000 µA
SAFE_MV, AT_60_PERCENT_MV, AT_25_PERCENT_UA = 1000, 6000, 8000
ADMIN = {
    "WEBMACS_HTTP": "allow",
    "WEBMACS_INITIAL_ADMIN_EMAIL": "anna@plant.lan",
    "WEBMACS_INITIAL_ADMIN_PASSWORD": "sand-falls-upward-7",
}


@pytest.fixture(scope="module")
def releases(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Releases:
    return Releases(package, tmp_path_factory.mktemp("outputs"))


def test_outputs_are_made_safe_or_held_as_their_claims_say(
    box: Box, releases: Releases, package: Path
) -> None:
    furnish(box, releases, package, **SETTINGS, **ADMIN)
    start_plant(box)
    wait_for(box, within_s=60, uptime_below_s=30)
    api = Api(f"http://{box.address}:8080")
    api.sign_in(ADMIN["WEBMACS_INITIAL_ADMIN_EMAIL"], ADMIN["WEBMACS_INITIAL_ADMIN_PASSWORD"])
    _claim(api, "Blower speed", safe_value=10, during_update="safe")
    _claim(api, "Heater power", safe_value=0, during_update="hold")

    for version, change, ends in ((SICK, _sick, "rolled_back"), (NEW, None, "completed")):
        bundle = releases.bundle(releases.package(version, change or (lambda _: None)), sequence=1)
        api.upload("/api/v1/ota/upload", f"webmacs-update-{version}-amd64.tar", bundle)
        update = f"/api/v1/ota/{api.get('/api/v1/ota')['data'][0]['public_id']}"
        _command(api, "Blower speed", 60)
        _command(api, "Heater power", 25)
        with pytest.raises(urllib.error.HTTPError) as refused:
            api.post(f"{update}/apply", {})
        said = refused.value.read().decode()
        assert "These outputs go to their safe values: Blower speed." in said

        with Watcher(box, BLOWER, HEATER) as watcher:
            api.post(f"{update}/apply", {"accept": True})
            _wait(lambda: api.get(update).get("status") == ends, 240)  # noqa: B023 in this turn
        print(version, watcher.seen, flush=True)  # noqa: T201 for whoever watches

        assert watcher.seen[BLOWER] == [AT_60_PERCENT_MV, SAFE_MV]
        assert watcher.seen[HEATER] == [AT_25_PERCENT_UA]
        now = _outputs(api)
        assert (now["Blower speed"]["image"], now["Heater power"]["image"]) == (10, 25)
    assert health(box)["version"] == version_of(box) == NEW


def _outputs(api: Api) -> dict[str, Any]:
    return {it["name"]: it for it in api.get("/api/v1/outputs")["data"]}


def _claim(api: Api, name: str, **claim: object) -> None:
    channels = api.get("/api/v1/events?page_size=100")["data"]
    (public_id,) = [it["public_id"] for it in channels if it["name"] == name]
    api.put(f"/api/v1/outputs/{public_id}", {"min_value": 0, "max_value": 100, **claim})


def _command(api: Api, name: str, value: float) -> None:
    _wait(lambda: not _outputs(api)[name]["problem"], 30)
    public_id = _outputs(api)[name]["event_public_id"]
    api.post(f"/api/v1/outputs/{public_id}/command", {"value": value})
    _wait(lambda: _outputs(api)[name]["image"] == value, 30)


def _wait(is_so: Any, within_s: float) -> None:
    deadline_s = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline_s, "it did not come to that"
        time.sleep(0.3)
