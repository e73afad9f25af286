"""Queries on the `outputs` table: what each output may be asked for, and what holds them all."""

from dataclasses import asdict, fields

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.outputs import Claim, DuringUpdate, check_claim
from webmacs_edge.model.text import kept, recalled, text
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.events import get_event
from webmacs_edge.store.tables import Event, Output, OutputHold

MAX_OUTPUTS = 500
_FIELDS = tuple(field.name for field in fields(Claim))


async def all_claims(session: AsyncSession) -> dict[str, Claim]:
    """The claims on all present channels, by public id of the channel."""
    query = (
        select(Output)
        .join(Event, Event.public_id == Output.event_public_id)
        .where(Event.removed_on_ms.is_(None))
        .order_by(Output.id)
        .limit(MAX_OUTPUTS)
    )
    return {row.event_public_id: claim_of(row) for row in await session.scalars(query)}


def claim_of(output: Output) -> Claim:
    """The row as the rules know it."""
    values = {name: getattr(output, name) for name in _FIELDS}
    values["role"] = UserRole(output.role)
    values["during_update"] = DuringUpdate(output.during_update)
    return Claim(**values)


async def put_claim(
    session: AsyncSession,
    event_public_id: str,
    claim: Claim,
    *,
    at_ms: int,
    user_public_id: str | None = None,
) -> Output:
    """Claim a channel as an output, or change its claim; InvalidError names the field."""
    check_claim(claim)
    await get_event(session, event_public_id)
    output = await _find(session, event_public_id)
    if output is None:
        if (await session.scalar(select(func.count(Output.id))) or 0) >= MAX_OUTPUTS:
            raise ConflictError(
                text(
                    "There are {max_outputs} outputs already. Remove some first.",
                    max_outputs=MAX_OUTPUTS,
                )
            )
        output = Output(
            event_public_id=event_public_id, created_on_ms=at_ms, user_public_id=user_public_id
        )
        session.add(output)
    for name, value in asdict(claim).items():
        setattr(output, name, getattr(value, "value", value))
    await session.flush()
    return output


async def remove_claim(session: AsyncSession, event_public_id: str) -> None:
    """From now on the channel is only read."""
    output = await _find(session, event_public_id)
    if output is None:
        raise NotFoundError(
            text("There is no output {event_public_id}.", event_public_id=event_public_id)
        )
    await session.delete(output)
    await session.flush()


async def read_hold(session: AsyncSession) -> str:
    """What holds all outputs safe, in words; "" when nothing does."""
    hold = await session.scalar(select(OutputHold).order_by(OutputHold.id.desc()).limit(1))
    return recalled(hold.words, hold.words_json) if hold is not None else ""


async def put_hold(session: AsyncSession, words: str, *, at_ms: int) -> None:
    """Note that all outputs are held safe, or (`words` empty) that they are released."""
    await session.execute(delete(OutputHold))
    if words:
        session.add(OutputHold(words=words[:500], at_ms=at_ms, words_json=kept(words)))
    await session.flush()


async def forget_place(session: AsyncSession, event_public_id: str) -> None:
    """The channel reads another I/O point: its claim needs somebody's eyes again."""
    await session.execute(
        update(Output).where(Output.event_public_id == event_public_id).values(place="?")
    )


async def _find(session: AsyncSession, event_public_id: str) -> Output | None:
    return await session.scalar(select(Output).where(Output.event_public_id == event_public_id))
