"""The audit trail for programs of administrators."""

from aiohttp import web

from webmacs_edge.store.audit_entries import list_audit_entries
from webmacs_edge.web.api.answers import answer
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.audit import AuditEntryOut, AuditPageOut, AuditQuery
from webmacs_edge.web.schemas.bodies import read_query


@operation(query=AuditQuery, returns=AuditPageOut)
async def index(request: web.Request) -> web.Response:
    """Audit entries, newest first; ask for those before the last one to go on."""
    asked = read_query(request, AuditQuery)
    async with request.app[DATABASE].read() as session:
        found = await list_audit_entries(
            session, asked.filter(), limit=asked.page_size + 1, before_id=asked.before
        )
    rows = [AuditEntryOut.model_validate(entry) for entry in found[: asked.page_size]]
    before = rows[-1].id if len(found) > asked.page_size else None
    return answer(AuditPageOut(data=rows, before=before))
