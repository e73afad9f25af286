"""Why a mail server did not take an e-mail, in words that name the way out."""

import smtplib
import ssl
from collections.abc import Callable
from typing import Any

from webmacs_edge.model.text import text

_TRUST = text(
    "If it is your own, put the certificate of its authority into "
    "/usr/local/share/ca-certificates (ending with .crt) and run update-ca-certificates."
)
_CLOCK = text("Renew it, or set the clock of this box.")
_OTHER_NAME = text("Give the server by the name that stands in it.")
_WAYS_OUT = {9: _CLOCK, 10: _CLOCK, 62: _OTHER_NAME, 64: _OTHER_NAME}  # by X509_V_ERR_… of OpenSSL


def is_final(error: Exception) -> bool:
    """5xx for the recipients or the content: trying again changes nothing."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())  # noqa: PLR2004
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500  # noqa: PLR2004


def words_of(error: Exception) -> str:
    """A sentence or two."""
    for kind, tell in _TELLERS:
        if isinstance(error, kind):
            return tell(error)
    return f"{error or type(error).__name__}"


def _refused(error: smtplib.SMTPRecipientsRefused) -> str:
    refused = "; ".join(f"{who}: {_said(said)}" for who, (_, said) in error.recipients.items())
    return text("The server refused {refused}", refused=refused)


def _login(error: smtplib.SMTPAuthenticationError) -> str:
    return text(
        "The server does not take the user name and password ({code}).", code=error.smtp_code
    )


def _answered(error: smtplib.SMTPResponseException) -> str:
    return text(
        "The server answered {code}: {said}", code=error.smtp_code, said=_said(error.smtp_error)
    )


def _distrust(error: ssl.SSLCertVerificationError) -> str:
    said = (error.verify_message or str(error)).rstrip(".")
    way_out = _WAYS_OUT.get(error.verify_code, _TRUST)
    return text(
        "The certificate of the server is not to be trusted: {said}. {way_out}",
        said=said,
        way_out=way_out,
    )


def _tls(error: ssl.SSLError) -> str:
    return text("TLS failed: {reason}. Is this the port for TLS?", reason=error.reason or error)


def _broken_off(error: smtplib.SMTPServerDisconnected) -> str:
    said = str(error).rstrip(".")
    return text(
        "The server does not answer ({said}). Do the port and the kind of connection fit?",
        said=said,
    )


def _said(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


_TELLERS: tuple[tuple[type[Exception], Callable[[Any], str]], ...] = (
    (smtplib.SMTPRecipientsRefused, _refused),
    (smtplib.SMTPAuthenticationError, _login),
    (smtplib.SMTPResponseException, _answered),
    (smtplib.SMTPServerDisconnected, _broken_off),
    (
        smtplib.SMTPNotSupportedError,
        lambda _: text(
            "The server offers no STARTTLS here. Choose another kind of connection or port."
        ),
    ),
    (ssl.SSLCertVerificationError, _distrust),
    (TimeoutError, lambda _: text("The server does not answer.")),
    (ssl.SSLError, _tls),
)
