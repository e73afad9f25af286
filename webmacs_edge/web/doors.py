"""The doors people and programs come in by: pages or front end, with or without TLS."""

from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

from webmacs_edge.config import Settings
from webmacs_edge.web.addresses import is_from_proxy

_FORWARDED_PROTO = "X-Forwarded-Proto"


class Shown(StrEnum):
    """What is behind a door, beside the API and the sockets."""

    pages = "pages"
    spa = "spa"


@dataclass(frozen=True, slots=True)
class Door:
    """One port that is listened on."""

    shown: Shown
    port: int
    is_tls: bool

    @property
    def scheme(self) -> str:
        """What its URLs begin with."""
        return "https" if self.is_tls else "http"


def doors(settings: Settings) -> tuple[Door, ...]:
    """Every port these settings ask for, plain ones first."""
    plain = [] if settings.http == "off" else [Door(Shown.pages, settings.port, is_tls=False)]
    tls = [Door(Shown.pages, settings.https_port, is_tls=True)] if settings.https_port else []
    if settings.spa_dir is not None:
        if settings.http != "off":
            plain.append(Door(Shown.spa, settings.spa_port, is_tls=False))
        if settings.https_port and settings.spa_https_port:
            tls.append(Door(Shown.spa, settings.spa_https_port, is_tls=True))
    return (*plain, *tls)


def shown_at(request: web.Request) -> Shown:
    """What is behind the door this request came by."""
    door: Door | None = getattr(request.protocol, "door", None)
    return door.shown if door is not None else Shown.pages


def came_by_https(request: web.Request) -> bool:
    """Whether nobody on the way could read it: TLS here, or at a proxy that the settings name."""
    if request.secure:
        return True
    return request.headers.get(_FORWARDED_PROTO) == "https" and is_from_proxy(request)
