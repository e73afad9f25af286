"""One attempt to hand one e-mail to the server, in a thread that is not waited for without end."""

import asyncio
import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from webmacs_edge.mail.words import is_final, words_of
from webmacs_edge.model.mail import Letter, MailSecurity, MailServer
from webmacs_edge.model.text import text
from webmacs_edge.model.times import from_ms

STEP_TIMEOUT_S = 10.0  # of each step of the conversation
TIMEOUT_S = 30.0  # of all of it
_GRACE_S = 5.0
MAX_ERROR = 500


class SendingError(Exception):
    """The server did not take it; says why in words. `is_final`: nor will it later."""

    def __init__(self, words: str, *, is_final: bool = False) -> None:
        super().__init__(words if len(words) <= MAX_ERROR else words[:MAX_ERROR])
        self.is_final = is_final


async def send(server: MailServer, letter: Letter) -> None:
    """Hand it over; SendingError when the server does not take it for anybody."""
    talk = _Talk(server, letter)
    thread = asyncio.ensure_future(asyncio.to_thread(talk.hold))
    try:
        await asyncio.wait_for(asyncio.shield(thread), TIMEOUT_S)
    except TimeoutError as error:
        if thread.done():
            raise SendingError(text("Timeout")) from error
        raise SendingError(
            text("The server was too slow: over {timeout:g} s.", timeout=TIMEOUT_S)
        ) from error
    finally:
        if not thread.done():  # too slow, or we are told to stop: cut the line, then it ends
            talk.cut()
            await asyncio.wait([thread], timeout=STEP_TIMEOUT_S + _GRACE_S)
        if thread.done() and not thread.cancelled():
            thread.exception()


class _Talk:
    """The conversation; `cut` may be called from another thread."""

    def __init__(self, server: MailServer, letter: Letter) -> None:
        self._server, self._letter = server, letter
        self._line: socket.socket | None = None

    def hold(self) -> None:
        try:
            with self._open() as smtp:
                self._say(smtp)
        except Exception as error:  # whatever one letter or server does, the others are sent
            raise SendingError(words_of(error), is_final=is_final(error)) from error
        finally:
            if self._line is not None:
                self._line.close()

    def cut(self) -> None:
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def _open(self) -> smtplib.SMTP:
        is_tls = self._server.security is MailSecurity.tls
        context = ssl.create_default_context() if is_tls else None
        return _Smtp(self._server.host, self._server.port, tls=context, keep=self._keep)

    def _keep(self, line: socket.socket) -> None:
        self._line = line

    def _say(self, smtp: smtplib.SMTP) -> None:
        server = self._server
        if server.security is MailSecurity.starttls:
            smtp.starttls(context=ssl.create_default_context())
        if server.username:
            smtp.login(server.username, server.password)
        message = message_of(server, self._letter)
        smtp.send_message(message, from_addr=server.sender, to_addrs=recipients(self._letter))


class _Smtp(smtplib.SMTP):
    """Hands out a second handle of its line, which can be cut while it waits, also within TLS."""

    def __init__(
        self, host: str, port: int, *, tls: ssl.SSLContext | None,
        keep: Callable[[socket.socket], None],
    ) -> None:  # fmt: skip
        self._tls, self._keep = tls, keep
        super().__init__(host, port, timeout=STEP_TIMEOUT_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = socket.create_connection((host, port), timeout)
        self._keep(line.dup())
        return line if self._tls is None else self._tls.wrap_socket(line, server_hostname=host)


def message_of(server: MailServer, letter: Letter) -> EmailMessage:
    """The e-mail as it goes out. Its id stays the same, so that a repeated one is recognised."""
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(from_ms(letter.created_on_ms))
    domain = server.sender.rpartition("@")[2] or None
    made = make_msgid(domain=domain)
    message["Message-ID"] = f"<{letter.public_id}@{made.rstrip('>').rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message


def recipients(letter: Letter) -> list[str]:
    """Every address."""
    return [it.strip() for it in letter.to.split(",") if it.strip()]
