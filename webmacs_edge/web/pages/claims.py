"""Pages of what each output may be asked for: set it up, change it, give it up."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.control.places import place_words
from webmacs_edge.model.errors import CommandRefusedError, ConflictError, InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.events import get_event
from webmacs_edge.store.outputs import put_claim, remove_claim
from webmacs_edge.web.channel_rows import place_of
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.keys import CONTROL, DATABASE, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.output_forms import ClaimForm, PlaceForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from webmacs_edge.control.orders import Binding
    from webmacs_edge.model.outputs import Claim
    from webmacs_edge.store.tables import Event


async def edit(request: web.Request) -> web.Response:
    """What the output may be asked for; of one that nobody has set up, a proposal."""
    return _form(request, await _event(request))


async def save(request: web.Request) -> web.Response:
    """Store it, or show the form again with what is wrong."""
    event = await _event(request)
    typed, form, errors = await read_form(request, ClaimForm)
    if form is None:
        return _form(request, event, status=422, typed=typed, errors=errors)
    control = request.app[CONTROL]
    try:
        place = control.check_claim(event.public_id, form.claim())
        await _put(request, event.public_id, form.claim(place=place))
    except (InvalidError, ConflictError) as error:
        status = 422 if isinstance(error, InvalidError) else 409
        faults = {error.field or WHOLE_FORM: str(error)}
        return _form(request, event, status=status, typed=typed, errors=faults)
    raise web.HTTPSeeOther(f"/outputs#output-{event.public_id}")


async def accept(request: web.Request) -> web.Response:
    """The place where the output is now is right: command it there."""
    event = await _event(request)
    _, form, _ = await read_form(request, PlaceForm)
    binding = _binding(request, event.public_id)
    if binding is None:
        raise CommandRefusedError(text("“{name}” is not set up as an output.", name=event.name))
    claim = binding.claim
    place = request.app[CONTROL].check_claim(event.public_id, claim)
    if form is None or form.place != place:
        said = text("Its place has changed once more meanwhile. Look at it again.")
        return _form(request, event, status=409, errors={WHOLE_FORM: said})
    await _put(request, event.public_id, _moved(claim, place))
    raise web.HTTPSeeOther(f"/outputs#output-{event.public_id}")


async def confirm_removal(request: web.Request) -> web.Response:
    """Ask before the output is only read again."""
    return render(request, "outputs/give_up.html", event=await _event(request))


async def remove(request: web.Request) -> web.Response:
    """Give the claim up: what we drove goes to safe, then the channel is only read."""
    public_id = request.match_info["public_id"]
    await write(request, lambda session: remove_claim(session, public_id))
    await request.app[CONTROL].reload()
    raise web.HTTPSeeOther("/outputs")


async def _put(request: web.Request, public_id: str, claim: "Claim") -> None:
    owner, at_ms = request[USER].public_id, now_ms()
    await write(
        request,
        lambda session: put_claim(session, public_id, claim, at_ms=at_ms, user_public_id=owner),
    )
    await request.app[CONTROL].reload()


async def _event(request: web.Request) -> "Event":
    async with request.app[DATABASE].read() as session:
        return await get_event(session, request.match_info["public_id"])


def _binding(request: web.Request, public_id: str) -> "Binding | None":
    found = (it for it in request.app[CONTROL].bindings if it.public_id == public_id)
    return next(found, None)


def _moved(claim: "Claim", place: str) -> "Claim":
    return ClaimForm.of(claim).claim(place=place)


def _form(
    request: web.Request,
    event: "Event",
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    binding = _binding(request, event.public_id)
    moved_to = binding.moved_to if binding is not None else ""
    return render(
        request,
        "outputs/claim.html",
        status=status,
        event=event,
        given=ClaimForm.of(binding.claim) if binding is not None else ClaimForm.proposed(event),
        is_new=binding is None,
        problem=binding.problem if binding is not None else "",
        place=place_of(request.app, event),
        confirmed_at=place_words(binding.claim.place) if binding is not None else "",
        moved_to=moved_to,
        moved_words=place_words(moved_to) if moved_to else "",
        typed=typed or {},
        errors=errors or {},
    )
