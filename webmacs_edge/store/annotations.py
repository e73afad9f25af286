"""Queries on the `annotations` table: remarks that people leave beside the values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import NotAllowedError, NotFoundError
from webmacs_edge.model.text import kept, text
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.events import get_event
from webmacs_edge.store.experiments import get_experiment
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import Annotation, User

MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """Which annotations: of [from_ms, to_ms), of an experiment, of these channels or of none."""

    from_ms: int | None = None
    to_ms: int | None = None
    experiment_public_id: str = ""
    event_public_ids: Sequence[str] | None = None


ALL = Asked()


async def list_annotations(
    session: AsyncSession, asked: Asked = ALL, *, page: int, page_size: int
) -> Page[Annotation]:
    """One page, newest first."""
    query = _narrow(select(Annotation), asked)
    ordered = query.order_by(Annotation.at_ms.desc(), Annotation.id.desc())
    return await read_page(session, ordered, page=page, page_size=page_size)


async def newest_annotations(
    session: AsyncSession, asked: Asked, *, limit: int
) -> Sequence[Annotation]:
    """The newest of them, in order of time."""
    query = _narrow(select(Annotation), asked)
    ordered = query.order_by(Annotation.at_ms.desc(), Annotation.id.desc()).limit(limit)
    return (await session.scalars(ordered)).all()[::-1]


def _narrow(query: Select[Annotation], asked: Asked) -> Select[Annotation]:
    if asked.from_ms is not None:
        query = query.where(Annotation.at_ms >= asked.from_ms)
    if asked.to_ms is not None:
        query = query.where(Annotation.at_ms < asked.to_ms)
    if asked.experiment_public_id:
        query = query.where(Annotation.experiment_public_id == asked.experiment_public_id)
    if asked.event_public_ids is not None:
        channel = Annotation.event_public_id
        query = query.where(or_(channel.is_(None), channel.in_(asked.event_public_ids)))
    return query


async def get_annotation(session: AsyncSession, public_id: str) -> Annotation:
    """The annotation with this public id."""
    found = await session.scalar(select(Annotation).where(Annotation.public_id == public_id))
    if found is None:
        raise NotFoundError(text("There is no annotation {public_id}.", public_id=public_id))
    return found


async def create_annotation(
    session: AsyncSession, *, user: User, at_ms: int, values: Mapping[str, Any]
) -> Annotation:
    """Store a remark of this user; NotFoundError when its channel or experiment does not exist."""
    await _check_places(session, values)
    return await add_annotation(
        session,
        author=user.username,
        at_ms=at_ms,
        values={**values, "user_public_id": user.public_id},
    )


async def add_annotation(
    session: AsyncSession, *, author: str, at_ms: int, values: Mapping[str, Any]
) -> Annotation:
    """Store a remark whose places are known to be there."""
    annotation = Annotation(
        public_id=str(uuid4()),
        author=author,
        created_on_ms=at_ms,
        text_json=kept(values["text"]),
        **values,
    )
    session.add(annotation)
    await session.flush()
    return annotation


async def update_annotation(
    session: AsyncSession, public_id: str, *, user: User, values: Mapping[str, Any]
) -> Annotation:
    """Change one's own remark; an administrator may change any."""
    annotation = await _own(session, public_id, user)
    await _check_places(session, values)
    for name, value in values.items():
        setattr(annotation, name, value)
    if "text" in values:
        annotation.text_json = None  # these are the words of who wrote them
    await session.flush()
    return annotation


async def delete_annotation(session: AsyncSession, public_id: str, *, user: User) -> None:
    """Remove one's own remark; an administrator may remove any."""
    await session.delete(await _own(session, public_id, user))
    await session.flush()


async def _own(session: AsyncSession, public_id: str, user: User) -> Annotation:
    annotation = await get_annotation(session, public_id)
    if user.role is not UserRole.admin and annotation.user_public_id != user.public_id:
        raise NotAllowedError(
            text(
                "This note was written by {author}. Write one of your own.",
                author=annotation.author,
            )
        )
    return annotation


async def _check_places(session: AsyncSession, values: Mapping[str, Any]) -> None:
    if values.get("event_public_id"):
        await get_event(session, values["event_public_id"])
    if values.get("experiment_public_id"):
        await get_experiment(session, values["experiment_public_id"])
