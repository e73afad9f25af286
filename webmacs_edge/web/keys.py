"""Typed keys of what the composition root hangs on the application and the request."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.acquisition.devices import Devices
from webmacs_edge.acquisition.forcing_keeper import ForcingKeeper
from webmacs_edge.acquisition.intake import Intake
from webmacs_edge.acquisition.station import Station
from webmacs_edge.backup.keeper import BackupKeeper
from webmacs_edge.config import Settings
from webmacs_edge.control.control import Control
from webmacs_edge.firmware.files import UpdateFiles
from webmacs_edge.firmware.github import Releases
from webmacs_edge.history.courier import Courier
from webmacs_edge.history.history import History
from webmacs_edge.history.reasons import Reasons
from webmacs_edge.history.upkeep import Upkeep
from webmacs_edge.live.hub import Hub
from webmacs_edge.mail.mailer import Mailer
from webmacs_edge.rules.horn import Horn
from webmacs_edge.rules.rules import Rules
from webmacs_edge.store.database import Database
from webmacs_edge.tls.keeper import CertificateKeeper
from webmacs_edge.webhooks.dispatcher import Dispatcher

if TYPE_CHECKING:
    from webmacs_edge.store.tables import User

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
HISTORY = web.AppKey("history", History)
COURIER = web.AppKey("courier", Courier)  # only where samples are carried to PostgreSQL
UPKEEP = web.AppKey("upkeep", Upkeep)
HUB = web.AppKey("hub", Hub)
BACKUPS = web.AppKey("backups", BackupKeeper)  # not where a server keeps the data
STATION = web.AppKey("station", Station)
DEVICES = web.AppKey("devices", Devices)
INTAKE = web.AppKey("intake", Intake)
FORCING = web.AppKey("forcing", ForcingKeeper)
CONTROL = web.AppKey("control", Control)
RULES = web.AppKey("rules", Rules)
DISPATCHER = web.AppKey("dispatcher", Dispatcher)
MAILER = web.AppKey("mailer", Mailer)
HORN = web.AppKey("horn", Horn)
CERTIFICATE = web.AppKey("certificate", CertificateKeeper)  # only where HTTPS is served
REASONS = web.AppKey("reasons", Reasons)
RELEASES = web.AppKey("releases", Releases)
UPDATE_FILES = web.AppKey("update_files", UpdateFiles)
DRIVER_FILES = web.AppKey("driver_files", UpdateFiles)  # uploaded packages, kept and not run
SECRET_KEY = web.AppKey("secret_key", bytes)  # signs sessions; 32 random bytes of this box
BUS_FIGURES: "web.AppKey[Callable[[], Mapping[str, int]]]" = web.AppKey("bus_figures", Callable)  # type: ignore[arg-type] # called in a thread
RESTART: "web.AppKey[Callable[[], None]]" = web.AppKey("restart", Callable)  # type: ignore[arg-type] # only where somebody starts us again
MOVED_PORTS = web.AppKey("moved_ports", dict[int, int])  # asked for but taken -> ours instead
STARTED_AT = web.AppKey("started_at", float)  # time.monotonic() at start

USER: "web.RequestKey[User]" = web.RequestKey("user", object)  # type: ignore[arg-type] # only set when signed in
REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
