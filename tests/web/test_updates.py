"""Updates from the click to the helper's inbox and back, on pages and by the API."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestServer

from tests.conftest import Client, Start, app_of, channels_of, sign_in_as
from tests.firmware.bundles import Forge
from tests.waiting import eventually
from tests.web.updates import OTA, files_of, form_of
from webmacs_edge.firmware.installer import Installer, architecture
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.outputs import DuringUpdate
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.experiments import start_experiment
from webmacs_edge.web import keys
from webmacs_edge.web.update_keeper import UPDATE_KEEPER
from webmacs_edge.web.update_plan import plan_of
from webmacs_edge.web.update_token import TOKEN
from webmacs_edge.web.updating import UPDATES

VERSION = "1.2.0"


class Helper:
    """Stands where the root helper is: takes requests, and says what a test wants said."""

    def __init__(self, client: Client, forge: Forge) -> None:
        self.app, self.forge = app_of(client), forge
        self.store = forge.folder / "store"
        self.store.mkdir()
        self.program = program = forge.folder / "helper.py"
        program.touch()
        self.folder = self.app[keys.UPDATE_FILES].folder
        self.app[UPDATES].installer = Installer(
            self.folder,
            resources=forge.folder,
            store=self.store,
            program=program,
            watched=self.folder.parent,
        )

    def bundle(self, **changes: Any) -> bytes:
        """A release that fits this machine."""
        installer = self.app[UPDATES].installer
        facts = installer.facts("0.1.0")
        given = {"systems": [facts.system or "bookworm"], "pythons": [facts.python]}
        files = json.loads(self.forge.manifest())["files"]
        files[0]["arch"] = architecture()
        manifest = self.forge.manifest(
            **{"min_version": "0.0.0", "files": files, **given, **changes}
        )
        return self.forge.bundle(manifest)

    async def asked(self) -> dict[str, Any]:
        """The request, once it lies there."""
        request = self.folder / "inbox" / "request.json"
        await eventually(request.exists)
        told: dict[str, Any] = json.loads(request.read_text())
        request.unlink()
        return told

    async def tell(self, request: dict[str, Any], outcome: str, why: str = "") -> None:
        """How it ended."""
        result = {"id": request["id"], "action": request["action"], "outcome": outcome, "why": why}
        (self.store / "results.json").write_text(json.dumps({"results": [result]}))
        await self.app[UPDATE_KEEPER].look()


@pytest.fixture
def helper(admin: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Helper:
    if not Path("/etc/os-release").read_text().count("VERSION_CODENAME"):
        monkeypatch.setattr("webmacs_edge.firmware.installer.OS_RELEASE", tmp_path / "none")
    folder = tmp_path / "forge"
    folder.mkdir()
    return Helper(admin, Forge(folder))


async def rows(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await (await client.get(OTA)).json())["data"]
    return found


async def upload(client: Client, content: bytes) -> Any:
    form = FormData()
    form.add_field("file", content, filename="webmacs-update.tar")
    return await client.post("/updates/upload", data=form)


async def test_an_uploaded_update_is_confirmed_handed_over_and_told(admin: Client, helper: Helper):
    answer = await upload(admin, helper.bundle())
    question = await answer.text()
    assert answer.status == 200, question
    assert "New trends." in question
    assert "signed by a key that this box knows" in question
    (row,) = await rows(admin)

    await admin.post(f"/updates/{row['public_id']}/install", data={})
    request = await helper.asked()
    assert (request["action"], request["file"]) == ("install", files_of(admin)[0])
    assert app_of(admin)[keys.CONTROL].locks.is_updating
    assert (await rows(admin))[0]["status"] == "applying"

    await helper.tell(request, "completed")
    (row,) = await rows(admin)
    assert (row["status"], row["error_message"], row["has_firmware_file"]) == (
        "completed", None, False,
    )  # fmt: skip
    assert not [name for name in files_of(admin) if name.endswith(".tar")]
    assert not app_of(admin)[keys.CONTROL].locks.is_updating


async def test_what_was_taken_back_says_why_and_may_be_tried_again(admin: Client, helper: Helper):
    await upload(admin, helper.bundle())
    (row,) = await rows(admin)
    path = f"/updates/{row['public_id']}/install"
    await admin.post(path, data={})
    await helper.tell(await helper.asked(), "undone", "It does not answer.")

    page = await (await admin.get("/updates")).text()
    (row,) = await rows(admin)
    assert (row["status"], row["error_message"]) == ("rolled_back", "It does not answer.")
    assert "It does not answer." in page
    assert "Try again…" in page
    told = await (await admin.get("/log", headers={"Accept-Language": "de"})).text()
    assert "wurde zurückgenommen: It does not answer." in told

    await admin.post(path, data={})
    await helper.tell(await helper.asked(), "refused", "There is too little space.")
    assert [it["status"] for it in await rows(admin)] == ["failed"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"hello", "is no update"), (b"manifest.json" + bytes(600), "no update")],
)
async def test_a_file_that_is_no_update_is_refused_and_not_kept(
    admin: Client, helper: Helper, content: bytes, words: str
):
    answer = await upload(admin, content)

    assert answer.status == 409
    assert words in await answer.text()
    assert not files_of(admin)
    assert not await rows(admin)


async def test_a_tampered_file_is_found_before_the_helper_is_asked(admin: Client, helper: Helper):
    content = helper.bundle().replace(b"tail", b"tale")
    await upload(admin, content)
    (row,) = await rows(admin)

    await admin.post(f"/updates/{row['public_id']}/install", data={})

    async def failed() -> bool:
        return (await rows(admin))[0]["status"] == "failed"

    await eventually(failed)
    assert "changed or damaged" in (await rows(admin))[0]["error_message"]
    assert not (helper.folder / "inbox" / "request.json").exists()


async def test_a_running_experiment_is_not_disturbed_unless_that_is_accepted(
    admin: Client, helper: Helper
):
    await upload(admin, helper.bundle())
    (row,) = await rows(admin)
    path = f"/updates/{row['public_id']}/install"
    await app_of(admin)[keys.DATABASE].write(
        lambda session: start_experiment(session, name="Run 7", at_ms=now_ms(), user_public_id=None)
    )

    refused = await admin.post(path, data={})
    words = await refused.text()
    assert refused.status == 409
    assert "Run 7" in words
    assert (await rows(admin))[0]["status"] == "pending"

    by_program = await admin.post(f"{OTA}/{row['public_id']}/apply", json={})
    assert by_program.status == 409
    accepted = await admin.post(f"{OTA}/{row['public_id']}/apply", json={"accept": True})
    assert accepted.status == 200
    assert (await helper.asked())["action"] == "install"


async def test_an_older_release_needs_its_version_typed(admin: Client, helper: Helper):
    await upload(admin, helper.bundle(version="0.0.9"))
    (row,) = await rows(admin)
    path = f"/updates/{row['public_id']}/install"
    question = await (await admin.get(path)).text()
    assert "Type 0.0.9 to go back to it" in question
    first, second = "Install now", "Remove from the list"  # the Enter key means the first one
    assert 0 < question.index(first) < question.index(second)

    await admin.post(path, data={"allow_older": "0.0.9"})

    assert (await helper.asked())["allow_older"] == "0.0.9"


async def test_without_a_helper_nothing_is_installed(admin: Client, helper: Helper):
    await upload(admin, helper.bundle())
    (row,) = await rows(admin)
    (helper.forge.folder / "helper.py").unlink()

    answer = await admin.post(f"{OTA}/{row['public_id']}/apply")

    assert answer.status == 409
    assert "webmacs-edge-updater" in (await answer.json())["detail"]
    assert (await rows(admin))[0]["status"] == "pending"


async def test_a_box_that_trusts_no_key_or_stands_in_says_so_before_anything_is_tried(
    admin: Client, helper: Helper
):
    await upload(admin, helper.bundle())
    (row,) = await rows(admin)
    installer = app_of(admin)[UPDATES].installer
    for file in (helper.forge.folder / "keys").iterdir():
        file.unlink()

    page = await (await admin.get("/updates")).text()
    answer = await admin.post(f"{OTA}/{row['public_id']}/apply")

    assert "This build trusts no key" in page
    assert "/etc/webmacs-edge/keys" in (await answer.json())["detail"]
    app_of(admin)[UPDATES].installer = Installer(
        helper.folder, resources=helper.forge.folder, store=helper.store, program=helper.program
    )
    question = await (await admin.get(f"/updates/{row['public_id']}/install")).text()
    assert "stands in for a Revolution Pi" in question
    assert "Install now" not in question
    app_of(admin)[UPDATES].installer = installer


async def test_the_token_of_a_private_repository_is_sealed_used_and_never_shown(
    admin: Client, helper: Helper
):
    app = app_of(admin)

    await admin.post("/updates/token", data={"token": "ghp_only4me"})

    asked = app[keys.RELEASES].headers_for("https://api.github.com/repos/a/b/releases/assets/1")
    assert asked["Authorization"] == "Bearer ghp_only4me"
    assert "ghp_only4me" not in await (await admin.get("/updates")).text()
    stored = (app[keys.SETTINGS].data_dir / "config.db").read_bytes()
    assert (
        b"ghp_only4me" not in stored + (app[keys.SETTINGS].data_dir / "config.db-wal").read_bytes()
    )
    app[keys.RELEASES].use_token("")
    await app[TOKEN].load()  # as at the next start
    assert app[TOKEN].place == "sealed"
    assert "Authorization" in app[keys.RELEASES].headers_for("https://api.github.com/x")
    await admin.post("/updates/token", data={})
    assert "Authorization" not in app[keys.RELEASES].headers_for("https://api.github.com/x")


async def test_an_update_on_a_stick_is_offered_and_taken(
    admin: Client, helper: Helper, tmp_path: Path
):
    stick = tmp_path / "media" / "STICK"
    stick.mkdir(parents=True)
    (stick / "webmacs-update-1.2.0.tar").write_bytes(helper.bundle())
    (stick / "webmacs-link.tar").symlink_to("/etc/passwd")
    app_of(admin)[keys.SETTINGS].update_media[:] = [str(tmp_path / "media")]
    keeper = app_of(admin)[UPDATE_KEEPER]
    keeper._sticks_at_s = 0.0  # noqa: SLF001 five seconds later
    await keeper.look()

    page = await (await admin.get("/updates")).text()
    assert "Take 1.2.0…" in page
    assert "webmacs-link" not in page
    other = await admin.post("/updates/offer", data={"stick": "/etc/passwd"})
    assert other.status == 409
    await admin.post("/updates/offer", data={"stick": str(stick / "webmacs-update-1.2.0.tar")})

    assert [it["version"] for it in await rows(admin)] == [VERSION]


@pytest.fixture
async def published(helper: Helper) -> AsyncIterator[dict[str, Any]]:
    """A place from which the bundle can be fetched."""
    told: dict[str, Any] = {"content": helper.bundle(), "ranges": []}

    async def file(request: web.Request) -> web.StreamResponse:
        told["ranges"].append(request.headers.get("Range"))
        start = request.http_range.start or 0
        body = told["content"][start:]
        response = web.StreamResponse(status=206 if start else 200)
        response.content_length = len(body)
        await response.prepare(request)
        if told.pop("cut", None):
            await response.write(body[:15_000])
            progress = helper.app[UPDATES].progress
            assert progress is not None
            await eventually(lambda: progress.received_bytes)
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(body)
        return response

    app = web.Application()
    app.router.add_get("/file.tar", file)
    async with TestServer(app) as server:
        told["url"] = str(server.make_url("/file.tar"))
        yield told


async def test_a_download_that_was_cut_off_goes_on_where_it_was(
    admin: Client, helper: Helper, published: dict[str, Any]
):
    published["cut"] = True
    await admin.post(OTA, json={"version": VERSION})
    (row,) = await rows(admin)

    await admin.post(f"{OTA}/{row['public_id']}/apply", json={"download_url": published["url"]})
    request = await helper.asked()

    assert request["action"] == "install"
    assert published["ranges"][0] is None
    assert published["ranges"][1].startswith("bytes=")
    assert (await rows(admin))[0]["file_size_bytes"] == len(published["content"])


async def test_a_request_that_nobody_takes_is_given_up(admin: Client, helper: Helper):
    await upload(admin, helper.bundle())
    (row,) = await rows(admin)
    await admin.post(f"/updates/{row['public_id']}/install", data={})
    await eventually((helper.folder / "inbox" / "request.json").exists)

    keeper = app_of(admin)[UPDATE_KEEPER]
    note = {"id": "x", "update": row["public_id"], "action": "install", "at_ms": 0}
    outcome = keeper._outcome(note)  # noqa: SLF001 two minutes later

    assert outcome is not None
    assert "did not take it" in outcome.why


async def test_going_back_is_asked_for_where_a_version_before_is_kept(
    admin: Client, helper: Helper, monkeypatch: pytest.MonkeyPatch
):
    await upload(admin, helper.bundle())
    (row,) = await rows(admin)
    await admin.post(f"/updates/{row['public_id']}/install", data={})
    await helper.tell(await helper.asked(), "completed")
    (helper.store / "previous.json").write_text('{"version": "0.1.0", "databases": ["config"]}')
    (helper.store / "previous.deb").touch()

    refused = await admin.post(f"{OTA}/{row['public_id']}/rollback")
    assert refused.status == 409  # the version that runs in this test is another one

    for place in ("web.updating", "web.update_facts"):
        monkeypatch.setattr(f"webmacs_edge.{place}.__version__", VERSION)
    question = await (await admin.get(f"/updates/{row['public_id']}/rollback")).text()
    assert "Go back from 1.2.0 to 0.1.0?" in question
    assert "Measurements stay." in question
    twice = [admin.post(f"{OTA}/{row['public_id']}/rollback") for _ in range(2)]
    answers = await asyncio.gather(*twice)
    assert sorted(it.status for it in answers) == [200, 503]  # else the second one undid the first
    await helper.tell(await helper.asked(), "rolled_back")

    assert [it["status"] for it in await rows(admin)] == ["rolled_back"]


async def test_two_at_once_are_one_too_many(admin: Client, helper: Helper):
    await upload(admin, helper.bundle())
    (row,) = await rows(admin)
    (helper.store / "journal.json").write_text('{"phase": "trial"}')

    answer = await admin.post(f"{OTA}/{row['public_id']}/apply")

    assert answer.status == 503
    assert "under way" in (await answer.json())["detail"]
    part = await admin.get("/updates/standing?version=0.1.0&idle=1")
    assert "trying the new version" in await part.text()
    assert part.headers["HX-Refresh"] == "true"  # the page was loaded when nothing was under way


async def test_outputs_go_safe_or_are_held_over_an_update_as_their_claims_say(
    start: Start, own_plant: VirtualRevPi
):
    async def outputs(client: Client) -> dict[str, Any]:
        listed = (await (await client.get("/api/v1/outputs")).json())["data"]
        return {it["name"]: it for it in listed}

    async def images(client: Client) -> tuple[float, float]:
        found = await outputs(client)
        return found["Feed valve"]["image"], found["Blower enable"]["image"]

    async with start(own_plant, scan_hz=50) as client:
        await channels_of(client)
        await sign_in_as(client, UserRole.admin)
        control = app_of(client)[keys.CONTROL]
        await eventually(lambda: control.board.outputs)
        claim = next(it.claim for it in control.bindings if it.name == "Feed valve")
        held = replace(claim, during_update=DuringUpdate.hold, max_on_s=None)
        control._claims = {  # noqa: SLF001 as an administrator decides it
            key: held if one is claim else one
            for key, one in control._claims.items()  # noqa: SLF001
        }
        control._replan()  # noqa: SLF001 the same
        for name in ("Feed valve", "Blower enable"):
            place = (await outputs(client))[name]["event_public_id"]
            path = f"/api/v1/outputs/{place}/command"
            assert (await client.post(path, json={"value": 1})).status == 200

        async def is_told() -> bool:
            plan = await plan_of(app_of(client))
            return (plan.held, plan.made_safe) == (["Feed valve"], ["Blower enable"])

        await eventually(is_told)
        control.prepare_update(is_updating=True)
    async with start(own_plant, scan_hz=50) as client:
        await channels_of(client)
        client.session.cookie_jar.clear()
        await sign_in_as(client, UserRole.operator)
        await eventually(lambda: app_of(client)[keys.CONTROL].board.outputs)
        assert await images(client) == (1, 0)


async def test_an_old_archive_is_kept_as_programs_of_2_x_expect_and_installs_nothing(
    admin: Client, helper: Helper
):
    await admin.post(f"{OTA}/upload", data=form_of(b"\x1f\x8b" + bytes(900)))
    (row,) = await rows(admin)

    page = await (await admin.get(f"/updates/{row['public_id']}/install")).text()

    assert "is no update of WebMACS Edge" in page
    assert "Install now" not in page
