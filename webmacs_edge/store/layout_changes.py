"""Which configuration the channels were made for, and what later ones changed, until it is seen.

Kept as JSON among the site's values: a few changes, and the newest configuration.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.model.layouts import (
    ChangeKind,
    ChangeRow,
    KeptChange,
    LayoutChange,
    PointChange,
    PointFacts,
    compare,
    from_rows,
    to_rows,
)
from webmacs_edge.model.text import packed, text, unpacked
from webmacs_edge.store.events import all_events
from webmacs_edge.store.site_settings import read_site_value, write_site_value
from webmacs_edge.store.tables import Event, Output

KNOWN, CHANGES = "layout.known", "layout.changes"
MOST_CHANGES = 20
MOST_ROWS = 300  # of one change


async def list_changes(session: AsyncSession) -> list[KeptChange]:
    """What changed, the newest first."""
    stored = await read_site_value(session, CHANGES, [])
    return [_kept(it) for it in stored]


async def take_up_layout(
    session: AsyncSession, points: Sequence[PointFacts], *, at_ms: int
) -> KeptChange | None:
    """Compare with the configuration before, and let channels follow their points.

    Points that moved are read from their new place by the same channel; a channel whose point is
    gone keeps its place in vain. Nothing is made for points that are new. None: all is as before.
    """
    known = await read_site_value(session, KNOWN)
    present = to_rows(points)
    if known is not None and known.get("points") == present:
        return None
    old, orphans = _facts(known)
    events = {event.point_id: event for event in await all_events(session) if event.point_id}
    change = compare([*old, *orphans], points) if known is not None else LayoutChange(())
    points_left = [
        it
        for it in change.points
        if it.kind is not ChangeKind.removed or it.before not in {one.id for one in orphans}
    ]
    rows = [
        *(_row(it, events.get(it.before or it.now)) for it in points_left),
        *(_typed_rows(events, old, points) if known is not None else ()),
    ]
    kept = _keep(rows, {it.id for it in points if it.used}, at_ms=at_ms)
    await _rebind(session, change, events)
    await _shift_claims(session, change, events)
    here = {point.id for point in points}
    lost = [it for it in [*old, *orphans] if it.id in events and it.id not in here]
    moved = {it.before for it in change.points if it.kind is ChangeKind.moved}
    left = to_rows(it for it in lost if it.id not in moved)
    value = {"points": present, "orphans": left}
    await write_site_value(session, KNOWN, value, at_ms=at_ms)
    if kept is None:
        return None
    changes = [kept, *await list_changes(session)][:MOST_CHANGES]
    await _write(session, changes, at_ms=at_ms)
    return kept


async def mark_seen(
    session: AsyncSession, *, by: str, user_public_id: str | None, at_ms: int
) -> int:
    """Somebody has looked at all that changed; how many changes that were."""
    changes = await list_changes(session)
    count = sum(it.seen_on_ms is None for it in changes)
    if not count:
        raise NotFoundError("There is no change of the configuration that was not seen.")
    seen = [
        replace(it, seen_on_ms=at_ms, seen_by=by) if it.seen_on_ms is None else it for it in changes
    ]
    await _write(session, seen, at_ms=at_ms, user_public_id=user_public_id)
    return count


async def _write(
    session: AsyncSession,
    changes: Sequence[KeptChange],
    *,
    at_ms: int,
    user_public_id: str | None = None,
) -> None:
    value = [_stored(it) for it in changes]
    await write_site_value(session, CHANGES, value, at_ms=at_ms, user_public_id=user_public_id)


def _stored(change: KeptChange) -> dict[str, Any]:
    rows = [{**asdict(it), "words": packed(it.words)} for it in change.rows]
    return {**asdict(change), "rows": rows}


def _kept(stored: Mapping[str, Any]) -> KeptChange:
    rows = tuple(
        ChangeRow(**{**it, "kind": ChangeKind(it["kind"]), "words": unpacked(it["words"])})
        for it in stored["rows"]
    )
    return KeptChange(**{**stored, "rows": rows})


def _facts(known: Mapping[str, Any] | None) -> tuple[list[PointFacts], list[PointFacts]]:
    """Of the configuration before, and of points that were gone then but have a channel."""
    try:
        return from_rows((known or {}).get("points", [])), from_rows(
            (known or {}).get("orphans", [])
        )
    except (ValueError, TypeError):
        return [], []  # another version wrote it


def _keep(made: Sequence[ChangeRow], used: AbstractSet[str], *, at_ms: int) -> KeptChange | None:
    """The change as it is shown; None where there is nothing to show."""
    rows = [row for row in made if row.event_public_id or row.now in used]
    if not rows:
        return None
    rows.sort(key=lambda row: (not row.event_public_id, row.kind is ChangeKind.added))
    left_out = max(0, len(rows) - MOST_ROWS)
    return KeptChange(str(uuid4()), at_ms, tuple(rows[:MOST_ROWS]), left_out)


def _row(change: PointChange, event: Event | None) -> ChangeRow:
    words = change.words
    if change.kind is ChangeKind.added and event is not None:
        words = text("it is back; its channel reads it again")
    return ChangeRow(
        kind=change.kind,
        before=change.before,
        now=change.now,
        words=str(words),
        event_public_id=event.public_id if event is not None else "",
        event_name=event.name if event is not None else "",
    )


def _typed_rows(
    events: Mapping[str, Event], old: Sequence[PointFacts], new: Sequence[PointFacts]
) -> Iterator[ChangeRow]:
    """Places that a user typed know no name: they are doubted once anything of their device moved.

    Their id begins with the position, `64@12:float32>`.
    """
    for point_id, event in events.items():
        position, at, _ = point_id.partition("@")
        if not at or "/" in position:
            continue
        before, now = _content(old, position), _content(new, position)
        if before == now:
            continue
        kind = ChangeKind.changed if now else ChangeKind.removed
        words = text("its device was changed in PiCtory, the typed place may hold something else")
        yield ChangeRow(
            kind, point_id, point_id if now else "", str(words) if now else "",
            event.public_id, event.name,
        )  # fmt: skip


def _content(points: Sequence[PointFacts], position: str) -> list[tuple[object, ...]]:
    return [
        (it.product_type, it.name, it.direction, it.place, it.bit, it.bits)
        for it in points
        if str(it.device) == position
    ]


async def _rebind(session: AsyncSession, change: LayoutChange, events: Mapping[str, Event]) -> None:
    """Channels follow points that moved; two may have changed places."""
    moved = [
        (events[it.before], it.before, it.now)
        for it in change.points
        if it.before in events and it.now and it.before != it.now
    ]
    for event, _, _ in moved:
        event.point_id = None
    await session.flush()
    for event, before, now in moved:
        event.point_id = now
        event.group_name = _renumbered(event.group_name, before, now)
    await session.flush()


def _renumbered(group: str, before: str, now: str) -> str:
    """“AIO 32” becomes “AIO 36” with the module; a name that somebody gave stays."""
    old, new = before.partition("/")[0], now.partition("/")[0]
    return f"{group.removesuffix(old)}{new}" if group.endswith(f" {old}") else group


async def _shift_claims(
    session: AsyncSession, change: LayoutChange, events: Mapping[str, Event]
) -> None:
    """Outputs whose module only lies elsewhere in the image are still the same outputs."""
    for old, new in change.shifted:
        event = events.get(old.id)
        if event is None or new.direction != "output":
            continue
        query = select(Output).where(Output.event_public_id == event.public_id)
        claim = await session.scalar(query)
        if claim is not None and claim.place == old.fingerprint:
            claim.place = new.fingerprint
    await session.flush()
