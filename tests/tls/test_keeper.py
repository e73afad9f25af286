"""The certificate: made, kept, renewed, replaced, and never lost by a bad file."""

import asyncio
import os
import ssl
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from webmacs_edge.model.errors import CertificateError
from webmacs_edge.model.times import now_ms
from webmacs_edge.tls import keeper as keeping
from webmacs_edge.tls.files import Pair, fingerprint_of, read_certificate, spelled
from webmacs_edge.tls.keeper import CertificateKeeper
from webmacs_edge.tls.maker import ask_maker, look_at
from webmacs_edge.tls.making import make

DAY_MS = 24 * 3600 * 1000
Make = Callable[..., CertificateKeeper]


@pytest.fixture
def given(tmp_path: Path) -> Pair:
    (tmp_path / "site").mkdir()
    return Pair(tmp_path / "site" / "certificate.pem", tmp_path / "site" / "key.pem")


@pytest.fixture
def make_keeper(tmp_path: Path, given: Pair) -> Make:
    def make_one(**options: Any) -> CertificateKeeper:
        return CertificateKeeper(tmp_path / "tls", given, **options)

    return make_one


def put(given: Pair, name: str = "plant.example") -> str:
    """A certificate of the site's own; its fingerprint."""
    made = make([name], ["127.0.0.1"], now=datetime.now(UTC))
    given.key.write_text(made["key"])
    given.certificate.write_text(made["certificate"])
    return str(made["facts"]["fingerprint"])


@asynccontextmanager
async def listening(keeper: CertificateKeeper) -> AsyncIterator[int]:
    """A port that answers whatever it is sent."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=keeper.context)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def calling(
    port: int, name: str | None = None, context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    if context is None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname=name or "127.0.0.1"
    )
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def shown(port: int, name: str | None = None) -> str:
    """The fingerprint that a visitor sees."""
    async with calling(port, name) as (_, writer):
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return fingerprint_of(ssl.DER_cert_to_PEM_cert(der))


async def test_a_box_without_a_certificate_makes_one_for_all_its_names(make_keeper: Make):
    keeper = make_keeper()

    await keeper.look()

    facts = keeper.facts
    assert facts is not None
    assert keeper.is_own
    assert keeper.health.is_good
    assert {"localhost"} <= set(facts.names.hosts)
    assert {"127.0.0.1", "::1"} <= set(facts.names.addresses)
    assert 700 * DAY_MS < facts.not_after_ms - now_ms() < 825 * DAY_MS


async def test_only_the_service_may_read_the_key(make_keeper: Make):
    keeper = make_keeper()
    await keeper.look()

    modes = [stat.S_IMODE(it.stat().st_mode) for it in (keeper.own.key, keeper.own.key.parent)]
    assert modes == [0o600, 0o700]


async def test_strict_programs_trust_it_once_they_are_given_it(make_keeper: Make):
    keeper = make_keeper()
    await keeper.look()
    context = ssl.create_default_context(cafile=keeper.own.certificate)
    context.verify_flags |= ssl.VERIFY_X509_STRICT

    async with listening(keeper) as port:
        for name in ("localhost", "127.0.0.1"):
            async with calling(port, name, context) as (_, writer):
                assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"


async def test_old_versions_of_tls_are_refused(make_keeper: Make):
    keeper = make_keeper()
    await keeper.look()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")

    async with listening(keeper) as port:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            async with calling(port, None, context):
                pass


async def test_it_stays_the_same_over_a_restart(make_keeper: Make):
    first, second = make_keeper(), make_keeper()
    await first.look()
    await second.look()

    assert first.facts == second.facts


async def test_it_is_renewed_before_it_ends_and_when_the_clock_was_wrong(make_keeper: Make):
    first = make_keeper()
    await first.look()
    assert first.facts is not None
    in_time = make_keeper(clock=lambda: first.facts.not_after_ms - 61 * DAY_MS)
    late = make_keeper(clock=lambda: first.facts.not_after_ms - 59 * DAY_MS)
    await in_time.look()
    await late.look()
    early = make_keeper(clock=lambda: first.facts.not_before_ms - 1)
    await early.look()

    prints = {it.facts.fingerprint for it in (first, in_time) if it.facts}
    assert len(prints) == 1
    assert late.facts is not None
    assert early.facts is not None
    assert len({first.facts.fingerprint, late.facts.fingerprint, early.facts.fingerprint}) == 3


async def test_a_new_name_asks_for_a_new_one_and_a_name_that_went_does_not(make_keeper: Make):
    before, named, after = make_keeper(), make_keeper(more_names=["plant7.example"]), make_keeper()
    for keeper in (before, named, after):
        await keeper.look()

    assert before.facts is not None
    assert named.facts is not None
    assert "plant7.example" in named.facts.names.hosts
    assert named.facts.fingerprint != before.facts.fingerprint
    assert after.facts == named.facts


@pytest.mark.parametrize("file", ["certificate.pem", "key.pem"])
async def test_a_damaged_one_is_made_anew(make_keeper: Make, file: str):
    first, second = make_keeper(), make_keeper()
    await first.look()
    (first.own.key.parent / file).write_bytes(b"\0\xff" * 50)

    await second.look()

    assert first.facts is not None
    assert second.facts is not None
    assert second.is_ready
    assert second.facts.fingerprint != first.facts.fingerprint


async def test_notes_that_are_damaged_or_missing_are_made_anew(make_keeper: Make):
    first, second = make_keeper(), make_keeper()
    await first.look()
    (first.own.key.parent / "certificate.json").write_text('{"fingerprint": 7}')

    await second.look()

    assert second.facts == first.facts


async def test_the_sites_own_is_used_at_once_and_open_connections_stay(
    make_keeper: Make, given: Pair
):
    keeper = make_keeper()
    await keeper.look()
    async with listening(keeper) as port, calling(port) as (reader, writer):
        fingerprint = put(given)
        await keeper.look()
        writer.write(b"still here")

        assert await shown(port) == fingerprint  # by address: no name is sent
        assert await shown(port, "plant.example") == fingerprint
        assert await reader.readexactly(10) == b"still here"
    assert not keeper.is_own


def _text(given: Pair) -> None:
    given.certificate.write_text("not a certificate")


def _mismatch(given: Pair) -> None:
    given.key.write_text(make(["other"], [], now=datetime.now(UTC))["key"])


def _no_key(given: Pair) -> None:
    given.key.unlink()


def _empty(given: Pair) -> None:
    given.certificate.write_bytes(b"")
    given.key.write_bytes(b"")


def _directory(given: Pair) -> None:
    given.key.unlink()
    given.key.mkdir()


def _password(given: Pair) -> None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 of this case alone

    key = serialization.load_pem_private_key(given.key.read_bytes(), None)
    given.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_text, "cannot be used"),
        (_mismatch, "is not the key of"),
        (_no_key, "There is no file"),
        (_empty, "cannot be used"),
        (_directory, "cannot be"),
        (_password, "asks for a password"),
    ],
)
async def test_bad_files_of_the_site_change_nothing_but_are_told(
    make_keeper: Make, given: Pair, spoil: Callable[[Pair], None], words: str
):
    keeper = make_keeper()
    good = put(given)
    await keeper.look()
    spoil(given)
    async with listening(keeper) as port:
        await keeper.look()
        assert await shown(port) == good
    assert words in keeper.health.failure

    if given.key.is_dir():
        given.key.rmdir()
    better = put(given)
    await keeper.look()

    assert keeper.health.is_good
    assert keeper.facts is not None
    assert keeper.facts.fingerprint == better


async def test_with_bad_files_at_start_the_box_uses_its_own_and_says_so(
    make_keeper: Make, given: Pair
):
    _text(given)
    keeper = make_keeper()

    await keeper.look()
    await keeper.look()

    assert keeper.is_own
    assert "cannot be used" in keeper.health.failure


async def test_files_that_the_settings_name_must_be_there(make_keeper: Make):
    keeper = make_keeper(is_expected=True)

    await keeper.look()

    assert keeper.is_own
    assert "There is no file" in keeper.health.failure


async def test_without_the_sites_own_the_box_goes_back_to_its_own(make_keeper: Make, given: Pair):
    keeper = make_keeper()
    put(given)
    await keeper.look()
    given.certificate.unlink()
    given.key.unlink()

    await keeper.look()

    assert keeper.is_own
    assert keeper.health.is_good


async def test_a_mode_that_is_mended_is_noticed(make_keeper: Make, given: Pair):
    put(given)
    keeper = make_keeper()
    await keeper.look()
    before = given.signature()

    given.key.chmod(0o640)

    assert given.signature() != before


async def test_only_a_new_certificate_is_told(make_keeper: Make, given: Pair):
    told: list[str] = []

    async def tell(text: str) -> None:
        told.append(text)

    for _ in range(2):
        keeper = make_keeper()
        keeper.tell = tell
        await keeper.look()
    fingerprint = put(given)
    for _ in range(2):
        keeper = make_keeper()
        keeper.tell = tell
        await keeper.look()

    assert len(told) == 2
    assert spelled(fingerprint) in told[1]


async def test_a_place_that_cannot_be_written_leaves_the_rest_alone(tmp_path: Path, given: Pair):
    (tmp_path / "file").write_text("in the way")
    keeper = CertificateKeeper(tmp_path / "file", given)

    await keeper.look()
    await keeper.look()  # not tried again at once

    assert not keeper.is_ready
    assert "could not be stored" in keeper.health.failure


async def test_a_full_disk_at_renewal_keeps_the_old_one(
    make_keeper: Make, monkeypatch: pytest.MonkeyPatch
):
    first = make_keeper()
    await first.look()
    assert first.facts is not None
    end_ms = first.facts.not_after_ms
    late = make_keeper(clock=lambda: end_ms - DAY_MS)

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeping, "write_private", full)
    await late.look()

    assert late.facts == first.facts
    assert "No space left" in late.health.failure


async def test_cancelling_leaves_no_process_behind(make_keeper: Make):
    task = asyncio.create_task(make_keeper().look())
    await asyncio.sleep(0.02)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_maker_that_fails_is_told():
    with pytest.raises(CertificateError, match="could not be made or read"):
        await ask_maker({"look_at": "nonsense"})


async def test_looking_from_outside_writes_nothing(tmp_path: Path, given: Pair):
    own = Pair(tmp_path / "tls" / "certificate.pem", tmp_path / "tls" / "key.pem")
    with pytest.raises(CertificateError, match="no certificate yet"):
        await look_at(given, own)
    fingerprint = put(given)

    pair, facts = await look_at(given, own)

    assert (pair, facts.fingerprint) == (given, fingerprint)
    assert os.listdir(tmp_path) == ["site"]  # noqa: PTH208 names alone


def test_a_file_without_a_certificate_is_told(tmp_path: Path):
    (tmp_path / "x").write_text("-----END CERTIFICATE----- -----BEGIN CERTIFICATE-----")
    with pytest.raises(CertificateError, match="holds no certificate"):
        read_certificate(tmp_path / "x")
