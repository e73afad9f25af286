"""What is said at the start: where the pages are, and the code that the first visit asks for."""

import asyncio
import json
import logging
from collections.abc import Callable

from aiohttp import web

from webmacs_edge import __version__
from webmacs_edge.listening import addresses
from webmacs_edge.model.errors import StoreUnreachableError
from webmacs_edge.store.datadir import write_private
from webmacs_edge.store.setup_code import keep_setup_code, show_on_console
from webmacs_edge.store.users import count_users
from webmacs_edge.tls.files import spelled
from webmacs_edge.web.claiming import forget_code, is_free_to_claim
from webmacs_edge.web.keys import CERTIFICATE, DATABASE, MOVED_PORTS, SETTINGS

log = logging.getLogger(__name__)

Say = Callable[[str], None]
PLACE = "address.json"  # in the data directory, for `webmacs-edge address`


async def greet(app: web.Application, say: Say) -> None:
    """Say it, and keep it for whoever asks later."""
    settings = app[SETTINGS]
    urls = addresses(settings)
    await asyncio.to_thread(_keep_addresses, app, urls)
    say(f"WebMACS Edge {__version__} serves {' and '.join(urls)}")
    for asked, found in app[MOVED_PORTS].items():
        say(f"Port {asked} is taken by another program: port {found} is used instead of it.")
    _tell_fingerprint(app, say)
    try:
        async with app[DATABASE].read() as session:
            users = await count_users(session)
    except StoreUnreachableError as error:
        say(f"{error} What is measured meanwhile is kept here; nobody can sign in until then.")
        return
    if users:
        await forget_code(app)
        say("Sign in with your e-mail and password. Stop with Ctrl+C.")
        return
    say("Open it in a browser: the first visit asks you to create the administrator.")
    if not is_free_to_claim(app):
        await _tell_code(app, urls[0], say)


async def _tell_code(app: web.Application, url: str, say: Say) -> None:
    try:
        code = await asyncio.to_thread(keep_setup_code, app[SETTINGS].data_dir)
    except OSError as error:
        log.error("The set-up code could not be kept: %s", error)  # noqa: TRY400 no traceback
        return
    say(f"It asks for the code of this box: {code}")
    text = f"WebMACS Edge: {url}\nCode for its first visit: {code}\n\n"
    await asyncio.to_thread(show_on_console, text)


def _keep_addresses(app: web.Application, urls: list[str]) -> None:
    file = app[SETTINGS].data_dir / PLACE
    content = json.dumps({"urls": urls, "moved": app[MOVED_PORTS]}).encode()
    try:
        if not file.exists() or file.read_bytes() != content:
            write_private(file, content)
    except OSError as error:
        log.warning("The address could not be kept for `webmacs-edge address`: %s", error)


def _tell_fingerprint(app: web.Application, say: Say) -> None:
    keeper = app.get(CERTIFICATE)
    if keeper is None:
        return
    if keeper.facts is None:
        say(f"HTTPS is not served yet: {keeper.health.failure}")
        return
    say(f"Certificate, SHA-256: {spelled(keeper.facts.fingerprint)}")
    if keeper.is_own:
        say("This box made it: browsers warn at the first visit. Compare, then go on.")
