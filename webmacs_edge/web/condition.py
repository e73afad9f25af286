"""Whether the appliance works as a whole: `/health` says it, and webhooks are told of changes."""

from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text
from webmacs_edge.store.users import count_users
from webmacs_edge.web.keys import DATABASE, STATION


@dataclass(frozen=True, slots=True)
class Condition:
    """`what` says in words why it is degraded; "" when it is not."""

    database: Literal["ok", "error"]
    what: str = ""

    @property
    def status(self) -> Literal["ok", "degraded"]:
        """In one word."""
        return "degraded" if self.what else "ok"


async def condition_of(app: web.Application) -> Condition:
    """How things stand now."""
    try:
        async with app[DATABASE].read() as session:
            await count_users(session)
    except StoreError as error:
        return Condition("error", text("The database does not answer: {error}", error=error))
    problem = app[STATION].problem
    return Condition(
        "ok", text("The device is not being read. {problem}", problem=problem) if problem else ""
    )
