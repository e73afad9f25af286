"""Finds other ports where others have taken those that we use unless the site says which."""

import errno
import logging
import socket
from contextlib import closing

from webmacs_edge.config import Settings
from webmacs_edge.web.doors import Shown, doors

log = logging.getLogger(__name__)

STEP, TRIES = 10, 20  # 8080, 8090, 8100 …
_SETTING = {
    (Shown.pages, False): "port",
    (Shown.pages, True): "https_port",
    (Shown.spa, False): "spa_port",
    (Shown.spa, True): "spa_https_port",
}


def find_ports(settings: Settings) -> tuple[Settings, dict[int, int]]:
    """The settings with ports that can be had, and which ones were moved where to.

    A port that the site has named is never moved: whoever opens it says what is wrong.
    """
    moved: dict[int, int] = {}
    update: dict[str, int] = {}
    used = {door.port for door in doors(settings)}
    for door in doors(settings):
        name = _SETTING[door.shown, door.is_tls]
        if name in settings.model_fields_set or not _is_taken(settings.host, door.port):
            continue
        for port in range(door.port + STEP, door.port + STEP * (TRIES + 1), STEP):
            if port not in used and not _is_taken(settings.host, port):
                log.warning("Port %d is taken by another program; using %d.", door.port, port)
                moved[door.port] = update[name] = port
                used.add(port)
                break
    return (settings.model_copy(update=update) if update else settings), moved


def _is_taken(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
