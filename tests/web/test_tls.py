"""HTTPS and plain HTTP at the doors of the appliance."""

import dataclasses
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conftest import EMAILS, PASSWORD
from tests.system.conftest import free_port
from tests.web.doors import LAN, House, OpenHouse, needs_lan
from webmacs_edge.certifying import run_certificate
from webmacs_edge.model.errors import CertificateError, InvalidError
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.users import create_user
from webmacs_edge.tls.files import spelled
from webmacs_edge.tls.making import make
from webmacs_edge.web import hashing, keys
from webmacs_edge.web.checks import State
from webmacs_edge.web.front_checks import certificate_check

LOGIN = "/api/v1/auth/login"
EVERYWHERE = "0.0.0.0"  # noqa: S104 what is tried


async def add_admin(house: House) -> None:
    password_hash = await hashing.hash_password(PASSWORD)
    await house.app[keys.DATABASE].write(
        lambda session: create_user(
            session, email=EMAILS[UserRole.admin], username="admin", role=UserRole.admin,
            password_hash=password_hash, at_ms=now_ms(),
        )
    )  # fmt: skip


def site_files(directory: Path) -> dict[str, Any]:
    """Settings with a certificate of the site's own."""
    made = make(["localhost"], ["127.0.0.1"], now=datetime.now(UTC))
    files = {"tls_certificate": directory / "site.pem", "tls_key": directory / "site.key"}
    files["tls_certificate"].write_text(made["certificate"])
    files["tls_key"].write_text(made["key"])
    return files


async def test_signing_in_by_https_gives_a_cookie_that_plain_http_never_sees(
    open_house: OpenHouse,
):
    typed = {"email": EMAILS[UserRole.admin], "password": PASSWORD}
    async with open_house(https_port=free_port()) as house:
        await add_admin(house)
        safe = await house.session.post(
            house.url("/sign-in", tls=True), data=typed, allow_redirects=False
        )
        page = await house.session.get(house.url("/log", tls=True), allow_redirects=False)
        plain = await house.session.get(house.url("/log"), allow_redirects=False)
        again = await house.session.post(house.url("/sign-in"), data=typed, allow_redirects=False)

    cookie = safe.cookies["__Host-webmacs_session"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"]) == (True, True, "/")
    assert cookie["samesite"] == "Strict"
    assert (page.status, plain.status) == (200, 303)
    assert "webmacs_session" in again.cookies  # neither keeps the other from signing in
    assert "Strict-Transport-Security" not in page.headers


async def test_browsers_are_kept_on_https_only_with_a_certificate_of_the_site(
    open_house: OpenHouse,
    tmp_path: Path,
):
    files = site_files(tmp_path)
    async with open_house(https_port=free_port(), **files) as house:
        by_https = await house.session.get(house.url("/health", tls=True))
        by_http = await house.session.get(house.url("/health"))
    async with open_house(https_port=free_port(), http="allow", **files) as house:
        allowed = await house.session.get(house.url("/health", tls=True))

    assert by_https.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "Strict-Transport-Security" not in by_http.headers
    assert "Strict-Transport-Security" not in allowed.headers


@needs_lan
async def test_pages_lead_from_http_to_https_and_writes_are_refused(
    open_house: OpenHouse,
):
    async with open_house(host=EVERYWHERE, https_port=free_port()) as house:
        there = f"https://{LAN}:{house.settings.https_port}"

        async def status(method: str, path: str, **given: Any) -> tuple[int, str]:
            url = house.url(path, host=LAN)
            answer = await house.session.request(method, url, allow_redirects=False, **given)
            return answer.status, answer.headers.get("Location", "")

        assert await status("GET", "/trends?from=a&to=b%20c") == (
            307,
            f"{there}/trends?from=a&to=b%20c",
        )
        assert await status("HEAD", "/") == (307, f"{there}/")
        assert await status("GET", "/api/v1/events") == (307, f"{there}/api/v1/events")
        assert await status("GET", "//evil.example/x") == (
            307,
            f"{there}//evil.example/x",
        )
        assert await status("POST", LOGIN, json={}) == (403, "")
        assert await status("POST", "/sign-in", data={}) == (403, "")
        assert await status("GET", "/health") == (200, "")
        refused = await house.session.post(house.url(LOGIN, host=LAN), json={})
        told = (await refused.json())["detail"]
        with pytest.raises(aiohttp.WSServerHandshakeError) as error:
            await house.session.ws_connect(house.url("/ws/datapoints/stream", host=LAN))

    assert error.value.status == 403
    assert there in told


HOSTS = [
    ("revpi7.local", "revpi7.local"),
    ("RevPi7:8080", "revpi7"),
    ("[::1]:8080", "[::1]"),
    ("evil.example@good", LAN),
    ("good/../evil", LAN),
    ("a b", LAN),
    ("ä", LAN),
    (".", LAN),
    ("", LAN),
    ("x:99999999", LAN),
]


@needs_lan
async def test_the_host_of_a_redirect_is_a_host_or_our_own_address(
    open_house: OpenHouse,
):
    async with open_house(host=EVERYWHERE, https_port=free_port()) as house:
        for host, shown in HOSTS:
            answer = await house.session.get(
                house.url("/log", host=LAN), headers={"Host": host}, allow_redirects=False
            )

            target = answer.headers.get("Location", "").lower()
            refused = answer.status == 400
            assert refused or target == f"https://{shown}:{house.settings.https_port}/log", host


@needs_lan
async def test_old_clients_may_be_allowed_plain_http(open_house: OpenHouse):
    async with open_house(host=EVERYWHERE, https_port=free_port(), http="allow") as house:
        await add_admin(house)
        body = {"email": EMAILS[UserRole.admin], "password": PASSWORD}
        answer = await house.session.post(house.url(LOGIN, host=LAN), json=body)

    assert answer.status == 200


async def test_plain_http_can_be_off(open_house: OpenHouse):
    async with open_house(https_port=free_port(), http="off") as house:
        safe = await house.session.get(house.url("/health", tls=True))
        with pytest.raises(aiohttp.ClientConnectorError):
            await house.session.get(house.url("/health"))

    assert safe.status == 200


@needs_lan
async def test_a_proxy_of_the_settings_may_end_tls_before_us(open_house: OpenHouse):
    forwarded = {"X-Forwarded-Proto": "https"}
    given = {"host": EVERYWHERE, "https_port": free_port()}
    async with open_house(**given, trusted_proxies=[LAN]) as house:
        trusted = await house.session.get(
            house.url("/api/v1/auth/me", host=LAN), headers=forwarded, allow_redirects=False
        )
    async with open_house(**given) as house:
        forged = await house.session.get(
            house.url("/api/v1/auth/me", host=LAN), headers=forwarded, allow_redirects=False
        )

    assert (trusted.status, forged.status) == (401, 307)


async def test_a_port_in_use_is_named_with_the_way_out(open_house: OpenHouse):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(OSError, match="WEBMACS_HTTPS_PORT another port"):
            async with open_house(https_port=other.getsockname()[1]):
                pass


async def test_the_command_shows_what_a_browser_shows(open_house: OpenHouse):
    said: list[str] = []
    async with open_house(https_port=free_port()) as house:
        await run_certificate(house.settings, say=said.append)
        facts = house.app[keys.CERTIFICATE].facts

    assert facts is not None
    assert spelled(facts.fingerprint) in "\n".join(said)
    assert "made by this box" in said[0]
    assert "localhost" in said[-1]


async def test_the_command_says_when_there_is_none(open_house: OpenHouse):
    async with open_house() as house:
        with pytest.raises(InvalidError, match="HTTPS is not served"):
            await run_certificate(house.settings, say=print)
        with pytest.raises(CertificateError, match="no certificate yet"):
            await run_certificate(house.settings.model_copy(update={"https_port": 1}), say=print)


async def test_speaking_http_to_the_https_port_disturbs_nobody(open_house: OpenHouse):
    async with open_house(https_port=free_port()) as house:
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await house.session.get(f"http://127.0.0.1:{house.settings.https_port}/")
        answer = await house.session.get(house.url("/health", tls=True))

    assert answer.status == 200


async def test_the_system_page_shows_the_certificate_and_the_connections(open_house: OpenHouse):
    typed = {"email": EMAILS[UserRole.admin], "password": PASSWORD}
    async with open_house(https_port=free_port()) as house:
        await add_admin(house)
        await house.session.post(house.url("/sign-in", tls=True), data=typed)
        html = await (await house.session.get(house.url("/system/checks", tls=True))).text()
        keeper = house.app[keys.CERTIFICATE]
        assert keeper.facts is not None
        fine = certificate_check(keeper)
        keeper.health.bad("The key is not the key of the certificate.")
        bad = certificate_check(keeper)
        keeper.health.good()
        keeper.facts = dataclasses.replace(keeper.facts, not_after_ms=now_ms() + 60_000)
        soon = certificate_check(keeper)
        keeper.facts = dataclasses.replace(keeper.facts, not_after_ms=now_ms() - 1)
        ended = certificate_check(keeper)
        keeper.facts = None
        none = certificate_check(keeper)

    assert "Fingerprint" in html
    assert "of at most 500" in html
    states = [it.state for it in (fine, bad, soon, ended, none)]
    assert states == [State.good, State.warning, State.warning, State.error, State.error]
    assert "is not the key" in bad.way_out
