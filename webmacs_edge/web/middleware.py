"""What every request passes through: its id, errors in words, headers, origins, who is asking."""

import errno
import logging
from typing import Any
from uuid import uuid4

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from pydantic_core import to_json

from webmacs_edge.model.errors import (
    BusyError,
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    SignInError,
    StoreError,
    ThrottledError,
    WebmacsError,
)
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.guards import MissingLoginError
from webmacs_edge.web.headers import SECURITY_HEADERS, cors_headers, transport_headers
from webmacs_edge.web.keys import REQUEST_ID, SETTINGS, USER
from webmacs_edge.web.language import speak
from webmacs_edge.web.limits import limit_request
from webmacs_edge.web.origin import check_origin
from webmacs_edge.web.paths import answers_json, needs_no_user
from webmacs_edge.web.presence import PRESENCE
from webmacs_edge.web.redirect import lead_to_https
from webmacs_edge.web.refusals import tell_refusals
from webmacs_edge.web.render import error_page
from webmacs_edge.web.schemas.bodies import FaultsError, fault
from webmacs_edge.web.spa import serve_spa
from webmacs_edge.web.tokens import CREDENTIAL, credential_of, given_token

log = logging.getLogger(__name__)

_STATUS: dict[type[WebmacsError], int] = {
    SignInError: 401,
    NotAllowedError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    InvalidError: 422,
    ThrottledError: 429,
    StoreError: 503,
    BusyError: 503,
}
_PHRASES = {
    400: text("This request cannot be understood."),
    404: text("There is no such page. Go back, or start from the live page."),
    405: text("This address does not take that kind of request."),
    413: text("This is too large; one megabyte is the limit."),
}
_KEPT_HEADERS = (hdrs.ALLOW, hdrs.RETRY_AFTER, hdrs.WWW_AUTHENTICATE, "HX-Redirect")
_FIRST_ERROR = 400
_DISK_FULL = 507

_STARTED: web.RequestKey[web.StreamResponse] = web.RequestKey("started", web.StreamResponse)


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id; it comes back in a header and stands in our log."""
    request[REQUEST_ID] = str(uuid4())
    speak(request)
    return await handler(request)


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into answers; what nobody expected is logged and told without its inside."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < _FIRST_ERROR:
            raise
        return _http_answer(request, error)
    except ConnectionResetError:
        if _STARTED not in request:
            raise
        return request[_STARTED]  # the other side has left
    except Exception as error:  # noqa: BLE001 the outermost place
        if _STARTED in request:
            return _cut_off(request, error)
        return _answer(request, error)


@web.middleware
async def answer_preflights(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell browsers which other origins may use the API."""
    asked = hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
    if request.method == hdrs.METH_OPTIONS and asked and cors_headers(request):
        return web.Response(text="OK")
    return await handler(request)


@web.middleware
async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who asks, and how often; the routes say who may."""
    check_origin(request)
    token = None if needs_no_user(request) else given_token(request)
    credential = await credential_of(request.app, token) if token else None
    if credential is not None:
        request[CREDENTIAL], request[USER] = credential, credential.user
        speak(request)
        request.app[PRESENCE].note(credential, at_ms=now_ms())
    limit_request(request)
    return await handler(request)


async def prepare_response(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers of every answer, streams included, just before they are sent."""
    request[_STARTED] = response
    headers = response.headers
    headers["x-request-id"] = request.setdefault(REQUEST_ID, str(uuid4()))
    headers[hdrs.SERVER] = "WebMACS Edge"
    for name, value in (SECURITY_HEADERS | transport_headers(request)).items():
        headers.setdefault(name, value)
    if response.status >= _FIRST_ERROR or not request.path.startswith("/static/"):
        headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    if request.app[SETTINGS].cors_origins:
        headers.add(hdrs.VARY, hdrs.ORIGIN)
        headers.update(cors_headers(request))


def _answer(request: web.Request, error: Exception) -> web.Response:
    status = _status(error)
    if status is None:
        log.error("Request %s failed.", request[REQUEST_ID], exc_info=error)
        return _say(
            request,
            500,
            text(
                "Something went wrong inside. Please tell whoever looks after this appliance; "
                "the log has more under {request_id}.",
                request_id=request[REQUEST_ID],
            ),
        )
    response = _say(request, status, str(error), **_details(error))
    if isinstance(error, ThrottledError):
        response.headers[hdrs.RETRY_AFTER] = str(error.retry_after_s)
    if isinstance(error, MissingLoginError):
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    return response


def _status(error: Exception) -> int | None:
    if isinstance(error, StoreError) and _is_disk_full(error):
        return _DISK_FULL
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), None)


def _is_disk_full(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno == errno.ENOSPC:
            return True
        if "disk is full" in str(cause) or "No space left" in str(cause):
            return True
        cause = cause.__cause__
    return False


def _details(error: Exception) -> dict[str, Any]:
    """What programs are told besides the sentence: the field, or fault by fault."""
    if isinstance(error, FaultsError):
        return {"detail": error.faults}
    if isinstance(error, InvalidError) and error.field:
        place = [int(it) if it.isdigit() else it for it in error.field.split(".")]
        return {"detail": [fault("value_error", ["body", *place], str(error))]}
    if isinstance(error, ConflictError) and error.field:
        return {"field": error.field}
    return {}


def _http_answer(request: web.Request, error: web.HTTPException) -> web.Response:
    words = error.reason if answers_json(request) else _PHRASES.get(error.status, error.reason)
    response = _say(request, error.status, words)
    for name in _KEPT_HEADERS:
        if name in error.headers:
            response.headers[name] = error.headers[name]
    return response


def _say(request: web.Request, status: int, message: str, **details: Any) -> web.Response:
    if answers_json(request):
        return web.json_response({"detail": message, **details}, status=status, dumps=_dumps)
    return error_page(request, status, message)


def _dumps(content: object) -> str:
    return to_json(content, inf_nan_mode="null").decode()


def _cut_off(request: web.Request, error: Exception) -> web.StreamResponse:
    """An answer that fails half way must not look complete: drop the connection."""
    log.error("Request %s failed half way.", request[REQUEST_ID], exc_info=error)
    if request.transport is not None:
        request.transport.abort()
    return request[_STARTED]


MIDDLEWARES = (
    identify,
    answer_errors,
    lead_to_https,
    answer_preflights,
    serve_spa,
    authenticate,
    tell_refusals,
)
