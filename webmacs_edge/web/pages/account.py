"""One's own account: name and password, logins, API tokens."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import ConflictError, InvalidError, ThrottledError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, now_ms
from webmacs_edge.model.words import TokenScope
from webmacs_edge.store.api_tokens import MAX_TOKENS, list_api_tokens
from webmacs_edge.store.logins import list_logins
from webmacs_edge.web.accounts import (
    add_token,
    change_user,
    check_own_password,
    end_logins_of,
    end_one_login,
    last_used_ms,
    revoke_token,
)
from webmacs_edge.web.auth import open_login, start_session
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.language import languages
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.tokens import TokenForm
from webmacs_edge.web.schemas.users import LookForm, PasswordForm, ProfileForm
from webmacs_edge.web.tokens import CREDENTIAL
from webmacs_edge.web.user_agents import program_of

if TYPE_CHECKING:
    from webmacs_edge.store.tables import ApiToken, Login

_SAID = {
    "saved": text("Saved."),
    "password": text("The password was changed. Other logins of yours have ended."),
    "others": text("Your other logins have ended."),
    "ended": text("The login has ended."),
    "revoked": text("The API token was revoked."),
}


@dataclass(frozen=True, slots=True)
class _Typed:
    """A form that came back, with what is wrong with it."""

    form: str  # profile | look | password | token
    typed: dict[str, str]
    errors: dict[str, str]


async def index(request: web.Request) -> web.Response:
    """Everything about oneself."""
    return await _page(request)


async def save(request: web.Request) -> web.Response:
    """Another name or e-mail."""
    typed, form, errors = await read_form(request, ProfileForm)
    if form is None:
        return await _page(request, status=422, back=_Typed("profile", typed, errors))
    try:
        await change_user(request, request[USER].public_id, form.model_dump())
    except ConflictError as error:
        errors = {error.field: str(error)}
        return await _page(request, status=409, back=_Typed("profile", typed, errors))
    raise web.HTTPSeeOther("/account?done=saved")


async def save_look(request: web.Request) -> web.Response:
    """Another language or theme of one's own pages."""
    typed, form, errors = await read_form(request, LookForm)
    if form is None:
        return await _page(request, status=422, back=_Typed("look", typed, errors))
    await change_user(request, request[USER].public_id, form.model_dump())
    raise web.HTTPSeeOther("/account?done=saved")


async def change_password(request: web.Request) -> web.Response:
    """Another password; every login ends, and this browser gets a fresh one."""
    typed, form, errors = await read_form(request, PasswordForm)
    if form is None:
        return await _page(request, status=422, back=_Typed("password", typed, errors))
    try:
        await check_own_password(request, form.current_password)
    except InvalidError as error:
        errors = {error.field: str(error)}
        return await _page(request, status=422, back=_Typed("password", typed, errors))
    except ThrottledError as error:
        errors = {WHOLE_FORM: str(error)}
        answer = await _page(request, status=429, back=_Typed("password", typed, errors))
        answer.headers["Retry-After"] = str(error.retry_after_s)
        return answer
    user = await change_user(request, request[USER].public_id, {}, password=form.password)
    response = web.HTTPSeeOther("/account?done=password")
    start_session(response, request, await open_login(request, user))
    raise response


async def end_login(request: web.Request) -> web.Response:
    """End one login; one's own leads to the sign-in page."""
    await end_one_login(request, request.match_info["public_id"])
    raise web.HTTPSeeOther("/account?done=ended#logins")


async def end_others(request: web.Request) -> web.Response:
    """End every login but this browser's, which gets a fresh one."""
    user = await end_logins_of(request, request[USER].public_id)
    response = web.HTTPSeeOther("/account?done=others#logins")
    start_session(response, request, await open_login(request, user))
    raise response


async def make_token(request: web.Request) -> web.Response:
    """A fresh API token; its text stands on this answer and nowhere else."""
    typed, form, errors = await read_form(request, TokenForm)
    if form is None:
        return await _page(request, status=422, back=_Typed("token", typed, errors))
    expires_at_ms = None if form.days is None else now_ms() + form.days * DAY_MS
    try:
        _, text = await add_token(
            request, name=form.name, scope=form.scope, expires_at_ms=expires_at_ms
        )
    except ConflictError as error:
        errors = {error.field: str(error)}
        return await _page(request, status=409, back=_Typed("token", typed, errors))
    return await _page(request, fresh=(form.name, text))


async def revoke(request: web.Request) -> web.Response:
    """Revoke an API token."""
    await revoke_token(request, request.match_info["public_id"])
    raise web.HTTPSeeOther("/account?done=revoked#tokens")


async def _page(
    request: web.Request,
    *,
    status: int = 200,
    back: _Typed | None = None,
    fresh: tuple[str, str] | None = None,
) -> web.Response:
    user, at_ms = request[USER], now_ms()
    async with request.app[DATABASE].read() as session:
        logins = await list_logins(session, user.id, at_ms=at_ms)
        held = await list_api_tokens(session, page=1, page_size=MAX_TOKENS, user_id=user.id)
    this = request[CREDENTIAL].row_id
    return render(
        request,
        "account/index.html",
        status=status,
        logins=[_login(login, is_this=login.id == this) for login in logins],
        tokens=[_token(request.app, token, at_ms=at_ms) for token in held.rows],
        scopes=list(TokenScope),
        languages=[(it.code, it.name) for it in languages().values()],
        back=back or _Typed("", {}, {}),
        fresh=fresh,
        said=_SAID.get(request.query.get("done", ""), "") if status == 200 and not fresh else "",  # noqa: PLR2004 all is well
    )


def _login(login: "Login", *, is_this: bool) -> dict[str, object]:
    return {"row": login, "program": program_of(login.user_agent), "is_this": is_this}


def _token(app: web.Application, token: "ApiToken", *, at_ms: int) -> dict[str, object]:
    expired = token.expires_at_ms is not None and token.expires_at_ms <= at_ms
    return {"row": token, "used_ms": last_used_ms(app, token), "expired": expired}
