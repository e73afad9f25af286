"""Signing in and out."""

from aiohttp import web

from webmacs_edge.model.errors import SignInError, ThrottledError
from webmacs_edge.model.text import text
from webmacs_edge.web.auth import current_user, end_session, is_fresh, sign_in, start_session
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.auth import SignInForm, local_path

_TEMPLATE = "session/index.html"


async def index(request: web.Request) -> web.Response:
    """The form; whoever is signed in goes on at once."""
    target = local_path(request.query.get("next", "/"))
    if current_user(request) is not None:
        raise web.HTTPSeeOther(target)
    if await is_fresh(request.app[DATABASE]):
        raise web.HTTPSeeOther("/setup")
    return render(request, _TEMPLATE, typed={}, errors={}, next=target)


async def create(request: web.Request) -> web.Response:
    """Sign in, or show the form again with what is wrong."""
    typed, form, errors = await read_form(request, SignInForm)
    target = local_path(typed.get("next", "/"))
    if form is None:
        return render(request, _TEMPLATE, status=422, typed=typed, errors=errors, next=target)
    try:
        _, token = await sign_in(request, form.email, form.password)
    except SignInError as error:
        errors = {WHOLE_FORM: text("{error} Check both, and the Caps Lock key.", error=error)}
        return render(request, _TEMPLATE, status=401, typed=typed, errors=errors, next=target)
    except ThrottledError as error:
        errors = {WHOLE_FORM: str(error)}
        answer = render(request, _TEMPLATE, status=429, typed=typed, errors=errors, next=target)
        answer.headers["Retry-After"] = str(error.retry_after_s)
        return answer
    response = web.HTTPSeeOther(form.target)
    start_session(response, request, token)
    raise response


async def end(request: web.Request) -> web.Response:
    """Sign out; the token of this browser is refused from now on."""
    response = web.HTTPSeeOther("/sign-in")
    await end_session(request, response)
    raise response
