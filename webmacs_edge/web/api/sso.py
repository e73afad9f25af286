"""Sign-in by an OpenID Connect provider: there, back, and the token of a front end."""

import functools
import hashlib
import re
from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web
from yarl import URL

from webmacs_edge.model.text import text
from webmacs_edge.web.addresses import client_address
from webmacs_edge.web.api.answers import answer
from webmacs_edge.web.auth import is_fresh, open_login, start_session
from webmacs_edge.web.doors import Shown, came_by_https, shown_at
from webmacs_edge.web.id_tokens import ProviderError
from webmacs_edge.web.keys import DATABASE, SETTINGS
from webmacs_edge.web.oidc import Attempt
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.refusals import note_refused_sign_in
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.auth import local_path
from webmacs_edge.web.schemas.bodies import read_body
from webmacs_edge.web.schemas.sso import CallbackQuery, CodeIn, SsoConfigOut, StartQuery, TokenOut
from webmacs_edge.web.sso import ATTEMPT_LIFE_S, SSO, SsoError, Started, sso_of, user_of

ROOT = "/api/v1/auth/sso"
AUTHORIZE = f"{ROOT}/authorize"
_COOKIE = "webmacs_sso"
_KNOWN_ERROR = re.compile(r"[a-z_]{1,50}")
_WORDS = {
    "access_denied": "You cancelled, or the provider does not let you in here.",
    "login_required": "The provider wants you to sign in there first.",
    "temporarily_unavailable": "The provider is busy. Try again in a moment.",
    "server_error": "Something went wrong at the provider. Try again in a moment.",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _told(handler: Handler) -> Handler:
    """Tell what goes wrong as a page where a person waits, as JSON where a program does."""

    @functools.wraps(handler)
    async def telling(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except SsoError as error:
            return _say(request, str(error), status=error.status)
        except ProviderError as error:
            return _say(request, str(error), status=502)

    return telling


@operation(returns=SsoConfigOut)
async def config(request: web.Request) -> web.Response:
    """Whether there is a provider to sign in by, and what to call it."""
    if SSO not in request.app:
        return answer(SsoConfigOut(enabled=False, provider_name="", authorize_url=""))
    name = request.app[SETTINGS].oidc_provider_name
    return answer(SsoConfigOut(enabled=True, provider_name=name, authorize_url=AUTHORIZE))


@operation(query=StartQuery, returns="text/html", status=307, errors=(403, 404, 502))
@_told
async def authorize(request: web.Request) -> web.StreamResponse:
    """Send the browser to the provider."""
    sso, redirect_uri = sso_of(request), _redirect_uri(request)
    if await is_fresh(request.app[DATABASE]):
        raise SsoError(
            text("This appliance must be set up first: open its start page."), status=403
        )
    elsewhere = URL(redirect_uri).origin()
    if elsewhere.authority != request.host and "here" not in request.query:
        # the cookie below must be seen when the provider sends people back
        target = elsewhere.with_path(request.path).with_query({**request.query, "here": "1"})
        raise web.HTTPTemporaryRedirect(target)
    started = Started(
        Attempt(redirect_uri),
        target=local_path(request.query.get("next", "/")),
        front_end="" if request.query.get("ui") == Shown.pages else _front_end(request),
    )
    url = await sso.provider.sign_in_url(started.attempt)
    sso.started.keep(started.attempt.state, started, address=client_address(request))
    response = web.HTTPTemporaryRedirect(url)
    response.set_cookie(
        _cookie(request, started.attempt.state),
        started.attempt.binding,
        max_age=int(ATTEMPT_LIFE_S),
        path=ROOT,
        httponly=True,
        samesite="Lax",  # the provider's page leads back here
        secure=came_by_https(request),
    )
    raise response


@operation(query=CallbackQuery, returns="text/html", errors=(400, 403, 404, 502))
@_told
async def callback(request: web.Request) -> web.StreamResponse:
    """Where the provider sends people back to."""
    sso, state = sso_of(request), request.query.get("state", "")
    started = sso.take_started(state, request.cookies.get(_cookie(request, state), ""))
    if "error" in request.query:
        raise _refused_there(request)
    code = request.query.get("code", "")
    if not code:
        raise SsoError(text("The provider sent you back without a code. Try again."), status=400)
    claims = await sso.provider.who(started.attempt, code)
    try:
        user = await user_of(request, claims)
    except SsoError as error:
        await note_refused_sign_in(request, str(error), name=str(claims.get("email", "")))
        raise
    if started.front_end:
        once = sso.make_code(user, address=client_address(request))
        target = URL(started.front_end) / "sso-callback" % {"code": once}
        response: web.StreamResponse = web.Response(
            status=307, headers={hdrs.LOCATION: str(target)}
        )
    else:
        token = await open_login(request, user)
        response = render(request, "session/arrived.html", target=started.target)
        start_session(response, request, token)
    response.del_cookie(_cookie(request, state), path=ROOT)
    return response


@operation(body=CodeIn, returns=TokenOut, errors=(400, 404))
@_told
async def exchange(request: web.Request) -> web.Response:
    """The bearer token for the code that a front end was sent; once, within a minute."""
    user = sso_of(request).take_code(read_body(request, CodeIn).code)
    return answer(TokenOut(access_token=await open_login(request, user)))


def _redirect_uri(request: web.Request) -> str:
    given = request.app[SETTINGS].oidc_redirect_uri
    return given or f"{_origin(request)}{ROOT}/callback"


def _origin(request: web.Request) -> str:
    return f"{'https' if came_by_https(request) else 'http'}://{request.host}"


def _front_end(request: web.Request) -> str:
    """Where the front end is that asks; "" when there is none, but our own pages."""
    settings = request.app[SETTINGS]
    if settings.oidc_frontend_url:
        return settings.oidc_frontend_url.rstrip("/")
    if shown_at(request) is Shown.spa:
        return _origin(request)
    return settings.cors_origins[0].rstrip("/") if settings.cors_origins else ""


def _cookie(request: web.Request, state: str) -> str:
    """One cookie for each attempt, so that two tabs do not disturb each other."""
    prefix = "__Secure-" if came_by_https(request) else ""
    return f"{prefix}{_COOKIE}_{hashlib.sha256(state.encode()).hexdigest()[:12]}"


def _refused_there(request: web.Request) -> SsoError:
    """What the provider says is not shown as it is: anybody could have written it."""
    error = request.query["error"]
    name = request.app[SETTINGS].oidc_provider_name
    shown = error if _KNOWN_ERROR.fullmatch(error) else "an error"
    words = _WORDS.get(error, "Try again, or sign in with e-mail and password.")
    return SsoError(
        text("{name} answers: {shown}. {words}", name=name, shown=shown, words=words), status=403
    )


def _say(request: web.Request, message: str, *, status: int) -> web.Response:
    if shown_at(request) is Shown.spa:
        return web.json_response({"detail": message}, status=status)
    if "text/html" in request.headers.get(hdrs.ACCEPT, ""):
        return render(request, "session/sso_failed.html", status=status, message=message)
    return web.json_response({"detail": message}, status=status)
