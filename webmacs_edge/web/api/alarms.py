"""Alarms for programs: how they stand, their journal, and what operators do to them."""

from aiohttp import web

from webmacs_edge.model.alarm_deeds import Deed, DeedKind
from webmacs_edge.model.times import now_ms
from webmacs_edge.rules.alarms import alarm_views, count_told
from webmacs_edge.store.alarm_journal import list_alarm_entries
from webmacs_edge.web.alarm_deeds import acknowledge_all, handle
from webmacs_edge.web.api.answers import answer, answer_page, done
from webmacs_edge.web.keys import DATABASE, RULES, STATION
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.alarms import (
    AcknowledgeIn,
    AlarmQuery,
    AlarmsOut,
    CommentIn,
    HandledOut,
    JournalEntryOut,
    JournalQuery,
    ShelfIn,
    alarm_out,
)
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.lists import PageOut, StatusOut


@operation(query=AlarmQuery, returns=AlarmsOut)
async def index(request: web.Request) -> web.Response:
    """List the alarms as they stand, the most urgent first."""
    asked = read_query(request, AlarmQuery)
    engine, station = request.app[RULES].engine, request.app[STATION]
    views = alarm_views(engine, asked.state)
    data = [alarm_out(it, station.event(it.key) if it.key is not None else None) for it in views]
    return answer(AlarmsOut(counts=count_told(alarm_views(engine)), data=data))


@operation(query=JournalQuery, returns=PageOut[JournalEntryOut])
async def journal(request: web.Request) -> web.Response:
    """List what happened to alarms, newest first."""
    asked = read_query(request, JournalQuery)
    async with request.app[DATABASE].read() as session:
        page = await list_alarm_entries(
            session, asked.asked(), page=asked.page, page_size=asked.page_size
        )
    return answer_page(page, JournalEntryOut)


@operation(body=AcknowledgeIn, body_required=False, returns=HandledOut)
async def acknowledge_many(request: web.Request) -> web.Response:
    """Acknowledge several alarms, or all that wait for it."""
    given = read_body(request, AcknowledgeIn)
    count = await acknowledge_all(request, given.rules, at_ms=now_ms(), comment=given.comment)
    return answer(HandledOut(message=f"Alarms acknowledged: {count}.", handled=count))


@operation(body=CommentIn, body_required=False, returns=StatusOut, errors=(409,))
async def acknowledge(request: web.Request) -> web.Response:
    """Acknowledge an alarm: somebody has seen it."""
    return await _comment(request, DeedKind.acknowledge, "The alarm was acknowledged.")


@operation(body=CommentIn, body_required=False, returns=StatusOut, errors=(409,))
async def reset(request: web.Request) -> web.Response:
    """Let go of a latched alarm whose condition has gone."""
    return await _comment(request, DeedKind.reset, "The alarm was reset.")


@operation(body=ShelfIn, returns=StatusOut, errors=(409,))
async def shelve(request: web.Request) -> web.Response:
    """Silence an alarm until a time, 7 days at most."""
    given = read_body(request, ShelfIn)
    deed = Deed(DeedKind.shelve, now_ms(), given.why, given.until)
    await handle(request, [request.match_info["public_id"]], deed)
    return done("The alarm was shelved. It comes back by itself.")


@operation(body=CommentIn, body_required=False, returns=StatusOut, errors=(409,))
async def unshelve(request: web.Request) -> web.Response:
    """Take an alarm from the shelf before its time."""
    return await _comment(request, DeedKind.unshelve, "The alarm is back from the shelf.")


@operation(body=CommentIn, body_required=False, returns=StatusOut, errors=(409,))
async def take_out(request: web.Request) -> web.Response:
    """Take an alarm out of service, for maintenance; it stays silent until it is put back."""
    return await _comment(request, DeedKind.take_out, "The alarm is out of service.")


@operation(body=CommentIn, body_required=False, returns=StatusOut, errors=(409,))
async def put_back(request: web.Request) -> web.Response:
    """Put an alarm back into service."""
    return await _comment(request, DeedKind.put_back, "The alarm is in service again.")


async def _comment(request: web.Request, kind: DeedKind, message: str) -> web.Response:
    deed = Deed(kind, now_ms(), read_body(request, CommentIn).comment)
    await handle(request, [request.match_info["public_id"]], deed)
    return done(message)
