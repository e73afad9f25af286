"""What the engine knows of rules now, for programs and pages."""

from aiohttp import web

from webmacs_edge.rules.machine import Machine
from webmacs_edge.web.keys import RULES


def machine_of(app: web.Application, public_id: str) -> Machine | None:
    """The rule at work; None where it needs a look."""
    return app[RULES].engine.machine(public_id)


def why_not(app: web.Application, public_id: str) -> str | None:
    """Why a rule cannot work as it stands; None where it can."""
    found = (it.why for it in app[RULES].needs_look if it.public_id == public_id)
    return next(found, None)
