"""Outputs for programs: what they may be asked for, and commands to them."""

from aiohttp import web

from webmacs_edge.model.outputs import ValveCycle
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.outputs import put_claim, remove_claim
from webmacs_edge.web.api.answers import answer, done
from webmacs_edge.web.keys import CONTROL, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body
from webmacs_edge.web.schemas.lists import StatusOut
from webmacs_edge.web.schemas.outputs import (
    CommandIn,
    OutcomeOut,
    OutputIn,
    OutputsOut,
    ValveCycleIn,
    WhyIn,
    outcome_out,
    output_out,
)
from webmacs_edge.web.writing import actor_of, write


@operation(returns=OutputsOut)
async def index(request: web.Request) -> web.Response:
    """List the claimed outputs (at most 500), in the order of the pages."""
    control = request.app[CONTROL]
    data = [output_out(it, control.view(it.public_id)) for it in control.bindings]
    return answer(OutputsOut(locks=list(control.board.locks), data=data))


@operation(body=OutputIn, returns=StatusOut)
async def claim(request: web.Request) -> web.Response:
    """Claim a channel as an output, change its claim, or confirm its place after a change."""
    control, public_id = request.app[CONTROL], request.match_info["public_id"]
    given = read_body(request, OutputIn)
    wanted = given.claim(place=control.check_claim(public_id, given.claim()))
    owner, at_ms = request[USER].public_id, now_ms()
    await write(
        request,
        lambda session: put_claim(session, public_id, wanted, at_ms=at_ms, user_public_id=owner),
    )
    await control.reload()
    return done("The output was set up. Nothing is written until somebody commands it.")


@operation(returns=StatusOut)
async def release_claim(request: web.Request) -> web.Response:
    """Give up the claim: what we drove goes to safe, then the channel is only read."""
    public_id = request.match_info["public_id"]
    await write(request, lambda session: remove_claim(session, public_id))
    await request.app[CONTROL].reload()
    return done("The output is not commanded any more.")


@operation(body=CommandIn, returns=OutcomeOut)
async def command(request: web.Request) -> web.Response:
    """Set an output, at once, over a while, or for a while; answers when it is in the image."""
    given = read_body(request, CommandIn)
    outcome = await request.app[CONTROL].command(
        request.match_info["public_id"],
        given.value,
        actor=actor_of(request),
        why=given.why,
        over_s=given.over_s,
        pulse_s=given.pulse_s,
        confirmed=given.confirmed,
    )
    return answer(outcome_out(outcome))


@operation(body=ValveCycleIn, returns=OutcomeOut)
async def run_valve_cycle(request: web.Request) -> web.Response:
    """Open and close by the clock; any command to the output ends it, at its safe value."""
    given = read_body(request, ValveCycleIn)
    outcome = await request.app[CONTROL].run_valve_cycle(
        request.match_info["public_id"],
        ValveCycle(given.open_s, given.close_s, given.repeats),
        actor=actor_of(request),
        why=given.why,
        confirmed=given.confirmed,
    )
    return answer(outcome_out(outcome))


@operation(body=WhyIn, returns=StatusOut)
async def make_all_safe(request: web.Request) -> web.Response:
    """Force every output to its safe value until somebody releases them; never refused."""
    why = read_body(request, WhyIn).why
    await request.app[CONTROL].make_all_safe(actor=actor_of(request), why=why)
    return done("All outputs go to their safe values and stay there until they are released.")


@operation(returns=StatusOut)
async def release(request: web.Request) -> web.Response:
    """End “all outputs safe”: they stay safe, but may be commanded again."""
    await request.app[CONTROL].release(actor=actor_of(request))
    return done("The outputs may be commanded again.")
