"""A built front end of somebody else, on a port of its own beside the API."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import EMAILS, PASSWORD
from tests.system.conftest import free_port
from tests.waiting import eventually
from tests.web.doors import House, OpenHouse
from webmacs_edge.model.errors import SettingsError
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.users import create_user
from webmacs_edge.web import hashing, keys
from webmacs_edge.web.headers import CONTENT_SECURITY_POLICY, SPA_CONTENT_SECURITY_POLICY
from webmacs_edge.web.spa import Spa

SCRIPT = """
const say = (id, text) => { document.getElementById(id).textContent = text };
const call = (path, options) => fetch("/api/v1" + path, options).then(answer => answer.json());
(async () => {
  document.getElementById("styled").style.color = "rgb(1, 2, 3)";
  say("route", location.pathname);
  const body = JSON.stringify({email: "EMAIL", password: "PASSWORD"});
  const headers = {"Content-Type": "application/json"};
  const login = await call("/auth/login", {method: "POST", headers, body});
  localStorage.setItem("access_token", login.access_token);
  const bearer = {headers: {Authorization: "Bearer " + login.access_token}};
  const events = await call("/events?page=1&page_size=50&_t=1", bearer);
  say("total", events.total);
  const socket = new WebSocket(
    location.origin.replace("http", "ws") + "/ws/datapoints/stream?token=" + login.access_token);
  socket.onmessage = message => {
    const batch = JSON.parse(message.data);
    if (batch.type !== "datapoints_batch") return;
    say("stream", batch.datapoints.length);
    socket.close();
  };
})();
"""
PAGE = """<!doctype html><title>Panel</title>
<link rel="stylesheet" href="/assets/index-1f.css">
<script type="module" src="/assets/index-1f.js"></script>
<p id="route"></p><p id="total"></p><p id="stream"></p><p id="styled" style="margin: 0">x</p>
"""


PAGES = (
    "/", "/events", "/dashboards/7", "/login?redirect=/x", "/sign-in", "/setup", "/index.html",
    "/static/css/tokens.css", "/streams/live", "/api", "/.env", "/away", "/%2e%2e/secret.txt",
    "/..%2fsecret.txt", "/assets%00", "/assets",
)  # fmt: skip


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """What a build would make."""
    directory = tmp_path / "dist"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text(PAGE)
    script = SCRIPT.replace("EMAIL", EMAILS[UserRole.admin]).replace("PASSWORD", PASSWORD)
    (directory / "assets" / "index-1f.js").write_text(script)
    (directory / "assets" / "index-1f.css").write_text("p { color: red }")
    (directory / "assets" / "icons.woff2").write_bytes(b"wOF2")
    (directory / "logo.svg").write_text("<svg/>")
    (directory / ".env").write_text("SECRET=1")
    (tmp_path / "secret.txt").write_text("secret of the box")
    (directory / "away").symlink_to(tmp_path / "secret.txt")
    (directory / "inside.svg").symlink_to(directory / "logo.svg")
    return directory


def at_spa(house: House, path: str, *, tls: bool = False) -> str:
    settings = house.settings
    port = settings.spa_https_port if tls else settings.spa_port
    return house.url(path, port=port, tls=tls)


def spa_settings(dist: Path, **more: Any) -> dict[str, Any]:
    return {"spa_dir": dist, "spa_port": free_port(), "spa_https_port": 0, **more}


async def test_files_and_paths_of_the_front_end(
    open_house: OpenHouse,
    dist: Path,
):
    async with open_house(**spa_settings(dist)) as house:

        async def get(path: str) -> tuple[int, str, str, str]:
            answer = await house.session.get(at_spa(house, path), allow_redirects=False)
            text = (await answer.read()).decode()
            return answer.status, answer.content_type, answer.headers["Cache-Control"], text

        lasting, asked = "public, max-age=31536000, immutable", "no-cache"
        for path in PAGES:
            assert await get(path) == (200, "text/html", asked, PAGE), path
        assert (await get("/assets/index-1f.js"))[:3] == (200, "text/javascript", lasting)
        assert (await get("/assets/index-1f.css"))[:3] == (200, "text/css", lasting)
        assert (await get("/assets/icons.woff2"))[:3] == (200, "font/woff2", lasting)
        assert (await get("/logo.svg"))[:3] == (200, "image/svg+xml", asked)
        assert (await get("/inside.svg"))[3] == "<svg/>"
        assert (await get("/assets/gone.js"))[:2] == (404, "application/json")
        assert (await get("/assets/../../secret.txt"))[3] == PAGE
        assert (await get("/api/v1/auth/me"))[:2] == (401, "application/json")
        assert (await get("/api/v1/none"))[:2] == (404, "application/json")
        assert (await get("/health"))[:2] == (200, "application/json")
        posted = await house.session.post(at_spa(house, "/sign-in"), data={"email": "a"})
        page = await house.session.get(at_spa(house, "/"))
        program = await house.session.get(at_spa(house, "/health"))
        etag = {"If-None-Match": page.headers["ETag"]}
        again = await house.session.get(at_spa(house, "/"), headers=etag)

    assert posted.status == 405
    assert page.headers["Content-Security-Policy"] == SPA_CONTENT_SECURITY_POLICY
    assert program.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert again.status == 304


async def test_the_cookie_of_our_pages_opens_nothing_there(
    open_house: OpenHouse,
    dist: Path,
):
    async with open_house(**spa_settings(dist)) as house:
        await _add_admin(house)
        body = {"email": EMAILS[UserRole.admin], "password": PASSWORD}
        await house.session.post(house.url("/sign-in"), data=body)
        ours = await house.session.get(house.url("/api/v1/auth/me"))
        theirs = await house.session.get(at_spa(house, "/api/v1/auth/me"))

    assert (ours.status, theirs.status) == (200, 401)


async def test_it_has_a_port_for_https_too(open_house: OpenHouse, dist: Path):
    given = spa_settings(dist, spa_https_port=free_port(), https_port=free_port())
    async with open_house(**given) as house:
        page = await house.session.get(at_spa(house, "/events", tls=True))

        assert await page.text() == PAGE


def test_a_directory_without_a_front_end_is_told_at_start(tmp_path: Path):
    from tests.conftest import make_settings  # noqa: PLC0415 of this test alone
    from webmacs_edge.app import make_app  # noqa: PLC0415
    from webmacs_edge.hardware.revpi import RevPi  # noqa: PLC0415

    settings = make_settings(tmp_path / "data", spa_dir=tmp_path)
    with pytest.raises(SettingsError, match="WEBMACS_SPA_DIR"):
        make_app(settings, RevPi(tmp_path, tmp_path), on_death=lambda _: None)


@pytest.mark.parametrize("path", ["/fifo", "/loop", "/assets", "/a\0b", "/" + "a" * 5000])
def test_what_is_no_file_is_none(tmp_path: Path, path: str):
    import os  # noqa: PLC0415 of this test alone

    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "assets").mkdir()

    assert Spa(tmp_path.resolve()).find(path) is None


@pytest.mark.browser
async def test_a_front_end_signs_in_lists_events_and_follows_the_stream(
    open_house: OpenHouse,
    dist: Path,
):
    from playwright.async_api import async_playwright  # noqa: PLC0415 only where Chromium is

    from tests.browser.conftest import ARGUMENTS, CHROMIUM  # noqa: PLC0415

    faults: list[str] = []
    async with open_house(**spa_settings(dist)) as house:
        await _add_admin(house)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=list(ARGUMENTS)
            )
            page = await browser.new_page()
            page.on("console", lambda message: faults.append(message.text))
            page.on("pageerror", lambda error: faults.append(str(error)))
            await page.goto(at_spa(house, "/events"))

            async def shown(name: str) -> str:
                return await page.locator(f"#{name}").inner_text()

            await eventually(lambda: shown("stream"), what="a value of the stream")
            route, total = await shown("route"), await shown("total")
            colour = await page.evaluate("getComputedStyle(styled).color")
            await browser.close()

    assert faults == []
    assert (route, colour) == ("/events", "rgb(1, 2, 3)")
    assert int(total) > 0


async def _add_admin(house: House) -> None:
    password_hash = await hashing.hash_password(PASSWORD)
    await house.app[keys.DATABASE].write(
        lambda session: create_user(
            session, email=EMAILS[UserRole.admin], username="admin", role=UserRole.admin,
            password_hash=password_hash, at_ms=now_ms(),
        )
    )  # fmt: skip
