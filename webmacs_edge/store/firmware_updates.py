"""Queries on the `firmware_updates` table: releases of this software and their course here."""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.firmware import (
    ENDED,
    ON_ITS_WAY,
    FirmwareStatus,
    check_move,
    check_removal,
)
from webmacs_edge.model.text import kept, text
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import FirmwareUpdate

MAX_UPDATES = 1000


async def list_firmware_updates(
    session: AsyncSession, *, page: int, page_size: int
) -> Page[FirmwareUpdate]:
    """One page, newest first."""
    query = select(FirmwareUpdate).order_by(
        FirmwareUpdate.created_on_ms.desc(), FirmwareUpdate.id.desc()
    )
    return await read_page(session, query, page=page, page_size=page_size)


async def get_firmware_update(session: AsyncSession, public_id: str) -> FirmwareUpdate:
    """The update with this public id."""
    query = select(FirmwareUpdate).where(FirmwareUpdate.public_id == public_id)
    update = await session.scalar(query)
    if update is None:
        raise NotFoundError(text("There is no update {public_id}.", public_id=public_id))
    return update


async def offered_versions(session: AsyncSession) -> Sequence[str]:
    """The versions that wait here or were installed."""
    offered = (FirmwareStatus.pending.value, FirmwareStatus.completed.value)
    query = select(FirmwareUpdate.version).where(FirmwareUpdate.status.in_(offered))
    return (await session.scalars(query.limit(MAX_UPDATES))).all()


async def known_files(session: AsyncSession) -> Sequence[str]:
    """The names of all files that belong to an update."""
    query = select(FirmwareUpdate.file_path).where(FirmwareUpdate.file_path.is_not(None))
    return [path for path in await session.scalars(query.limit(MAX_UPDATES)) if path]


async def check_free_version(session: AsyncSession, version: str) -> None:
    """ConflictError when there is a file of this version already, or no room for another."""
    update = await _find(session, version)
    if update is None:
        await _check_count(session)
    elif update.file_path or update.status != FirmwareStatus.pending:
        raise ConflictError(
            text(
                "There is an update to {version} already. Remove it before you upload another.",
                version=version,
            ),
            field="file",
        )


async def create_firmware_update(
    session: AsyncSession,
    *,
    version: str,
    changelog: str | None,
    at_ms: int,
    user_public_id: str | None,
) -> FirmwareUpdate:
    """Note a release; ConflictError when it is noted already."""
    await _check_count(session)
    update = FirmwareUpdate(
        public_id=str(uuid4()),
        version=version,
        changelog=changelog,
        status=FirmwareStatus.pending.value,
        created_on_ms=at_ms,
        user_public_id=user_public_id,
    )
    session.add(update)
    try:
        await session.flush()
    except IntegrityError as error:
        raise ConflictError(
            text("There is an update to {version} already.", version=version), field="version"
        ) from error
    return update


async def add_firmware_file(
    session: AsyncSession,
    *,
    version: str,
    file: tuple[str, str, int],
    at_ms: int,
    user_public_id: str | None,
) -> FirmwareUpdate:
    """Note an uploaded file (name, SHA-256, bytes): of a release that waits, or of a new one."""
    await check_free_version(session, version)
    update = await _find(session, version)
    if update is None:
        update = await create_firmware_update(
            session, version=version, changelog=None, at_ms=at_ms, user_public_id=user_public_id
        )
    update.file_path, update.file_hash_sha256, update.file_size_bytes = file
    await session.flush()
    return update


async def note_release(
    session: AsyncSession, version: str, *, changelog: str, at_ms: int, user_public_id: str | None
) -> FirmwareUpdate:
    """The update to this version, noted now if it was not."""
    update = await _find(session, version)
    if update is not None:
        return update
    return await create_firmware_update(
        session, version=version, changelog=changelog, at_ms=at_ms, user_public_id=user_public_id
    )


async def set_firmware_file(
    session: AsyncSession, public_id: str, file: tuple[str, str, int] | None
) -> FirmwareUpdate:
    """The file (name, SHA-256, bytes) that was fetched for an update; None: it has none."""
    update = await get_firmware_update(session, public_id)
    update.file_path, update.file_hash_sha256, update.file_size_bytes = file or (None, None, None)
    await session.flush()
    return update


async def move_firmware_update(
    session: AsyncSession,
    public_id: str,
    steps: Sequence[FirmwareStatus],
    *,
    at_ms: int,
    error: str | None = None,
) -> FirmwareUpdate:
    """Take an update from state to state; ConflictError when it may not go there."""
    update = await get_firmware_update(session, public_id)
    for step in steps:
        check_move(update.version, old=FirmwareStatus(update.status), new=step)
        update.status = step.value
    update.error_message, update.error_json = error, kept(error)
    if FirmwareStatus.downloading in steps:
        update.started_on_ms, update.completed_on_ms = at_ms, None
    if steps and steps[-1] in ENDED:
        update.completed_on_ms = at_ms
    await session.flush()
    return update


async def updates_under_way(session: AsyncSession) -> Sequence[FirmwareUpdate]:
    """Those that are being fetched, looked at or installed."""
    states = [status.value for status in ON_ITS_WAY]
    query = select(FirmwareUpdate).where(FirmwareUpdate.status.in_(states))
    return (await session.scalars(query.limit(MAX_UPDATES))).all()


async def delete_firmware_update(session: AsyncSession, public_id: str) -> FirmwareUpdate:
    """Forget an update; returns it as it was. ConflictError while it is on its way."""
    update = await get_firmware_update(session, public_id)
    check_removal(update.version, FirmwareStatus(update.status))
    await session.delete(update)
    await session.flush()
    return update


async def _find(session: AsyncSession, version: str) -> FirmwareUpdate | None:
    return await session.scalar(select(FirmwareUpdate).where(FirmwareUpdate.version == version))


async def _check_count(session: AsyncSession) -> None:
    if (await session.scalar(select(func.count(FirmwareUpdate.id))) or 0) >= MAX_UPDATES:
        raise ConflictError(
            text(
                "{max_updates} updates are noted already. Remove some first.",
                max_updates=MAX_UPDATES,
            )
        )
