"""E-mail over TLS, from the first byte or by STARTTLS, to servers that are right or wrong."""

import ssl
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.mail.certificates import Authority
from tests.mail.server import Server, serving
from webmacs_edge.mail import sender
from webmacs_edge.mail.sender import SendingError, send
from webmacs_edge.model.mail import Letter, MailSecurity, MailServer

LETTER = Letter(1, "l-1", "a@plant.lan", "Too hot", "231 °C", 1_700_000_000_000)
BOTH = pytest.mark.parametrize("security", [MailSecurity.tls, MailSecurity.starttls])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that this machine trusts."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def _trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.setattr(sender, "STEP_TIMEOUT_S", 2.0)


def offering(
    security: MailSecurity, context: ssl.SSLContext, answers: dict[str, str] | None = None
) -> AbstractAsyncContextManager[Server]:
    """A server with this certificate."""
    is_tls = security is MailSecurity.tls
    return serving(answers, tls=context if is_tls else None, starttls=None if is_tls else context)


def box(port: int, security: MailSecurity) -> MailServer:
    """As it is set up here."""
    return MailServer("127.0.0.1", "box@plant.lan", port, security, "box", "hush-hush")


@BOTH
async def test_a_letter_and_the_password_go_out_under_tls_only(
    authority: Authority, security: MailSecurity
):
    async with offering(security, authority.server()) as server:
        await send(box(server.port, security), LETTER)

    assert "231" in server.letters[0]
    assert server.logins == [("box hush-hush", True)]


@BOTH
@pytest.mark.parametrize(
    ("wrong", "words", "way_out"),
    [
        ("stranger", "certificate", "update-ca-certificates"),
        ("other address", "127.0.0.1", "name that stands in it"),
        ("expired", "expired", "clock"),
    ],
)
async def test_a_wrong_certificate_gets_neither_letter_nor_password(
    authority: Authority, tmp_path: Path, security: MailSecurity, *, wrong: str, words: str,
    way_out: str,
):  # fmt: skip
    context = {
        "stranger": lambda: Authority(tmp_path, "Somebody").server(),
        "other address": lambda: authority.server("192.0.2.9"),
        "expired": lambda: authority.server(days=-1),
    }[wrong]()

    async with offering(security, context) as server:
        with pytest.raises(SendingError) as refused:
            await send(box(server.port, security), LETTER)

    assert words in str(refused.value)
    assert way_out in str(refused.value)
    assert not refused.value.is_final
    assert (server.letters, server.logins) == ([], [])


@BOTH
async def test_a_login_that_is_refused_is_told_without_the_password(
    authority: Authority, security: MailSecurity
):
    async with offering(security, authority.server(), {"AUTH": "535 no"}) as server:
        with pytest.raises(SendingError, match="user name and password") as refused:
            await send(box(server.port, security), LETTER)

    assert "hush" not in str(refused.value)
    assert server.letters == []


async def test_a_server_that_offers_no_tls_gets_no_password():
    async with serving() as server:
        with pytest.raises(SendingError, match="offers no STARTTLS"):
            await send(box(server.port, MailSecurity.starttls), LETTER)

    assert (server.letters, server.logins) == ([], [])


async def test_the_wrong_kind_of_connection_is_told(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sender, "STEP_TIMEOUT_S", 0.3)
    async with serving() as plain:
        with pytest.raises(SendingError, match="port for TLS"):
            await send(box(plain.port, MailSecurity.tls), LETTER)
    async with serving(tls=authority.server()) as safe:
        with pytest.raises(SendingError, match="does not answer"):
            await send(box(safe.port, MailSecurity.starttls), LETTER)


async def test_a_server_that_falls_silent_within_tls_is_not_waited_for(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sender, "TIMEOUT_S", 0.3)
    async with serving(is_silent=True, tls=authority.server()) as server:
        with pytest.raises(SendingError, match="too slow"):
            await send(box(server.port, MailSecurity.tls), LETTER)
