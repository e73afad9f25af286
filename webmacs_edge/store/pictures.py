"""Queries on the tables `pictures` and `picture_contents`."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, InvalidError, NotFoundError
from webmacs_edge.model.pictures import ReadyPicture
from webmacs_edge.model.text import text
from webmacs_edge.store.tables import Dashboard, DashboardWidget, Picture, PictureContent

MAX_PICTURES = 100
MAX_TOTAL_BYTES = 16 * 1024 * 1024  # they are in every backup of the settings
_MAX_TOLD = 1000


async def list_pictures(session: AsyncSession) -> Sequence[Picture]:
    """All of them, by name."""
    query = select(Picture).order_by(Picture.name, Picture.id).limit(MAX_PICTURES)
    return (await session.scalars(query)).all()


async def get_picture(session: AsyncSession, public_id: str) -> Picture:
    """What is said of the picture with this public id."""
    picture = await session.scalar(select(Picture).where(Picture.public_id == public_id))
    if picture is None:
        raise NotFoundError(text("There is no picture {public_id}.", public_id=public_id))
    return picture


async def read_picture(session: AsyncSession, public_id: str) -> tuple[Picture, bytes]:
    """The picture itself too."""
    picture = await get_picture(session, public_id)
    query = select(PictureContent.content).where(PictureContent.picture_id == picture.id)
    return picture, await session.scalar(query) or b""


async def add_picture(
    session: AsyncSession,
    ready: ReadyPicture,
    *,
    name: str,
    at_ms: int,
    user_public_id: str | None,
) -> Picture:
    """Store a picture under a fresh public id."""
    if (await session.scalar(select(func.count(Picture.id))) or 0) >= MAX_PICTURES:
        raise ConflictError(
            text(
                "There are {most} pictures already. Remove one that nobody needs.",
                most=MAX_PICTURES,
            )
        )
    picture = Picture(
        public_id=str(uuid4()), name=name, created_on_ms=at_ms, user_public_id=user_public_id
    )
    await _fill(session, picture, ready, at_ms=at_ms)
    session.add(picture)
    await session.flush()
    session.add(PictureContent(picture_id=picture.id, content=ready.content))
    await session.flush()
    return picture


async def replace_picture(
    session: AsyncSession, public_id: str, ready: ReadyPicture, *, at_ms: int
) -> Picture:
    """Another content for a picture: widgets that show it keep what they bound."""
    picture = await get_picture(session, public_id)
    await _fill(session, picture, ready, at_ms=at_ms)
    stored = await session.get(PictureContent, picture.id)
    if stored is None:
        session.add(PictureContent(picture_id=picture.id, content=ready.content))
    else:
        stored.content = ready.content
    await session.flush()
    return picture


async def rename_picture(session: AsyncSession, public_id: str, *, name: str) -> Picture:
    """Call it something else."""
    picture = await get_picture(session, public_id)
    picture.name = name
    await session.flush()
    return picture


async def delete_picture(session: AsyncSession, public_id: str) -> Picture:
    """Remove it; ConflictError while a dashboard shows it."""
    picture = await get_picture(session, public_id)
    names = await uses_of(session, public_id)
    if names:
        raise ConflictError(
            text(
                "The picture is shown on {names}. Take it off there first.",
                names=", ".join(f"“{name}”" for name in names[:5]),
            )
        )
    stored = await session.get(PictureContent, picture.id)
    if stored is not None:
        await session.delete(stored)
        await session.flush()
    await session.delete(picture)
    await session.flush()
    return picture


async def uses_of(session: AsyncSession, public_id: str) -> Sequence[str]:
    """The names of the dashboards that show it."""
    query = (
        select(Dashboard.name)
        .join(DashboardWidget, DashboardWidget.dashboard_id == Dashboard.id)
        .where(DashboardWidget.config_json.contains(public_id, autoescape=True))
        .distinct()
        .order_by(Dashboard.name)
        .limit(MAX_PICTURES)
    )
    return (await session.scalars(query)).all()


async def _fill(
    session: AsyncSession, picture: Picture, ready: ReadyPicture, *, at_ms: int
) -> None:
    others = select(func.sum(Picture.size_bytes)).where(Picture.public_id != picture.public_id)
    if (await session.scalar(others) or 0) + len(ready.content) > MAX_TOTAL_BYTES:
        raise InvalidError(
            text(
                "All pictures together would take more than {most} MiB. Remove one, or choose a "
                "smaller file.",
                most=MAX_TOTAL_BYTES // 1024**2,
            ),
            field="file",
        )
    picture.kind, picture.width, picture.height = ready.kind.value, ready.width, ready.height
    picture.size_bytes, picture.digest = len(ready.content), sha256(ready.content).hexdigest()
    picture.parts, picture.updated_on_ms = "\n".join(ready.parts), at_ms
    told = ", ".join(f"{name} ({count})" for name, count in ready.dropped.items())
    picture.dropped = told[:_MAX_TOLD]
