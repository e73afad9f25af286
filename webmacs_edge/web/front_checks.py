"""Checks of what stands at the front: the certificate, and the connections."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, now_ms
from webmacs_edge.tls.files import Facts, spelled
from webmacs_edge.tls.keeper import CertificateKeeper
from webmacs_edge.web.checks import Check, Figure, State
from webmacs_edge.web.connections import GUARD
from webmacs_edge.web.keys import CERTIFICATE, MOVED_PORTS
from webmacs_edge.web.wording import count

_SOON_MS = 21 * DAY_MS
_MANY = 0.9  # of those that may be


def front_checks(app: web.Application) -> Sequence[Check]:
    """The certificate, where HTTPS is served, and the connections."""
    keeper = app.get(CERTIFICATE)
    connections = (*address_checks(app), connections_check(app))
    return connections if keeper is None else (certificate_check(keeper), *connections)


def address_checks(app: web.Application) -> Sequence[Check]:
    """Which ports were taken by others; nothing while we have ours."""
    moved = app[MOVED_PORTS]
    if not moved:
        return ()
    figures = [
        Figure(text("Instead of port {asked}", asked=asked), str(found))
        for asked, found in moved.items()
    ]
    return (
        Check(
            "address", text("Address"), State.warning, text("At another port"), figures,
            way_out=text("Another program had the port when this one started. Name a free one in "
            "the settings (port, https_port), or stop the other and restart."),
        ),
    )  # fmt: skip


def certificate_check(keeper: CertificateKeeper) -> Check:
    """Whether HTTPS is served, with what, and for how long yet."""
    facts = keeper.facts
    if facts is None:
        return Check(
            "certificate",
            text("Certificate"),
            State.error,
            text("No HTTPS"),
            way_out=keeper.health.failure,
        )
    figures = (
        Figure(text("Fingerprint"), _in_groups(spelled(facts.fingerprint))),
        Figure(text("Made by"), text("this box") if keeper.is_own else facts.issuer),
        Figure(text("Ends"), at_ms=facts.not_after_ms),
        Figure(text("Names"), ", ".join((*facts.names.hosts, *facts.names.addresses))),
    )
    state, word, way_out = _judge(facts)
    if not keeper.health.is_good:
        state, word, way_out = State.warning, text("The files are not used"), keeper.health.failure
    return Check("certificate", text("Certificate"), state, word, figures, way_out=way_out)


def connections_check(app: web.Application) -> Check:
    """How many are open, and who was sent away."""
    guard = app[GUARD]
    figures = (
        Figure(
            text("Open now"),
            text("{guard} of at most {most}", guard=count(len(guard)), most=count(guard.most)),
        ),
        Figure(text("Most at the same time"), count(guard.most_at_once)),
        Figure(text("Refused since the start"), count(guard.refused)),
        Figure(text("Cut off for being too slow"), count(guard.cut_off)),
    )
    if len(guard) < guard.most * _MANY:
        return Check("connections", text("Connections"), State.good, text("In bounds"), figures)
    return Check(
        "connections", text("Connections"), State.warning, text("Nearly all are taken"), figures,
        way_out=text("Close pages that nobody looks at, find who opens so many, or raise "
        "max_connections in the settings."),
    )  # fmt: skip


def _in_groups(fingerprint: str) -> str:
    """Eight bytes together, so that lines break between them."""
    size = 8 * 3
    return " ".join(fingerprint[at : at + size] for at in range(0, len(fingerprint), size))


def _judge(facts: Facts) -> tuple[State, str, str]:
    left_ms = facts.not_after_ms - now_ms()
    if left_ms <= 0:
        return (
            State.error,
            text("Has ended"),
            text("Put a newer certificate and its key in place of it."),
        )
    if left_ms < _SOON_MS:
        return (
            State.warning,
            text("Ends soon"),
            text("Put a newer certificate and its key in place of it."),
        )
    return State.good, text("In force"), ""
