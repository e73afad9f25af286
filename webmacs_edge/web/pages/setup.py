"""The first visit: who will be the administrator."""

from aiohttp import web

from webmacs_edge.model.errors import (
    BusyError,
    ConflictError,
    InvalidError,
    StoreError,
    ThrottledError,
)
from webmacs_edge.web.auth import is_fresh, set_up, start_session
from webmacs_edge.web.claiming import check_code, forget_code, needs_code
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.render import render
from webmacs_edge.web.restoring import read_upload, restart, take_backup
from webmacs_edge.web.schemas.auth import SetUpForm


async def index(request: web.Request) -> web.Response:
    """The form, as long as there is nobody."""
    if not await is_fresh(request.app[DATABASE]):
        raise web.HTTPSeeOther("/")
    return _form(request)


async def create(request: web.Request) -> web.Response:
    """Create the administrator and sign in, or show the form again with what is wrong."""
    typed, form, errors = await read_form(request, SetUpForm)
    if form is None:
        return _form(request, status=422, typed=typed, errors=errors)
    try:
        if await is_fresh(request.app[DATABASE]):
            await check_code(request, form.code)
        _, token = await set_up(request, form.email, username=form.username, password=form.password)
    except ThrottledError as error:
        return _form(request, status=429, typed=typed, errors={WHOLE_FORM: str(error)})
    except (ConflictError, InvalidError) as error:
        return _form(request, status=409, typed=typed, errors={error.field: str(error)})
    await forget_code(request.app)
    response = web.HTTPSeeOther("/")
    start_session(response, request, token)
    raise response


async def show_restore(request: web.Request) -> web.Response:
    """The form for a backup, as long as there is nobody."""
    if not await is_fresh(request.app[DATABASE]):
        raise web.HTTPSeeOther("/")
    return _restore_form(request)


async def restore(request: web.Request) -> web.Response:
    """Take a backup in the place of setting up; it takes effect at the next start."""
    if not await is_fresh(request.app[DATABASE]):
        raise ConflictError("This appliance is set up already. Sign in instead.")
    try:
        upload = await read_upload(request)
        await check_code(request, upload.fields.get("code", ""))
        await take_backup(request, upload)
    except ThrottledError as error:
        return _restore_form(request, status=429, errors={"restore_restore": str(error)})
    except (InvalidError, StoreError, BusyError) as error:
        field = getattr(error, "field", "") or "restore"
        name = "code" if field == "code" else f"restore_{field}"
        return _restore_form(request, status=422, errors={name: str(error)})
    return render(request, "backup/restarting.html", may_restart=restart(request.app))


def _restore_form(
    request: web.Request, *, status: int = 200, errors: dict[str, str] | None = None
) -> web.Response:
    return render(
        request,
        "setup/restore.html",
        status=status,
        needs_code=needs_code(request),
        errors=errors or {},
    )


def _form(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    return render(
        request,
        "setup/index.html",
        status=status,
        needs_code=needs_code(request),
        typed=typed or {},
        errors=errors or {},
    )
