"""The system page: how every part of the appliance is, and what retention removed."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.model.errors import StoreError
from webmacs_edge.store.events import ever_events
from webmacs_edge.store.thinned import list_thinned
from webmacs_edge.web.backup_checks import backup_checks
from webmacs_edge.web.checks import Check
from webmacs_edge.web.front_checks import front_checks
from webmacs_edge.web.keys import DATABASE, HISTORY
from webmacs_edge.web.output_checks import outputs_check
from webmacs_edge.web.paging import page_asked
from webmacs_edge.web.plant_checks import (
    acquisition_check,
    bus_checks,
    clock_check,
    device_check,
    intake_check,
    process_check,
    streams_check,
)
from webmacs_edge.web.render import render
from webmacs_edge.web.signal_checks import signal_checks
from webmacs_edge.web.storage_checks import (
    database_check,
    disk_check,
    history_check,
    retention_check,
    soundness_check,
    transfer_checks,
)
from webmacs_edge.web.system_facts import look
from webmacs_edge.web.telling_checks import mail_check, rules_check, webhooks_check
from webmacs_edge.web.wear_checks import wear_check

_PAGE_SIZE = 25


async def index(request: web.Request) -> web.Response:
    """Every check, and a page of what was removed."""
    thinned, names, found = None, {}, await _checks(request.app)
    try:
        async with request.app[DATABASE].read() as session:
            thinned = await list_thinned(session, page=page_asked(request), page_size=_PAGE_SIZE)
            names = {event.id: event.name for event in await ever_events(session)}
    except StoreError:
        thinned = None  # the check of the database says why
    return render(request, "system/index.html", checks=found, thinned=thinned, names=names)


async def checks(request: web.Request) -> web.Response:
    """The checks alone, for the poll."""
    return render(request, "system/_checks.html", checks=await _checks(request.app))


async def _checks(app: web.Application) -> Sequence[Check]:
    facts = await look(app)
    return (
        device_check(app),
        acquisition_check(app),
        *bus_checks(facts),
        intake_check(app),
        outputs_check(app),
        *await signal_checks(app),
        rules_check(app),
        await webhooks_check(app),
        await mail_check(app),
        history_check(app, facts),
        soundness_check(app),
        retention_check(app, facts),
        disk_check(facts),
        wear_check(facts),
        database_check(app, facts),
        *transfer_checks(app),
        clock_check(facts, app[HISTORY].recorder.clock.last_set),
        *await backup_checks(app),
        process_check(app, facts),
        *front_checks(app),
        streams_check(app),
    )
