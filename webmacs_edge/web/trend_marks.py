"""What is marked in a chart beside the values: experiments, notes, alarms, the clock, doubts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.model.alarms import Move
from webmacs_edge.model.reasons import ReasonMark
from webmacs_edge.model.text import said, say
from webmacs_edge.model.words import UserRole
from webmacs_edge.rules.alarms import alarm_views
from webmacs_edge.store.alarm_journal import Asked as AskedAlarms
from webmacs_edge.store.alarm_journal import list_alarm_entries_before
from webmacs_edge.store.annotations import Asked, newest_annotations
from webmacs_edge.store.clock_marks import list_clock_marks
from webmacs_edge.store.experiments import experiments_between
from webmacs_edge.store.reasons import list_reasons
from webmacs_edge.web.audit_lines import actor_words
from webmacs_edge.web.keys import DATABASE, RULES, STATION, USER

if TYPE_CHECKING:
    from webmacs_edge.store.tables import AlarmEntry, Annotation, Event, Experiment

MOST = 200  # of each kind, the newest
Row = dict[str, Any]


async def marks_of(
    request: web.Request, events: Sequence["Event"], *, from_ms: int, to_ms: int
) -> dict[str, Any]:
    """Marks of the span for these channels, in order of time; `more`: older ones were left out."""
    wanted = Asked(from_ms, to_ms, event_public_ids=[event.public_id for event in events])
    alarms = AskedAlarms(move=Move.raised, from_ms=from_ms, to_ms=to_ms)
    async with request.app[DATABASE].read() as session:
        runs = await experiments_between(session, from_ms=from_ms, to_ms=to_ms)
        notes = await newest_annotations(session, wanted, limit=MOST + 1)
        raised = await list_alarm_entries_before(session, alarms, before=None, limit=MOST + 1)
        clock = await list_clock_marks(session)
        doubts = await list_reasons(
            session, [it.id for it in events], from_ms=from_ms, to_ms=to_ms, limit=MOST + 1
        )
    channels = _channels_of_alarms(request.app)
    user = request[USER]
    is_admin = user.role is UserRole.admin
    return {
        "experiments": [_run(it) for it in runs[-MOST:]],
        "notes": [_note(it, mine=is_admin or it.user_public_id == user.public_id) for it in notes],
        "alarms": [_alarm(it, channels) for it in raised[MOST - 1 :: -1]],
        "clock": [
            {"at": it.at_ms, "text": said(it.words)} for it in clock if from_ms <= it.at_ms < to_ms
        ][-MOST:],
        "reasons": _reasons(events, doubts[-MOST:]),
        "more": max(len(runs), len(notes), len(raised), len(doubts)) > MOST,
    }


def _channels_of_alarms(app: web.Application) -> dict[str, str]:
    """The channel that each alarm looks at, by the id of its rule."""
    if RULES not in app:  # the appliance is still starting
        return {}
    found = {}
    for view in alarm_views(app[RULES].engine):
        event = None if view.key is None else app[STATION].event(view.key)
        if event is not None:
            found[view.rule_id] = event.public_id
    return found


def _reasons(events: Sequence["Event"], marks: Sequence[ReasonMark]) -> list[Row]:
    by_key = {event.id: event for event in events}
    return [
        {
            "at": it.at_ms,
            "channel": by_key[it.key].public_id,
            "name": by_key[it.key].name,
            "quality": it.quality.name.lower(),
            "text": say(it.words),
        }
        for it in marks
    ]


def _run(row: "Experiment") -> Row:
    return {
        "id": row.public_id,
        "name": row.name,
        "from": row.started_on_ms,
        "to": row.stopped_on_ms,
    }


def _note(row: "Annotation", *, mine: bool) -> Row:
    return {
        "id": row.public_id,
        "at": row.at_ms,
        "text": say(row.told),
        "author": say(actor_words(row.author)),
        "channel": row.event_public_id,
        "mine": mine,
    }


def _alarm(row: "AlarmEntry", channels: dict[str, str]) -> Row:
    return {
        "id": row.rule_public_id,
        "at": row.at_ms,
        "name": row.name,
        "priority": row.priority,
        "value": row.value,
        "unit": row.unit,
        "channel": channels.get(row.rule_public_id),
    }
