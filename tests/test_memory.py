"""Staying small without becoming careless."""

import gc
import ssl
import subprocess
import sys
from types import ModuleType

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from webmacs_edge.memory import (
    forget_client_certificates,
    import_without,
    settle,
    share_one_heap,
)


def test_a_client_that_forgot_its_context_is_refused_and_not_unverified():
    connector = ModuleType("connector")
    connector._SSL_CONTEXT_VERIFIED = ssl.create_default_context()  # type: ignore[attr-defined] # noqa: SLF001 the library's
    connector._SSL_CONTEXT_UNVERIFIED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # type: ignore[attr-defined] # noqa: SLF001

    forget_client_certificates(connector)

    left = connector._SSL_CONTEXT_VERIFIED  # noqa: SLF001 the library's
    assert left.verify_mode is ssl.CERT_REQUIRED
    assert left.check_hostname
    assert left.get_ca_certs() == []


def test_another_library_version_is_left_alone():
    connector = ModuleType("connector")

    forget_client_certificates(connector)

    assert not [name for name in vars(connector) if "SSL" in name]


async def test_calls_without_tls_still_work():
    app = web.Application()
    app.router.add_get("/", _answer)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession() as session,
        session.get(server.make_url("/")) as answer,
    ):
        assert await answer.text() == "hello"


async def _answer(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


@pytest.fixture
def _thaw():
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("_thaw")
def test_after_settling_the_collector_leaves_the_old_objects_alone():
    share_one_heap()

    settle()

    assert gc.get_freeze_count() > 1000


def test_tokens_are_signed_without_loading_all_of_cryptography():
    code = (
        "import sys, webmacs_edge.web.tokens as t\n"
        "print(sorted({'jwt', 'cryptography'} & set(sys.modules)), t.jwt.algorithms.has_crypto)"
    )

    said = subprocess.run(  # noqa: S603 our own Python
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert said.stdout.split() == ["['jwt']", "False"]


def test_what_is_loaded_already_is_left_in_place():
    import_without("json", "base64")

    assert "base64" in sys.modules
