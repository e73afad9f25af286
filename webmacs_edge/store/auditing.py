"""Turns what a transaction changes into audit entries of the same transaction."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.actors import Actor
from webmacs_edge.model.audit import Change, told
from webmacs_edge.store.audit_bulk import record_bulk
from webmacs_edge.store.audit_entries import append_entries
from webmacs_edge.store.audit_rows import Row, change_of, is_audited, rows_of

if TYPE_CHECKING:
    from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

T = TypeVar("T")

_RECORDER = "audit recorder"


def audited(
    work: Callable[[AsyncSession], Awaitable[T]], *, actor: Actor, key: bytes, at_ms: int
) -> Callable[[AsyncSession], Awaitable[T]]:
    """The same work, with an entry for everything it changes; `key` seals the trail."""

    async def recorded(session: AsyncSession) -> T:
        with _recording(session) as changes:
            result = await work(session)
            await session.flush()
        await append_entries(session, told(changes), actor=actor, key=key, at_ms=at_ms)
        return result

    return recorded


def record(session: AsyncSession, change: Change) -> None:
    """Tell the trail of something that no table shows; of no effect outside audited work."""
    changes: list[Change] | None = session.info.get(_RECORDER)
    if changes is not None:
        changes.append(change)


@contextmanager
def _recording(session: AsyncSession) -> Iterator[list[Change]]:
    recorder = _Recorder()
    sync = session.sync_session
    session.info[_RECORDER] = recorder.changes
    recorder.listen(sync)
    try:
        yield recorder.changes
    finally:
        recorder.leave(sync)
        del session.info[_RECORDER]


class _Recorder:
    """Listens to one session for as long as audited work runs."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._savepoints: dict[SessionTransaction, int] = {}
        self._listeners: dict[str, Callable[..., Any]] = {
            "after_flush": self._note_flush,
            "do_orm_execute": self._note_statement,
            "after_transaction_create": self._note_savepoint,
            "after_soft_rollback": self._forget_rolled_back,
        }

    def listen(self, session: "Session") -> None:
        for name, listener in self._listeners.items():
            event.listen(session, name, listener)

    def leave(self, session: "Session") -> None:
        for name, listener in self._listeners.items():
            event.remove(session, name, listener)

    def _note_flush(self, session: "Session", _context: object) -> None:
        for row in session.deleted:
            self._note(row, rows_of(row)[0], None)
        for row in session.new:
            self._note(row, None, rows_of(row)[1])
        for row in session.dirty:
            if session.is_modified(row):
                self._note(row, *rows_of(row))

    def _note(self, mapped: Any, old: Row | None, new: Row | None) -> None:
        table = mapped.__table__.name
        change = change_of(table, old, new) if is_audited(table, is_deletion=new is None) else None
        if change is not None:
            self.changes.append(change)

    def _note_statement(self, state: "ORMExecuteState") -> Any:
        return record_bulk(state, self.changes)

    def _note_savepoint(self, _session: "Session", transaction: "SessionTransaction") -> None:
        if transaction.nested:
            self._savepoints[transaction] = len(self.changes)

    def _forget_rolled_back(self, _session: "Session", previous: "SessionTransaction") -> None:
        if previous in self._savepoints:
            del self.changes[self._savepoints.pop(previous) :]
