"""Joins the e-mails that wait to the mailer that sends them."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.mail.mailer import Mailbox, Mailer
from webmacs_edge.model.mail import SERVER_PURPOSE, Letter, MailSecurity, MailServer, Posted
from webmacs_edge.store.emails import note_posted, read_mail_server, waiting_emails
from webmacs_edge.store.vault import unseal
from webmacs_edge.web import keys


def set_up_mail(app: web.Application) -> Mailer:
    """The mailer of this appliance."""
    box = _Mailbox(app)
    mailer = app[keys.MAILER] = Mailer(
        Mailbox(server=box.server, waiting=box.waiting, note=box.note)
    )
    return mailer


class _Mailbox:
    """The queries that the mailer needs."""

    def __init__(self, app: web.Application) -> None:
        self._app = app

    async def server(self) -> MailServer | None:
        async with self._app[keys.DATABASE].read() as session:
            said = await read_mail_server(session)
        if not said:
            return None
        sealed = str(said.pop("password", "") or "")
        box_key = self._app[keys.SECRET_KEY]
        password = await unseal(sealed, box_key=box_key, purpose=SERVER_PURPOSE) if sealed else ""
        security = MailSecurity(said.pop("security"))
        return MailServer(**said, security=security, password=password)

    async def waiting(self, at_ms: int, limit: int) -> Sequence[Letter]:
        async with self._app[keys.DATABASE].read() as session:
            return await waiting_emails(session, at_ms, limit=limit)

    async def note(self, posted: Posted) -> None:
        await self._app[keys.DATABASE].write(lambda session: note_posted(session, posted))
