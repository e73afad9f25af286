"""What happened while an experiment ran: notes, phases, alarms, commands, log entries, in order."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webmacs_edge.model.text import joined, text
from webmacs_edge.store.alarm_journal import Asked as AskedAlarms
from webmacs_edge.store.alarm_journal import list_alarm_entries
from webmacs_edge.store.annotations import Asked as AskedNotes
from webmacs_edge.store.annotations import newest_annotations
from webmacs_edge.store.audit_entries import AuditFilter, list_audit_entries
from webmacs_edge.store.log_entries import Asked as AskedLog
from webmacs_edge.store.log_entries import list_log_entries
from webmacs_edge.store.phases import list_phases
from webmacs_edge.web.alarm_rows import MOVES
from webmacs_edge.web.audit_lines import actor_words, field_words, object_words, value_words

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import AuditEntry, Experiment, ExperimentPhase

MOST_OF_A_KIND = 200


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing; `kind` is phase, note, alarm, command or log."""

    at_ms: int
    kind: str
    title: str
    detail: str = ""
    who: str = ""
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """All of it in order of time, and whether there was more of a kind than is told."""

    happenings: Sequence[Happening]
    phases: "Sequence[ExperimentPhase]"
    is_cut: bool


async def read_story(
    session: "AsyncSession", experiment: "Experiment", span: tuple[int, int]
) -> Story:
    """The newest 200 of each kind."""
    from_ms, to_ms = span
    phases = await list_phases(session, experiment.public_id)
    kinds = [
        [Happening(it.started_on_ms, "phase", it.name, who=it.author) for it in phases],
        await _notes(session, experiment),
        await _alarms(session, from_ms, to_ms),
        await _commands(session, from_ms, to_ms),
        await _log(session, from_ms, to_ms),
    ]
    told = sorted((it for kind in kinds for it in kind), key=lambda it: it.at_ms)
    is_cut = any(len(kind) >= MOST_OF_A_KIND for kind in kinds)
    return Story(told, phases, is_cut)


async def _notes(session: "AsyncSession", experiment: "Experiment") -> list[Happening]:
    asked = AskedNotes(experiment_public_id=experiment.public_id)
    rows = await newest_annotations(session, asked, limit=MOST_OF_A_KIND)
    return [Happening(it.at_ms, "note", it.told, who=actor_words(it.author)) for it in rows]


async def _alarms(session: "AsyncSession", from_ms: int, to_ms: int) -> list[Happening]:
    asked = AskedAlarms(from_ms=from_ms, to_ms=to_ms)
    page = await list_alarm_entries(session, asked, page=1, page_size=MOST_OF_A_KIND)
    return [
        Happening(
            it.at_ms, "alarm", it.name, _moved(MOVES.get(it.move, it.move), it.comment),
            who=actor_words(it.actor), priority=it.priority,
        )
        for it in page.rows
    ]  # fmt: skip


def _moved(move: str, comment: str) -> str:
    return text("{move}: {comment}", move=move, comment=comment) if comment else move


async def _commands(session: "AsyncSession", from_ms: int, to_ms: int) -> list[Happening]:
    wanted = AuditFilter(action="command", from_ms=from_ms, to_ms=to_ms)
    rows = await list_audit_entries(session, wanted, limit=MOST_OF_A_KIND)
    return [
        Happening(it.at_ms, "command", object_words(it), _said(it), who=actor_words(it.actor))
        for it in rows
    ]


def _said(entry: "AuditEntry") -> str:
    given = json.loads(entry.new_json)
    words: list[str] = [
        text("{name} {value}", name=field_words(name), value=value_words(name, value))
        for name, value in given.items()
        if value != ""
    ]
    if entry.refused:
        words.insert(0, text("refused"))
    return joined(words)


async def _log(session: "AsyncSession", from_ms: int, to_ms: int) -> list[Happening]:
    asked = AskedLog(from_ms=from_ms, to_ms=to_ms)
    page = await list_log_entries(session, asked, page=1, page_size=MOST_OF_A_KIND)
    return [Happening(it.created_on_ms, "log", it.told) for it in page.rows]
