"""Queries on the `interlocks` table."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.text import kept, text
from webmacs_edge.store.events import get_event
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import Interlock

MAX_INTERLOCKS = 200


async def all_interlocks(session: AsyncSession) -> Sequence[Interlock]:
    """Every interlock, in the order they were made."""
    query = select(Interlock).order_by(Interlock.id).limit(MAX_INTERLOCKS)
    return (await session.scalars(query)).all()


async def list_interlocks(session: AsyncSession, *, page: int, page_size: int) -> Page[Interlock]:
    """One page, in the order they were made."""
    query = select(Interlock).order_by(Interlock.id)
    return await read_page(session, query, page=page, page_size=page_size)


async def get_interlock(session: AsyncSession, public_id: str) -> Interlock:
    """The interlock with this public id."""
    row = await session.scalar(select(Interlock).where(Interlock.public_id == public_id))
    if row is None:
        raise NotFoundError(text("There is no interlock {public_id}.", public_id=public_id))
    return row


async def create_interlock(session: AsyncSession, *, at_ms: int, **values: Any) -> Interlock:
    """Store an interlock under a fresh public id; `outputs` and `conditions` name channels."""
    if (await session.scalar(select(func.count(Interlock.id))) or 0) >= MAX_INTERLOCKS:
        raise ConflictError(
            text(
                "There are {max_interlocks} interlocks already. Remove some first.",
                max_interlocks=MAX_INTERLOCKS,
            )
        )
    row = Interlock(public_id=str(uuid4()), created_on_ms=at_ms)
    await _fill(session, row, values)
    return row


async def update_interlock(
    session: AsyncSession, public_id: str, *, values: Mapping[str, Any]
) -> Interlock:
    """Change an interlock; the same errors as of a new one."""
    row = await get_interlock(session, public_id)
    await _fill(session, row, values)
    return row


async def delete_interlock(session: AsyncSession, public_id: str) -> Interlock:
    """Remove an interlock; returns it as it was."""
    row = await get_interlock(session, public_id)
    await session.delete(row)
    await session.flush()
    return row


async def note_latched(session: AsyncSession, public_id: str, why: str) -> None:
    """A latching interlock has tripped (`why`), or was reset (empty); it may be gone since."""
    await session.execute(
        update(Interlock)
        .where(Interlock.public_id == public_id)
        .values(latched=why, latched_json=kept(why))
    )


async def _fill(session: AsyncSession, row: Interlock, values: Mapping[str, Any]) -> None:
    given = dict(values)
    if "outputs" in given:
        outputs = list(dict.fromkeys(given.pop("outputs")))
        for public_id in outputs:
            await get_event(session, public_id)
        row.outputs_json = json.dumps(outputs)
    if "conditions" in given:
        conditions = given.pop("conditions")
        for condition in conditions:
            await get_event(session, condition["event_public_id"])
        row.conditions_json = json.dumps(conditions)
    for name, value in given.items():
        setattr(row, name, value)
    session.add(row)  # only now: what was asked before must not flush half a row
    name = row.name
    try:
        await session.flush()
    except IntegrityError as error:
        raise ConflictError(
            text("There is an interlock named “{name}” already. Choose another name.", name=name),
            field="name",
        ) from error
