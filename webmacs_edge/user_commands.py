"""The commands about users: for the first ones, and for the locked-out."""

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from webmacs_edge.config import Settings
from webmacs_edge.model.actors import Actor
from webmacs_edge.model.audit import KEY_PURPOSE
from webmacs_edge.model.box_keys import derive_key
from webmacs_edge.model.errors import InvalidError, NotFoundError
from webmacs_edge.model.passwords import password_fault
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.opening import bring_up_to_date, database_urls
from webmacs_edge.store.auditing import audited
from webmacs_edge.store.database import Database
from webmacs_edge.store.datadir import DataDirInUseError, hold_data_dir, load_secret_key
from webmacs_edge.store.users import create_user, find_user_by_email, list_users, update_user
from webmacs_edge.web.hashing import hash_password
from webmacs_edge.web.schemas.auth import check_username
from webmacs_edge.web.schemas.fields import email_address

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import User

T = TypeVar("T")
Say = Callable[[str], None]

_LISTED = 1000


async def run_users_list(settings: Settings, *, say: Say) -> int:
    """Say who may sign in: one line each, with tabs between."""
    await _prepare(settings)
    database = Database(database_urls(settings)[0])
    try:
        async with database.read() as session:
            users = await list_users(session, page=1, page_size=_LISTED)
    finally:
        await database.close()
    for user in users.rows:
        state = "enabled" if user.enabled else "disabled"
        say("\t".join((user.email, user.username, user.role.value, state)))
    return 0


async def run_users_add(
    settings: Settings, *, email: str, username: str, role: UserRole, password: str, say: Say
) -> int:
    """Add a user, also while the appliance runs."""
    _check_password(password, email=email)
    check_username(username)
    try:
        address = email_address(email)
    except ValueError as error:
        raise InvalidError(str(error), field="email") from error
    await _prepare(settings)
    password_hash = await hash_password(password)
    user = await write_from_here(
        settings,
        lambda session: create_user(
            session,
            email=address,
            username=username,
            password_hash=password_hash,
            role=role,
            at_ms=now_ms(),
        ),
    )
    say(f"{user.email} may now sign in as {role}.")
    return 0


async def run_users_reset_password(
    settings: Settings, *, email: str, password: str, say: Say
) -> int:
    """Give a user another password and end their logins, also while the appliance runs."""
    _check_password(password, email=email)
    password_hash = await hash_password(password)
    user = await _change(settings, email, {"password_hash": password_hash})
    say(f"{user.email} has a new password; all earlier logins have ended.")
    if not user.enabled:
        say(f"They are disabled: let them in by webmacs-edge users enable {user.email}")
    return 0


async def run_users_enable(settings: Settings, *, email: str, enabled: bool, say: Say) -> int:
    """Let a user sign in, or no more; disabling ends their logins within seconds."""
    user = await _change(settings, email, {"enabled": enabled})
    if enabled:
        say(f"{user.email} may sign in as {user.role}.")
    else:
        say(f"{user.email} may no longer sign in; their logins have ended, their API tokens rest.")
    return 0


async def write_from_here(settings: Settings, work: "Callable[[AsyncSession], Awaitable[T]]") -> T:
    """Run `work` in one transaction; the audit trail names who typed the command."""
    actor = Actor(_who_types(), UserRole.admin, via="command line")
    box_key = await asyncio.to_thread(load_secret_key, settings.data_dir)
    key = derive_key(box_key, KEY_PURPOSE)
    database = Database(database_urls(settings)[0])
    try:
        return await database.write(audited(work, actor=actor, key=key, at_ms=now_ms()))
    finally:
        await database.close()


async def _change(settings: Settings, email: str, values: dict[str, Any]) -> "User":
    await _prepare(settings)

    async def work(session: "AsyncSession") -> "User":
        user = await find_user_by_email(session, email)
        if user is None:
            raise NotFoundError(
                f"There is no user with the e-mail {email}. See them all: webmacs-edge users list"
            )
        return await update_user(session, user.public_id, values=values, at_ms=now_ms())

    return await write_from_here(settings, work)


async def _prepare(settings: Settings) -> None:
    """Bring the database up to date; an appliance that runs has done so."""
    try:
        with hold_data_dir(settings.data_dir):
            await bring_up_to_date(settings)
    except DataDirInUseError:
        return


def _check_password(password: str, *, email: str) -> None:
    fault = password_fault(password, email=email)
    if fault:
        raise InvalidError(fault, field="password")


def _who_types() -> str:
    """Who signed in at the terminal, also behind sudo; else whose process this is."""
    try:
        return os.getlogin()
    except OSError:
        return getpass.getuser()
