"""Who may claim a fresh appliance: whoever knows the one-time code that its console shows."""

import asyncio
import ipaddress
import logging
import time

from aiohttp import web

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.setup_codes import is_setup_code
from webmacs_edge.model.text import text
from webmacs_edge.store.setup_code import forget_setup_code, keep_setup_code
from webmacs_edge.web.addresses import client_address
from webmacs_edge.web.keys import SETTINGS, STATION
from webmacs_edge.web.refusals import note_refused_sign_in
from webmacs_edge.web.throttle import Throttle, address_key

log = logging.getLogger(__name__)

MAX_CODE = 40
_HANDED_ON = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via")


class Claims:
    """Slows down whoever guesses the code, by address."""

    def __init__(self) -> None:
        self.throttle = Throttle(free_tries=5, max_pause_s=60)


CLAIMS = web.AppKey("claims", Claims)


def is_free_to_claim(app: web.Application) -> bool:
    """Whether it is a virtual plant that is served to this machine alone."""
    settings = app[SETTINGS]
    is_alone = _is_loopback(settings.host) and not settings.trusted_proxies
    return app[STATION].is_simulated and is_alone


def needs_code(request: web.Request) -> bool:
    """Whether whoever asks must know the code; also on a virtual plant behind a proxy."""
    is_handed_on = any(name in request.headers for name in _HANDED_ON)
    is_here = _is_loopback(request.remote or "127.0.0.1") and not is_handed_on
    return not (is_here and is_free_to_claim(request.app))


async def check_code(request: web.Request, typed: str) -> None:
    """InvalidError unless it is the code, where one is needed; ThrottledError after many tries."""
    if not needs_code(request):
        return
    address = client_address(request)
    claims = request.app[CLAIMS]
    claims.throttle.take(address_key(address), now_s=time.monotonic())
    code = await asyncio.to_thread(keep_setup_code, request.app[SETTINGS].data_dir)
    if not is_setup_code(typed[:MAX_CODE], code):
        log.warning("A wrong set-up code came from %s.", address)
        await note_refused_sign_in(request, "wrong set-up code")
        raise InvalidError(
            text(
                "This is not the code of this box. Its console shows it, and so does "
                "“sudo webmacs-edge setup-code”."
            ),
            field="code",
        )
    claims.throttle.forgive(address_key(address))


async def forget_code(app: web.Application) -> None:
    """The appliance has its administrator; no code is shown any more."""
    try:
        await asyncio.to_thread(forget_setup_code, app[SETTINGS].data_dir)
    except OSError as error:
        log.warning("The set-up code could not be removed; it is of no use any more: %s", error)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
