"""Channels on typed places for programs: numbers and bits of gateways and virtual devices."""

from aiohttp import web

from webmacs_edge.web.api.answers import done
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body
from webmacs_edge.web.schemas.lists import StatusOut
from webmacs_edge.web.schemas.typed_channels import TypedChannelIn
from webmacs_edge.web.typed_channels import make_typed_channel


@operation(body=TypedChannelIn, returns=StatusOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Create a channel on a number or a bit at an address of a gateway or virtual device."""
    event = await make_typed_channel(request, read_body(request, TypedChannelIn))
    return done(f"The channel “{event.name}” was created.", status=201)
