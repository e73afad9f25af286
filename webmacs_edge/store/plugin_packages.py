"""Queries on the `plugin_packages` table: packages of drivers that somebody has uploaded."""

import json
from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.store.tables import PluginPackage

MAX_PACKAGES = 50
UPLOADED = "uploaded"


async def list_packages(session: AsyncSession) -> Sequence[PluginPackage]:
    """Every uploaded package, the oldest first; at most 50."""
    query = select(PluginPackage).order_by(PluginPackage.installed_on_ms, PluginPackage.id)
    return (await session.scalars(query.limit(MAX_PACKAGES))).all()


async def known_files(session: AsyncSession) -> set[str]:
    """Names of the files that belong to a package."""
    paths = await session.scalars(select(PluginPackage.file_path))
    return {path for path in paths if path is not None}


async def add_package(
    session: AsyncSession,
    *,
    name: str,
    version: str,
    plugin_ids: Sequence[str],
    file: tuple[str, str, int],
    at_ms: int,
    user_public_id: str | None,
) -> PluginPackage:
    """Note a package; `file` is its name in the folder, its SHA-256 and its size."""
    if (await session.scalar(select(func.count(PluginPackage.id))) or 0) >= MAX_PACKAGES:
        raise ConflictError(
            text(
                "There are {max_packages} packages already. Remove one first.",
                max_packages=MAX_PACKAGES,
            )
        )
    package = PluginPackage(
        public_id=str(uuid4()),
        package_name=name,
        version=version,
        source=UPLOADED,
        file_path=file[0],
        file_hash_sha256=file[1],
        file_size_bytes=file[2],
        plugin_ids=json.dumps(list(plugin_ids)),
        installed_on_ms=at_ms,
        user_public_id=user_public_id,
    )
    session.add(package)
    try:
        await session.flush()
    except IntegrityError as error:
        raise ConflictError(
            text("There is a package {name} already. Remove that one first.", name=name),
            field="file",
        ) from error
    return package


async def delete_package(session: AsyncSession, public_id: str) -> PluginPackage:
    """Forget a package; returns it as it was."""
    package = await session.scalar(
        select(PluginPackage).where(PluginPackage.public_id == public_id)
    )
    if package is None:
        raise NotFoundError(text("There is no package {public_id}.", public_id=public_id))
    await session.delete(package)
    await session.flush()
    return package
