"""Sign-ins, sign-outs and refusals in the audit trail; nobody can fill the disk with them."""

import json
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import text

from tests.conftest import EMAILS, PASSWORD, Client, app_of, sign_in_as
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.audit_entries import AuditFilter, list_audit_entries
from webmacs_edge.web import keys, refusals
from webmacs_edge.web.refusals import REFUSALS, Refusals, tell_untold

LOGIN = "/api/v1/auth/login"
MANY_TRIES = 15  # on a slow machine the first pauses are over before the next try


async def entries(client: Client, **wanted: Any) -> list[Any]:
    async with app_of(client)[keys.DATABASE].read() as session:
        return list(await list_audit_entries(session, AuditFilter(**wanted), limit=100))


async def log_in(client: Client, email: str, password: str) -> int:
    return (await client.post(LOGIN, json={"email": email, "password": password})).status


async def test_a_sign_in_is_told_with_its_address_and_browser(client: Client):
    await sign_in_as(client, UserRole.operator)
    answer = await client.post(
        LOGIN,
        json={"email": EMAILS[UserRole.operator], "password": PASSWORD},
        headers={"User-Agent": "Rig script 7"},
    )

    [entry] = [e for e in await entries(client, action="sign-in") if "Rig" in e.new_json]

    assert answer.status == 200
    assert (entry.actor, entry.refused, entry.address) == ("operator person", False, "127.0.0.1")
    assert (entry.object_name, entry.noun) == ("Rig script 7", "logins")
    assert "token_id" not in entry.new_json or "(not shown)" in entry.new_json


async def test_a_sign_out_is_told(client: Client):
    await sign_in_as(client, UserRole.operator)

    await client.post("/sign-out", allow_redirects=False)

    assert [e.actor for e in await entries(client, action="sign-out")] == ["operator person"]


async def test_a_wrong_password_is_told_of_the_account_it_was_tried_on(client: Client):
    await sign_in_as(client, UserRole.operator)

    status = await log_in(client, EMAILS[UserRole.operator], "wrong password 1")

    [entry] = await entries(client, only_refused=True)
    assert status == 401
    assert (entry.action, entry.actor, entry.via) == ("sign-in", "operator person", "sign-in")
    assert json.loads(entry.new_json) == {"why": "wrong password"}
    assert "wrong password 1" not in entry.new_json


@pytest.mark.parametrize(
    ("email", "named"), [("eve@evil.example", "eve@evil.example"), ("x" * 300 + "@a.de", None)]
)
async def test_a_stranger_is_told_by_what_they_typed(admin: Client, email: str, named: str | None):
    await log_in(admin, email, "whatever 12345")

    found = [entry.actor for entry in await entries(admin, only_refused=True)]

    assert found == ([named] if named else found)
    assert all(len(actor) <= 100 for actor in found)


async def test_a_password_typed_as_the_name_is_not_kept():
    assert refusals._named("correct horse") == "unknown"  # noqa: SLF001 the rule itself
    assert refusals._named("me@plant.lan") == "me@plant.lan"  # noqa: SLF001


async def test_too_many_tries_are_told_as_such(client: Client):
    await sign_in_as(client, UserRole.operator)

    tries = 0
    while await log_in(client, EMAILS[UserRole.operator], "wrong 12345678") != 429:
        tries += 1
        assert tries < MANY_TRIES

    why = [json.loads(e.new_json)["why"] for e in await entries(client, only_refused=True)]
    assert why[0] == "too many tries"


async def test_who_may_not_is_told_with_what_they_asked_for(viewer: Client):
    answer = await viewer.post("/api/v1/experiments", json={"name": "Run"})

    [entry] = await entries(viewer, action="refused")
    assert answer.status == 403
    assert entry.actor == "viewer person"
    assert json.loads(entry.new_json) == {
        "request": "POST /api/v1/experiments",
        "why": "This needs the role operator; yours is viewer.",
    }


async def test_a_flood_of_refusals_is_a_few_entries_and_a_number(viewer: Client):
    for _ in range(refusals.PER_MINUTE + 15):
        await viewer.post("/log/read", allow_redirects=False)
    app = app_of(viewer)

    await tell_untold(app)

    found = await entries(viewer, action="refused")
    assert len(found) == refusals.PER_MINUTE + 1
    assert json.loads(found[0].new_json) == {
        "and_more": 15,
        "addresses": 1,
        "most_from": {"127.0.0.1": 15},
    }


async def test_a_flood_is_summed_up_when_the_appliance_stops(viewer: Client):
    app = app_of(viewer)
    app[REFUSALS].summary_at_s = float("inf")
    app[REFUSALS].untold["192.0.2.1"] = 3

    await tell_untold(app)
    before = len(await entries(viewer, action="refused"))
    await tell_untold(app, is_last=True)

    assert before == 0
    assert len(await entries(viewer, action="refused")) == 1


async def test_a_refusal_is_a_refusal_although_the_disk_is_full(
    viewer: Client, caplog: pytest.LogCaptureFixture
):
    async def stop_writes(session: Any) -> None:
        await session.execute(text("PRAGMA query_only=ON"))

    await app_of(viewer)[keys.DATABASE].write(stop_writes)

    page = await viewer.post("/log/read", allow_redirects=False)
    sign_in = await log_in(viewer, EMAILS[UserRole.viewer], "wrong 12345678")

    assert (page.status, sign_in) == (403, 401)
    assert caplog.text.count("A refusal could not be written into the audit trail") == 2


async def test_without_room_for_the_entry_nothing_is_changed(operator: Client):
    async def stop_writes(session: Any) -> None:
        await session.execute(text("PRAGMA query_only=ON"))

    await app_of(operator)[keys.DATABASE].write(stop_writes)

    answer = await operator.post("/api/v1/experiments", json={"name": "Run 1"})

    assert answer.status in (503, 507)
    assert (await (await operator.get("/api/v1/experiments")).json())["total"] == 0


def test_one_address_gets_so_many_entries_a_minute():
    told = Refusals()

    first = [told.may_tell("192.0.2.1", now_s=0.0) for _ in range(refusals.PER_MINUTE + 3)]
    other = told.may_tell("192.0.2.2", now_s=0.0)
    later = told.may_tell("192.0.2.1", now_s=60.0)

    assert first.count(True) == refusals.PER_MINUTE
    assert (other, later) == (True, True)
    assert told.take_untold(now_s=60.0) == {"192.0.2.1": 3}


def test_all_addresses_together_get_so_many_a_day():
    told = Refusals()

    count = sum(
        told.may_tell(f"10.{n // 65536}.{n // 256 % 256}.{n % 256}", now_s=float(n))
        for n in range(refusals.PER_DAY * 2)
    )
    later = told.may_tell("10.0.0.1", now_s=86_400.0)

    assert count == refusals.PER_DAY
    assert later


def test_whoever_has_many_addresses_takes_no_memory():
    told = Refusals()

    for number in range(50_000):
        told.may_tell(f"{number}", now_s=0.0)

    assert len(told.windows) <= refusals.MAX_ADDRESSES
    assert len(told.untold) <= refusals.MAX_ADDRESSES + 1


def test_a_summary_comes_once_every_quarter_of_an_hour():
    told = Refusals()
    told.untold["a"] = 1

    assert told.take_untold(now_s=0.0) == {"a": 1}
    told.untold["a"] = 2
    assert told.take_untold(now_s=refusals.SUMMARY_S - 1) == {}
    assert told.take_untold(now_s=refusals.SUMMARY_S) == {"a": 2}
    assert told.take_untold(now_s=refusals.SUMMARY_S * 2) == {}


def test_the_memory_of_refusals_is_made_with_the_application():
    app = web.Application()

    refusals.set_up_refusals(app)

    assert app[REFUSALS].untold == {}
