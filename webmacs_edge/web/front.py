"""What stands at the front: certificate, bounds of connections, a front end of its own."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from webmacs_edge.config import Settings
from webmacs_edge.model.errors import StoreError
from webmacs_edge.service import Service
from webmacs_edge.tls.files import Pair
from webmacs_edge.tls.keeper import CertificateKeeper
from webmacs_edge.web.connections import GUARD, ConnectionGuard
from webmacs_edge.web.keys import CERTIFICATE, SETTINGS
from webmacs_edge.web.spa import set_up_spa
from webmacs_edge.web.sso import set_up_sso

log = logging.getLogger(__name__)


def set_up_front(app: web.Application) -> None:
    """Give the application what listening needs; SettingsError when there is no front end."""
    settings = app[SETTINGS]
    app[GUARD] = ConnectionGuard(
        most=settings.max_connections, most_per_address=settings.max_connections_per_address
    )
    if settings.https_port:
        app[CERTIFICATE] = make_keeper(settings)
    set_up_spa(app)
    set_up_sso(app)


def make_keeper(settings: Settings) -> CertificateKeeper:
    """Who keeps the certificate of these settings."""
    return CertificateKeeper(
        settings.data_dir / "tls",
        Pair(settings.tls_certificate, settings.tls_key),
        is_expected=not settings.model_fields_set.isdisjoint({"tls_certificate", "tls_key"}),
        more_names=settings.tls_names,
    )


async def open_front(
    app: web.Application, tell: Callable[[str], Awaitable[object]]
) -> tuple[Service, ...]:
    """See to the certificate; returns what has to run. `tell` leaves a note for the operator."""
    guard, keeper = app[GUARD], app.get(CERTIFICATE)
    if keeper is None:
        return (guard,)

    async def note(text: str) -> None:
        try:
            await tell(text)
        except StoreError as error:
            log.warning("The operator's log could not be written: %s", error)

    keeper.tell = note
    await keeper.look()
    return guard, keeper
