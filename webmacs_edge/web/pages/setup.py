"""The first visit: who will be the administrator."""

from aiohttp import web

from webmacs_edge.model.errors import ConflictError, InvalidError
from webmacs_edge.web.auth import is_fresh, set_up, start_session
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.auth import SetUpForm

_TEMPLATE = "setup/index.html"


async def index(request: web.Request) -> web.Response:
    """The form, as long as there is nobody."""
    if not await is_fresh(request.app[DATABASE]):
        raise web.HTTPSeeOther("/")
    return render(request, _TEMPLATE, typed={}, errors={})


async def create(request: web.Request) -> web.Response:
    """Create the administrator and sign in, or show the form again with what is wrong."""
    typed, form, errors = await read_form(request, SetUpForm)
    if form is None:
        return render(request, _TEMPLATE, status=422, typed=typed, errors=errors)
    try:
        _, token = await set_up(request, form.email, username=form.username, password=form.password)
    except (ConflictError, InvalidError) as error:
        errors = {error.field: str(error)}
        return render(request, _TEMPLATE, status=409, typed=typed, errors=errors)
    response = web.HTTPSeeOther("/")
    start_session(response, request, token)
    raise response
