"""How often relays have switched, for programs."""

from aiohttp import web
from pydantic import TypeAdapter

from webmacs_edge.web.api.answers import answer_unless_known
from webmacs_edge.web.keys import STATION
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.values import RelayOut

_RELAYS = TypeAdapter(list[RelayOut])


@operation(returns=list[RelayOut])
async def index(request: web.Request) -> web.Response:
    """Every relay that the driver counts, against its warning threshold of PiCtory."""
    rows = [RelayOut.model_validate(relay) for relay in request.app[STATION].relays()]
    return answer_unless_known(request, _RELAYS.dump_json(rows))
