"""Sign-in by an OpenID Connect provider, through the front door and past its tricks."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import async_playwright
from yarl import URL

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.conftest import Client, Start, make_token
from tests.web.doors import OpenHouse
from tests.web.provider import (
    CLIENT_ID,
    HTML,
    SECRET,
    SSO_ROOT,
    FakeProvider,
    begin,
    sign_in,
    user_named,
)
from webmacs_edge.config import load_settings
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.errors import SettingsError
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.users import create_user
from webmacs_edge.web import keys, oidc, sso

ROOT = SSO_ROOT


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as provider:
        yield provider


@pytest.fixture
async def client(
    start: Start, plant: VirtualRevPi, provider: FakeProvider
) -> AsyncIterator[Client]:
    """An appliance that trusts the provider and has an administrator."""
    async with start(plant, **provider.settings()) as client:
        await make_token(client, UserRole.admin)
        yield client


async def test_somebody_new_comes_in_by_the_provider_as_a_viewer(
    client: Client, provider: FakeProvider
):
    answer = await sign_in(client, provider, "?ui=pages&next=/trends")
    html = await answer.text()

    user = await user_named(client, "anna@plant.example")
    assert answer.status == 200
    assert 'content="0; url=/trends"' in html
    assert (user.role, user.username, user.sso_provider) == (UserRole.viewer, "annak.", "PlantID")
    me = await client.get("/api/v1/auth/me")
    assert (await me.json())["sso_provider"] == "PlantID"


async def test_the_provider_is_asked_with_a_proof_that_stays_here(
    client: Client, provider: FakeProvider
):
    url = URL(await begin(client))
    answer = await client.get(provider.consent(str(url)).path_qs, headers=HTML)

    assert answer.status == 200
    assert url.query["tenant"] == "7"
    assert (url.query["response_type"], url.query["client_id"]) == ("code", CLIENT_ID)
    assert url.query["code_challenge_method"] == "S256"
    assert url.query["scope"] == "openid email profile"
    form = provider.forms[0]
    assert form["basic"] == "edge:s3cret%2F%2B%C3%A4"
    assert form["code_verifier"] not in str(url)
    assert SECRET not in str(url)


async def test_a_second_sign_in_finds_the_same_user_and_asks_for_no_keys_again(
    client: Client, provider: FakeProvider
):
    await sign_in(client, provider)
    first = await user_named(client, "anna@plant.example")
    provider.person |= {"email": "anna.new@plant.example", "email_verified": False}
    answer = await sign_in(client, provider)

    assert answer.status == 200
    assert await user_named(client, "anna.new@plant.example") is None
    assert first is not None
    assert provider.asked.count("/keys") == 1
    assert provider.asked.count("/.well-known/openid-configuration") == 1


async def test_a_front_end_exchanges_a_code_for_a_token_once(
    start: Start, plant: VirtualRevPi, provider: FakeProvider
):
    more = provider.settings(oidc_frontend_url="https://panel.plant.example/")
    async with start(plant, **more) as client:
        await make_token(client, UserRole.admin)
        answer = await sign_in(client, provider, "")
        target = URL(answer.headers["Location"])
        code = {"code": target.query["code"]}
        first = await client.post(f"{ROOT}/exchange", json=code)
        second = await client.post(f"{ROOT}/exchange", json=code)
        given = await first.json()
        token = given["access_token"]
        me = await client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.status == 307
    assert str(target.with_query(None)) == "https://panel.plant.example/sso-callback"
    assert (first.status, second.status, me.status) == (200, 400, 200)
    assert given == {"access_token": token}
    assert "webmacs_session" not in answer.cookies


async def test_codes_and_missing_fields_that_are_not_valid_are_refused(client: Client):
    unknown = await client.post(f"{ROOT}/exchange", json={"code": "x"})
    missing = await client.post(f"{ROOT}/exchange", json={})

    assert (unknown.status, missing.status) == (400, 422)
    assert isinstance((await unknown.json())["detail"], str)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda p: p.sign_with_a_strangers_key(),
        lambda p: p.sign_with_our_secret(),
        lambda p: setattr(p, "algorithm", "none"),
        lambda p: setattr(p, "change_claims", lambda c: c.update(nonce="other")),
        lambda p: setattr(p, "change_claims", lambda c: c.pop("nonce")),
        lambda p: setattr(p, "change_claims", lambda c: c.update(aud="somebody else")),
        lambda p: setattr(p, "change_claims", lambda c: c.update(iss="https://evil.example")),
        lambda p: setattr(p, "change_claims", lambda c: c.update(exp=c["iat"] - 3600)),
        lambda p: setattr(p, "change_claims", lambda c: c.pop("exp")),
        lambda p: setattr(p, "change_claims", lambda c: c.update(iat=c["iat"] + 3600)),
        lambda p: setattr(p, "change_claims", lambda c: c.update(azp="somebody else")),
        lambda p: setattr(p, "change_claims", lambda c: c.pop("sub")),
        lambda p: setattr(p, "header", {"kid": "unknown"}),
        lambda p: setattr(p, "keys", []),
        lambda p: p.answers.update({"/token": web.Response(status=500, text="ouch")}),
        lambda p: p.answers.update({"/token": web.Response(text="[1]")}),
        lambda p: p.answers.update({"/token": web.json_response({"id_token": "a.b.c"})}),
        lambda p: p.answers.update({"/token": web.json_response({"access_token": "at"})}),
        lambda p: p.answers.update({"/token": web.Response(body=b" " * 600_000)}),
        lambda p: p.answers.update(
            {"/token": web.Response(status=302, headers={"Location": "http://evil.example"})}
        ),
        lambda p: p.answers.update({"/keys": web.json_response({"keys": 7})}),
    ],
)
async def test_what_the_provider_gets_wrong_lets_nobody_in(
    client: Client, provider: FakeProvider, spoil: Any
):
    url = await begin(client)
    spoil(provider)

    answer = await client.get(provider.consent(url).path_qs, headers=HTML, allow_redirects=False)

    assert answer.status == 502
    assert answer.content_type == "text/html"
    assert "Back to the sign-in page" in await answer.text()
    assert SECRET not in await answer.text()
    assert not {name for name in answer.cookies if "session" in name}
    assert await user_named(client, "anna@plant.example") is None


async def test_a_provider_that_does_not_answer_in_time_is_given_up(
    client: Client, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(oidc, "TIMEOUT_S", 0.2)
    provider.slow_path = "/.well-known/openid-configuration"

    answer = await client.get(f"{ROOT}/authorize", allow_redirects=False)

    assert answer.status == 502
    assert "PlantID does not answer" in (await answer.json())["detail"]


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://evil.example/"},
        {"authorization_endpoint": None},
    ],
)
async def test_a_provider_that_leads_elsewhere_is_not_followed(
    client: Client, provider: FakeProvider, told: dict[str, Any]
):
    provider.change_told = lambda found: found.update(told)

    answer = await client.get(f"{ROOT}/authorize?ui=pages", allow_redirects=False)

    assert answer.status == 502


async def test_signatures_by_elliptic_curves_and_tokens_that_name_no_key_are_fine(
    client: Client, provider: FakeProvider
):
    provider.sign_by_ec()
    provider.header = {}

    assert (await sign_in(client, provider)).status == 200


async def test_a_new_key_of_the_provider_is_fetched_when_it_is_first_used(
    client: Client, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
):
    await sign_in(client, provider)
    monkeypatch.setattr(oidc, "_NEW_KEYS_AFTER_S", 0.0)
    fresh = provider.keys[0]
    provider.key = fresh = type(fresh).generate_key(2048, {"kid": "next", "use": "sig"})
    provider.keys, provider.header = [fresh], {"kid": "next"}

    assert (await sign_in(client, provider)).status == 200


async def test_an_answer_of_the_provider_works_once(client: Client, provider: FakeProvider):
    back = provider.consent(await begin(client))
    first = await client.get(back.path_qs, headers=HTML)
    second = await client.get(back.path_qs, headers=HTML)

    assert (first.status, second.status) == (200, 400)
    assert "begin again" in await second.text()


async def test_an_answer_meant_for_another_browser_is_refused(
    client: Client, provider: FakeProvider
):
    back = provider.consent(await begin(client))
    client.session.cookie_jar.clear()

    answer = await client.get(back.path_qs, headers=HTML)

    assert answer.status == 400
    assert "not begun in this browser" in await answer.text()
    assert provider.forms == []


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?code=x&state=%00", "?error=x"])
async def test_a_call_back_that_nobody_began_is_refused_in_words(client: Client, query: str):
    page = await client.get(f"{ROOT}/callback{query}", headers=HTML)
    program = await client.get(f"{ROOT}/callback{query}")

    assert (page.status, page.content_type) == (400, "text/html")
    assert (program.status, program.content_type) == (400, "application/json")


async def test_what_the_provider_refuses_is_told_and_not_repeated(
    client: Client, provider: FakeProvider
):
    state = URL(await begin(client)).query["state"]
    answer = await client.get(f"{ROOT}/callback?state={state}&error=access_denied", headers=HTML)
    other = URL(await begin(client)).query["state"]
    odd = await client.get(
        f"{ROOT}/callback?state={other}&error=Call+0900&error_description=now", headers=HTML
    )

    assert (answer.status, odd.status) == (403, 403)
    assert "You cancelled" in await answer.text()
    assert "0900" not in await odd.text()


async def test_two_tabs_do_not_disturb_each_other(client: Client, provider: FakeProvider):
    one, two = await begin(client), await begin(client)

    first = await client.get(provider.consent(one).path_qs, headers=HTML)
    second = await client.get(provider.consent(two).path_qs, headers=HTML)

    assert (first.status, second.status) == (200, 200)


async def test_the_cookie_of_an_attempt_is_out_of_reach(client: Client):
    answer = await client.get(f"{ROOT}/authorize?ui=pages", allow_redirects=False)

    (cookie,) = answer.cookies.values()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", ROOT)
    assert cookie.value not in answer.headers["Location"]


async def test_the_browser_starts_where_it_will_come_back_to(
    start: Start, plant: VirtualRevPi, provider: FakeProvider
):
    home = "https://edge.plant.example:8443"
    more = provider.settings(oidc_redirect_uri=f"{home}{ROOT}/callback")
    async with start(plant, **more) as client:
        await make_token(client, UserRole.admin)
        first = URL(await begin(client, "?ui=pages&next=/trends"))
        second = URL(await begin(client, f"?{first.query_string}"))

    assert (str(first.origin()), first.path) == (home, f"{ROOT}/authorize")
    assert dict(first.query) == {"ui": "pages", "next": "/trends", "here": "1"}
    assert second.query["redirect_uri"] == f"{home}{ROOT}/callback"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil", "/\nx"])
async def test_a_sign_in_ends_on_this_appliance(
    client: Client, provider: FakeProvider, target: str
):
    answer = await sign_in(client, provider, str(URL("").with_query(ui="pages", next=target)))

    assert "evil" not in await answer.text()
    assert 'content="0; url=/"' in await answer.text()


async def test_the_sign_in_page_offers_the_provider(client: Client):
    html = await (await client.get("/sign-in?next=/log")).text()
    told = await (await client.get(f"{ROOT}/config")).json()

    assert "Sign in with PlantID" in html
    assert 'href="/api/v1/auth/sso/authorize?ui=pages&amp;next=/log"' in html
    assert told == {
        "enabled": True, "provider_name": "PlantID", "authorize_url": f"{ROOT}/authorize"
    }  # fmt: skip


async def test_without_a_provider_nothing_is_offered(start: Start, plant: VirtualRevPi):
    async with start(plant) as client:
        await make_token(client, UserRole.admin)
        html = await (await client.get("/sign-in")).text()
        told = await (await client.get(f"{ROOT}/config")).json()
        statuses = [(await client.get(f"{ROOT}/{it}")).status for it in ("authorize", "callback")]
        exchange = await client.post(f"{ROOT}/exchange", json={"code": "x"})

    assert "Sign in with" not in html
    assert told == {"enabled": False, "provider_name": "", "authorize_url": ""}
    assert [*statuses, exchange.status] == [404, 404, 404]


def test_few_attempts_of_one_address_are_kept_and_all_are_bounded():
    kept: sso.Passing[int] = sso.Passing(60.0)
    for number in range(2000):
        kept.keep(f"flood {number}", number, address="10.0.0.9")
    kept.keep("mine", 1, address="10.0.0.7")

    assert len(kept) == 21
    assert kept.take("mine") == 1
    assert kept.take("mine") is None


def test_what_is_too_old_is_gone():
    kept: sso.Passing[int] = sso.Passing(-1.0)
    kept.keep("a", 1, address="")
    kept.keep("b", 2, address="")

    assert (len(kept), kept.take("b")) == (1, None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"oidc_issuer_url": "http://id.example"}, "must begin with https"),
        ({"oidc_issuer_url": "https://u:p@id.example"}, "must begin with https"),
        ({"oidc_issuer_url": "https://id.example"}, "oidc_client_id"),
        ({"oidc_redirect_uri": "ftp://x"}, "must begin with https"),
        ({"oidc_scopes": "email"}, "openid"),
        ({"oidc_default_role": "admin"}, "oidc_default_role"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_start(given: dict[str, Any], words: str):
    with pytest.raises(SettingsError, match=words):
        load_settings(**given)


def test_the_secret_is_not_shown():
    assert SECRET not in repr(load_settings(oidc_client_secret=SECRET))


@pytest.mark.browser
async def test_a_browser_that_comes_back_from_the_provider_is_signed_in(
    open_house: OpenHouse, provider: FakeProvider
):
    faults: list[str] = []
    async with open_house(**provider.settings()) as house, async_playwright() as playwright:
        await house.app[keys.DATABASE].write(
            lambda session: create_user(
                session, email="a@b.lan", username="admin", password_hash="!",
                role=UserRole.admin, at_ms=now_ms(),
            )
        )  # fmt: skip
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = await browser.new_page()
        page.on("console", lambda message: faults.append(message.text))
        await page.goto(house.url("/log", host="localhost"))  # another site than the provider's
        await page.click("text=Sign in with PlantID")
        await page.wait_for_url("**/log")
        title = await page.title()
        await browser.close()

    assert title.startswith("Log")
    assert faults == []
