"""The page of e-mail: the server that takes it, a test, and what was sent lately."""

from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.mail import SERVER_PURPOSE, USUAL_PORTS
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.emails import (
    list_emails,
    queue_email,
    read_mail_server,
    send_email_again,
    write_mail_server,
)
from webmacs_edge.store.vault import seal
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.keys import DATABASE, MAILER, SECRET_KEY, SETTINGS, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.mail import MailServerForm, MailTestForm
from webmacs_edge.web.webhook_words import STATES
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_SHOWN = 20
_EMPTY = {"host": "", "port": "", "security": "starttls", "username": "", "sender": ""}
_SAID = {
    "saved": text("Saved. Send a test to see whether it works."),
    "sent": text("The test is on its way: see below how it went."),
    "again": text("It is on its way again."),
}


async def index(request: web.Request) -> web.Response:
    """The settings, and the newest e-mails."""
    return await _page(request)


async def letters(request: web.Request) -> web.Response:
    """The newest e-mails alone, for the page that asks for them every few seconds."""
    async with request.app[DATABASE].read() as session:
        newest = await list_emails(session, page=1, page_size=_SHOWN)
    return render(request, "settings/_emails.html", emails=newest.rows, states=STATES)


async def save(request: web.Request) -> web.Response:
    """Store the server; another host gets no password that was meant for the old one."""
    typed, form, errors = await read_form(request, MailServerForm)
    if form is None:
        return await _page(request, status=422, typed=typed, errors=errors)
    box_key, owner, at_ms = request.app[SECRET_KEY], request[USER].public_id, now_ms()
    sealed = ""
    if form.password:
        sealed = await seal(form.password, box_key=box_key, purpose=SERVER_PURPOSE)
    values: dict[str, Any] = form.model_dump(mode="json", exclude={"password"})
    values["port"] = form.port or USUAL_PORTS[form.security]

    async def work(session: "AsyncSession") -> None:
        before = await read_mail_server(session)
        kept = before.get("password", "") if before.get("host") == form.host else ""
        values["password"] = (sealed or kept) if form.username else ""
        await write_mail_server(session, values, at_ms=at_ms, user_public_id=owner)

    await write(request, work)
    raise web.HTTPSeeOther("/settings/mail?done=saved")


async def test(request: web.Request) -> web.Response:
    """Send a test to somebody."""
    typed, form, errors = await read_form(request, MailTestForm)
    if form is None:
        return await _page(request, status=422, typed=typed, errors=errors)
    site, at_ms = request.app[SETTINGS].site_name, now_ms()
    body = f"This is a test of {site}, sent by {request[USER].username}. E-mail works."

    async def work(session: "AsyncSession") -> str:
        subject = f"{site}: test"
        return await queue_email(session, to=form.to, subject=subject, body=body, at_ms=at_ms)

    why_not = await write(request, work)
    if why_not:
        return await _page(request, status=409, typed=typed, errors={"to": why_not})
    request.app[MAILER].wake()
    raise web.HTTPSeeOther("/settings/mail?done=sent")


async def repeat(request: web.Request) -> web.Response:
    """Send one again that was given up."""
    public_id = request.match_info["public_id"]
    try:
        await write(request, lambda session: send_email_again(session, public_id))
    except ConflictError as error:
        return await _page(request, status=409, errors={WHOLE_FORM: error.args[0]})
    request.app[MAILER].wake()
    raise web.HTTPSeeOther("/settings/mail?done=again")


async def _page(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        server = await read_mail_server(session)
        newest = await list_emails(session, page=1, page_size=_SHOWN)
    given = {name: value for name, value in (typed or {}).items() if name != "password"}
    return render(
        request,
        "settings/mail.html",
        status=status,
        server=_EMPTY | {name: value for name, value in server.items() if name != "password"},
        has_password=bool(server.get("password")),
        emails=newest.rows,
        states=STATES,
        typed=given,
        errors=errors or {},
        said=_SAID.get(request.query.get("done", ""), ""),
    )
