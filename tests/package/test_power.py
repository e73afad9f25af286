"""The power is cut while it measures and while a backup is made; what was not written is lost."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

import pytest

from tests.package.box import Box
from tests.package.disk_troubles import ForgetfulBox, damage
from tests.package.releases_server import Api
from tests.package.test_outputs_over_updates import ADMIN
from tests.package.test_package import install, wait_for
from tests.package.updates import DATA

STAND_IN = f"{DATA}/simulation"
BACKUPS = "/var/backups/webmacs-edge"
SETTINGS = {**ADMIN, "WEBMACS_BACKUP_TO": BACKUPS, "WEBMACS_BACKUP_SCOPE": "full"}
CHANNEL = {"name": "Witness", "unit": "1", "min_value": 0, "max_value": 1e6, "type": "sensor"}
# Seconds of measuring before the cut, and whether into a backup.
CUTS = [(3.0, False), (7.7, False), (11.3, False), (0.0, True), (0.05, True), (0.3, True)]


class Witness:
    """Sends values all the time, and knows which of them were told to be stored."""

    def __init__(self, api: Api, channel: str) -> None:
        self.acknowledged: dict[int, float] = {}  # and when
        self.fresh_ms = 0  # all that was measured until then was told to be stored
        self._api, self._channel = api, channel
        self._is_over = Event()
        self._thread = Thread(target=self._send, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def _send(self) -> None:
        number = 0
        while not self._is_over.is_set():
            body = {"event_public_id": self._channel, "value": number}
            try:
                asked_ms = time.time() * 1000
                told = self._api.get("/health?detail=1")
                self._api.post("/api/v1/datapoints", body)
            except OSError:
                continue  # the power is gone: the loop ends soon
            self.acknowledged[number] = time.monotonic()
            if "samples_at_risk_s" in told:
                self.fresh_ms = int(asked_ms - told["samples_at_risk_s"] * 1000)
            number += 1


@pytest.fixture
def forgetful(tree: Path, package: Path) -> Iterator[Box]:
    """A box that measures a virtual plant and loses with its power what had not been written."""
    with ForgetfulBox(tree) as box:
        place = box.root / "etc/systemd/system/webmacs-edge.service.d/measures.conf"
        place.parent.mkdir(parents=True)
        lines = [f"Environment={name}={value}" for name, value in SETTINGS.items()]
        place.write_text("\n".join(["[Service]", *lines, ""]))
        install(box, package)
        box.run("install", "-d", "-o", "webmacs-edge", BACKUPS)
        wait_for(box, within_s=60)
        box.run("systemctl", "restart", "webmacs-edge")  # it may write there from its start on
        wait_for(box, within_s=60, uptime_below_s=30)
        box.run("sync", "-f", "/")
        yield box


def test_what_was_told_to_be_stored_is_there_after_every_cut(forgetful: Box):
    box, told = forgetful, []
    api = _signed_in(box)
    api.post("/api/v1/events", CHANNEL)
    channels = {str(it["name"]): str(it["public_id"]) for it in _all(api, "/api/v1/events")}
    witness_id, measured_id = channels["Witness"], channels["Air flow"]

    for seconds, is_backup in CUTS:
        since_ms = int(time.time() * 1000)
        with Witness(api, witness_id) as witness:
            _wait_for_a_value(witness)
            if is_backup:
                _begin_backup(box)
            time.sleep(seconds)
            fresh_ms, cut_s = witness.fresh_ms, time.monotonic()
            box.cut_power()
            cut_ms = int(time.time() * 1000)
        box.boot()
        wait_for(box, within_s=90)
        api = _signed_in(box)

        kept = {int(it["value"]) for it in _stored(api, witness_id, since_ms)}
        newest_ms = _newest_ms(api, measured_id, cut_ms)
        # What was told while the disk went does not count: ext4 that is shut down this way may
        # answer one write in flight as if it had reached the disk.
        sure = {number for number, at_s in witness.acknowledged.items() if at_s < cut_s}
        told.append(
            f"after {seconds} s{' of a backup' if is_backup else ''}: {len(sure)} told, "
            f"{len(sure - kept)} of them lost; measured to {newest_ms - fresh_ms} ms beyond that"
        )
        print(told[-1], flush=True)  # noqa: T201 for whoever watches
        assert sure, told
        assert sure <= kept, told
        assert newest_ms >= fresh_ms - 1000, told  # the newest sample before may be older
        assert damage(box, STAND_IN) == "", told
        _check_backups(box)


def _signed_in(box: Box) -> Api:
    api = Api(f"http://{box.address}:8080")
    api.sign_in(ADMIN["WEBMACS_INITIAL_ADMIN_EMAIL"], ADMIN["WEBMACS_INITIAL_ADMIN_PASSWORD"])
    return api


def _wait_for_a_value(witness: Witness) -> None:
    deadline_s = time.monotonic() + 30
    while not witness.acknowledged:
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def _begin_backup(box: Box) -> None:
    """Return once it is being written."""
    command = ("runuser", "-u", "webmacs-edge", "--", "webmacs-edge", "backup", "--to", BACKUPS)
    folder = box.root / BACKUPS.lstrip("/")
    before = set(folder.iterdir())
    # Dies with the box.
    Thread(target=box.run, args=command, kwargs={"check": False}, daemon=True).start()
    deadline_s = time.monotonic() + 30
    while set(folder.iterdir()) <= before:
        assert time.monotonic() < deadline_s
        time.sleep(0.002)


def _check_backups(box: Box) -> None:
    """What bears the name of a backup is one, to its end."""
    for file in box.run("sh", "-c", f"ls {BACKUPS}/webmacs-edge-* 2>/dev/null || :").split():
        assert "It is whole." in box.run("webmacs-edge", "backup", "--check", file)


def _stored(api: Api, channel: str, since_ms: int) -> list[dict[str, Any]]:
    return _all(api, f"/api/v1/datapoints?event_public_id={channel}&from={_moment(since_ms)}")


def _newest_ms(api: Api, channel: str, before_ms: int) -> int:
    """Of what the box had measured itself by then."""
    path = f"/api/v1/datapoints?event_public_id={channel}&to={_moment(before_ms)}&page_size=1"
    (newest,) = api.get(path)["data"]
    return int(datetime.fromisoformat(str(newest["timestamp"])).timestamp() * 1000)


def _all(api: Api, path: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    sign = "&" if "?" in path else "?"
    for page in range(1, 100):
        found = api.get(f"{path}{sign}page={page}&page_size=100")
        rows += found["data"]
        if len(rows) >= found["total"]:
            break
    return rows


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
