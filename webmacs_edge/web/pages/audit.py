"""The audit trail: who changed what, when and from where."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from webmacs_edge.history.export.plan import Options
from webmacs_edge.history.export.texts import Fields
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.local_times import parse_moment
from webmacs_edge.model.times import from_ms, iso_z, now_ms
from webmacs_edge.store.audit_entries import (
    AuditFilter,
    audited_people,
    list_audit_entries,
    list_audit_entries_after,
)
from webmacs_edge.web.audit_lines import (
    ACTIONS,
    NOUNS,
    action_words,
    lines_of,
    noun_words,
    object_words,
    via_words,
)
from webmacs_edge.web.file_answer import STALLED_S, disposition
from webmacs_edge.web.keys import DATABASE, SETTINGS
from webmacs_edge.web.render import render

if TYPE_CHECKING:
    from webmacs_edge.store.tables import AuditEntry

_PAGE_SIZE = 50
_BITE = 500
_MAX_TYPED = 100
_NAMES = ("person", "action", "noun", "from", "to", "text", "refused")
_COLUMNS = (
    "id", "time", "person", "person_id", "via", "address", "action", "refused", "kind", "object",
    "object_id", "old", "new", "request_id", "hash",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Leaf:
    """What stands on one page, and the way to the pages beside it; None where there is none."""

    entries: "Sequence[AuditEntry]"
    newer: int | None
    older: int | None


async def index(request: web.Request) -> web.Response:
    """Entries, newest first, narrowed by what stands in the address."""
    typed = _typed(request)
    wanted, errors = _filter(request, typed)
    async with request.app[DATABASE].read() as session:
        people = await audited_people(session)
    leaf = _Leaf((), None, None) if errors else await _leaf(request, wanted)
    return render(
        request,
        "audit/index.html",
        status=422 if errors else 200,
        leaf=leaf,
        people=people,
        actions=ACTIONS,
        nouns=sorted(NOUNS.items(), key=lambda pair: pair[1]),
        typed=typed,
        errors=errors,
        query={name: value for name, value in typed.items() if value},
        action_words=action_words,
        object_words=object_words,
        via_words=via_words,
        noun_words=noun_words,
        lines_of=lines_of,
    )


async def export_csv(request: web.Request) -> web.StreamResponse:
    """The same entries as a file for a spreadsheet, all of them."""
    wanted, errors = _filter(request, _typed(request))
    if errors:
        raise InvalidError(next(iter(errors.values())))
    fields = Fields(Options(byte_order_mark=True))
    response = web.StreamResponse()
    response.headers[hdrs.CONTENT_TYPE] = "text/csv; charset=utf-8"
    name = f"audit_{from_ms(now_ms()):%Y-%m-%dT%H-%M-%SZ}.csv"
    response.headers[hdrs.CONTENT_DISPOSITION] = disposition(name)
    await response.prepare(request)
    await response.write((fields.start + fields.line(_COLUMNS)).encode())
    before_id: int | None = None
    while entries := await _entries(request, wanted, before_id):
        text = "".join(fields.line(_row(fields, entry)) for entry in entries)
        async with asyncio.timeout(STALLED_S):
            await response.write(text.encode())
        before_id = entries[-1].id
    await response.write_eof()
    return response


async def _leaf(request: web.Request, wanted: AuditFilter) -> _Leaf:
    after, before = _number(request, "after"), _number(request, "before")
    async with request.app[DATABASE].read() as session:
        if after is not None:
            found = await list_audit_entries_after(
                session, wanted, limit=_PAGE_SIZE + 1, after_id=after
            )
            shown, has_newer, has_older = found[-_PAGE_SIZE:], len(found) > _PAGE_SIZE, True
        else:
            found = await list_audit_entries(
                session, wanted, limit=_PAGE_SIZE + 1, before_id=before
            )
            shown, has_newer = found[:_PAGE_SIZE], before is not None
            has_older = len(found) > _PAGE_SIZE
    if not shown:
        return _Leaf((), None, None)
    return _Leaf(shown, shown[0].id if has_newer else None, shown[-1].id if has_older else None)


async def _entries(
    request: web.Request, wanted: AuditFilter, before_id: int | None
) -> "Sequence[AuditEntry]":
    async with request.app[DATABASE].read() as session:
        return await list_audit_entries(session, wanted, limit=_BITE, before_id=before_id)


def _row(fields: Fields, entry: "AuditEntry") -> list[str]:
    texts = (
        str(entry.id), iso_z(entry.at_ms), entry.actor, entry.user_public_id or "", entry.via,
        entry.address, entry.action, "yes" if entry.refused else "no", entry.noun,
        entry.object_name, entry.object_public_id, entry.old_json, entry.new_json,
        entry.request_id, entry.hash,
    )  # fmt: skip
    return [fields.text(text) for text in texts]


def _typed(request: web.Request) -> dict[str, str]:
    return {name: request.query.get(name, "").strip()[:_MAX_TYPED] for name in _NAMES}


def _filter(request: web.Request, typed: dict[str, str]) -> tuple[AuditFilter, dict[str, str]]:
    """What is wanted, and what cannot be understood by field."""
    zone, errors = ZoneInfo(request.app[SETTINGS].time_zone), dict[str, str]()

    def moment(name: str) -> int | None:
        try:
            return parse_moment(typed[name], zone, is_end=name == "to") if typed[name] else None
        except InvalidError as error:
            errors[name] = str(error)
            return None

    wanted = AuditFilter(
        person=typed["person"],
        action=typed["action"],
        noun=typed["noun"],
        text=typed["text"],
        from_ms=moment("from"),
        to_ms=moment("to"),
        only_refused=typed["refused"] == "true",
    )
    return wanted, errors


def _number(request: web.Request, name: str) -> int | None:
    word = request.query.get(name, "")
    return int(word) if word.isascii() and word.isdigit() and len(word) < 19 else None  # noqa: PLR2004 of int64
