"""Queries on the `experiments` table: named spans of time that own no samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import ColumnElement, literal, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.experiments import split_tags
from webmacs_edge.model.text import text
from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.store.outbox import queue_deliveries
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import Experiment

MAX_BETWEEN = 1000
FOREVER_MS = 2**62


@dataclass(frozen=True, slots=True)
class Asked:
    """Which experiments: with this tag, with these words in name, description or operators."""

    tag: str = ""
    search: str = ""


ALL = Asked()


async def list_experiments(
    session: AsyncSession, asked: Asked = ALL, *, page: int, page_size: int
) -> Page[Experiment]:
    """One page, newest first."""
    query = select(Experiment).where(*_conditions(asked))
    ordered = query.order_by(Experiment.started_on_ms.desc(), Experiment.id.desc())
    return await read_page(session, ordered, page=page, page_size=page_size)


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.tag:
        between = literal(", ") + Experiment.tags + literal(", ")
        found.append(between.contains(f", {asked.tag}, ", autoescape=True))
    if asked.search:
        its = Experiment.name, Experiment.description, Experiment.operators, Experiment.conclusion
        found.append(or_(*(it.icontains(asked.search, autoescape=True) for it in its)))
    return found


async def experiment_tags(session: AsyncSession) -> list[str]:
    """The tags of the newest experiments, by name."""
    newest = (
        select(Experiment.tags)
        .where(Experiment.tags != "")
        .order_by(Experiment.started_on_ms.desc())
        .limit(MAX_BETWEEN)
    )
    return sorted({tag for tags in await session.scalars(newest) for tag in split_tags(tags)})


async def experiment_names(session: AsyncSession, like: str) -> Sequence[str]:
    """Names that begin like this one does."""
    query = select(Experiment.name).where(Experiment.name.startswith(like[:20], autoescape=True))
    return (await session.scalars(query.limit(MAX_BETWEEN))).all()


async def get_experiment(session: AsyncSession, public_id: str) -> Experiment:
    """The experiment with this public id."""
    found = await session.scalar(select(Experiment).where(Experiment.public_id == public_id))
    if found is None:
        raise NotFoundError(text("There is no experiment {public_id}.", public_id=public_id))
    return found


async def running_experiment(session: AsyncSession) -> Experiment | None:
    """The one that runs, if one does."""
    return await session.scalar(select(Experiment).where(Experiment.stopped_on_ms.is_(None)))


async def experiments_between(
    session: AsyncSession, *, from_ms: int, to_ms: int
) -> Sequence[Experiment]:
    """Those that ran at any time in [from_ms, to_ms), in order of their start; 1000 at most."""
    query = (
        select(Experiment)
        .where(
            Experiment.started_on_ms < to_ms,
            or_(Experiment.stopped_on_ms.is_(None), Experiment.stopped_on_ms >= from_ms),
        )
        .order_by(Experiment.started_on_ms.desc())
        .limit(MAX_BETWEEN)
    )
    return (await session.scalars(query)).all()[::-1]


async def newest_experiments(session: AsyncSession) -> tuple[Sequence[Experiment], bool]:
    """The newest in order of their start, 1000 at most, and whether these are all there are."""
    query = select(Experiment).order_by(Experiment.started_on_ms.desc()).limit(MAX_BETWEEN + 1)
    rows = (await session.scalars(query)).all()
    return rows[:MAX_BETWEEN][::-1], len(rows) <= MAX_BETWEEN


async def start_experiment(
    session: AsyncSession, *, name: str, at_ms: int, user_public_id: str | None, **more: str
) -> Experiment:
    """Start one; ConflictError when another runs or the name is taken.

    `more`: description, tags, operators.
    """
    running = await running_experiment(session)
    if running is not None:
        raise ConflictError(
            text(
                "“{running_name}” is running. Stop it before you start another.",
                running_name=running.name,
            )
        )
    experiment = Experiment(
        public_id=str(uuid4()),
        name=name,
        started_on_ms=at_ms,
        user_public_id=user_public_id,
        **more,
    )
    session.add(experiment)
    try:
        await session.flush()
    except IntegrityError as error:
        raise ConflictError(
            text(
                "There is an experiment named “{name}” already. Give this one another name.",
                name=name,
            ),
            field="name",
        ) from error
    await _tell(session, WebhookEventType.experiment_started, name, at_ms=at_ms)
    return experiment


async def _tell(
    session: AsyncSession, event_type: WebhookEventType, name: str, *, at_ms: int
) -> None:
    word = "started" if event_type is WebhookEventType.experiment_started else "stopped"
    said = f"Experiment “{name}” has {word}."
    await queue_deliveries(
        session, event_type, at_ms=at_ms, details={"experiment": name}, text=said
    )


async def stop_experiment(
    session: AsyncSession, public_id: str, *, at_ms: int, outcome: str = "", conclusion: str = ""
) -> bool:
    """Stop it; False when it was stopped already (its time and outcome are then kept)."""
    experiment = await get_experiment(session, public_id)
    if experiment.stopped_on_ms is not None:
        return False
    experiment.stopped_on_ms = max(at_ms, experiment.started_on_ms)
    experiment.outcome, experiment.conclusion = outcome, conclusion or experiment.conclusion
    await session.flush()
    await _tell(session, WebhookEventType.experiment_stopped, experiment.name, at_ms=at_ms)
    return True


async def rename_experiment(session: AsyncSession, public_id: str, *, name: str) -> Experiment:
    """Give it another name; ConflictError when that is taken."""
    return await describe_experiment(session, public_id, name=name)


async def describe_experiment(session: AsyncSession, public_id: str, **values: str) -> Experiment:
    """Change name, description, tags, operators, outcome or conclusion; ConflictError by name."""
    experiment = await get_experiment(session, public_id)
    for column, value in values.items():
        setattr(experiment, column, value)
    try:
        await session.flush()
    except IntegrityError as error:
        raise ConflictError(
            text("There is an experiment named “{name}” already.", name=values.get("name", "")),
            field="name",
        ) from error
    return experiment


async def protect_experiment(session: AsyncSession, public_id: str, *, protected: bool) -> None:
    """Let retention keep, or no longer keep, what was measured in it."""
    experiment = await get_experiment(session, public_id)
    experiment.protected = protected
    await session.flush()


async def protected_spans(session: AsyncSession) -> list[tuple[int, int]]:
    """From when to when protected experiments ran; the end of a running one is far away."""
    rows = await session.execute(
        select(Experiment.started_on_ms, Experiment.stopped_on_ms).where(Experiment.protected)
    )
    return [(start, FOREVER_MS if stop is None else stop + 1) for start, stop in rows]


async def delete_experiment(session: AsyncSession, public_id: str) -> None:
    """Remove the span; what was measured in it stays."""
    await session.delete(await get_experiment(session, public_id))
    await session.flush()
