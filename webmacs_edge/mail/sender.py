"""One attempt to hand one e-mail to the server, in a thread that is not waited for without end."""

import asyncio
import contextlib
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from webmacs_edge.model.mail import Letter, MailSecurity, MailServer
from webmacs_edge.model.times import from_ms

STEP_TIMEOUT_S = 10.0  # of each step of the conversation
TIMEOUT_S = 30.0  # of all of it
_GRACE_S = 5.0
MAX_ERROR = 500


class SendingError(Exception):
    """The server did not take it; says why in words. `is_final`: nor will it later."""

    def __init__(self, words: str, *, is_final: bool = False) -> None:
        super().__init__(words[:MAX_ERROR])
        self.is_final = is_final


async def send(server: MailServer, letter: Letter) -> None:
    """Hand it over; SendingError when the server does not take it for anybody."""
    talk = _Talk(server, letter)
    thread = asyncio.ensure_future(asyncio.to_thread(talk.hold))
    try:
        await asyncio.wait_for(asyncio.shield(thread), TIMEOUT_S)
    except TimeoutError as error:
        if thread.done():
            raise SendingError("Timeout") from error
        raise SendingError(f"The server was too slow: over {TIMEOUT_S:g} s.") from error
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
        self._smtp: smtplib.SMTP | None = None

    def hold(self) -> None:
        try:
            with self._open() as self._smtp:
                self._say(self._smtp)
        except Exception as error:  # whatever one letter or server does, the others are sent
            raise SendingError(_words(error), is_final=_is_final(error)) from error

    def cut(self) -> None:
        sock = self._smtp.sock if self._smtp is not None else None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(2)

    def _open(self) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if self._server.security is MailSecurity.tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, timeout=STEP_TIMEOUT_S, context=context)
        return smtplib.SMTP(host, port, timeout=STEP_TIMEOUT_S)

    def _say(self, smtp: smtplib.SMTP) -> None:
        server = self._server
        if server.security is MailSecurity.starttls:
            smtp.starttls(context=ssl.create_default_context())
        if server.username:
            smtp.login(server.username, server.password)
        message = message_of(server, self._letter)
        smtp.send_message(message, from_addr=server.sender, to_addrs=recipients(self._letter))


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


def _is_final(error: Exception) -> bool:
    """5xx for the recipients or the content: trying again changes nothing."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())  # noqa: PLR2004
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500  # noqa: PLR2004


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        refused = (f"{who}: {_said(text)}" for who, (_, text) in error.recipients.items())
        return f"The server refused {'; '.join(refused)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "The server offers no STARTTLS here. Choose another kind of connection or port."
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {getattr(error, 'verify_message', '') or error.reason or error}"
    if isinstance(error, TimeoutError):
        return "The server does not answer."
    return f"{error or type(error).__name__}"


def _answered(error: smtplib.SMTPResponseException) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"The server does not take the user name and password ({error.smtp_code})."
    return f"The server answered {error.smtp_code}: {_said(error.smtp_error)}"


def _said(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
