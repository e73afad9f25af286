"""Checks of what the appliance does by itself: rules, and telling others by webhooks and e-mail."""

from aiohttp import web

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text
from webmacs_edge.store.emails import emails_waiting, read_mail_server
from webmacs_edge.store.webhook_deliveries import waiting_since
from webmacs_edge.store.webhooks import count_webhooks
from webmacs_edge.web.checks import Check, Figure, State
from webmacs_edge.web.keys import DATABASE, DISPATCHER, MAILER, RULES
from webmacs_edge.web.wording import count

_MOST_NAMED = 5


async def webhooks_check(app: web.Application) -> Check:
    """Whether what is to be told reaches its receivers."""
    sender = app[DISPATCHER]
    try:
        async with app[DATABASE].read() as session:
            webhooks = await count_webhooks(session)
            waiting, oldest_ms = await waiting_since(session)
    except StoreError:
        return Check(
            "webhooks", text("Webhooks"), State.unknown, text("The database does not answer")
        )
    figures = [
        Figure(text("Set up"), count(webhooks)),
        Figure(text("Waiting"), count(waiting)),
        Figure(text("Delivered since the start"), count(sender.delivered)),
        Figure(text("Attempts that failed"), count(sender.failed)),
        Figure(text("Given up"), count(sender.dead)),
    ]
    if oldest_ms is not None:
        figures.append(Figure(text("Waiting since"), at_ms=oldest_ms))
    state, word, way_out = State.good, text("Some wait") if waiting else text("All delivered"), ""
    if not webhooks:
        word = text("None set up")
    elif sender.health.failure:
        state, word, way_out = State.warning, text("Held up"), sender.health.failure
    elif sender.dead:
        state, word = State.warning, text("Some were given up")
        way_out = text(
            "Deliveries were given up since the start. See under Webhooks what the receiver "
            "answered, mend it, and send them again."
        )
    return Check("webhooks", text("Webhooks"), state, word, figures, way_out=way_out)


async def mail_check(app: web.Application) -> Check:
    """Whether the e-mails of rules reach their server."""
    mailer = app[MAILER]
    try:
        async with app[DATABASE].read() as session:
            is_set_up = bool(await read_mail_server(session))
            waiting, oldest_ms = await emails_waiting(session)
    except StoreError:
        return Check("mail", text("E-mail"), State.unknown, text("The database does not answer"))
    figures = [
        Figure(text("Waiting"), count(waiting)),
        Figure(text("Sent since the start"), count(mailer.sent)),
        Figure(text("Attempts that failed"), count(mailer.failed)),
        Figure(text("Given up"), count(mailer.dead)),
    ]
    if oldest_ms is not None:
        figures.append(Figure(text("Waiting since"), at_ms=oldest_ms))
    state, word, way_out = State.good, text("Some wait") if waiting else text("All sent"), ""
    if not is_set_up:
        word = text("Not set up")
    elif mailer.health.failure:
        state, word = State.warning, text("Held up")
        way_out = text(
            "{failure} It is tried again for hours. See under Settings, E-mail.",
            failure=mailer.health.failure,
        )
    elif mailer.dead:
        state, word = State.warning, text("Some were given up")
        way_out = text(
            "E-mails were given up since the start. See under Settings, E-mail, what the server "
            "answered, mend it, and send them again."
        )
    return Check("mail", text("E-mail"), state, word, figures, way_out=way_out)


def rules_check(app: web.Application) -> Check:
    """Whether every rule is at work, and what it calls for is done."""
    rules = app[RULES]
    at_work = rules.engine.machines()
    look = [f"“{it.name}”: {it.why}" for it in rules.needs_look]
    names = {it.definition.id: it.definition.name for it in at_work}
    slowed = [f"“{names.get(key, key)}”: {why}" for key, why in rules.doer.slowed.items()]
    figures = (
        Figure(text("At work"), count(len(at_work))),
        Figure(text("Need a look"), count(len(look))),
        Figure(text("Held back"), count(len(slowed))),
        Figure(text("Happenings waiting to be stored"), count(rules.scribe.waiting)),
        Figure(text("Happenings lost"), count(rules.scribe.dropped + rules.doer.dropped)),
    )
    state, word, way_out = State.good, text("At work") if at_work else text("None set up"), ""
    if rules.failure:
        state, word = State.error, text("They have stopped")
        way_out = text(
            "The rules have failed and rest: {failure} Change or disable the newest rule, "
            "or restart the appliance, and tell us what the journal says.",
            failure=rules.failure,
        )
    elif slowed or look:
        state, word = State.warning, text("Held back") if slowed else text("Some need a look")
        way_out = _sentences([*slowed, *look])
    elif rules.scribe.dropped or rules.doer.dropped:
        state, word = State.warning, text("Some were lost")
        way_out = text(
            "More happened than could be stored. Give rules that act often a longer cooldown."
        )
    return Check("rules", text("Rules"), state, word, figures, way_out=way_out)


def _sentences(parts: list[str]) -> str:
    more = len(parts) - _MOST_NAMED
    shown = " ".join(parts[:_MOST_NAMED])
    return text("{shown} And {more} more.", shown=shown, more=more) if more > 0 else shown
