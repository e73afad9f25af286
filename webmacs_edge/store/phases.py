"""Queries on the `experiment_phases` table: the named parts of experiments."""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.store.experiments import get_experiment
from webmacs_edge.store.tables import ExperimentPhase, User

MAX_PHASES = 200  # of one experiment


async def list_phases(session: AsyncSession, experiment: str) -> Sequence[ExperimentPhase]:
    """Those of an experiment, by their start; 200 at most."""
    query = (
        select(ExperimentPhase)
        .where(ExperimentPhase.experiment_public_id == experiment)
        .order_by(ExperimentPhase.started_on_ms, ExperimentPhase.id)
        .limit(MAX_PHASES)
    )
    return (await session.scalars(query)).all()


async def begin_phase(
    session: AsyncSession, experiment: str, *, name: str, at_ms: int, user: User
) -> ExperimentPhase:
    """From now on the running experiment is in this phase; ConflictError when it has ended."""
    found = await get_experiment(session, experiment)
    if found.stopped_on_ms is not None:
        raise ConflictError(
            text("“{name}” has ended; it gets no more phases.", name=found.name), field="phase"
        )
    mine = ExperimentPhase.experiment_public_id == experiment
    if (await session.scalar(select(func.count()).where(mine)) or 0) >= MAX_PHASES:
        raise ConflictError(
            text("An experiment has at most {most} phases.", most=MAX_PHASES), field="phase"
        )
    phase = ExperimentPhase(
        public_id=str(uuid4()),
        experiment_public_id=experiment,
        name=name,
        started_on_ms=max(at_ms, found.started_on_ms),
        author=user.username,
        user_public_id=user.public_id,
    )
    session.add(phase)
    await session.flush()
    return phase


async def delete_phase(session: AsyncSession, experiment: str, public_id: str) -> None:
    """Remove a phase: the one before then lasts until the next."""
    phase = await session.scalar(
        select(ExperimentPhase).where(
            ExperimentPhase.public_id == public_id,
            ExperimentPhase.experiment_public_id == experiment,
        )
    )
    if phase is None:
        raise NotFoundError(text("There is no phase {public_id}.", public_id=public_id))
    await session.delete(phase)
    await session.flush()
