"""What the commands `address` and `setup-code` say: where the pages are, and who may claim them."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from webmacs_edge.config import Settings
from webmacs_edge.greeting import PLACE
from webmacs_edge.model.errors import InvalidError, StoreError
from webmacs_edge.opening import database_urls
from webmacs_edge.store.database import Database
from webmacs_edge.store.datadir import is_data_dir_held
from webmacs_edge.store.setup_code import read_setup_code
from webmacs_edge.store.users import count_users
from webmacs_edge.tls.names import names_of_this_box

Say = Callable[[str], None]


def run_address(settings: Settings, *, say: Say) -> int:
    """Tell where the running appliance is, by name and by address; 0."""
    file = settings.data_dir / PLACE
    try:
        kept = json.loads(file.read_bytes())
        urls, moved = list(kept["urls"]), dict(kept["moved"])
    except FileNotFoundError as error:
        raise StoreError(
            "It was never started: systemctl start webmacs-edge, or webmacs-edge run."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{file} cannot be read: {error}. Try: sudo webmacs-edge …") from error
    if not is_data_dir_held(settings.data_dir):
        say("It does not run now; when it ran last it was at:")
    for address in dict.fromkeys(found for url in urls for found in _spellings(url)):
        say(address)
    for asked, found in moved.items():
        say(f"Port {asked} was taken by another program: {found} is used instead of it.")
    return 0


def _spellings(url: str) -> Iterator[str]:
    """With the name of this box, its name on the local network, and its addresses."""
    parts = urlsplit(url)
    if parts.hostname in ("127.0.0.1", "::1", "localhost"):
        yield url
        return
    names = names_of_this_box()
    local = next((host for host in names.hosts if host.endswith(".local")), "")
    addresses = [it for it in names.addresses if it not in ("127.0.0.1", "::1")]
    for host in (local, *addresses):
        if host:
            yield f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{parts.port}"


async def run_setup_code(settings: Settings, *, say: Say) -> int:
    """Tell the code that the first visit asks for; InvalidError where none is needed any more."""
    try:
        code = read_setup_code(settings.data_dir)
    except OSError as error:
        raise StoreError(
            f"The code cannot be read: {error.strerror}. Try: sudo webmacs-edge setup-code"
        ) from error
    if code and not await _count_users(settings):
        say(code)
        return 0
    raise InvalidError(
        "There is no set-up code: the appliance is set up already, or was not started yet."
    )


async def _count_users(settings: Settings) -> int:
    database = Database(database_urls(settings)[0])
    try:
        async with database.read() as session:
            return await count_users(session)
    finally:
        await database.close()
