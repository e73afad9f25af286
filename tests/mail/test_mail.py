"""E-mails from a rule to the server: sent, refused, slow; nothing is lost, no secret is shown."""

from dataclasses import replace

import pytest
from aiohttp import web

from tests.conftest import Client, app_of
from tests.mail.server import serving
from tests.waiting import eventually
from tests.web.test_pages_rules import form, post
from webmacs_edge.mail import sender
from webmacs_edge.mail.sender import SendingError, send
from webmacs_edge.model.mail import Letter, MailSecurity, MailServer
from webmacs_edge.store.emails import list_emails, read_mail_server
from webmacs_edge.web import keys
from webmacs_edge.web.checks import Check
from webmacs_edge.web.telling_checks import mail_check

LETTER = Letter(1, "l-1", "a@plant.lan, b@plant.lan", "Zu heiß:\nBed", "231 °C", 1_700_000_000_000)


@pytest.fixture
async def channel(admin: Client) -> str:
    """A channel that values are posted to."""
    body = {"name": "In", "min_value": 0, "max_value": 200, "unit": "°C", "type": "sensor"}
    assert (await admin.post("/api/v1/events", json=body)).status == 201
    events = app_of(admin)[keys.STATION].events
    return next(it.public_id for it in events if it.name == "In")


def server_on(port: int, **more) -> MailServer:
    """Without encryption, on loopback."""
    return MailServer("127.0.0.1", "box@plant.lan", port, MailSecurity.none, **more)


async def test_an_email_reaches_everybody_with_a_subject_of_one_line():
    async with serving() as server:
        await send(server_on(server.port), LETTER)

    assert "To: a@plant.lan, b@plant.lan" in server.letters[0]
    assert "Message-ID: <l-1@plant.lan>" in server.letters[0]
    assert sum(it.upper().startswith("RCPT TO:") for it in server.commands) == 2
    assert "\nBed" not in server.letters[0].split("\r\n\r\n")[0].replace("\r\n ", " ")


@pytest.mark.parametrize(
    ("answers", "words", "is_final"),
    [
        ({"RCPT": "550 nobody here"}, "nobody here", True),
        ({"RCPT": "450 later"}, "later", False),
        ({"BODY": "554 spam"}, "554", True),
        ({"MAIL": "421 busy"}, "421", False),
        ({"EHLO": "502 what", "HELO": "502 what"}, "502", False),
    ],
)
async def test_what_the_server_refuses_is_told_in_words(answers, words, is_final):
    async with serving(answers) as server:
        with pytest.raises(SendingError) as refused:
            await send(server_on(server.port), LETTER)

    assert words in str(refused.value)
    assert refused.value.is_final is is_final


@pytest.mark.parametrize("to", ["<", '"', "a@["])
async def test_an_address_that_python_stumbles_over_ends_the_letter_and_not_the_mailer(to: str):
    async with serving() as server:
        with pytest.raises(SendingError):
            await send(server_on(server.port), replace(LETTER, to=to))


async def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(sender, "TIMEOUT_S", 0.2)
    async with serving(is_silent=True) as server:
        with pytest.raises(SendingError, match="too slow"):
            await send(server_on(server.port), LETTER)


async def test_no_starttls_and_no_server_are_told():
    async with serving() as server:
        with pytest.raises(SendingError, match="STARTTLS"):
            await send(MailServer("127.0.0.1", "box@plant.lan", server.port), LETTER)
    with pytest.raises(SendingError, match="refused"):
        await send(server_on(server.port), LETTER)


async def _set_up(admin: Client, port: int, **more: str) -> None:
    typed = {"host": "127.0.0.1", "port": str(port), "security": "none",
             "sender": "box@plant.lan", **more}  # fmt: skip
    answer = await admin.post("/settings/mail", data=typed, allow_redirects=False)
    assert answer.status == 303, await answer.text()


async def test_a_rule_sends_an_email_and_a_note(admin: Client, channel: str):
    actions = {
        "actions.0.kind": "email", "actions.0.to": "anna@plant.lan",
        "actions.1.kind": "annotate", "actions.1.text": "Too hot", "alarm.response": "Open valve",
    }  # fmt: skip
    async with serving() as server:
        await _set_up(admin, server.port)
        await admin.post("/rules", data=form(channel, **actions))
        await post(admin, 150, channel)
        await eventually(lambda: server.letters)
        notes = await (await admin.get("/api/v1/annotations")).json()

        shown = await eventually(lambda: _sent(admin))

    assert "What to do: Open valve" in server.letters[0]
    assert "anna@plant.lan" in shown
    assert [it["text"] for it in notes["data"]] == ["Too hot"]
    assert notes["data"][0]["author"] == "Rule “Hot”"


async def _sent(admin: Client) -> str:
    html = await (await admin.get("/settings/mail/letters")).text()
    return html if 'data-state="delivered"' in html else ""


async def test_without_a_server_the_log_says_so(admin: Client, channel: str):
    given = {"actions.0.kind": "email", "actions.0.to": "anna@plant.lan"}
    await admin.post("/rules", data=form(channel, **given))
    await post(admin, 150, channel)

    async def told() -> bool:
        page = await (await admin.get("/api/v1/logging?page_size=100")).json()
        return any("E-mail is not set up" in it["content"] for it in page["data"])

    assert await eventually(told)
    assert (await mail_check(app_of(admin))).word == "Not set up"
    assert 'id="check-mail"' in await (await admin.get("/system")).text()
    assert (await admin.post("/settings/mail/test", data={"to": "a@plant.lan"})).status == 409


async def test_a_test_that_is_refused_waits_and_is_given_up_when_that_is_final(admin: Client):
    async with serving({"RCPT": "550 nobody"}) as server:
        await _set_up(admin, server.port)
        await admin.post("/settings/mail/test", data={"to": "a@plant.lan"})
        app = app_of(admin)

        async def dead():
            async with app[keys.DATABASE].read() as session:
                rows = (await list_emails(session, page=1, page_size=5)).rows
            return [it for it in rows if it.status == "dead_letter"]

        found = await eventually(dead)
        failing = await mail_check(app)
        server.answers.clear()
        await admin.post(f"/settings/mail/{found[0].public_id}/send-again")
        await eventually(lambda: server.letters)
        given_up = await _check_that(app, "Some were given up")

    assert (failing.state, failing.word) == ("warning", "Held up")
    assert "nobody" in failing.way_out
    assert "send them again" in given_up.way_out
    assert "nobody" in found[0].last_error
    assert (await admin.post(f"/settings/mail/{found[0].public_id}/send-again")).status == 409
    assert (await admin.post("/settings/mail/none/send-again")).status == 404


async def _check_that(app: web.Application, word: str) -> Check:
    async def check() -> Check | None:
        found = await mail_check(app)
        return found if found.word == word else None

    found = await eventually(check)
    assert found is not None
    return found


async def test_the_password_is_sealed_never_shown_and_not_given_to_another_host(admin: Client):
    await _set_up(admin, 25, username="box", password="hush-hush-7")
    html = await (await admin.get("/settings/mail")).text()
    async with app_of(admin)[keys.DATABASE].read() as session:
        first = await read_mail_server(session)
    await _set_up(admin, 26, username="box")
    async with app_of(admin)[keys.DATABASE].read() as session:
        kept = await read_mail_server(session)
    await _set_up(admin, 26, username="box", host="other.lan")
    async with app_of(admin)[keys.DATABASE].read() as session:
        moved = await read_mail_server(session)
    trail = await (await admin.get("/audit")).text()

    assert "hush-hush" not in html + str(first) + trail
    assert "sealed:" not in trail
    assert "mail.server.password" in trail
    assert first["password"].startswith("sealed:")
    assert kept["password"] == first["password"]
    assert moved["password"] == ""
    bad = await admin.post("/settings/mail", data={"host": "a b", "sender": "nobody"})
    assert bad.status == 422
